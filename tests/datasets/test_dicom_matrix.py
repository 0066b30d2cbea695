"""One known image in many encodings of DICOM: the grey of each is worked out here, by none of its functions."""

import struct
import zlib

import numpy as np
import pytest
from dicom_files import dataset, huffman_free_jpeg_lossless, refused, saved, window
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from dentalx.datasets import dicom_file
from dentalx.datasets.dicom import NOT_FITTING, dicom_facts
from dentalx.datasets.image_warnings import image_warnings, read_grey_with_warnings
from dentalx.datasets.images import image_size, read_grey
from dentalx.quality.judge import COLOURED

ROWS, COLUMNS = 36, 64
SMOOTH = np.add.outer(np.linspace(0, 0.6, ROWS), np.linspace(0, 0.4, COLUMNS))  # 0 … 1
NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)
COMPRESSED = (RLELossless, JPEG2000Lossless, JPEGLSLossless, JPEGLosslessSV1)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.dcm"


def encoded(path, words, syntax, *, bits, high=None, signed=False, **attributes):
    """A file whose stored words are exactly `words`, whatever of their bits the header says to count."""
    photometric = attributes.pop("photometric", "MONOCHROME2")
    width = 8 * words.dtype.itemsize
    if syntax == JPEGLosslessSV1:
        stream = huffman_free_jpeg_lossless(words.astype(np.int64), width)
        found = dataset(words, bits=width, syntax=syntax, data=stream)
    else:
        native = syntax in NATIVE
        found = dataset(words, bits=width, syntax=syntax if native else ExplicitVRLittleEndian)
        if not native:
            found.compress(syntax, generate_instance_uid=False)
    found.PhotometricInterpretation, found.PixelRepresentation = photometric, int(signed)
    found.BitsStored, found.HighBit = bits, bits - 1 if high is None else high
    for keyword, value in attributes.items():
        setattr(found, keyword, value)
    return saved(path, found)


