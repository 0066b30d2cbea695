"""Sets of classes as bits: counted by hand, then laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dentalx.config import AugmentConfig
from dentalx.datasets.augment import augment
from dentalx.datasets.crops import Crops, cut
from dentalx.evaluation.semantic import score_image
from dentalx.labelling import EXCLUSIVE, MOST, NARROW, OVERLAPPING, UNLABELLED, relabelled
from dentalx.quality import shapes

LABELS = [*range(NARROW + 1), UNLABELLED]
exclusive_masks = arrays(np.uint8, (3, 4), elements=st.sampled_from(LABELS))


@st.composite
def sets(draw: st.DrawFn) -> tuple[np.ndarray, int]:
    """An overlapping mask and its number of classes."""
    classes = draw(st.integers(2, MOST))
    kind, step = (np.uint8, 1) if classes <= NARROW else (np.int32, 2)
    values = st.one_of(st.integers(0, (1 << classes) - 1).map(lambda value: value * step), st.just(UNLABELLED))
    return draw(arrays(kind, (3, 4), elements=values)), classes


def test_a_carious_tooth_is_a_tooth_and_caries() -> None:
    mask = np.zeros((1, 4), np.uint8)
    OVERLAPPING.put(mask, np.bool_([[1, 1, 1, 0]]), 1)
    OVERLAPPING.put(mask, np.bool_([[0, 1, 0, 0]]), 2)
    mask[0, 2] = UNLABELLED
    assert mask.tolist() == [[1, 3, UNLABELLED, 0]]
    assert OVERLAPPING.unpack(mask, 2).tolist() == [[[True, False], [True, True], [False, False], [False, False]]]
    assert OVERLAPPING.areas(mask, 2).tolist() == [2, 1]
    exclusive = np.zeros((1, 4), np.uint8)
    for k, plane in enumerate(([[1, 1, 1, 0]], [[0, 1, 0, 0]]), start=1):
        EXCLUSIVE.put(exclusive, np.bool_(plane), k)
    assert exclusive.tolist() == [[1, 2, 1, 0]]


def test_seven_classes_leave_255_alone() -> None:
    everything = OVERLAPPING.pack(np.ones((1, 1, NARROW), bool))
    assert everything.item() == 127 and everything.dtype == np.uint8
    assert [OVERLAPPING.alone(UNLABELLED, k, NARROW) for k in range(1, NARROW + 1)] == [UNLABELLED] * NARROW


def test_more_classes_leave_255_alone() -> None:
    """Classes 1 to 7 are bits 1 to 7 there: all of them are 254, and with class 8 not 255 but 510."""
    first = np.arange(1, MOST + 1) <= np.array([7, 8, MOST])[:, None]
    sets = OVERLAPPING.pack(first[None])
    assert sets.tolist() == [[254, 510, 2**31 - 2]] and sets.dtype == np.int32
    assert [OVERLAPPING.alone(UNLABELLED, k, MOST) for k in range(1, MOST + 1)] == [UNLABELLED] * MOST
    mask = np.int32([[255, 0, 254]])
    OVERLAPPING.put(mask, np.ones((1, 3), bool), 9)
    assert mask.tolist() == [[255, 512, 766]]
    assert OVERLAPPING.areas(mask, 9).tolist() == [1] * 7 + [0, 2]
    assert [view.tolist() for view in OVERLAPPING.views(mask, 9)[7:]] == [[[255, 0, 0]], [[255, 1, 1]]]


@settings(max_examples=30)
@given(sets())
def test_both_types_say_the_same(drawn: tuple[np.ndarray, int]) -> None:
    mask, classes = drawn
    wide = np.where(mask == UNLABELLED, UNLABELLED, mask.astype(np.int64) * (2 if mask.dtype == np.uint8 else 1))
    twin = wide.astype(np.int32)
    assert OVERLAPPING.areas(twin, classes).tolist() == OVERLAPPING.areas(mask, classes).tolist()
    assert shapes(twin, classes, OVERLAPPING) == shapes(mask, classes, OVERLAPPING)
    scores = [
        score_image("a", "a", one, np.where(one == UNLABELLED, 0, one), classes, OVERLAPPING) for one in (mask, twin)
    ]
    assert scores[0].counts.tp.tolist() == scores[1].counts.tp.tolist() == OVERLAPPING.areas(mask, classes).tolist()
    assert scores[0].counts.tn.tolist() == scores[1].counts.tn.tolist()


@given(sets())
def test_what_is_unpacked_is_packed_again(drawn: tuple[np.ndarray, int]) -> None:
    mask, classes = drawn
    known = np.where(mask == UNLABELLED, 0, mask)
    assert np.array_equal(OVERLAPPING.pack(OVERLAPPING.unpack(mask, classes)), known)
    assert np.array_equal(OVERLAPPING.merged(OVERLAPPING.layers(mask, classes)), known)
    for k, view in enumerate(OVERLAPPING.views(mask, classes), start=1):
        assert np.array_equal(view == 1, OVERLAPPING.of_class(mask, k))
        assert np.array_equal(view == UNLABELLED, mask == UNLABELLED)


@given(exclusive_masks)
def test_exclusive_data_are_the_same_truth_both_ways(mask: np.ndarray) -> None:
    for classes in (NARROW, MOST):
        bits = OVERLAPPING.of_exclusive(mask, classes)
        for k in range(1, classes + 1):
            assert np.array_equal(OVERLAPPING.of_class(bits, k), EXCLUSIVE.of_class(mask, k))
        assert OVERLAPPING.areas(bits, classes).tolist() == EXCLUSIVE.areas(mask, classes).tolist()
        assert shapes(bits, classes, OVERLAPPING) == shapes(mask, classes)


@given(sets(), st.randoms(use_true_random=False))
def test_mirrored_twice_is_as_it_was(drawn: tuple[np.ndarray, int], chance: object) -> None:
    mask, classes = drawn
    labels = [0, 2, 1, *range(3, classes + 1)]
    table = OVERLAPPING.mirrored(labels)
    across = relabelled(mask, table)
    assert across.dtype == mask.dtype and np.array_equal(relabelled(across, table), mask)
    for k in range(1, classes + 1):
        assert np.array_equal(OVERLAPPING.of_class(across, labels[k]), OVERLAPPING.of_class(mask, k))


def test_a_flip_changes_sides_within_sets() -> None:
    config = AugmentConfig(flip_p=1, rotate_p=0, brightness_p=0, affine_p=0)
    mask = np.uint8([[0b001, 0b110, 0b101, UNLABELLED]])  # bits: left, right, caries
    _, flipped = augment(mask, mask, config, 0, OVERLAPPING.mirrored((0, 2, 1, 3)))
    assert flipped.tolist() == [[UNLABELLED, 0b110, 0b101, 0b010]]


def test_augmentation_moves_sets_of_many_classes_whole() -> None:
    """Every set that comes out went in, also one that a float32 does not hold."""
    config = AugmentConfig(flip_p=0.5, rotate_p=1, brightness_p=0, affine_p=1)
    values = np.int32([0, 2, 2**30 + 2, 254, 510])
    index = np.random.default_rng(0).integers(0, len(values), (40, 60)).astype(np.uint8)
    for seed in range(5):
        _, changed = augment(index, values[index], config, seed)
        _, twin = augment(index, index, config, seed)
        assert changed.dtype == np.int32 and set(np.unique(changed)) == {*values.tolist(), UNLABELLED}
        named = np.where(twin == UNLABELLED, UNLABELLED, values[np.minimum(twin, len(values) - 1)])
        assert (changed == named).mean() > 0.98  # OpenCV rounds halves differently for each type


def test_a_flip_of_many_classes_changes_sides_within_sets() -> None:
    config = AugmentConfig(flip_p=1, rotate_p=0, brightness_p=0, affine_p=0)
    mask = np.int32([[0b10, 0b1100, 0b1000000010, UNLABELLED]])
    table = OVERLAPPING.mirrored((0, 2, 1, *range(3, 10)))
    _, flipped = augment(mask.astype(np.uint8), mask, config, 0, table)
    assert flipped.tolist() == [[UNLABELLED, 0b1000000100, 0b1010, 0b100]]


def test_crops_find_a_class_that_lies_on_another() -> None:
    mask = np.ones((20, 20), np.uint8)
    mask[3, 4] = 3
    crops = Crops((5, 5), 1.0, (1e-9, 1.0), OVERLAPPING)
    for seed in range(5):
        _, part = cut(mask, mask, crops, np.random.default_rng(seed))
        assert (part == 3).sum() == 1


def test_every_class_has_a_threshold_of_its_own() -> None:
    probability = np.float32([[[0.6, 0.3], [0.4, 0.9], [0.1, 0.1]]])
    assert OVERLAPPING.classify(probability, (0.5, 0.3)).tolist() == [[3, 2, 0]]
    with pytest.raises(ValueError, match="broadcast"):
        OVERLAPPING.classify(probability, (0.5, 0.3, 0.2))
