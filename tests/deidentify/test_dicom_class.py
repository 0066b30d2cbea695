"""What is written is a valid DICOM image of its kind: by hand, and by dciodvfy (dicom3tools) where it is installed."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from places_dicom import BYTES, RAMP, radiograph, written
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence

from dentalx.datasets.dicom import read_dicom
from dentalx.deidentify.dicom import write_bare_dicom

SALT = b"s" * 32
STORAGE = "1.2.840.10008.5.1.4.1.1."
DX, DX_RAW, IO, IO_RAW, CR, SC = (STORAGE + number for number in ("1.1", "1.1.1", "1.3", "1.3.1", "1", "7"))
VALIDATOR = shutil.which("dciodvfy")


def code(value: str, scheme: str = "SCT", meaning: str = "Secret^Sally") -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def of_class(sop_class: str, modality: str, values: np.ndarray = RAMP) -> FileDataset:
    found = radiograph(values)
    found.SOPClassUID = found.file_meta.MediaStorageSOPClassUID = sop_class
    found.Modality = modality
    return found


def digital(sop_class: str = DX, modality: str = "PX") -> FileDataset:
    """A digital X-ray image that says all it must say."""
    found = of_class(sop_class, modality)
    found.ImageType, found.ImageLaterality, found.PatientOrientation = ["ORIGINAL", "PRIMARY", ""], "R", ["L", "F"]
    found.PixelIntensityRelationship, found.PixelIntensityRelationshipSign = "LOG", -1
    found.ImagerPixelSpacing = [0.1, 0.1]
    found.RescaleSlope, found.RescaleIntercept, found.RescaleType = 1, 0, "US"
    if sop_class in (DX, IO):
        found.WindowCenter, found.WindowWidth = 2000, 4000
    if sop_class in (IO, IO_RAW):
        found.PositionerType = "NONE"
        found.AnatomicRegionSequence = Sequence([code("661005")])
        found.PrimaryAnatomicStructureSequence = Sequence([code("866006002"), code("863898000")])
    return found


def palette(found: FileDataset) -> None:
    found.PhotometricInterpretation = "PALETTE COLOR"
    for colour in ("Red", "Green", "Blue"):
        found.add_new(f"{colour}PaletteColorLookupTableDescriptor", "US", [256, 0, 16])
        found.add_new(f"{colour}PaletteColorLookupTableData", "OW", (np.arange(256) * 257).astype("<u2").tobytes())


def voi_table(bits: int, first: int = 0) -> Sequence:
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if first < 0 else "US", [4100, first, bits])
    item.add_new("LUTData", "OW", np.linspace(0, 2**bits - 1, 4100).astype("<u2").tobytes())
    return Sequence([item])


def without(keyword: str) -> Callable[[FileDataset], Any]:
    return lambda found: delattr(found, keyword)


def with_value(keyword: str, value: Any) -> Callable[[FileDataset], Any]:
    return lambda found: setattr(found, keyword, value)


def several(*edits: Callable[[FileDataset], Any]) -> Callable[[FileDataset], Any]:
    return lambda found: [edit(found) for edit in edits]


KINDS: dict[str, tuple[Callable[[], FileDataset], Callable[[FileDataset], Any], str]] = {
    "DX": (lambda: digital(DX, "DX"), lambda found: None, DX),
    "PX on DX": (digital, lambda found: None, DX),
    "PX without a side": (digital, without("ImageLaterality"), DX),
    "PX of 8 bit": (lambda: digital(DX, "PX"), several(
        with_value("BitsAllocated", 8), with_value("BitsStored", 8), with_value("HighBit", 7),
        with_value("PixelData", BYTES.tobytes()), with_value("WindowCenter", 128), with_value("WindowWidth", 256),
    ), DX),
    "PX, low is bright": (digital, with_value("PhotometricInterpretation", "MONOCHROME1"), DX),
    "PX with a VOI LUT": (digital, several(
        without("WindowCenter"), without("WindowWidth"), with_value("VOILUTSequence", voi_table(12))
    ), DX),
    "DX for processing": (lambda: digital(DX_RAW, "DX"), lambda found: None, DX_RAW),
    "IO": (lambda: digital(IO, "IO"), lambda found: None, IO),
    "IO for processing": (lambda: digital(IO_RAW, "IO"), lambda found: None, IO_RAW),
    "IO of a region": (lambda: digital(IO, "IO"), several(
        without("PrimaryAnatomicStructureSequence"),
        lambda found: setattr(
            found.AnatomicRegionSequence[0], "AnatomicRegionModifierSequence", Sequence([code("699507006")])
        ),
    ), IO),
    "IO in older codes": (lambda: digital(IO, "IO"), several(
        with_value("AnatomicRegionSequence", Sequence([code("T-D1213", "SNM3")])),
        with_value("PrimaryAnatomicStructureSequence", Sequence([code("T-54210", "SRT")])),
    ), IO),
    "CR": (lambda: of_class(CR, "CR"), lambda found: None, CR),
    "CR, signed and rescaled": (lambda: of_class(CR, "CR"), several(
        with_value("PixelRepresentation", 1), with_value("RescaleSlope", "1.5"), with_value("RescaleIntercept", -1024)
    ), CR),
    "SC": (lambda: of_class(SC, "OT"), lambda found: None, SC),
    "SC with a VOI LUT of 12 bits": (lambda: of_class(SC, "PX"), with_value("VOILUTSequence", voi_table(12)), SC),
    "SC with a VOI LUT that begins below zero": (lambda: of_class(SC, "PX"), several(
        with_value("RescaleIntercept", -100), with_value("RescaleSlope", 1),
        with_value("VOILUTSequence", voi_table(16, -100)),
    ), SC),
    "SC with a palette": (lambda: of_class(SC, "PX", BYTES), palette, SC),
    "SC, lossy": (lambda: of_class(SC, "PX"), several(
        with_value("LossyImageCompression", "01"), with_value("LossyImageCompressionMethod", "ISO_10918_1")
    ), SC),
    "SC, calibrated": (lambda: of_class(SC, "PX"), several(
        with_value("PixelSpacing", [0.1, 0.1]), with_value("PixelSpacingCalibrationType", "GEOMETRY")
    ), SC),
    # What such an image must say, and nobody may invent:
    "DX without a spacing": (digital, without("ImagerPixelSpacing"), SC),
    "DX without a relationship": (digital, without("PixelIntensityRelationshipSign"), SC),
    "DX without a window": (digital, without("WindowCenter"), SC),
    "DX without a side": (lambda: digital(DX, "DX"), without("ImageLaterality"), SC),
    "DX, rescaled": (digital, with_value("RescaleIntercept", -1024), SC),
    "DX, signed": (digital, with_value("PixelRepresentation", 1), SC),
    "DX of modality CR": (digital, with_value("Modality", "CR"), SC),
    "IO of an unknown tooth": (lambda: digital(IO, "IO"), lambda found: setattr(
        found.PrimaryAnatomicStructureSequence[0], "CodeValue", "19470811"
    ), SC),
    "CR of modality PX": (lambda: of_class(CR, "PX"), lambda found: None, SC),
    "another class": (lambda: of_class("1.2.840.10008.5.1.4.1.1.19470811", "PX"), lambda found: None, SC),
}  # fmt: skip


@pytest.fixture
def copies(tmp_path: Path) -> Callable[[str], tuple[Path, Path]]:
    def make(kind: str) -> tuple[Path, Path]:
        build, edit, _ = KINDS[kind]
        found = build()
        edit(found)
        (tmp_path / "x.dcm").write_bytes(written(found))
        write_bare_dicom(tmp_path / "x.dcm", tmp_path / "copy.dcm", SALT)
        return tmp_path / "x.dcm", tmp_path / "copy.dcm"

    return make


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
def test_the_class_is_kept_where_all_it_demands_is_there(copies, kind: str) -> None:
    source, copy = copies(kind)
    found = pydicom.dcmread(copy)
    assert found.SOPClassUID == found.file_meta.MediaStorageSOPClassUID == KINDS[kind][2]
    assert b"Secret" not in copy.read_bytes() and b"19470811" not in copy.read_bytes()
    assert np.abs(read_dicom(source) - read_dicom(copy)).max() <= (1e-5 if "12 bits" in kind else 0)
    if found.SOPClassUID == SC:
        assert found.ConversionType == "WSD"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(VALIDATOR is None, reason="dciodvfy (dicom3tools) is not installed")
@pytest.mark.parametrize("kind", KINDS)
def test_dciodvfy_finds_no_error(copies, kind: str) -> None:
    run = subprocess.run([str(VALIDATOR), str(copies(kind)[1])], capture_output=True, text=True, check=False)
    said = (run.stdout + run.stderr).splitlines()
    assert any("Image" in line for line in said), "dciodvfy did not run"
    assert [line for line in said if line.startswith("Error")] == []


@pytest.mark.filterwarnings("ignore")
def test_an_intra_oral_image_keeps_its_teeth_in_the_standards_words(copies) -> None:
    found = pydicom.dcmread(copies("IO")[1])
    assert [item.CodeMeaning for item in found.PrimaryAnatomicStructureSequence] == [
        "Mandibular left first molar tooth",
        "Mandibular left second molar tooth",
    ]
    assert found.AnatomicRegionSequence[0].CodeMeaning == "Jaw region"
    assert (found.ImageLaterality, found.PatientOrientation, found.PositionerType) == ("R", ["L", "F"], "NONE")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("said", "found", "covered", "wanted"), [
    (None, False, False, "YES"), ("NO", False, False, "NO"), ("NO", True, False, "YES"), ("NO", True, True, "YES"),
])  # fmt: skip
def test_a_kind_that_must_say_whether_text_is_burned_in_says_yes_where_nobody_knows(
    tmp_path: Path, said: str | None, found: bool, covered: bool, wanted: str
) -> None:
    source = digital()
    if said is not None:
        source.BurnedInAnnotation = said
    (tmp_path / "x.dcm").write_bytes(written(source))
    boxes = [(2, 2, 9, 20)] if covered else []
    write_bare_dicom(tmp_path / "x.dcm", tmp_path / "copy.dcm", SALT, boxes, found)
    copy = pydicom.dcmread(tmp_path / "copy.dcm")
    assert copy.BurnedInAnnotation == wanted
    assert copy.ImageType[0] == ("DERIVED" if covered else "ORIGINAL")


@pytest.mark.filterwarnings("ignore")
def test_covering_changes_nothing_outside_the_boxes_without_a_window_too(tmp_path: Path) -> None:
    (tmp_path / "x.dcm").write_bytes(written(of_class(SC, "PX")))
    write_bare_dicom(tmp_path / "x.dcm", tmp_path / "copy.dcm", SALT, [(2, 2, 9, 20)], True)
    values = pydicom.dcmread(tmp_path / "copy.dcm").pixel_array
    assert (values[2:9, 2:20] == RAMP.min()).all()
    values[2:9, 2:20] = RAMP[2:9, 2:20]
    assert np.array_equal(values, RAMP)


UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


def new_uids(folder: Path, name: str, **values: str | None) -> tuple[str, ...]:
    source = of_class(SC, "PX")
    source.PatientID = "4711"
    for keyword, value in values.items():
        if value is None:
            delattr(source, keyword)
        else:
            source.add_new(keyword, "UI", value)
    (folder / name).write_bytes(written(source))
    write_bare_dicom(folder / name, folder / f"copy-{name}", SALT)
    found = pydicom.dcmread(folder / f"copy-{name}")
    return tuple(str(found[keyword].value) for keyword in UIDS)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("missing", [None, "", " "])
def test_files_without_an_instance_uid_get_one_of_their_own_and_the_same_one_again(tmp_path: Path, missing) -> None:
    one, other = (new_uids(tmp_path, name, SOPInstanceUID=missing) for name in ("a.dcm", "b.dcm"))
    assert one[2] != other[2] and one[:2] == other[:2]
    assert new_uids(tmp_path, "a.dcm", SOPInstanceUID=missing) == one


@pytest.mark.filterwarnings("ignore")
def test_a_missing_series_is_its_studys_and_a_missing_study_its_patients(tmp_path: Path) -> None:
    first = new_uids(tmp_path, "a.dcm", SeriesInstanceUID=None, SOPInstanceUID=None)
    second = new_uids(tmp_path, "b.dcm", SeriesInstanceUID=None, SOPInstanceUID=None, StudyInstanceUID="1.2.77")
    assert len({*first, *second}) == 6  # a series is never in two studies
    none = [new_uids(tmp_path, name, **dict.fromkeys(UIDS)) for name in ("c.dcm", "d.dcm")]
    assert none[0][:2] == none[1][:2] and none[0][2] != none[1][2]