@pytest.mark.parametrize("syntax", NATIVE + COMPRESSED)
@pytest.mark.parametrize(
    ("bits", "high", "signed", "other_bits"),
    [
        (8, 7, False, 0),
        (10, 9, False, 0),
        (12, 11, False, 0),
        (12, 11, False, 0x5000),  # an overlay in the bits above, in some pixels
        (12, 15, False, 0x0009),  # one in the bits below
        (12, 13, False, 0x8001),
        (12, 11, True, 0),
        (12, 11, True, 0x3000),
        (16, 15, False, 0),
        (16, 15, True, 0),
    ],
)
def test_bits_count_alike_in_every_transfer_syntax(path, syntax, bits, high, signed, other_bits):
    low = -(2 ** (bits - 1)) if signed else 0
    values = np.round(SMOOTH * (2**bits - 1)).astype(np.int64) + low
    words = (values & (2**bits - 1)) << (high + 1 - bits)
    drawn = (np.arange(ROWS)[:, None] // 3 + np.arange(COLUMNS) // 4) % 3 == 0
    words = np.where(drawn, words | other_bits, words).astype(np.uint8 if bits == 8 else np.uint16)
    centre, width = low + 2 ** (bits - 1), 2**bits
    encoded(path, words, syntax, bits=bits, high=high, signed=signed, **window(centre, width))
    expected = (values - low) / (2**bits - 1)
    assert np.allclose(read_grey(path), expected, atol=1e-5)


@pytest.mark.parametrize("bits", [9, 12, 16])
@pytest.mark.parametrize("representation", [0, 1])
def test_signed_streams_of_jpeg_2000(path, bits, representation):
    """The stream's sign and the header's may differ: the header's counts."""
    values = (np.round(SMOOTH * (2**bits - 1)) - 2 ** (bits - 1)).astype(np.int16)
    found = dataset(values, bits=bits)
    found.compress(JPEG2000Lossless, generate_instance_uid=False)
    found.PixelRepresentation = representation
    if representation == 0:
        values = values.astype(np.int64) & (2**bits - 1)
    found.WindowCenter, found.WindowWidth = (0, 2**bits) if representation else (2 ** (bits - 1), 2**bits)
    plane = read_grey(saved(path, found))
    assert np.allclose(plane, (values.astype(np.int64) + representation * 2 ** (bits - 1)) / (2**bits - 1), atol=1e-5)


@pytest.mark.parametrize("syntax", [JPEGLSLossless, JPEGLosslessSV1, JPEG2000Lossless])
def test_streams_of_fewer_bits_than_the_header(path, syntax):
    """Eight bits in the stream, sixteen allocated, twelve said to be stored."""
    levels = np.round(SMOOTH * 255).astype(np.uint8)
    encoded(path, levels, syntax, bits=12, BitsAllocated=16, **window(128, 256))
    assert np.allclose(read_grey(path), levels / 255, atol=1e-5)


@pytest.mark.parametrize("noise", [0, 3000])
@pytest.mark.parametrize("signed", [False, True])
def test_values_beyond_the_stored_bits_are_told_and_read(path, noise, signed):
    rng = np.random.default_rng(0)
    values = np.clip(SMOOTH * 60_000 + rng.normal(0, noise, SMOOTH.shape), 0, 65_535).astype(np.int64)
    words = (values - 32_768 if signed else values).astype(np.int16 if signed else np.uint16).view(np.uint16)
    encoded(path, words, ExplicitVRLittleEndian, bits=12, signed=signed, **window(0 if signed else 32_768, 65_536))
    plane, warnings = read_grey_with_warnings(path)
    assert np.allclose(plane, values / 65_535, atol=1e-5)
    assert len(warnings) == 1 and "more than the 12 bits" in warnings[0] and "all bits are read" in warnings[0]


def test_a_high_bit_that_is_not_that_of_the_values(path):
    values = np.round(SMOOTH * 4095).astype(np.uint16)
    encoded(path, values, ExplicitVRLittleEndian, bits=12, high=15, **window(2048, 4096))
    plane, warnings = read_grey_with_warnings(path)
    assert np.allclose(plane, values / 4095, atol=1e-5) and "HighBit of 15" in warnings[0]


def test_overlays_are_told_and_left_out(path):
    values = np.round(SMOOTH * 4095).astype(np.uint16)
    drawn = values | 0x1000 * (np.arange(COLUMNS) < 20).astype(np.uint16)
    encoded(path, drawn, ExplicitVRLittleEndian, bits=12, **window(2048, 4096))
    plane, warnings = read_grey_with_warnings(path)
    assert np.allclose(plane, values / 4095, atol=1e-5) and "left out" in warnings[0]
    single = values.copy()
    single[0, 0] |= 0x8000  # one in 2304 pixels is nothing
    encoded(path, np.tile(single, (1, 1)), ExplicitVRLittleEndian, bits=12, **window(2048, 4096))
    assert np.allclose(read_grey(path), values / 4095, atol=1e-5)


# --- colour ---------------------------------------------------------------------------------------------------

COLOURS = np.stack([SMOOTH, SMOOTH[::-1], SMOOTH[:, ::-1]], -1)
WEIGHTS = np.array([0.299, 0.587, 0.114])


@pytest.mark.parametrize("planar", [None, 0, 1, 7])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_planes_matter_for_native_pixels_alone(path, planar, syntax):
    pixels = np.round(COLOURS * 255).astype(np.uint8)
    found = dataset(pixels, bits=8, photometric="RGB")
    if syntax != ExplicitVRLittleEndian:
        found.compress(syntax, generate_instance_uid=False)
    elif planar == 1:
        found.PixelData = pixels.transpose(2, 0, 1).tobytes()
    del found.PlanarConfiguration
    if planar is not None:
        found.PlanarConfiguration = planar
    assert np.allclose(read_grey(saved(path, found)), pixels @ WEIGHTS / 255, atol=1.5 / 255)


def test_colours_are_no_radiograph_and_grey_ones_are(path):
    for shown, told in ((COLOURS * 255, (COLOURED,)), (np.stack([SMOOTH * 255] * 3, -1), ())):
        saved(path, dataset(np.round(shown).astype(np.uint8), bits=8, photometric="RGB"))
        assert image_warnings(path) == told


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_colours_of_more_bits(path, bits):
    pixels = np.round(COLOURS * (2**bits - 1)).astype(np.uint8 if bits == 8 else np.uint16)
    plane = read_grey(saved(path, dataset(pixels, bits=bits, photometric="RGB")))
    assert np.allclose(plane, pixels @ WEIGHTS / (2**bits - 1), atol=1.5 / (2**bits - 1) + 1e-4)


@pytest.mark.parametrize("photometric", ["YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422"])
def test_luminance(path, photometric):
    luminance = np.round(SMOOTH * 219 + 16).astype(np.uint8)
    triples = np.stack([luminance, np.full_like(luminance, 128), np.full_like(luminance, 128)], -1)
    found = dataset(triples, bits=8, photometric=photometric)
    if photometric == "YBR_FULL_422":
        pairs = luminance.reshape(ROWS, COLUMNS // 2, 2)
        found.PixelData = np.concatenate([pairs, np.full_like(pairs, 128)], -1).tobytes()
    expected = (luminance - 16.0) / 219 if "PARTIAL" in photometric else luminance / 255
    assert np.allclose(read_grey(saved(path, found)), expected, atol=1e-3)
    if photometric == "YBR_FULL_422":  # whose colours are all there nevertheless
        found.PixelData = triples.tobytes()
        assert np.allclose(read_grey(saved(path, found)), expected, atol=1e-3)


def test_palettes_of_fewer_bits_than_they_say(path):
    indices = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS).astype(np.uint8)
    for bits, entries, top in ((16, np.arange(256) * 257, 65_535), (16, np.arange(256), 255), (8, np.arange(256), 255)):
        found = dataset(indices, bits=8, photometric="PALETTE COLOR")
        for name in ("Red", "Green", "Blue"):
            setattr(found, f"{name}PaletteColorLookupTableDescriptor", [256, 0, bits])
            setattr(found, f"{name}PaletteColorLookupTableData", entries.astype("<u2").tobytes())
        assert np.allclose(read_grey(saved(path, found)), entries[indices] / top, atol=1e-5)


# --- tables and windows ---------------------------------------------------------------------------------------

VALUES = np.round(SMOOTH * 4095).astype(np.uint16)


def lut(count, first, bits, data, vr="OW"):
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [count, first % 65_536, bits])
    if data is not None:
        item.add_new("LUTData", vr, data)
    return item


