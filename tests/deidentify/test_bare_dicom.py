"""DICOM files keep their picture and lose their patient."""

import io
import re

import numpy as np
import pydicom
import pytest
from PIL import Image
from planted import NAME, TEXT
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

from dentalx.datasets.dicom import read_dicom
from dentalx.deidentify.dicom import KEPT, write_bare_dicom
from dentalx.errors import InputError

SALT = b"s" * 32
RAMP = (np.arange(48 * 64).reshape(48, 64) + 5).astype(np.uint16)


def planted(path, syntax=ExplicitVRLittleEndian, values=RAMP, photometric="MONOCHROME1", data=None):
    """A radiograph with the name in tags of all kinds, private ones, overlays, look-up tables and words."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian if syntax in (RLELossless, JPEG2000Lossless) else syntax
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.1", "1.2.3.4711"
    meta.SourceApplicationEntityTitle = TEXT
    found = FileDataset("", {}, file_meta=meta, preamble=NAME.ljust(128, b"\0"))
    found.SOPClassUID, found.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3.4711"
    found.StudyInstanceUID, found.SeriesInstanceUID = "1.2.3.4712", "1.2.3.4713"
    found.PatientName, found.PatientID, found.PatientBirthDate, found.StudyDate = TEXT, "4711", "19470811", "20200101"
    for keyword in ("InstitutionName", "StudyDescription", "PatientAddress", "ImageComments", "DeviceSerialNumber"):
        setattr(found, keyword, TEXT)
    found.Modality, found.PixelSpacingCalibrationType, found.BurnedInAnnotation = "SECRETSALLY", "SECRET", "NO"
    found.WindowCenter, found.WindowWidth, found.WindowCenterWidthExplanation = "1500", "2900", TEXT
    found.PixelSpacing, found.PatientOrientation = [0.1, 0.1], ["L", "F"]
    original = Dataset()
    original.PatientName = TEXT
    found.OriginalAttributesSequence = Sequence([original])
    table = Dataset()
    table.add_new("LUTDescriptor", "US", [4096, 0, 12])
    table.add_new("LUTData", "US", list(range(4096)))
    table.LUTExplanation = table.ModalityLUTType = TEXT
    found.ModalityLUTSequence = Sequence([table])
    found.private_block(0x0011, TEXT, create=True).add_new(1, "LO", TEXT)
    found.add_new(0x60000022, "LO", TEXT)
    found.add_new(0x60003000, "OW", NAME)
    found.Rows, found.Columns = values.shape[:2]
    found.SamplesPerPixel, found.PhotometricInterpretation = 1, photometric
    found.BitsAllocated = 8 * values.dtype.itemsize
    found.BitsStored = 8 if found.BitsAllocated == 8 else 12
    found.HighBit, found.PixelRepresentation = found.BitsStored - 1, 0
    order = values.astype(values.dtype.newbyteorder(">")) if syntax == ExplicitVRBigEndian else values
    found.add_new("PixelData", "OB" if data else "OW", encapsulate([data]) if data else order.tobytes())
    if syntax in (RLELossless, JPEG2000Lossless):
        found.compress(syntax, generate_instance_uid=False)
    pydicom.dcmwrite(path, found, enforce_file_format=True)
    return path


def told(path):
    """Everything that a file says, as text."""
    return str(pydicom.dcmread(path)) + path.read_bytes()[:132].decode("latin-1")


@pytest.fixture
def target(tmp_path):
    return tmp_path / "out.dcm"


SYNTAXES = [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless, JPEG2000Lossless]


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_the_patient_is_gone_and_the_picture_is_the_same(tmp_path, target, syntax):
    path = planted(tmp_path / "x", syntax)
    write_bare_dicom(path, target, SALT)
    assert NAME not in target.read_bytes() and b"SECRET" not in target.read_bytes()
    assert not re.search(r"4711|1947|20200101|Secret", told(target))
    assert np.array_equal(read_dicom(path), read_dicom(target))
    found = pydicom.dcmread(target)
    assert {element.keyword for element in found.iterall()} <= KEPT
    assert found.PatientIdentityRemoved == "YES" and found.PatientBirthDate == "" and found.BurnedInAnnotation == "NO"
    assert found.Modality == "OT" and "PixelSpacingCalibrationType" not in found
    assert found.PatientOrientation == ["L", "F"] and found.PixelSpacing == [0.1, 0.1]
    assert found.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian


def test_the_jpeg_inside_is_bared_too(tmp_path, target):
    file = io.BytesIO()
    Image.fromarray(RAMP.astype(np.uint8)).save(file, "JPEG", comment=NAME, quality=95)
    path = planted(tmp_path / "x", JPEGBaseline8Bit, RAMP.astype(np.uint8), data=file.getvalue())
    assert NAME in path.read_bytes()
    write_bare_dicom(path, target, SALT)
    assert NAME not in target.read_bytes()
    assert np.array_equal(read_dicom(path), read_dicom(target))


def test_what_hides_above_the_stored_bits_is_gone(tmp_path, target):
    path = planted(tmp_path / "x", values=RAMP | 0x5000)
    write_bare_dicom(path, target, SALT)
    assert np.frombuffer(pydicom.dcmread(target).PixelData, "<u2").max() < 4096
    assert np.array_equal(read_dicom(path), read_dicom(target))


def test_codes_are_the_same_again_and_keep_studies_together(tmp_path, target):
    path, other = planted(tmp_path / "x"), tmp_path / "other.dcm"
    write_bare_dicom(path, target, SALT)
    write_bare_dicom(path, other, SALT)
    assert target.read_bytes() == other.read_bytes()
    write_bare_dicom(path, other, b"t" * 32)
    one, two = pydicom.dcmread(target), pydicom.dcmread(other)
    assert one.PatientID != two.PatientID and one.StudyInstanceUID != two.StudyInstanceUID
    assert len({one.StudyInstanceUID, one.SeriesInstanceUID, one.SOPInstanceUID}) == 3
    assert one.SOPInstanceUID == one.file_meta.MediaStorageSOPInstanceUID and one.SOPInstanceUID.is_valid


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, JPEG2000Lossless])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_boxes_are_black_in_either_polarity(tmp_path, target, syntax, photometric):
    path = planted(tmp_path / "x", syntax, photometric=photometric)
    write_bare_dicom(path, target, SALT, [(10, 20, 20, 50)], found=True)
    before, after = read_dicom(path), read_dicom(target)
    assert (after[10:20, 20:50] == before.min()).all()
    after_outside, before_outside = after.copy(), before.copy()
    after_outside[10:20, 20:50] = before_outside[10:20, 20:50] = 0
    assert np.array_equal(after_outside, before_outside)
    assert "BurnedInAnnotation" not in pydicom.dcmread(target)


def test_text_that_is_left_is_declared(tmp_path, target):
    write_bare_dicom(planted(tmp_path / "x"), target, SALT, found=True)
    assert pydicom.dcmread(target).BurnedInAnnotation == "YES"


def test_what_is_no_single_radiograph_is_refused(tmp_path, target):
    path = planted(tmp_path / "x")
    whole = pydicom.dcmread(path)
    whole.NumberOfFrames = 3
    whole.save_as(path)
    with pytest.raises(InputError, match="holds 3 frames"):
        write_bare_dicom(path, target, SALT)


def test_padding_is_of_one_level_and_boxes_are_black_beside_it(tmp_path, target):
    """Whatever levels padding has, it is shown black: what they draw is seen by nobody who looks, and is gone."""
    values = RAMP + 500
    values[:6] = 4000
    values[2, 10:20] = 4010
    found = pydicom.dcmread(planted(tmp_path / "x", values=values, photometric="MONOCHROME2"))
    found.add_new("PixelPaddingValue", "US", 4000)
    found.add_new("PixelPaddingRangeLimit", "US", 4095)
    found.save_as(tmp_path / "x")
    write_bare_dicom(tmp_path / "x", target, SALT, [(4, 20, 20, 50)], found=True)
    made = pydicom.dcmread(target)
    assert made.PixelPaddingValue == 4000 and "PixelPaddingRangeLimit" not in made
    assert (made.pixel_array[:6] == 4000).all() and (made.pixel_array[6:20, 20:50] == values[6:].min()).all()
    before, after = read_dicom(tmp_path / "x"), read_dicom(target)
    assert (after[6:20, 20:50] == before[6:].min()).all() and not after[:6].any()
