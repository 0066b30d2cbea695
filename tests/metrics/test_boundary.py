"""Distances between outlines: counted on tiny drawings, by law, and against a distance transform."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import distance_transform_edt

from dentalx.metrics import boundary
from dentalx.metrics.boundary import (
    BOUNDARY_SCORES,
    assd,
    boundary_scores,
    default_tolerance,
    hausdorff,
    hd95,
    masd,
    nsd,
    outline_distances,
)

QUICK = settings(max_examples=40, deadline=None)
NAN = float("nan")
PIECE = math.sqrt(2) / 2  # the outline around one corner that sticks out
masks = arrays(np.bool_, (7, 8))
spacings = st.tuples(st.floats(0.1, 5), st.floats(0.1, 5))


def square(top: int, left: int, side: int, size: tuple[int, int] = (12, 12)) -> np.ndarray:
    mask = np.zeros(size, bool)
    mask[top : top + side, left : left + side] = True
    return mask


def all_scores(truth, prediction, tolerance=1.0, **how):
    distances = outline_distances(truth, prediction, **how)
    return [f(distances) for f in (lambda d: nsd(d, tolerance), hausdorff, hd95, assd, masd)]


def test_lengths_of_a_square_by_hand():
    """Three pixels wide: four corners of √½, and eight corners of the grid on its sides, each of length 1."""
    distances = outline_distances(square(3, 3, 3), square(3, 3, 3))
    assert sorted(distances.truth_lengths.tolist()) == pytest.approx([PIECE] * 4 + [1] * 8)
    assert (distances.to_prediction == 0).all()


@pytest.mark.parametrize(
    ("mask", "length"),
    [
        ([[1]], 4 * PIECE),
        ([[1, 1]], 4 * PIECE + 2 * 1),
        ([[1, 0], [0, 1]], 6 * PIECE + 2 * PIECE),  # a saddle between the two
        ([[1, 1], [1, 1]], 4 * PIECE + 4),  # fills the picture: beyond its edge is background
    ],
)
def test_length_of_an_outline_by_hand(mask, length):
    mask = np.array(mask, bool)
    assert outline_distances(mask, mask).truth_lengths.sum() == pytest.approx(length)


def test_lengths_know_the_pixels_size():
    """Pixels 2 high and 3 wide: two of them side by side have corners of ½ √13 and two pieces of 3."""
    mask = np.array([[1, 1]], bool)
    lengths = outline_distances(mask, mask, (2.0, 3.0)).truth_lengths
    assert sorted(lengths.tolist()) == pytest.approx([math.sqrt(13) / 2] * 4 + [3] * 2)


def test_shifted_square_by_hand():
    """Sides of 4, shifted by 2: 16 elements, of which on each side 3 + 2 · 2 are 2, 2 · 1 + … counted out below."""
    truth, prediction = square(2, 2, 4), square(2, 4, 4)
    distances = outline_distances(truth, prediction)
    # The left side (5 corners) is 2 away; of top and bottom the corner at 1 is 1 away, those at 2, 3, 4 lie on the
    # other's line; the right side's three inner corners are nearest to the other's top and bottom or its left side.
    expected = [0.0] * 6 + [1.0] * 4 + [2.0] * 6
    lengths = {0.0: 4 + 2 * PIECE, 1.0: 4.0, 2.0: 2 * PIECE + 4}
    assert sorted(distances.to_prediction.tolist()) == expected
    for value, length in lengths.items():
        assert distances.truth_lengths[distances.to_prediction == value].sum() == pytest.approx(length)
    whole = sum(lengths.values())
    mean = (4 + 2 * lengths[2.0]) / whole
    assert all_scores(truth, prediction) == pytest.approx([1 - lengths[2.0] / whole, 2, 2, mean, mean])


def test_directions_differ():
    """A single pixel in the middle of a frame: the frame's percentiles are the larger ones, the mean is pooled."""
    truth, prediction = square(0, 0, 11, (11, 11)), square(5, 5, 1, (11, 11))
    distances = outline_distances(truth, prediction)
    assert distances.to_truth.tolist() == [5.0] * 4
    assert distances.to_prediction.max() == pytest.approx(math.sqrt(50))
    assert hausdorff(distances) == pytest.approx(math.sqrt(50))
    assert masd(distances) > 5
    assert assd(distances) > masd(distances)  # the longer outline, which is farther away, weighs more


