"""DICOM files with the mark in one place each."""

import io
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from PIL import Image
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_data_element
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)
from views import MARK, NUMBER

TEXT = MARK.decode()
RAMP = (np.arange(48 * 64).reshape(48, 64) % 4000 + 5).astype(np.uint16)
BYTES = (RAMP % 251).astype(np.uint8)
# A file holds these itself, and pydicom writes them from what they describe.
_OWN = {"PixelData", "SpecificCharacterSet", "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation"}
_OWN |= {"BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "NumberOfFrames", "FloatPixelData"}
_OWN |= {"DoubleFloatPixelData", "TransferSyntaxUID", "PlanarConfiguration", "ModalityLUTSequence", "VOILUTSequence"}
_OWN |= {"RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth"}
_TEXTS = {"AE", "CS", "LO", "LT", "PN", "SH", "ST", "AS", "DS", "IS", "DA", "DT", "TM", "UI"}


def radiograph(values: np.ndarray = RAMP, syntax: str = ExplicitVRLittleEndian, bits: int = 0) -> FileDataset:
    """A data set of grey pixels without a mark."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3.4"
    found = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    found.SOPClassUID, found.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3.4"
    found.StudyInstanceUID, found.SeriesInstanceUID, found.Modality, found.PatientID = (
        f"1.{NUMBER}",
        "1.2.5",
        "PX",
        NUMBER,
    )
    found.Rows, found.Columns = values.shape[:2]
    found.SamplesPerPixel, found.PhotometricInterpretation = 1, "MONOCHROME2"
    found.BitsAllocated = 8 * values.dtype.itemsize
    found.BitsStored = bits or (8 if found.BitsAllocated == 8 else 12)
    found.HighBit, found.PixelRepresentation = found.BitsStored - 1, 0
    order = values.astype(values.dtype.newbyteorder(">")) if syntax == ExplicitVRBigEndian else values
    found.add_new("PixelData", "OW", order.tobytes())
    return found


def compressed(syntax: str, frame: bytes, values: np.ndarray = RAMP, *more: bytes, bits: int = 0) -> FileDataset:
    """A data set whose pixels are one coded frame, and fragments that nothing needs."""
    found = radiograph(values, bits=bits)
    found.file_meta.TransferSyntaxUID = syntax
    found.add_new("PixelData", "OB", encapsulate([frame, *more]))
    found["PixelData"].is_undefined_length = True
    return found


def frame_of(syntax: str, values: np.ndarray = RAMP, bits: int = 0) -> bytes:
    """One frame as pydicom's encoder writes it."""
    found = radiograph(values, bits=bits)
    found.compress(syntax, generate_instance_uid=False)
    return get_frame(found.PixelData, 0, number_of_frames=1)


def _edited(edit: Callable[[FileDataset], Any], **options: Any) -> bytes:
    found = radiograph(**options)
    edit(found)
    return written(found)


def written(found: FileDataset, edit: Callable[[bytes], bytes] = lambda data: data) -> bytes:
    """The bytes of a file."""
    file = io.BytesIO()
    pydicom.dcmwrite(file, found, enforce_file_format=True)
    return edit(file.getvalue())


def every_attribute(syntax: str) -> bytes:
    """Each attribute of the standard's dictionary with the mark as its value, whatever its VR says."""
    implicit = syntax == ImplicitVRLittleEndian
    base = radiograph(syntax=syntax)
    parts = {one.tag: base_element(one, implicit) for one in base}
    for tag, (vr, _, _, _, keyword) in DicomDictionary.items():
        if keyword in _OWN or tag >> 16 in (0, 2) or tag & 0xFFFF == 0 or not keyword:
            continue
        if vr == "SQ":
            inner = b"".join(element(tag, "LO", MARK, implicit) for tag in (0x00080104, 0x00100010))
            item = struct.pack("<HHI", 0xFFFE, 0xE000, len(inner)) + inner
            parts[tag] = element(tag, "SQ", item, implicit)
        else:
            value = NUMBER.encode() if vr in ("DS", "IS") else MARK
            parts[tag] = element(tag, vr if vr in _TEXTS else "UN", value, implicit)
    whole = written(base)
    head = whole[: whole.index(base_element(base["SOPClassUID"], implicit))]
    return head + b"".join(parts[tag] for tag in sorted(parts))


def element(tag: int, vr: str, value: bytes, implicit: bool) -> bytes:
    """The bytes of an element, little-endian."""
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    if implicit:
        return head + struct.pack("<I", len(value)) + value
    if vr in ("UN", "SQ", "OB", "OW"):
        return head + vr.encode() + struct.pack("<HI", 0, len(value)) + value
    return head + vr.encode() + struct.pack("<H", len(value)) + value


def base_element(one: Any, implicit: bool) -> bytes:
    """The bytes of an element as pydicom writes it."""
    file = DicomBytesIO()
    file.is_little_endian, file.is_implicit_VR = True, implicit
    write_data_element(file, one)
    return bytes(file.getvalue())


def _everywhere(found: Dataset) -> None:
    found.private_block(0x0011, TEXT, create=True).add_new(1, "LO", TEXT)
    found.private_block(0x0029, TEXT, create=True).add_new(2, "UN", MARK)
    found.add_new(0x60000022, "LO", TEXT)
    found.add_new(0x60003000, "OW", MARK)
    found.add_new(0x50000022, "LO", TEXT)
    found.add_new(0x50003000, "OW", MARK)
    found.add_new(0xFFFCFFFC, "OB", MARK)
    icon = radiograph(BYTES)
    inner = Dataset()
    inner.update({element.tag: element for element in icon})
    inner.PixelData = MARK * 20
    found.IconImageSequence = Sequence([inner])
    outer, middle = Dataset(), Dataset()
    middle.ContentSequence = Sequence([inner])
    outer.ContentSequence = Sequence([middle])
    found.ContentSequence = found.OriginalAttributesSequence = Sequence([outer])
    found.SharedFunctionalGroupsSequence = Sequence([outer])


def _lut(count: int, entries: bytes, first: int = 0, bits: int = 12) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [count, first, bits])
    item.add_new("LUTData", "OW", entries)
    item.LUTExplanation = TEXT
    return item


