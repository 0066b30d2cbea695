"""DICOM's pixels as stored values, judged before they are decoded.

pydicom's decoders do the decoding. What bits count is decided here, in one way for every transfer syntax: pydicom
looks at BitsStored of uncompressed and RLE pixels alone and nowhere at HighBit, so its corrections are switched off.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.dicom_file import INSTALL, library
from dentalx.datasets.dicom_header import put
from dentalx.datasets.dicom_stream import Stream, rle_unfolds, stream_of
from dentalx.errors import InputError

Stored = NDArray[np.integer]
PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_EXPLICIT, _RLE = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5"
_ITEM = b"\xfe\xff\x00\xe0"
_JPEG, _JPEG_LS = (
    re.compile(r"1\.2\.840\.10008\.1\.2\.4\.(50|51|57|70)"),
    re.compile(r"1\.2\.840\.10008\.1\.2\.4\.8[01]"),
)
_J2K = re.compile(r"1\.2\.840\.10008\.1\.2\.4\.(9[01]|20[123])")
_SOME = 0.001  # share of the pixels
_NOISE = 0.6  # roughness; images have 0.3 at most
_LOOKED_AT = 2_000_000  # pixels, to tell wide values from overlays
_RAW = {
    "index": 0, "raw": True, "correct_unused_bits": False,
    "apply_jls_sign_correction": False, "apply_j2k_sign_correction": False,
}  # fmt: skip


def check_pixel_data(header: Any, path: Path) -> None:
    """Refuse pixels that are missing, too short, need a decoder that is not there, or are of another size.

    Where the transfer syntax is not that of the pixels, the header is given theirs: values of the right length that are
    not encapsulated are uncompressed, and a stream is what it begins as.

    Args:
        header: as `dicom_header.complete` leaves it.
        path: of its file.

    Raises:
        InputError: says which.
    """
    if "PixelData" not in header or not header.PixelData:
        kind = "floating-point pixels" if len(header) and any(k in header for k in PIXELS[1:]) else "no pixels"
        raise InputError(f"{path} has {kind}, expected 8 to 16 bit integers; export it again")
    meta = header.file_meta
    if "TransferSyntaxUID" not in meta:  # headerless: what pydicom found by looking at the first element
        implicit, little = header.original_encoding
        meta.TransferSyntaxUID = "1.2.840.10008.1.2" if implicit else f"1.2.840.10008.1.2.{1 if little else 2}"
    bits = header.Rows * header.Columns * header.SamplesPerPixel * header.BitsAllocated
    length = -(-bits // 8)
    frame = _frame(header, length)
    if frame is None:
        _check_native(header, length, path)
    else:
        _check_frame(header, frame, path)


def _frame(header: Any, length: int) -> bytes | None:
    """The compressed frame; None where the pixels are not compressed, whatever the transfer syntax says."""
    data = header.PixelData
    if not data.startswith(_ITEM):
        return data if len(data) != length + length % 2 and stream_of(data) is not None else None
    if not header["PixelData"].is_undefined_length and len(data) == length + length % 2:
        return None
    # All fragments are of the one frame: an offset table that counts each as a frame is wrong.
    fragments = library().encaps.generate_fragments(data)
    return b"".join(list(fragments)[1:])


def _check_native(header: Any, length: int, path: Path) -> None:
    data = header.PixelData
    syntax = library().uid.UID(header.file_meta.TransferSyntaxUID)
    if header.PhotometricInterpretation == "YBR_FULL_422":
        if len(data) < length:
            length = length * 2 // 3
        else:  # colours of every pixel are there
            put(header, "PhotometricInterpretation", "YBR_FULL")
    _check_known(syntax, path)
    if syntax.is_compressed and len(data) not in (length, length + length % 2):
        raise InputError(
            f"{path} says it is compressed as {_name(syntax)}, but its pixels are not encapsulated, and are "
            f"{len(data)} bytes where uncompressed ones are {length}; export it again"
        )
    if len(data) < length:
        raise InputError(f"{path} is truncated: {len(data)} bytes of pixels, expected {length}; export it again")
    if syntax.is_compressed:
        header.file_meta.TransferSyntaxUID = library().uid.UID(_EXPLICIT)
    if len(data) > length:
        header.PixelData = data[: length + length % 2]


def _check_frame(header: Any, frame: bytes, path: Path) -> None:
    pydicom = library()
    put(header, "PlanarConfiguration", 0)  # it says nothing of compressed pixels (PS3.5 8.2)
    syntax, stream = pydicom.uid.UID(header.file_meta.TransferSyntaxUID), stream_of(frame)
    if stream is not None and not _reads(str(syntax), stream):
        syntax = pydicom.uid.UID(stream.syntax)
        header.file_meta.TransferSyntaxUID = syntax
    _check_known(syntax, path)
    if not syntax.is_compressed:
        raise InputError(
            f"{path} says its pixels are uncompressed, but they are encapsulated, in a way that is not known; "
            "export it again"
        )
    try:
        decoder = pydicom.pixels.get_decoder(syntax)
    except RuntimeError as error:  # which pydicom has no decoder for
        raise InputError(f"{path} is compressed as {_name(syntax)}, which is not read; export it as PNG") from error
    if not decoder.is_available:
        raise InputError(f"{path} is compressed as {_name(syntax)}, and reading it needs a decoder; {INSTALL}")
    size = header.Rows, header.Columns, header.SamplesPerPixel
    if syntax == _RLE:
        fits = rle_unfolds(frame, size[2] * header.BitsAllocated // 8, size[0] * size[1])
    else:
        fits = stream is not None and stream.size == size
    if not fits:
        raise InputError(f"{path} holds compressed pixels of another size than its header says; export it again")
    header.PixelData = pydicom.encaps.encapsulate([frame])
    header["PixelData"].is_undefined_length = True


def _reads(syntax: str, stream: Stream) -> bool:
    """Whether the decoder of a transfer syntax reads a stream."""
    families = (_JPEG, _JPEG_LS, _J2K)
    return any(family.fullmatch(syntax) and family.fullmatch(stream.syntax) for family in families)


def _check_known(syntax: Any, path: Path) -> None:
    """Refuse a transfer syntax that the standard does not have, by its number, which says nothing of a patient."""
    if not syntax.is_transfer_syntax:
        kind = "unknown" if syntax.startswith("1.2.840.10008.") else "private"
        number = syntax if re.fullmatch(r"[0-9.]{1,64}", syntax) else "that is no UID"
        raise InputError(f"{path} has the {kind} transfer syntax {number}, which is not read; export it uncompressed")


def _name(syntax: Any) -> str:
    """The syntax's published name; its number is the file's own where it is not a published one."""
    return str(syntax.name) if syntax.name != str(syntax) else "an unknown transfer syntax"


def stored_values(header: Any) -> Stored:
    """Return (rows, columns) of stored values, without the bits above and below them, signed where they are."""
    return read_stored(header)[0]


def read_stored(header: Any) -> tuple[Stored, tuple[str, ...]]:
    """Read (rows, columns) stored values by BitsStored, HighBit and PixelRepresentation (PS3.5 8.1.1).

    Values that need more bits than BitsStored are told. Where they are what the image is made of, all bits are taken;
    where they are single planes above it, as overlays are, they are left out.

    Args:
        header: as `check_pixel_data` leaves it.

    Returns:
        the values, and warnings.
    """
    stream = frame_facts(header)
    raw = _decoded(header, stream)
    bits, signed = header.BitsStored, header.PixelRepresentation == 1
    if stream is not None:
        bits = max(bits, stream.precision) if stream.precision > header.BitsAllocated else bits
        if signed and not stream.signed:  # whose sign stands in the highest bit of the stream, as pydicom has it
            bits = min(bits, stream.precision)
    shift = header.HighBit + 1 - header.BitsStored
    room = 8 * raw.dtype.itemsize if stream is None else stream.precision
    if shift > 0 and header.HighBit < room:
        below = raw & raw.dtype.type((1 << shift) - 1)
        if below.any() and not (raw >> bits).any():  # the values fill the bits that HighBit says are not theirs
            return _part(raw, bits, signed), (
                f"its HighBit of {header.HighBit} is not that of its values, {bits - 1} is",
            )
        return _part(raw >> shift, bits, signed), ()
    beyond = _beyond(raw, bits, signed)
    if float(beyond.mean()) <= _SOME:
        return _part(raw, bits, signed), ()
    every = 8 * raw.dtype.itemsize
    inside, all_bits = _part(raw, bits, signed), _part(raw, every, signed)
    if _are_wide(all_bits, inside, bits):
        return all_bits, (f"its values need more than the {bits} bits stored that its header says: all bits are read",)
    return inside, (f"beyond the {bits} bits stored lies something, as overlays do: it is left out",)


def frame_facts(header: Any) -> Stream | None:
    """Return what the compressed frame says of itself; None of uncompressed and RLE pixels."""
    syntax = header.file_meta.TransferSyntaxUID
    if not syntax.is_compressed or syntax == _RLE:
        return None
    return stream_of(library().encaps.get_frame(header.PixelData, 0, number_of_frames=1))


def _decoded(header: Any, stream: Stream | None) -> NDArray[np.unsignedinteger]:
    """(rows, columns) uint8 or uint16 as the decoder gives them, negative values as two's complements."""
    decoder = library().pixels.get_decoder(header.file_meta.TransferSyntaxUID)
    options: dict[str, Any] = dict(_RAW)
    if stream is not None:  # some decoders give bytes, others words, by the stream's own depth
        options["bits_allocated"] = 8 if stream.precision <= 8 else 16
        options["bits_stored"] = min(header.BitsStored, options["bits_allocated"])
    found = np.asarray(decoder.as_array(header, **options)[0])
    found = found.astype(found.dtype.newbyteorder("="), copy=False)
    width = found.dtype.itemsize
    if stream is not None and stream.signed:
        found = found.view(f"i{width}").astype(np.int16)
    elif found.dtype.kind == "i":
        found = found.view(f"u{width}")
    return found.view(np.uint16) if found.dtype.itemsize == 2 else found.astype(np.uint8, copy=False)


