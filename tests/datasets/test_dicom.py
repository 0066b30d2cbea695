"""DICOM files: which are found, what they say of spacing and patients, and what must be refused."""

import struct
import sys

import numpy as np
import pydicom
import pytest
from dicom_files import (
    JPEG_LS,
    PANORAMIC,
    RAMP,
    SECONDARY,
    dataset,
    huffman_free_jpeg_lossless,
    refused,
    saved,
    table,
    window,
    written,
)
from pydicom.dataset import Dataset
from pydicom.uid import (
    MPEG2MPML,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from dentalx.datasets.decode import ReadLimits
from dentalx.datasets.dicom import dicom_facts, raw_patient_id
from dentalx.datasets.dicom_spacing import Spacing
from dentalx.datasets.images import find_pictures, image_size, list_images, read_grey
from dentalx.datasets.sniff import looks_like_dicom
from dentalx.errors import InputError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.dcm"


def test_modality_and_class_are_recorded_and_refuse_nothing(path):
    for modality, sop in (("PX", PANORAMIC), ("IO", "1.2.840.10008.5.1.4.1.1.1.3"), ("OT", SECONDARY)):
        written(path, RAMP, sop=sop, Modality=modality)
        assert read_grey(path).shape == image_size(path) == (4, 6)
        facts = dicom_facts(path)
        assert (facts.modality, facts.bits, facts.photometric) == (modality, 12, "MONOCHROME2")


@pytest.mark.parametrize("implicit", [True, False])
def test_files_without_a_header_are_recognised(tmp_path, implicit):
    found = dataset(RAMP, **window(2048, 4096))
    path = tmp_path / "bare"
    pydicom.dcmwrite(path, Dataset(found), implicit_vr=implicit, little_endian=True, enforce_file_format=False)
    assert path.read_bytes()[128:132] != b"DICM"
    assert looks_like_dicom(path)
    assert np.allclose(read_grey(path), RAMP / 4095, atol=1e-6)


def test_a_medium_is_gone_through(tmp_path):
    (tmp_path / "DICOMDIR").write_bytes(b"x")
    for series in ("A", "B"):
        (tmp_path / "DICOM" / series).mkdir(parents=True)
        written(tmp_path / "DICOM" / series / "IM000001", RAMP)
    assert find_pictures(tmp_path) == [tmp_path / "DICOM" / series / "IM000001" for series in ("A", "B")]
    assert len(find_pictures(tmp_path / "DICOM" / "A")) == 1


def test_folders_are_listed_by_content_and_the_index_is_left_out(tmp_path):
    for name in ("1.2.840.77.1", "IM000001", "b.dcm"):
        written(tmp_path / name, RAMP)
    written(tmp_path / "DICOMDIR", RAMP, sop="1.2.840.10008.1.3.10")
    (tmp_path / "notes.txt").write_text("DICM " * 100)
    (tmp_path / "short").write_bytes(b"\x08\0\x05\0CS")
    assert [found.name for found in list_images(tmp_path)] == ["1.2.840.77.1", "IM000001", "b.dcm"]
    refused(tmp_path / "DICOMDIR", "an index and no picture")


# --- spacing and patients -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, Spacing(None, None, "unknown")),
        ({"PixelSpacing": [0.2, 0.1]}, Spacing(0.2, 0.1, "unknown")),
        ({"ImagerPixelSpacing": [0.2, 0.1]}, Spacing(0.2, 0.1, "detector")),
        ({"ImagerPixelSpacing": [0.2, 0.1], "PixelSpacing": [0.2, 0.1]}, Spacing(0.2, 0.1, "detector")),
        ({"ImagerPixelSpacing": [0.2, 0.1], "PixelSpacing": [0.1, 0.05]}, Spacing(0.1, 0.05, "ermf")),
        (
            {"ImagerPixelSpacing": [0.2, 0.1], "PixelSpacing": [0.1, 0.05], "PixelSpacingCalibrationType": "FIDUCIAL"},
            Spacing(0.1, 0.05, "calibrated"),
        ),
        ({"PixelSpacing": [0.1, 0.05], "PixelSpacingCalibrationType": "GEOMETRY"}, Spacing(0.1, 0.05, "ermf")),
        (
            {"ImagerPixelSpacing": [0.2, 0.1], "EstimatedRadiographicMagnificationFactor": 1.25},
            Spacing(0.2 / 1.25, 0.1 / 1.25, "ermf"),
        ),
        (
            {"ImagerPixelSpacing": [0.2, 0.1], "DistanceSourceToDetector": 600, "DistanceSourceToPatient": 480},
            Spacing(0.2 / 1.25, 0.1 / 1.25, "ermf"),
        ),
        ({"ImagerPixelSpacing": [0, 0.1]}, Spacing(None, None, "unknown")),
    ],
)
def test_spacing_and_where_it_comes_from(path, attributes, expected):
    assert dicom_facts(written(path, RAMP, **attributes)).spacing == expected