def _tables(keyword: str, spaced: bool) -> Callable[[FileDataset], None]:
    """A look-up table with the mark beyond its count, or in entries that no pixel reaches."""

    def edit(found: FileDataset) -> None:
        entries = (np.arange(4096) * 16).astype("<u2")
        if spaced:
            marks = np.frombuffer(MARK, "<u2")
            entries[4080 : 4080 + len(marks)] = marks
            setattr(found, keyword, Sequence([_lut(4096, entries.tobytes(), bits=16), _lut(1, MARK)]))
        else:
            setattr(found, keyword, Sequence([_lut(4096, entries.tobytes() + MARK, bits=16)]))
        if keyword.startswith("Modality"):
            getattr(found, keyword)[0].ModalityLUTType = TEXT

    return edit


def _palette(found: FileDataset, photometric: str) -> None:
    found.PhotometricInterpretation = photometric
    for colour in ("Red", "Green", "Blue"):
        found.add_new(f"{colour}PaletteColorLookupTableDescriptor", "US", [256, 0, 8])
        entries = bytearray(np.arange(256, dtype=np.uint8).tobytes())
        entries[252:] = MARK[7:11]
        more = MARK if photometric != "PALETTE COLOR" else b""
        found.add_new(f"{colour}PaletteColorLookupTableData", "OW", bytes(entries) + more)
        if photometric != "PALETTE COLOR":
            found.add_new(f"Segmented{colour}PaletteColorLookupTableData", "OW", MARK)


def _high_bits(values: np.ndarray = RAMP) -> np.ndarray:
    """The mark's halves, one after the other, above the twelve stored bits."""
    halves = np.array([half for character in MARK for half in (character >> 4, character & 15)], np.uint16)
    return values | (np.resize(halves, values.size).reshape(values.shape) << 12)


def _highest_bit(found: FileDataset) -> None:
    found.HighBit = 15


def _groups(found: FileDataset) -> None:
    """A window, a pixel measure and text where multi-frame objects have them."""
    window, measure, group = Dataset(), Dataset(), Dataset()
    window.WindowCenter, window.WindowWidth, window.WindowCenterWidthExplanation = 2000, 4000, TEXT
    measure.PixelSpacing = [0.1, 0.1]
    group.FrameVOILUTSequence, group.PixelMeasuresSequence = Sequence([window]), Sequence([measure])
    group.PatientName = TEXT
    found.SharedFunctionalGroupsSequence = found.PerFrameFunctionalGroupsSequence = Sequence([group])