def _part(raw: NDArray[np.unsignedinteger], bits: int, signed: bool) -> Stored:
    """The lowest bits, signed in the highest of them where they are."""
    values = raw if bits >= 8 * raw.dtype.itemsize else raw & raw.dtype.type((1 << bits) - 1)
    if not signed:
        return values
    sign = 1 << (bits - 1)
    return (values.astype(np.int32) ^ sign) - sign


def _beyond(raw: NDArray[np.unsignedinteger], bits: int, signed: bool) -> NDArray[np.bool_]:
    """(rows, columns), true where a value needs more bits; bits that repeat the sign are none."""
    if bits >= 8 * raw.dtype.itemsize:
        return np.zeros((1, 1), np.bool_)
    more = raw >> bits
    beyond: NDArray[np.bool_] = more > 0
    if signed:
        repeated = more == (1 << (8 * raw.dtype.itemsize - bits)) - 1
        beyond &= ~(repeated & ((raw >> (bits - 1)) & 1 == 1))
    return beyond


def _are_wide(values: Stored, inside: Stored, bits: int) -> bool:
    """Whether (rows, columns) values need more than so many bits to be an image, as no overlay makes them.

    Where neighbours differ by one in what lies above those bits, wide values differ by little, and an overlay adds the
    whole range to what differs by little. Values so rough that this says nothing are wide where what is inside the bits
    is noise and they are not.
    """
    every = max(1, values.size // _LOOKED_AT)
    rows = values[::every].astype(np.int32)
    near = np.abs(np.diff(rows >> bits, axis=1)) == 1
    smooth = np.abs(np.diff(rows, axis=1)) < 1 << (bits - 1)
    if int((near & smooth).sum()) * 2 > int(near.sum()):
        return True
    noise = _roughness(inside[::every])
    return noise > _NOISE and _roughness(rows) < noise / 2


def _roughness(values: Stored) -> float:
    """The mean step between neighbours in a row over the standard deviation; of noise about 1.1."""
    spread = float(values.std())
    return float(np.abs(np.diff(values.astype(np.float32), axis=1)).mean()) / spread if spread > 0 else 0.0
