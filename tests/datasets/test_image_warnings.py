"""Warnings of an image's file, the same wherever the image enters."""

import numpy as np
import pytest
from dicom_files import dataset, saved, window
from PIL import Image

from dentalx.config import DataConfig
from dentalx.datasets import open_source
from dentalx.datasets.contents import look_into
from dentalx.datasets.image_warnings import image_warnings, read_colour_with_warnings, read_grey_with_warnings
from dentalx.datasets.images import read_colour, read_grey
from dentalx.datasets.pipeline import Loader
from dentalx.quality import STORED_MIRRORED, judge

GREY = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (48, 1))


@pytest.fixture
def mirrored(tmp_path):
    """A folder of one DICOM image whose columns go towards the patient's right, and its mask."""
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    found = dataset(GREY, bits=8, **window(128, 256))
    found.PatientOrientation = ["R", "F"]
    saved(tmp_path / "images" / "a.dcm", found)
    mask = np.zeros(GREY.shape, np.uint8)
    mask[10:20, 10:20] = 255
    Image.fromarray(mask).save(tmp_path / "masks" / "a.dcm.png")
    return tmp_path


@pytest.mark.parametrize("kind", ["grey.png", "rgb.png", "rgba.png", "rgb.jpg", "rgb.tif", "rgb.bmp", "palette.png"])
def test_pixels_are_those_that_are_read_without_warnings(tmp_path, kind):
    path, rng = tmp_path / kind, np.random.default_rng(0)
    coloured = rng.integers(0, 256, (48, 64, 4 if "rgba" in kind else 3), dtype=np.uint8)
    image = Image.fromarray(GREY if "grey" in kind else coloured)
    (image.quantize(16) if "palette" in kind else image).save(path)
    grey, warnings = read_grey_with_warnings(path)
    assert np.array_equal(grey, read_grey(path)) and grey.dtype == np.float32
    assert warnings == image_warnings(path) == (() if "grey" in kind else (judge.COLOURED,))
    colour, none = read_colour_with_warnings(path)
    assert np.array_equal(colour, read_colour(path)) and none == ()


def test_grey_in_colour_is_no_reason_to_warn(tmp_path):
    for name in ("a.png", "a.jpg", "a.tif"):
        Image.fromarray(np.stack([GREY] * 3, -1)).save(tmp_path / name)
        assert image_warnings(tmp_path / name) == ()


def test_a_mirrored_header_is_told_by_every_reader(mirrored):
    path = mirrored / "images" / "a.dcm"
    assert image_warnings(path) == read_colour_with_warnings(path)[1] == (STORED_MIRRORED,)
    source = open_source(DataConfig(images=mirrored / "images", masks=mirrored / "masks"), (64, 64))
    (record,) = source.records
    assert source.load(record).warnings == (STORED_MIRRORED,)
    ((_, contents),) = look_into(source, source.records)
    assert STORED_MIRRORED in contents.doubts
    loader = Loader(source, source.records, (32, 32))
    loader.prepare()
    assert STORED_MIRRORED in loader.doubts[0]