def shown_with(path, *items, values=VALUES, signed=False, **attributes):
    found = dataset(values, bits=12, VOILUTSequence=Sequence(items), **attributes)
    return read_grey_with_warnings(saved(path, found))


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("vr", ["OW", "US"])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_tables_as_people_write_them(path, syntax, vr, bits):
    """Twelve bits of entries under any descriptor, half a table, and one of a single entry less."""
    ramp = np.arange(4096)
    for entries in (ramp, ramp[:-1], ramp[:2048], ramp[::-1]):
        order = ">u2" if syntax == ExplicitVRBigEndian else "<u2"
        data = entries.astype(order).tobytes() if vr == "OW" else entries.tolist()
        plane, warnings = shown_with(path, lut(4096, 0, bits, data, vr), syntax=syntax)
        last = np.append(entries, np.full(4096 - len(entries), entries[-1]))
        top = 4095 if entries.max() > 2047 else 2047
        assert np.allclose(plane, last[VALUES] / top, atol=1e-5) and warnings == ()


def test_tables_in_bytes(path):
    entries = (np.arange(4096) // 16).astype(np.uint8)
    for item in (
        lut(4096, 0, 8, entries.tobytes()),
        lut(4096, 0, 16, entries.tobytes()),
        lut(4096, 0, 8, entries.view("<u2").tolist(), "US"),  # two in a word
    ):
        assert np.allclose(shown_with(path, item)[0], entries[VALUES] / 255, atol=1e-5)


def test_a_count_of_nothing_is_65536(path):
    ramp = np.arange(65_536, dtype="<u2")
    values = np.round(SMOOTH * 65_535).astype(np.uint16)
    found = dataset(values, bits=16, VOILUTSequence=Sequence([lut(0, 0, 16, ramp.tobytes())]))
    assert np.allclose(read_grey(saved(path, found)), values / 65_535, atol=1e-5)


def test_items_without_data_leave_the_next_or_the_window(path):
    nothing, ramp = lut(4096, 0, 12, None), lut(4096, 0, 12, np.arange(4096, dtype="<u2").tobytes())
    assert np.allclose(shown_with(path, nothing, ramp)[0], VALUES / 4095, atol=1e-5)
    narrow = shown_with(path, nothing, **window(1500.5, 3001))[0]
    assert np.allclose(narrow, np.clip(VALUES / 3000, 0, 1), atol=1e-5)
    assert shown_with(path, nothing, Dataset())[1] == (NOT_FITTING,)


def test_first_mapped_values_below_zero(path):
    """Signed stored values, and unsigned ones that a rescale makes negative."""
    ramp = np.arange(4096, dtype="<u2").tobytes()
    signed = (VALUES.astype(np.int32) - 2048).astype(np.int16)
    assert np.allclose(shown_with(path, lut(4096, -2048, 12, ramp), values=signed)[0], VALUES / 4095, atol=1e-5)
    rescaled = {"RescaleSlope": "1", "RescaleIntercept": "-1000"}
    assert np.allclose(shown_with(path, lut(4096, -1000, 12, ramp), **rescaled)[0], VALUES / 4095, atol=1e-5)


def test_a_modality_table_of_fewer_entries(path):
    found = dataset(VALUES, ModalityLUTSequence=Sequence([lut(4096, 0, 16, np.arange(3000, dtype="<u2").tobytes())]))
    found.WindowCenter, found.WindowWidth = 1500, 3000
    assert np.allclose(read_grey(saved(path, found)), np.clip(VALUES, 0, 2999) / 2999, atol=1e-4)


@pytest.mark.parametrize(
    "step",
    [window(32_768, 65_536), window(128, 256), window(127, 255, "LINEAR_EXACT"), window(60_000, 10_000, "SIGMOID"),
     window(-5000, 100)],
)  # fmt: skip
def test_windows_of_another_depth_are_passed_over_and_told(path, step):
    values = np.tile(VALUES, (10, 10))
    plane, warnings = read_grey_with_warnings(saved(path, dataset(values, **step)))
    low, high = (float(tail) for tail in np.percentile(values, (0.5, 99.5), method="inverted_cdf"))
    assert np.allclose(plane, np.clip((values - low) / (high - low), 0, 1), atol=1e-5)
    assert warnings == (NOT_FITTING,)
    assert image_warnings(path, rule="percentile") == ()


def test_a_second_window_that_fits_is_taken(path):
    plane, warnings = read_grey_with_warnings(saved(path, dataset(VALUES, **window([32_768, 2048], [65_536, 4096]))))
    assert np.allclose(plane, VALUES / 4095, atol=1e-5) and warnings == ()


def test_a_window_of_bone_beside_much_air_is_kept(path):
    """Most of a film may be air, and a window may cut soft tissue and metal: that is no other depth."""
    values = np.where(np.arange(COLUMNS) < 38, np.arange(ROWS)[:, None] * 2, 400 + VALUES * 0.8).astype(np.uint16)
    plane, warnings = read_grey_with_warnings(saved(path, dataset(values, **window(2000.5, 2401))))
    assert np.allclose(plane, np.clip((values - 800.0) / 2400, 0, 1), atol=1e-5) and warnings == ()


@pytest.mark.parametrize(
    ("attributes", "slope", "intercept"),
    [
        ({"RescaleIntercept": "-1000"}, 1, -1000),
        ({"RescaleSlope": "2"}, 2, 0),
        ({"RescaleSlope": "-1", "RescaleIntercept": "4095"}, -1, 4095),
    ],
)
def test_half_a_rescale(path, attributes, slope, intercept):
    mapped = VALUES * float(slope) + intercept
    middle, width = (mapped.min() + mapped.max()) / 2, np.ptp(mapped)
    found = dataset(VALUES, **attributes, **window(middle, width, "LINEAR_EXACT"))
    assert np.allclose(read_grey(saved(path, found)), (mapped - mapped.min()) / width, atol=1e-5)


@pytest.mark.parametrize(("vr", "centre", "width"), [("LO", "1500", "2000"), ("LT", "1500\\9", "2000\\9"),
                                                     ("SH", "1500,0", "2000,0"), ("US", 1500, 2000),
                                                     ("FD", 1500.0, 2000.0), ("UN", b"1500", b"2000")])  # fmt: skip
def test_values_of_another_vr(path, vr, centre, width):
    found = dataset(VALUES)
    found.add_new("WindowCenter", vr, centre)
    found.add_new("WindowWidth", vr, width)
    found["Rows"].VR, found["BitsStored"].VR = "UL", "UL"
    del found.SamplesPerPixel
    found.add_new("SamplesPerPixel", "IS", "1")
    plane = read_grey(saved(path, found))
    assert np.allclose(plane, np.clip((VALUES - 1499.5) / 1999 + 0.5, 0, 1), atol=1e-5)


@pytest.mark.parametrize("where", ["SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"])
def test_functional_groups_of_one_frame(path, where):
    rescale, voi, group = Dataset(), Dataset(), Dataset()
    rescale.RescaleSlope, rescale.RescaleIntercept, rescale.RescaleType = 2, -100, "US"
    voi.WindowCenter, voi.WindowWidth, voi.VOILUTFunction = 3900, 8000, "LINEAR_EXACT"
    group.PixelValueTransformationSequence, group.FrameVOILUTSequence = Sequence([rescale]), Sequence([voi])
    found = dataset(VALUES, NumberOfFrames=1)
    setattr(found, where, Sequence([group]))
    expected = np.clip((VALUES * 2.0 - 100 - 3900) / 8000 + 0.5, 0, 1)
    assert np.allclose(read_grey(saved(path, found)), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("Sigmoid ", lambda x: 1 / (1 + np.exp(-4 * (x - 2000) / 3000))),
        ("linear_exact", lambda x: np.clip((x - 2000) / 3000 + 0.5, 0, 1)),
    ],
)
def test_words_in_any_case(path, function, expected):  # fmt: skip
    found = dataset(VALUES, photometric="Monochrome1", **window(2000, 3000))
    found.add_new("VOILUTFunction", "LO", function)
    assert np.allclose(read_grey(saved(path, found)), 1 - expected(VALUES.astype(float)), atol=1e-5)


