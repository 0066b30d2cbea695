"""DICOM's values to grey, worked out by hand."""

import numpy as np
import pytest
from dicom_files import table, window, written
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from dentalx.datasets.dicom import read_dicom
from dentalx.datasets.images import read_grey


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.dcm"


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
