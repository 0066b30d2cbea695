"""DICOM files written here, with grey values worked out by hand; and what must be refused."""

import io
import struct
import sys

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    MPEG2MPML,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from dentalx.datasets.decode import ReadLimits
from dentalx.datasets.dicom import dicom_facts, raw_patient_id, read_dicom
from dentalx.datasets.dicom_spacing import Spacing
from dentalx.datasets.images import image_size, list_images, read_grey
from dentalx.datasets.sniff import looks_like_dicom
from dentalx.errors import InputError

PANORAMIC = "1.2.840.10008.5.1.4.1.1.1.1"
SECONDARY = "1.2.840.10008.5.1.4.1.1.7"
RAMP = np.arange(24, dtype=np.uint16).reshape(4, 6) * 170 + 5  # 5 … 3915 of 4095


def dataset(values, *, bits=12, photometric="MONOCHROME2", syntax=ExplicitVRLittleEndian, data=None, **attributes):
    """A radiograph whose stored values are `values`; `data` stands for them where they are compressed."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = attributes.pop("sop", PANORAMIC)
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    found = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    found.SOPClassUID, found.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3"
    found.PatientName, found.PatientID, found.Modality = "Secret^Sally", "P-4711", "PX"
    found.Rows, found.Columns = values.shape[:2]
    found.SamplesPerPixel = 1 if values.ndim == 2 else values.shape[2]
    if values.ndim == 3:
        found.PlanarConfiguration = 0
    found.PhotometricInterpretation = photometric
    found.BitsAllocated = 8 * values.dtype.itemsize
    found.BitsStored, found.HighBit = bits, bits - 1
    found.PixelRepresentation = int(values.dtype.kind == "i")
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    raw = values.astype(values.dtype.newbyteorder(order)).tobytes() if data is None else encapsulate([data])
    found.add_new("PixelData", "OB" if values.dtype.itemsize == 1 or data else "OW", raw + b"\0" * (len(raw) % 2))
    for keyword, value in attributes.items():
        setattr(found, keyword, value)
    return found


def saved(path, found):
    pydicom.dcmwrite(path, found, enforce_file_format=True)
    return path


def written(path, values, **options):
    return saved(path, dataset(values, **options))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.dcm"


def refused(path, *words, **options):
    with pytest.raises(InputError) as caught:
        read_grey(path, **options)
    message = str(caught.value)
    assert "\n" not in message and path.name in message
    assert "Secret" not in message and "4711" not in message
    for word in words:
        assert word in message, message


def window(centre, width, function=None):
    found = {"WindowCenter": centre, "WindowWidth": width}
    return {**found, "VOILUTFunction": function} if function else found


def table(first, entries, bits, *, as_bytes=False):
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries) % 65536, first % 65536, bits])
    data = np.array(entries, "<u2")
    if as_bytes:
        item.add_new("LUTData", "OW", data.tobytes())
    else:
        item.add_new("LUTData", "US", data.tolist())
    item.ModalityLUTType = "US"
    return Sequence([item])


# --- grey, by hand --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (window(2048, 4096), [0, 1000 / 4095, 3000 / 4095, 1]),
        (window(1500.5, 1001), [0, 0, 1, 1]),  # LINEAR: from 1000 to 2000
        (window(2000.5, 2001), [0, 0, 1, 1]),  # from 1000 to 3000
        (window(2500.5, 3001), [0, 0, 2000 / 3000, 1]),
        (window(2000, 4000, "LINEAR_EXACT"), [0, 0.25, 0.75, 1]),
        (window(2000, 1000, "SIGMOID"), [1 / (1 + np.exp(8)), 1 / (1 + np.exp(4)), 1 / (1 + np.exp(-4)), 1]),
        (window([2000, 5], [4000, 7], "LINEAR_EXACT"), [0, 0.25, 0.75, 1]),  # the first of several
        (window(1001, 1), [0, 0, 1, 1]),  # a threshold: above 1000.5
    ],
)
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_windows_by_hand_and_inversion_after_them(path, step, expected, photometric):
    values = np.uint16([[0, 1000, 3000, 4095]])
    plane = read_grey(written(path, values, photometric=photometric, **step))
    hand = np.array(expected)
    assert plane.dtype == np.float32
    assert np.allclose(
        plane[0], 1 - hand if photometric == "MONOCHROME1" else hand, atol=4e-4 if "SIGMOID" in step.values() else 1e-6
    )


@pytest.mark.parametrize(
    ("photometric", "shape", "bright"),
    [
        ("MONOCHROME2", None, 1),
        ("MONOCHROME2", "IDENTITY", 1),
        ("MONOCHROME2", "INVERSE", 0),
        ("MONOCHROME1", None, 0),
        ("MONOCHROME1", "INVERSE", 0),  # both say it, and it is done once
    ],
)
def test_inversion_is_made_once(path, photometric, shape, bright):
    extra = {"PresentationLUTShape": shape} if shape else {}
    plane = read_grey(written(path, np.uint16([[0, 4095]]), photometric=photometric, **window(2048, 4096), **extra))
    assert plane.tolist() == [[1 - bright, bright]]


def test_rescale_comes_before_the_window(path):
    extra = {"RescaleSlope": "2", "RescaleIntercept": "-100", **window(100, 200, "LINEAR_EXACT")}
    assert read_grey(written(path, np.uint16([[50, 75, 100, 150]]), **extra)).tolist() == [[0, 0.25, 0.5, 1]]


def test_a_slope_of_nothing_is_passed_over(path):
    extra = {"RescaleSlope": "0", "RescaleIntercept": "0", **window(100, 200, "LINEAR_EXACT")}
    assert read_grey(written(path, np.uint16([[0, 100]]), **extra)).tolist() == [[0, 0.5]]


@pytest.mark.parametrize("as_bytes", [False, True])
def test_modality_table_then_window(path, as_bytes):
    extra = {"ModalityLUTSequence": table(10, [0, 50, 200], 8, as_bytes=as_bytes), **window(100, 200, "LINEAR_EXACT")}
    plane = read_grey(written(path, np.uint16([[0, 10, 11, 12, 99]]), **extra))
    assert plane.tolist() == [[0, 0, 0.25, 1, 1]]


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_voi_table_goes_before_a_window(path, syntax):
    extra = {"VOILUTSequence": table(100, [0, 1023, 4095], 12), **window(1, 1)}
    plane = read_grey(written(path, np.uint16([[7, 100, 101, 500]]), syntax=syntax, **extra))
    assert np.allclose(plane, [[0, 0, 1023 / 4095, 1]])


def test_voi_table_of_signed_values(path):
    extra = {"VOILUTSequence": table(-2, [0, 64, 128, 255], 8)}
    assert np.allclose(read_grey(written(path, np.int16([[-9, -1, 0, 5]]), **extra)), [[0, 64 / 255, 128 / 255, 1]])


def test_a_table_brighter_than_its_bits_is_not_clipped(path):
    plane = read_grey(written(path, np.uint16([[0, 1]]), VOILUTSequence=table(0, [512, 1023], 8)))
    assert np.allclose(plane, [[512 / 1023, 1]])


def test_without_a_window_the_tails_are_cut(path):
    values = np.full((20, 50), 500, np.uint16)  # of 1000 pixels, the 5th and the 995th decide
    values[0, :4], values[0, 4:8], values[1, :4], values[1, 4:8] = 0, 100, 4095, 900
    plane = read_grey(written(path, values))
    assert plane[0, 0] == 0 and plane[0, 4] == 0 and plane[1, 0] == 1 and plane[1, 4] == 1
    assert np.allclose(plane[5:], 0.5)
    full = read_dicom(path, rule="full")
    assert full[1, 0] == 1 and np.isclose(full[1, 4], 900 / 4095)


@pytest.mark.parametrize(
    "step", [window(50_000, 10), window(100, 0), window(100, -5), window(100, 0.2), window(9, 9, "CUBIC")]
)
def test_a_window_that_shows_nothing_is_passed_over(path, step):
    plane = read_grey(written(path, np.uint16([[1000, 2000, 3000]]), **step))
    assert plane.tolist() == [[0, 0.5, 1]]


def test_percentile_rule_ignores_the_window(path):
    written(path, np.uint16([[1000, 2000, 3000]]), **window(2000, 4000, "LINEAR_EXACT"))
    assert read_grey(path).tolist() == [[0.25, 0.5, 0.75]]
    assert read_dicom(path, rule="percentile").tolist() == [[0, 0.5, 1]]


def test_an_even_picture_is_black(path):
    assert not read_grey(written(path, np.full((3, 3), 77, np.uint16))).any()


def test_padding_at_the_edge_is_black_and_inside_is_tissue(path):
    values = np.full((6, 6), 2000, np.uint16)
    values[:, 0], values[2, 3], values[5, 5] = 0, 0, 4000
    extra = {"PixelPaddingValue": 0, "photometric": "MONOCHROME1"}
    plane = read_grey(written(path, values, **extra))
    assert not plane[:, 0].any()  # without the padding's rule it would be white, as low is bright here
    assert plane[2, 3] == 1 and plane[5, 5] == 0 and plane[3, 3] == 0.5


# --- bits, syntaxes, colour -----------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless, JPEG2000Lossless]
)
def test_every_depth_and_syntax_to_the_level(path, bits, syntax):
    top = 2**bits - 1
    values = np.linspace(0, top, 64 * 64).round().astype(np.uint8 if bits == 8 else np.uint16).reshape(64, 64)
    plain = ExplicitVRLittleEndian if syntax in (RLELossless, JPEG2000Lossless) else syntax
    found = dataset(values, bits=bits, syntax=plain, **window(2 ** (bits - 1), 2**bits))
    if syntax != plain:
        found.compress(syntax, generate_instance_uid=False)
    assert np.allclose(read_grey(saved(path, found)), values / top, atol=1e-6)


def test_signed_values(path):
    values = np.int16([[-2048, 0, 2047]])
    plane = read_grey(written(path, values, **window(0, 4096)))
    assert np.allclose(plane, (values + 2048) / 4095, atol=1e-6)


def test_what_stands_above_and_below_the_stored_bits_is_left_out(path):
    values = np.uint16([[0x000, 0x800, 0xFFF]])
    overlaid = dataset(values | 0x5000, **window(2048, 4096))
    assert np.allclose(read_grey(saved(path, overlaid)), values / 4095)
    shifted = dataset((values << 4) | 0x9, **window(2048, 4096))
    shifted.HighBit = 15
    assert np.allclose(read_grey(saved(path, shifted)), values / 4095)


def huffman_free_jpeg_lossless(values, bits):
    """JPEG Lossless (T.81 process 14, predictor 1), every category coded in 5 bits: a file of known content."""
    rows, columns = values.shape
    code = {category: f"{category:05b}" for category in range(17)}
    out = []
    for y in range(rows):
        for x in range(columns):
            before = int(values[y, x - 1]) if x else int(values[y - 1, 0]) if y else 1 << (bits - 1)
            step = (int(values[y, x]) - before + 32768) % 65536 - 32768
            category = abs(step).bit_length()
            out.append(code[category])
            if 0 < category < 16:
                out.append(f"{step if step > 0 else step + 2**category - 1:0{category}b}")
    stream = "".join(out)
    stream += "1" * (-len(stream) % 8)
    coded = bytes(int(stream[i : i + 8], 2) for i in range(0, len(stream), 8)).replace(b"\xff", b"\xff\0")

    def segment(marker, body):
        return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body

    lengths = bytes([0, 0, 0, 0, 17]) + bytes(11)
    return (
        b"\xff\xd8"
        + segment(0xC3, struct.pack(">BHHB", bits, rows, columns, 1) + b"\1\x11\0")
        + segment(0xC4, b"\0" + lengths + bytes(range(17)))
        + segment(0xDA, b"\1\1\0\1\0\0")
        + coded
        + b"\xff\xd9"
    )


def test_jpeg_lossless(path):
    data = huffman_free_jpeg_lossless(RAMP, 12)
    plane = read_grey(written(path, RAMP, syntax=JPEGLosslessSV1, data=data, **window(2048, 4096)))
    assert np.allclose(plane, RAMP / 4095, atol=1e-6)


JPEG_LS = (  # RAMP, 12 bit, by CharLS
    "ffd8fff7000b0c0004000601011100ffda0008010100000000490530530533454f00000001e0150d"
    "25414e05400000001e14c52948518d27f6511425013e5400ffd9"
)


def test_jpeg_ls(path):
    data = bytes.fromhex(JPEG_LS)
    plane = read_grey(written(path, RAMP, syntax=JPEGLSLossless, data=data, **window(2048, 4096)))
    assert np.allclose(plane, RAMP / 4095, atol=1e-6)


def test_jpeg_baseline(path):
    values = np.full((16, 16), 100, np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "JPEG", quality=100)
    found = dataset(values, bits=8, syntax=JPEGBaseline8Bit, data=file.getvalue(), **window(128, 256))
    assert np.allclose(read_grey(saved(path, found)), 100 / 255, atol=1.5 / 255)


@pytest.mark.parametrize("planar", [0, 1])
def test_colour_of_a_secondary_capture_is_luma(path, planar):
    colours = np.uint8([[[255, 0, 0], [10, 10, 10]], [[0, 255, 0], [200, 200, 200]]])
    found = dataset(colours, bits=8, photometric="RGB", sop=SECONDARY)
    found.PlanarConfiguration = planar
    if planar:
        found.PixelData = colours.transpose(2, 0, 1).tobytes()
    assert np.allclose(read_grey(saved(path, found)) * 255, [[76, 10], [150, 200]], atol=1e-4)


def test_luminance_and_palettes(path):
    grey = np.stack([np.uint8([[9, 200]]), np.full((1, 2), 128, np.uint8), np.full((1, 2), 128, np.uint8)], -1)
    plane = read_grey(written(path, grey, bits=8, photometric="YBR_FULL", sop=SECONDARY))
    assert np.allclose(plane * 255, [[9, 200]], atol=1e-4)
    found = dataset(np.uint8([[0, 1, 2, 1]]), bits=8, photometric="PALETTE COLOR", sop=SECONDARY)
    for name in ("Red", "Green", "Blue"):
        setattr(found, f"{name}PaletteColorLookupTableDescriptor", [3, 0, 16])
        setattr(found, f"{name}PaletteColorLookupTableData", np.array([0, 0x8000, 0xFFFF], "<u2").tobytes())
    assert np.allclose(read_grey(saved(path, found)), [[0, 0x8000 / 65535, 1, 0x8000 / 65535]], atol=1e-6)


# --- which files ----------------------------------------------------------------------------------------------


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
    refused(saved(path, found), "without a picture")
    refused(written(path, RAMP, BitsAllocated=32), "12 bits of 32")
    refused(written(path, RAMP, SamplesPerPixel=4), "4 samples")
    refused(written(path, RAMP, syntax=DeflatedExplicitVRLittleEndian), "deflated")
    refused(written(path, RAMP, syntax=MPEG2MPML, data=b"\0" * 8), "compressed as MPEG2")


def test_sizes_are_judged_before_decoding(path):
    refused(written(path, RAMP, Rows=60_000, Columns=60_000), "60000×60000 pixels; at most 200 megapixels")
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