def test_padding_whose_sign_its_vr_lost(path):
    values = (VALUES.astype(np.int32) - 2048).astype(np.int16)
    values[:, 0] = -2048
    found = dataset(values, bits=16)
    found.add_new("PixelPaddingValue", "US", 65_536 - 2048)
    found.PhotometricInterpretation = "MONOCHROME1"
    assert not read_grey(saved(path, found))[:, 0].any()


# --- what the file is ----------------------------------------------------------------------------------------


def test_native_pixels_under_a_compressed_syntax(path):
    for syntax in (JPEG2000Lossless, RLELossless, JPEGLosslessSV1):
        found = dataset(VALUES, **window(2048, 4096))
        found.file_meta.TransferSyntaxUID = syntax
        assert np.allclose(read_grey(saved_as_it_is(path, found)), VALUES / 4095, atol=1e-5)
        found.PixelData = found.PixelData[:-40]
        refused(saved_as_it_is(path, found), "not encapsulated", "4568 bytes", "4608")


def saved_as_it_is(path, found):
    """Written without pydicom's objections."""
    syntax = found.file_meta.TransferSyntaxUID
    found.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = saved(path, found).read_bytes()
    found.file_meta.TransferSyntaxUID = syntax
    old, new = b"1.2.840.10008.1.2.1\0", syntax.encode() + b"\0" * (len(syntax) % 2)
    place = data.index(old)
    length = len(new) - len(old)
    data = data[: place - 2] + struct.pack("<H", len(new)) + new + data[place + len(old) :]
    total = struct.unpack("<I", data[140:144])[0] + length
    path.write_bytes(data[:140] + struct.pack("<I", total) + data[144:])
    return path