def test_percentile_is_of_length_not_of_elements():
    distances = boundary.OutlineDistances(*(np.array(v) for v in ([0.0, 1.0], [19.0, 1.0], [0.0], [20.0])))
    assert hd95(distances) == 0  # 19 of 20 are exactly 95 %
    assert hausdorff(distances, 95.1) == 1


@pytest.mark.parametrize("size", [(3, 4), (30, 40)])
def test_empty_rule(size):
    nothing, something = np.zeros(size, bool), np.zeros(size, bool)
    something[1, 1] = True
    diagonal = math.hypot(*size)
    np.testing.assert_equal(all_scores(nothing, nothing), [NAN] * 5)
    for truth, prediction in ((nothing, something), (something, nothing)):
        assert outline_distances(truth, prediction).one_empty
        assert all_scores(truth, prediction) == [0, *[diagonal] * 4]
    assert all_scores(nothing, something, spacing=(2.0, 2.0))[1] == pytest.approx(2 * diagonal)
    assert not outline_distances(something, something).one_empty


@QUICK
@given(masks, masks, spacings)
def test_laws(truth, prediction, spacing):
    there, back = all_scores(truth, prediction, spacing=spacing), all_scores(prediction, truth, spacing=spacing)
    np.testing.assert_allclose(there, back)
    near, far, far95, mean, other_mean = there
    if not (truth.any() or prediction.any()):
        return
    assert 0 <= near <= 1
    assert 0 <= far95 <= far <= math.hypot(7 * spacing[0], 8 * spacing[1]) * (1 + 1e-12)
    assert max(mean, other_mean) <= far + 1e-12
    assert (far == 0) == bool((truth == prediction).all())
    wider = nsd(outline_distances(truth, prediction, spacing), 2.0)
    assert wider >= near


@QUICK
@given(masks, masks, st.floats(0.1, 9))
def test_distances_grow_with_the_pixel(truth, prediction, factor):
    one = all_scores(truth, prediction, 1.0)
    many = all_scores(truth, prediction, 1.0 * factor * (1 + 1e-12), spacing=(factor, factor))
    np.testing.assert_allclose(many, [one[0], *(factor * v for v in one[1:])])


@QUICK
@given(masks, masks, st.integers(0, 3))
def test_where_it_lies_does_not_matter(truth, prediction, pad):
    if truth.any() != prediction.any():
        return  # the diagonal grows with the picture
    wider = all_scores(*(np.pad(mask, ((pad, 1), (2, pad))) for mask in (truth, prediction)))
    np.testing.assert_allclose(wider, all_scores(truth, prediction))
    turned = all_scores(truth.T[::-1], prediction.T[::-1])
    np.testing.assert_allclose(turned, all_scores(truth, prediction))


@QUICK
@given(masks, masks, spacings)
def test_tree_and_transform_agree(truth, prediction, spacing):
    """The two ways of finding the nearest element give one number, and it is the distance transform's."""
    results = []
    for dense in (0, 10**9):  # always the tree, always the transform
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(boundary, "_DENSE", dense)
            results.append(all_scores(truth, prediction, spacing=spacing))
    np.testing.assert_allclose(*results)


@QUICK
@given(masks, masks)
def test_twin_by_brute_force(truth, prediction):
    """Corners of the grid whose four pixels differ, every distance to every other."""

    def corners(mask):
        wide = np.pad(mask.astype(int), 1)
        sums = wide[:-1, :-1] + wide[1:, :-1] + wide[:-1, 1:] + wide[1:, 1:]
        return np.argwhere((sums > 0) & (sums < 4))

    if not truth.any() or not prediction.any():
        return
    one, two = corners(truth), corners(prediction)
    apart = np.linalg.norm(one[:, None] - two[None], axis=2)
    distances = outline_distances(truth, prediction)
    np.testing.assert_allclose(distances.to_prediction, np.sort(apart.min(1)))
    np.testing.assert_allclose(distances.to_truth, np.sort(apart.min(0)))


