"""DICOM files into one grey plane: the one importer of pydicom, loaded only when such a file is met.

Only the attributes named here are read, so that no name or date of a patient is ever parsed, and messages hold
nothing that a file says but sizes and kinds. Every size is judged before a pixel is decoded. docs/dicom.md tells
what is done and why.
"""

import logging
import mmap
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.config import GreyRule
from dentalx.datasets.decode import DEFAULT_LIMITS, ReadLimits, check_regular
from dentalx.datasets.dicom_chain import edge_padding, grey_chain
from dentalx.datasets.dicom_check import check_picture, frame_size, stands_for_nobody
from dentalx.datasets.dicom_grey import render
from dentalx.datasets.dicom_spacing import Spacing, find_spacing
from dentalx.datasets.planes import luma
from dentalx.errors import InputError
from dentalx.samples import Grey

INSTALL = "pip install pydicom pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg"
_DEFLATED = "1.2.840.10008.1.2.1.99"
_RLE = "1.2.840.10008.1.2.5"
_MOST_READS = 200_000  # parts of a header; true files have some hundreds
IMAGE = (
    "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit",
    "PixelRepresentation", "PlanarConfiguration", "NumberOfFrames", "Modality", "SOPClassUID",
)  # fmt: skip
GREY = (
    "ModalityLUTSequence", "RescaleSlope", "RescaleIntercept", "VOILUTSequence", "WindowCenter", "WindowWidth",
    "VOILUTFunction", "PresentationLUTShape", "PixelPaddingValue", "PixelPaddingRangeLimit",
    "RedPaletteColorLookupTableDescriptor", "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor", "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData", "BluePaletteColorLookupTableData",
)  # fmt: skip
SPACING = (
    "PixelSpacing", "PixelSpacingCalibrationType", "ImagerPixelSpacing", "EstimatedRadiographicMagnificationFactor",
    "DistanceSourceToDetector", "DistanceSourceToPatient",
)  # fmt: skip
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
# What these say of broken files may quote them, and so a name.
for _name_of in ("pydicom", "openjpeg", "libjpeg"):
    logging.getLogger(_name_of).setLevel(logging.CRITICAL + 1)
warnings.filterwarnings("ignore", category=UserWarning, module=r"pydicom\.")


@dataclass(frozen=True)
class DicomFacts:
    """What a header says of its picture, the patient left out.

    Attributes:
        size: (rows, columns).
        bits: of a stored value.
        photometric: MONOCHROME1, MONOCHROME2, RGB …
        modality: PX, DX, CR, IO, OT …; recorded, never a reason to refuse; "" where it is missing.
        spacing: millimetres, and how far they can be believed.
        mirrored: whether its columns go towards the patient's right, where panoramics are shown the other way round, as
            PatientOrientation says (PS3.3 C.7.6.1.1.1); False where that is missing.
    """

    size: tuple[int, int]
    bits: int
    photometric: str
    modality: str
    spacing: Spacing
    mirrored: bool = False


def read_dicom(path: Path, limits: ReadLimits = DEFAULT_LIMITS, rule: GreyRule = "voi") -> Grey:
    """Decode a DICOM radiograph as grey, dense tissue bright.

    Args:
        path: one file.
        limits: the largest picture.
        rule: what spreads the values over [0, 1]; see `dicom_grey.render`. Colour is always taken as it is.

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        InputError: pydicom or a decoder is missing, or the file is no single radiograph, broken or too large.
    """
    with opened_header(path, (*IMAGE, *GREY, *_PIXELS)) as header:
        check_picture(header, limits, path)
        check_pixel_data(header, path)
        if header.SamplesPerPixel == 1 and header.PhotometricInterpretation.startswith("MONOCHROME"):
            stored = stored_values(header)
            plane = render(stored, grey_chain(header), rule, edge_padding(stored, header))
        else:
            plane = _colour(header)
    if plane.shape != (header.Rows, header.Columns):
        raise InputError(f"{path} decodes to another size than its header says; export it again")
    return plane


