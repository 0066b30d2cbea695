"""DICOM's pixels as stored values or colours, judged before they are decoded."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.dicom_check import frame_size
from dentalx.datasets.dicom_file import INSTALL, library
from dentalx.datasets.planes import luma
from dentalx.errors import InputError
from dentalx.samples import Grey

_RLE = "1.2.840.10008.1.2.5"
PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


def check_pixel_data(header: Any, path: Path) -> None:
    """Refuse pixels that are missing, too short, need a decoder that is not there, or are of another size."""
    pydicom = library()

    if "PixelData" not in header:
        kind = "floating-point pixels" if len(header) and any(k in header for k in PIXELS[1:]) else "no pixels"
        raise InputError(f"{path} has {kind}, expected 8 to 16 bit integers; export it again")
    meta = header.file_meta
    if "TransferSyntaxUID" not in meta:  # headerless: what pydicom found by looking at the first element
        implicit, little = header.original_encoding
        meta.TransferSyntaxUID = "1.2.840.10008.1.2" if implicit else f"1.2.840.10008.1.2.{1 if little else 2}"
    syntax = pydicom.uid.UID(meta.TransferSyntaxUID)
    whole = header.Rows * header.Columns * header.SamplesPerPixel * (header.BitsAllocated // 8)
    if not syntax.is_compressed:
        if header.PhotometricInterpretation == "YBR_FULL_422":
            whole = whole * 2 // 3
        if len(header.PixelData) < whole:
            raise InputError(
                f"{path} is truncated: {len(header.PixelData)} bytes of pixels, expected {whole}; export it again"
            )
        header.PixelData = header.PixelData[: whole + whole % 2] if len(header.PixelData) > whole else header.PixelData
        return
    try:
        decoder = pydicom.pixels.get_decoder(syntax)
    except RuntimeError as error:  # which pydicom has no decoder for
        raise InputError(f"{path} is compressed as {_name(syntax)}, which is not read; export it as PNG") from error
    if not decoder.is_available:
        raise InputError(f"{path} is compressed as {_name(syntax)}, and reading it needs a decoder; {INSTALL}")
    frame = pydicom.encaps.get_frame(header.PixelData, 0, number_of_frames=1)
    if syntax == _RLE:
        runs = header.Rows * -(-header.Columns // 128)  # each of at most 128 pixels, with a byte before it
        fits = len(frame) <= 66 + whole + runs * whole // (header.Rows * header.Columns)  # so it unfolds to little
    else:
        fits = frame_size(frame) == (header.Rows, header.Columns, header.SamplesPerPixel)
    if not fits:
        raise InputError(f"{path} holds compressed pixels of another size than its header says; export it again")


def _name(syntax: Any) -> str:
    """The syntax's published name; its number is the file's own where it is not a published one."""
    return str(syntax.name) if syntax.name != str(syntax) else "an unknown transfer syntax"


def stored_values(header: Any) -> NDArray[np.integer]:
    """(rows, columns) of stored values, without the bits above and below them, signed where they are."""
    syntax = header.file_meta.TransferSyntaxUID
    if syntax.is_compressed or not syntax.is_little_endian:
        values: NDArray[np.integer] = library().pixels.pixel_array(header, index=0)
        return values
    rows, columns, bits = header.Rows, header.Columns, header.BitsStored
    high = header.get("HighBit")
    shift = high + 1 - bits if isinstance(high, int) and bits <= high + 1 <= header.BitsAllocated else 0
    kind = np.dtype("<u2" if header.BitsAllocated == 16 else "u1")
    raw = np.frombuffer(header.PixelData, kind, rows * columns).reshape(rows, columns)
    sign = 1 << (bits - 1) if header.get("PixelRepresentation") == 1 else 0
    signed: NDArray[np.int32] = (((raw.astype(np.int32) >> shift) & (2**bits - 1)) ^ sign) - sign
    return signed


def colour_plane(header: Any) -> Grey:
    """Grey of red, green and blue, palettes looked up, at the full scale of their bits."""
    pydicom = library()
    pixels = pydicom.pixels.pixel_array(header, index=0)
    bits = header.BitsStored
    if header.PhotometricInterpretation == "PALETTE COLOR":
        pixels = pydicom.pixels.apply_color_lut(pixels, header)
        bits = 8 * pixels.dtype.itemsize
    plane: Grey = np.clip(luma(pixels) / np.float32(2**bits - 1), 0, 1, dtype=np.float32)
    return plane