def test_blobs_agree_with_a_distance_transform(rng):
    yy, xx = np.mgrid[:90, :120]
    truth = (yy - 40) ** 2 + (xx - 55) ** 2 < 30**2
    prediction = (yy - 45) ** 2 / 2 + (xx - 60) ** 2 < 25**2
    wide = np.pad(prediction.astype(int), 1)
    sums = wide[:-1, :-1] + wide[1:, :-1] + wide[:-1, 1:] + wide[1:, 1:]
    field = distance_transform_edt((sums == 0) | (sums == 4), sampling=(0.5, 2.0))
    assert hausdorff(outline_distances(prediction, truth, (0.5, 2.0))) >= 0
    distances = outline_distances(truth, prediction, (0.5, 2.0)).to_prediction
    wide = np.pad(truth.astype(int), 1)
    sums = wide[:-1, :-1] + wide[1:, :-1] + wide[:-1, 1:] + wide[1:, 1:]
    np.testing.assert_allclose(distances, np.sort(field[(sums > 0) & (sums < 4)]))


def test_unlabelled_pixels_do_not_count():
    truth, prediction = np.zeros((2, 8, 20), np.uint8)
    truth[2:6, 2:6], prediction[2:6, 2:7] = 1, 1
    plain = boundary_scores(truth, prediction, 1, tolerance=0.5)
    truth[:, 12:], prediction[1:7, 14:18] = 255, 1  # said where truth is not known
    hidden = boundary_scores(truth, prediction, 1, tolerance=0.5)
    for name in BOUNDARY_SCORES:
        assert hidden.values[name][0] == pytest.approx(plain.values[name][0])
    truth[:, 6:12] = 255  # and where the two differ
    assert [float(v[0]) for v in boundary_scores(truth, prediction, 1, 0.5).values.values()] == [1, 0, 0]


def test_all_unlabelled_is_undefined():
    truth, prediction = np.full((4, 4), 255, np.uint8), np.ones((4, 4), np.uint8)
    assert np.isnan(boundary_scores(truth, prediction, 1).values["nsd"]).all()
    truth[0, 0] = 1  # known to be there, but every piece of its outline is next to the unknown or beyond the edge
    assert not boundary_scores(truth, prediction, 1).one_empty.any()


def test_classes_are_apart():
    truth, prediction = np.zeros((2, 10, 10), np.uint8)
    truth[1:4, 1:4], truth[6:9, 6:9], prediction[1:4, 1:4], prediction[5:8, 6:9] = 1, 2, 1, 2
    scores = boundary_scores(truth, prediction, 3, tolerance=0.9)
    np.testing.assert_equal(scores.values["hd95"], [0, 1, NAN])
    assert scores.values["nsd"][0] == 1 > scores.values["nsd"][1]
    assert scores.one_empty.tolist() == [False, False, False]


def test_tolerance_goes_with_the_width():
    truth, prediction = np.zeros((2, 4, 1000), np.uint8)
    truth[:, 10:20], prediction[:, 12:22] = 1, 1
    assert default_tolerance(1000) == 2
    assert boundary_scores(truth, prediction, 1).values["nsd"][0] == 1
    assert boundary_scores(truth, prediction, 1, tolerance=1.9).values["nsd"][0] < 1
    assert boundary_scores(truth, prediction, 1, spacing=(0.1, 0.1)).values["nsd"][0] == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: outline_distances(np.zeros((2, 2), bool), np.zeros((2, 3), bool)),
            "truth is 2×2 but the pred",
        ),
        (lambda: outline_distances(np.zeros((2, 2)), np.zeros((2, 2), bool)), r"truth must be \(H, W\) bool or uint8"),
        (lambda: outline_distances(*np.zeros((2, 2, 2), bool), (0.0, 1.0)), "spacing must be two positive numbers"),
        (lambda: nsd(outline_distances(*np.zeros((2, 2, 2), bool)), -1), "tolerance must not be negative, got -1"),
        (lambda: hausdorff(outline_distances(*np.zeros((2, 2, 2), bool)), 0), r"percentile must lie in \(0, 100\]"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