def dicom_size(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> tuple[int, int]:
    """(rows, columns), from the header alone.

    Raises:
        InputError: as `read_dicom`, the pixels apart.
    """
    return dicom_facts(path, limits).size


def dicom_facts(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> DicomFacts:
    """What the header says of the picture.

    Raises:
        InputError: as `read_dicom`, the pixels apart.
    """
    with opened_header(path, (*IMAGE, *SPACING, "PatientOrientation"), pixels=False) as header:
        check_picture(header, limits, path)
        directions: Any = header.get("PatientOrientation") or ""
        modality = str(header.get("Modality") or "")
        return DicomFacts(
            (header.Rows, header.Columns),
            header.BitsStored,
            header.PhotometricInterpretation,
            modality if re.fullmatch(r"[A-Z0-9]{2,16}", modality) else "",
            find_spacing(header.get),
            not isinstance(directions, str) and str(directions[0]).startswith("R"),
        )


def raw_patient_id(path: Path) -> str | None:
    """What tells patients apart as it stands in the file, for hashing and nothing else.

    The issuer and the id; where that is empty or a word that stands for nobody, the study, which is of one patient.

    Returns:
        None where neither is said.

    Raises:
        InputError: the file cannot be parsed.
    """
    keywords = ("IssuerOfPatientID", "PatientID", "StudyInstanceUID")
    with opened_header(path, keywords, pixels=False) as header:
        issuer, value, study = (str(header.get(keyword) or "").strip() for keyword in keywords)
    if value and not stands_for_nobody(value):
        return f"{issuer}\n{value}"
    return f"study\n\n{study}" if study else None


def library() -> Any:
    """pydicom itself, for what stands beside this file."""
    import pydicom

    return pydicom


class _Watched:
    """A file's bytes for pydicom to read from, which asks for no more than is there, and not for ever."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data, self._place, self._reads = data, 0, 0

    def read(self, size: int | None = -1) -> bytes:
        self._reads += 1
        if self._reads > _MOST_READS:
            raise ValueError("too many elements")
        start = min(self._place, len(self._data))
        end = len(self._data) if size is None or size < 0 else min(start + size, len(self._data))
        self._place = end
        return self._data[start:end]

    def seek(self, place: int, whence: int = 0) -> int:
        self._place = max(0, place + (0, self._place, len(self._data))[whence])
        return self._place

    def tell(self) -> int:
        return self._place


@contextmanager
def opened_header(path: Path, keywords: tuple[str, ...], pixels: bool = True) -> Iterator[Any]:
    """The attributes asked for; whatever a broken file raises inside the block leaves as an InputError."""
    try:
        pydicom = library()
    except ImportError as error:
        raise InputError(f"{path} is a DICOM file, and reading it needs pydicom; {INSTALL}") from error
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    try:
        check_regular(path)
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if data[128:132] == b"DICM" and _syntax_in(data) == _DEFLATED:
                raise InputError(f"{path} is deflated as a whole, which is not read; export it uncompressed")
            header = pydicom.dcmread(
                _Watched(data),
                force=True,
                stop_before_pixels=not pixels,
                specific_tags=list(keywords),
            )
            yield header
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(f"not enough memory to decode {path}; make the picture smaller") from error
    except PermissionError as error:
        raise InputError(f"no permission to read {path}; change its permissions or copy it") from error
    except Exception as error:  # its text may quote the file, and so a patient
        kind = type(error).__name__
        raise InputError(f"{path} is truncated or damaged, expected a whole DICOM file ({kind}); export it") from error


def _syntax_in(data: mmap.mmap) -> str:
    """The transfer syntax in the file's first bytes, found without parsing, which would inflate a deflated file."""
    found = re.search(rb"\x02\x00\x10\x00UI..([0-9.]+)", data[132:65_536], re.DOTALL)
    return found.group(1).decode() if found else ""


def check_pixel_data(header: Any, path: Path) -> None:
    """Refuse pixels that are missing, too short, need a decoder that is not there, or are of another size."""
    pydicom = library()

    if "PixelData" not in header:
        kind = "floating-point pixels" if len(header) and any(k in header for k in _PIXELS[1:]) else "no pixels"
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


def _colour(header: Any) -> Grey:
    """Grey of red, green and blue, palettes looked up, at the full scale of their bits."""
    pydicom = library()
    pixels = pydicom.pixels.pixel_array(header, index=0)
    bits = header.BitsStored
    if header.PhotometricInterpretation == "PALETTE COLOR":
        pixels = pydicom.pixels.apply_color_lut(pixels, header)
        bits = 8 * pixels.dtype.itemsize
    plane: Grey = np.clip(luma(pixels) / np.float32(2**bits - 1), 0, 1, dtype=np.float32)
    return plane