def test_a_stream_is_what_it_begins_as(path):
    found = dataset(VALUES, **window(2048, 4096))
    found.compress(JPEG2000Lossless, generate_instance_uid=False)
    for syntax in (JPEGLosslessSV1, JPEGLSLossless, RLELossless):
        found.file_meta.TransferSyntaxUID = syntax
        assert np.allclose(read_grey(saved(path, found)), VALUES / 4095, atol=1e-5)


def test_fragments_with_and_without_offsets(path):
    stream = huffman_free_jpeg_lossless(VALUES, 12)
    parts = [stream[i : i + 300] for i in range(0, len(stream), 300)]
    parts = [part + b"\0" * (len(part) % 2) for part in parts]
    for has_table in (False, True):  # the table counts every fragment as a frame, which is wrong
        found = dataset(VALUES, syntax=JPEGLosslessSV1, data=stream, **window(2048, 4096))
        found.PixelData = encapsulate(parts, has_bot=has_table)
        assert np.allclose(read_grey(saved(path, found)), VALUES / 4095, atol=1e-5)


def test_run_lengths_of_many_short_runs(path):
    """Every byte in a run of its own, which takes twice the room of the values."""
    planes = [(VALUES >> 8).astype(np.uint8).ravel(), (VALUES & 255).astype(np.uint8).ravel()]
    segments = [b"".join(b"\0" + bytes([byte]) for byte in plane.tolist()) for plane in planes]
    header = struct.pack("<16I", 2, 64, 64 + len(segments[0]), *[0] * 13)
    found = dataset(VALUES, syntax=RLELossless, data=header + b"".join(segments), **window(2048, 4096))
    assert np.allclose(read_grey(saved(path, found)), VALUES / 4095, atol=1e-5)


