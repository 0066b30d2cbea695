"""DICOM's pixels: depths, transfer syntaxes, colour."""

import io

import numpy as np
import pytest
from dicom_files import JPEG_LS, RAMP, SECONDARY, dataset, huffman_free_jpeg_lossless, saved, window, written
from PIL import Image
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from dentalx.datasets.images import read_grey


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.dcm"


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


def test_jpeg_lossless(path):
    data = huffman_free_jpeg_lossless(RAMP, 12)
    plane = read_grey(written(path, RAMP, syntax=JPEGLosslessSV1, data=data, **window(2048, 4096)))
    assert np.allclose(plane, RAMP / 4095, atol=1e-6)


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
