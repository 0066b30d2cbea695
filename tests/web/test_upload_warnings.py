"""An uploaded file's warnings are those that predict tells of the same file."""

from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from dentalx.datasets.image_warnings import image_warnings
from dentalx.quality import STORED_MIRRORED
from dentalx.web.picture import read_picture


def test_the_warnings_of_an_upload(tmp_path: Path) -> None:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.1", "1.2.3"
    found = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    found.SOPClassUID, found.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3"
    found.Rows, found.Columns, found.SamplesPerPixel, found.PhotometricInterpretation = 40, 60, 1, "MONOCHROME2"
    found.BitsAllocated, found.BitsStored, found.HighBit, found.PixelRepresentation = 16, 12, 11, 0
    found.PatientOrientation, found.WindowCenter, found.WindowWidth = ["R", "F"], 32_768, 65_536
    found.add_new("PixelData", "OW", np.arange(2400, dtype="<u2").tobytes())
    pydicom.dcmwrite(tmp_path / "a.dcm", found, enforce_file_format=True)
    expected = image_warnings(tmp_path / "a.dcm")
    assert len(expected) == 2 and STORED_MIRRORED in expected
    upload = read_picture((tmp_path / "a.dcm").read_bytes(), tmp_path)
    assert upload.warnings == expected and upload.spacing is not None
