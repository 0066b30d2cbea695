"""Square millimetres in the tables: where a DICOM file is calibrated, and nowhere else."""

import json
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from test_folder import PREDICTOR, table, write

from dentalx.datasets.images import find_pictures
from dentalx.inference import predict_folder

SPACING = [0.25, 0.125]  # rows, columns
IMAGER = {"ImagerPixelSpacing": [0.5, 0.25]}
SOURCES = {  # the files' attributes, and what their spacing is
    "calibrated": {**IMAGER, "PixelSpacing": SPACING, "PixelSpacingCalibrationType": "FIDUCIAL"},
    "ermf": {**IMAGER, "PixelSpacing": SPACING, "PixelSpacingCalibrationType": "GEOMETRY"},
    "detector": {"ImagerPixelSpacing": SPACING},
    "unknown": {"PixelSpacing": SPACING},
}


def write_dicom(path: Path, **attributes: object) -> None:
    """A panoramic of eight bits, 40 rows of 80, bright in a box of 10 rows and 16 columns."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.1", "1.2.3"
    found = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    found.SOPClassUID, found.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3"
    pixels = np.zeros((40, 80), np.uint8)
    pixels[5:15, 8:24] = 255
    found.Rows, found.Columns = pixels.shape
    found.SamplesPerPixel, found.PhotometricInterpretation, found.PixelRepresentation = 1, "MONOCHROME2", 0
    found.BitsAllocated, found.BitsStored, found.HighBit = 8, 8, 7
    found.add_new("PixelData", "OB", pixels.tobytes())
    for keyword, value in attributes.items():
        setattr(found, keyword, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    pydicom.dcmwrite(path, found, enforce_file_format=True)


def test_square_millimetres_only_where_calibrated(tmp_path: Path) -> None:
    for source, attributes in SOURCES.items():
        write_dicom(tmp_path / "in" / f"{source}.dcm", **attributes)
    write(tmp_path / "in" / "picture.png")
    predict_folder(PREDICTOR, find_pictures(tmp_path / "in"), tmp_path / "out")
    said = json.loads((tmp_path / "out" / "predictions.json").read_text())["pictures"]
    rows = {Path(row["file"]).stem: row for row in table(tmp_path / "out")}
    assert {rows[name]["bright_area_px"] for name in SOURCES} == {"160"}
    assert {name: row["bright_area_mm2"] for name, row in rows.items()} == {
        "calibrated": "5.0",  # 160 pixels of 0.25 mm by 0.125 mm
        **dict.fromkeys(("ermf", "detector", "unknown", "picture"), ""),
    }
    assert {Path(entry["file"]).stem: entry["classes"]["bright"].get("area_mm2") for entry in said} == {
        "calibrated": 5.0,
        **dict.fromkeys(("ermf", "detector", "unknown", "picture")),
    }
    assert {Path(entry["file"]).stem: entry.get("spacing") for entry in said} == {
        **{name: {"row_mm": 0.25, "column_mm": 0.125, "source": name} for name in SOURCES},
        "picture": None,
    }


def test_no_column_of_millimetres_where_no_file_is_calibrated(tmp_path: Path) -> None:
    write_dicom(tmp_path / "in" / "a.dcm", **SOURCES["detector"])
    predict_folder(PREDICTOR, find_pictures(tmp_path / "in"), tmp_path / "out")
    assert "bright_area_mm2" not in table(tmp_path / "out")[0]