def _colours() -> FileDataset:
    """Red, green, blue, plane by plane, with more bytes than pixels."""
    found = radiograph(BYTES)
    found.SamplesPerPixel, found.PhotometricInterpretation, found.PlanarConfiguration = 3, "RGB", 1
    planes = np.stack([BYTES, 250 - BYTES, BYTES // 2])
    found.add_new("PixelData", "OB", planes.tobytes() + MARK)
    found.RedPaletteColorLookupTableData = MARK
    return found


def _padding(found: FileDataset) -> None:
    """A range of levels that is padding, and the mark in it, as two levels a character."""
    values = RAMP + 300
    values[:8] = 0
    halves = [half for character in MARK for half in (character >> 4, character & 15)]
    values[0, : len(halves)] = np.array(halves, np.uint16) << 4
    found.PixelData = values.tobytes()
    found.add_new("PixelPaddingValue", "US", 0)
    found.add_new("PixelPaddingRangeLimit", "US", 255)
    found.PatientName = TEXT


def _comment(marker: int = 0x64) -> bytes:
    return struct.pack(">BBHH", 0xFF, marker, 4 + len(MARK), 1) + MARK


def _j2k(place: str) -> bytes:
    data = frame_of(JPEG2000Lossless)
    tile = data.index(b"\xff\x90")
    if place == "main":
        return data[:tile] + _comment() + data[tile:]
    if place == "tile":  # whose length is written four bytes into its header
        coded = data.index(b"\xff\x93", tile)
        length = struct.unpack(">I", data[tile + 6 : tile + 10])[0]
        grown = struct.pack(">I", length + len(_comment()) if length else 0)
        return data[: tile + 6] + grown + data[tile + 10 : coded] + _comment() + data[coded:]
    return data + MARK


def _jp2() -> bytes:
    def box(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", 8 + len(body)) + kind + body

    size = struct.pack(">IIHBBBB", 48, 64, 1, 11, 7, 0, 0)
    head = box(b"ihdr", size) + box(b"colr", b"\1\0\0" + struct.pack(">I", 17))
    return (
        box(b"jP  ", b"\r\n\x87\n")
        + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
        + box(b"jp2h", head)
        + box(b"xml ", MARK)
        + box(b"uuid", bytes(16) + MARK)
        + box(b"jp2c", frame_of(JPEG2000Lossless))
    )


def _jpeg(**options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(BYTES).save(file, "JPEG", **options)
    return file.getvalue()


def _meta(found: FileDataset) -> None:
    found.file_meta.SourceApplicationEntityTitle = TEXT
    found.file_meta.PrivateInformationCreatorUID = f"1.2.3.{NUMBER}"
    found.file_meta.PrivateInformation = MARK
    found.file_meta.ImplementationVersionName = TEXT


def _words(found: FileDataset) -> None:
    for keyword in (
        "Modality",
        "ImageLaterality",
        "PixelSpacingCalibrationType",
        "BurnedInAnnotation",
        "VOILUTFunction",
    ):
        found.add_new(keyword, "LO", TEXT)
    for keyword in ("PatientOrientation", "ImageType", "LossyImageCompressionMethod", "ConversionType"):
        found.add_new(keyword, "LO", [TEXT, TEXT])
    found.add_new("PixelSpacing", "LO", TEXT)
    found.add_new("WindowCenterWidthExplanation", "LO", [TEXT, TEXT])
    found.add_new("SOPClassUID", "LO", TEXT)
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "661005", "SCT", TEXT
    found.AnatomicRegionSequence = found.PrimaryAnatomicStructureSequence = Sequence([item])


def _group_lengths() -> bytes:
    """A group length that is the mark, of VR LO, and a length that goes beyond the last element."""
    found = radiograph()
    found.add_new(Tag(0x0008, 0x0000), "LO", TEXT)
    return written(found)


def _names(charset: str, name: str) -> Callable[[FileDataset], None]:
    def edit(found: FileDataset) -> None:
        found.SpecificCharacterSet = charset
        found.PatientName = name + "=" + TEXT
        found.PatientComments = TEXT + name

    return edit


def _long_pixels(found: FileDataset) -> None:
    found.PixelData = found.PixelData + MARK


def _odd() -> bytes:
    """Three by three bytes: the tenth, which makes them even, is the mark's first; more follow the file."""
    found = radiograph(BYTES[:3, :3].copy())
    found.PixelData = found.PixelData + b"S"
    return written(found, lambda data: data + MARK)


def _big(found: FileDataset) -> None:
    found.PatientName = TEXT


def _table_of_offsets() -> FileDataset:
    """A Basic Offset Table of other bytes than an offset."""
    found = compressed(JPEG2000Lossless, frame_of(JPEG2000Lossless))
    frame = frame_of(JPEG2000Lossless)
    frame += b"\0" * (len(frame) % 2)
    table = bytes(4) + MARK[:12]
    item = b"\xfe\xff\x00\xe0"
    found.PixelData = b"".join(
        [
            item,
            struct.pack("<I", len(table)),
            table,
            item,
            struct.pack("<I", len(frame)),
            frame,
            b"\xfe\xff\xdd\xe0" + bytes(4),
        ]
    )
    return found


PLACES: dict[str, Callable[[], bytes]] = {
    "every-attribute": lambda: every_attribute(ExplicitVRLittleEndian),
    "every-attribute-implicit": lambda: every_attribute(ImplicitVRLittleEndian),
    "private-overlays-curves-icon-sequences": lambda: _edited(_everywhere),
    "big-endian": lambda: _edited(_big, syntax=ExplicitVRBigEndian),
    "preamble": lambda: written(radiograph(), lambda data: MARK.ljust(128, b"\0") + data[128:]),
    "meta": lambda: _edited(_meta),
    "group-length": _group_lengths,
    "words": lambda: _edited(_words),
    "utf-8": lambda: _edited(_names("ISO_IR 192", "Müller^Jürgen")),
    "latin": lambda: _edited(_names("ISO_IR 100", "Müller^Jürgen")),
    "japanese": lambda: _edited(_names("ISO 2022 IR 87", "Yamada^Tarou")),
    "pixels-too-long": lambda: _edited(_long_pixels),
    "odd-padding-and-after-the-file": _odd,
    "above-stored-bits": lambda: _edited(lambda found: None, values=_high_bits()),
    "modality-lut-too-long": lambda: _edited(_tables("ModalityLUTSequence", spaced=False)),
    "voi-lut-too-long": lambda: _edited(_tables("VOILUTSequence", spaced=False)),
    "modality-lut-not-reached": lambda: _edited(_tables("ModalityLUTSequence", spaced=True)),
    "voi-lut-not-reached": lambda: _edited(_tables("VOILUTSequence", spaced=True)),
    "palette-of-grey": lambda: _edited(lambda found: _palette(found, "MONOCHROME2"), values=BYTES),
    "palette-not-reached": lambda: _edited(lambda found: _palette(found, "PALETTE COLOR"), values=BYTES % 200),
    **{
        f"j2k-{place}": lambda place=place: written(compressed(JPEG2000Lossless, _j2k(place)))
        for place in ("main", "tile", "after-end")
    },
    "jp2-boxes": lambda: written(compressed(JPEG2000Lossless, _jp2())),
    "jpeg-comment": lambda: written(compressed(JPEGBaseline8Bit, _jpeg(comment=MARK), BYTES)),
    "jpeg-after-end": lambda: written(compressed(JPEGBaseline8Bit, _jpeg() + MARK, BYTES)),
    "jpeg-after-last-block": lambda: written(compressed(JPEGBaseline8Bit, _jpeg()[:-2] + MARK + b"\xff\xd9", BYTES)),
    "jpeg-ls-comment": lambda: written(
        compressed(JPEGLSLossless, frame_of(JPEGLSLossless)[:2] + _comment(0xFE) + frame_of(JPEGLSLossless)[2:])
    ),
    "jpeg-ls-after-end": lambda: written(compressed(JPEGLSLossless, frame_of(JPEGLSLossless) + MARK)),
    "rle-after-end": lambda: written(compressed(RLELossless, frame_of(RLELossless) + MARK)),
    "rle-header": lambda: written(
        compressed(RLELossless, (frame := frame_of(RLELossless))[:12] + MARK.ljust(52, b"\0") + frame[64:])
    ),
    "more-fragments": lambda: written(compressed(JPEG2000Lossless, frame_of(JPEG2000Lossless), RAMP, MARK)),
    "offset-table": lambda: written(_table_of_offsets()),
    "j2k-above-stored-bits": lambda: written(
        compressed(JPEG2000Lossless, frame_of(JPEG2000Lossless, _high_bits(), 16), _high_bits())
    ),
    "jpeg-ls-above-stored-bits": lambda: written(
        compressed(JPEGLSLossless, frame_of(JPEGLSLossless, _high_bits(), 16), _high_bits())
    ),
    "below-stored-bits": lambda: _edited(_highest_bit, values=_high_bits() << 4 | _high_bits() >> 12),
    "padding": lambda: _edited(_padding),
    "deflated": lambda: _edited(_everywhere, syntax=DeflatedExplicitVRLittleEndian),
    "functional-groups": lambda: _edited(_groups),
    "colour": lambda: written(_colours()),
    "rle-above-stored-bits": lambda: written(
        compressed(RLELossless, frame_of(RLELossless, _high_bits(), 16), _high_bits())
    ),
}


def write_all(folder: Path) -> dict[str, Path]:
    """Every file, by what it is and where the mark is in it."""
    found = {}
    with warnings.catch_warnings():  # pydicom's, of values that are wrong on purpose
        warnings.simplefilter("ignore")
        for place, build in PLACES.items():
            path = folder / f"dicom-{place}.dcm"
            path.write_bytes(build())
            found[path.stem] = path
    return found