def test_a_deflated_file_is_inflated_so_far(path, monkeypatch):
    found = dataset(VALUES, syntax=DeflatedExplicitVRLittleEndian, **window(2048, 4096))
    data = saved(path, found).read_bytes()
    assert image_size(path) == (ROWS, COLUMNS) and dicom_facts(path).bits == 12
    end = 144 + struct.unpack("<I", data[140:144])[0]
    bomb = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    monkeypatch.setattr(dicom_file, "_MOST_INFLATED", 1 << 20)
    path.write_bytes(data[:end] + bomb.compress(bytes(2 << 20)) + bomb.flush())
    refused(path, "unfolds to more than 1 MiB")
    path.write_bytes(data[:132] + data[144:])  # the header's length is missing: pydicom would inflate without end
    refused(path, "truncated or damaged")


@pytest.mark.parametrize("keyword", ["Rows", "Columns", "BitsAllocated"])
def test_a_missing_attribute_is_named(path, keyword):
    found = dataset(VALUES)
    delattr(found, keyword)
    refused(saved(path, found), f"lacks {keyword} (0028,0")


@pytest.mark.parametrize(
    ("keyword", "told"),
    [("PhotometricInterpretation", True), ("BitsStored", True), ("SamplesPerPixel", False), ("HighBit", False),
     ("PixelRepresentation", False)],
)  # fmt: skip
def test_what_can_be_assumed_is_told(path, keyword, told):
    found = dataset(VALUES, **window(2048, 4096))
    delattr(found, keyword)
    plane, warnings = read_grey_with_warnings(saved(path, found))
    assert np.allclose(plane, VALUES / 4095, atol=1e-5)
    assert len(warnings) == told and all(keyword in text for text in warnings)


def test_the_reason_is_the_reason(path):
    private = dataset(VALUES)
    private.file_meta.TransferSyntaxUID = "1.2.840.113619.5.2"
    refused(saved_as_it_is(path, private), "private transfer syntax 1.2.840.113619.5.2")
    colours = dataset(np.round(COLOURS * 255).astype(np.uint8), bits=8, photometric="RGB")
    del colours.PhotometricInterpretation
    refused(saved(path, colours), "lacks PhotometricInterpretation (0028,0004)")
    refused(saved(path, dataset(VALUES, photometric="RGB")), "1 samples a pixel and RGB, which needs 3")
    refused(
        saved(path, dataset(VALUES, photometric="Secret")), "unknown PhotometricInterpretation, expected MONOCHROME1"
    )
    report = Dataset(dataset(VALUES))
    for keyword in ("Rows", "Columns", "BitsAllocated", "PixelData"):
        delattr(report, keyword)
    report.file_meta = dataset(VALUES).file_meta
    refused(saved(path, report), "without an image", "expected a radiograph")
    floating = dataset(VALUES)
    del floating.PixelData
    floating.FloatPixelData = VALUES.astype(np.float32).tobytes()
    refused(saved(path, floating), "floating-point")