def test_patient_id_for_hashing(path):
    assert raw_patient_id(written(path, RAMP)) == "\nP-4711"
    assert raw_patient_id(written(path, RAMP, IssuerOfPatientID="Clinic")) == "Clinic\nP-4711"
    assert raw_patient_id(written(path, RAMP, PatientID="  ")) is None


# --- what is refused ------------------------------------------------------------------------------------------


def test_what_is_no_single_radiograph_is_refused(path):
    refused(written(path, RAMP, NumberOfFrames=3), "holds 3 frames")
    refused(written(path, RAMP, Rows=0), "0×6")
    found = dataset(RAMP)
    del found.PixelData
    refused(saved(path, found), "no pixels")
    del found.Rows
    refused(saved(path, found), "lacks Rows (0028,0010)")
    refused(written(path, RAMP, BitsAllocated=32), "12 bits of 32")
    refused(written(path, RAMP, SamplesPerPixel=4), "4 samples")
    refused(written(path, RAMP, syntax=MPEG2MPML, data=b"\0" * 8), "compressed as MPEG2")


def test_sizes_are_judged_before_decoding(path):
    refused(
        written(path, RAMP, Rows=60_000, Columns=60_000), "60000×60000 pixels of 2 bytes each; at most 48 megapixels"
    )
    refused(written(path, RAMP), "at most", limits=ReadLimits(megapixels=1e-6))
    refused(written(path, RAMP, Rows=4000, Columns=4000), "truncated: 48 bytes of pixels, expected 32000000")
    huge = bytearray(huffman_free_jpeg_lossless(RAMP, 12))
    huge[7:11] = b"\xff\xff\xff\xff"  # a bomb: the stream says 65535×65535
    refused(written(path, RAMP, syntax=JPEGLosslessSV1, data=bytes(huge)), "another size than its header says")
    refused(written(path, RAMP, syntax=RLELossless, data=b"\x81\0" * 4096), "another size than its header says")


def test_a_header_of_endless_parts_is_given_up(path):
    head = saved(path, dataset(RAMP)).read_bytes()
    place = head.index(struct.pack("<HH", 0x0028, 0x0002))
    items = struct.pack("<HHHH", 0x0009, 0x1001, 0, 0)[:4] + b"SQ\0\0" + b"\xff" * 4
    items += (struct.pack("<HHI", 0xFFFE, 0xE000, 0)) * 300_000 + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    path.write_bytes(head[:place] + items + head[place:])
    refused(path, "truncated or damaged")
    nested = (b"\x09\0\x01\x10SQ\0\0" + b"\xff" * 4 + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)) * 5000
    path.write_bytes(head[:place] + nested + head[place:])
    refused(path, "truncated or damaged")


def test_a_missing_extra_names_the_line_to_type(path, monkeypatch):
    written(path, RAMP)
    monkeypatch.setitem(sys.modules, "pydicom", None)
    refused(path, "pip install pydicom pylibjpeg")


def test_a_missing_decoder_names_the_syntax_and_the_line_to_type(path, monkeypatch):
    found = dataset(np.tile(RAMP, (16, 11)))
    found.compress(JPEG2000Lossless, generate_instance_uid=False)
    assert read_grey(saved(path, found)).shape == (64, 66)
    monkeypatch.setattr(pydicom.pixels.get_decoder(JPEG2000Lossless), "_available", {})
    refused(path, "JPEG 2000 Image Compression (Lossless Only)", "needs a decoder; pip install pydicom")


def test_broken_files_are_read_or_refused_in_one_line(path, rng):
    small = dataset(np.tile(RAMP, (16, 11)), **window(2048, 4096), VOILUTSequence=table(0, range(200), 8))
    seeds = [saved(path, small).read_bytes()]
    for syntax in (RLELossless, JPEG2000Lossless):
        found = dataset(np.tile(RAMP, (16, 11)))
        found.compress(syntax, generate_instance_uid=False)
        seeds.append(saved(path, found).read_bytes())
    for syntax, data in (
        (JPEGLosslessSV1, huffman_free_jpeg_lossless(RAMP, 12)),
        (JPEGLSLossless, bytes.fromhex(JPEG_LS)),
    ):
        seeds.append(written(path, RAMP, syntax=syntax, data=data).read_bytes())
    outcomes = {"read": 0, "refused": 0}
    for number in range(300):
        data = bytearray(seeds[number % len(seeds)])
        for _ in range(rng.integers(1, 5)):
            data[rng.integers(132, len(data))] = rng.integers(0, 256)
        path.write_bytes(bytes(data[: rng.integers(140, len(data) + 1)] if number % 3 == 0 else data))
        try:
            plane = read_grey(path, ReadLimits(megapixels=4))
        except InputError as error:
            message = str(error)
            assert str(path) in message and "\n" not in message and "Secret" not in message and "4711" not in message
            outcomes["refused"] += 1
        else:
            assert plane.dtype == np.float32 and plane.ndim == 2 and plane.min() >= 0 and plane.max() <= 1
            outcomes["read"] += 1
    assert min(outcomes.values()) > 30, outcomes
