"""Sets of classes as bits: counted by hand, then laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dentalx.config import AugmentConfig
from dentalx.datasets.augment import augment
from dentalx.datasets.crops import Crops, cut
from dentalx.labelling import EXCLUSIVE, MOST, OVERLAPPING, UNLABELLED
from dentalx.quality import shapes

LABELS = [*range(MOST + 1), UNLABELLED]
exclusive_masks = arrays(np.uint8, (3, 4), elements=st.sampled_from(LABELS))


@st.composite
def sets(draw: st.DrawFn) -> tuple[np.ndarray, int]:
    """An overlapping mask and its number of classes."""
    classes = draw(st.integers(2, MOST))
    values = st.one_of(st.integers(0, (1 << classes) - 1), st.just(UNLABELLED))
    return draw(arrays(np.uint8, (3, 4), elements=values)), classes


def test_a_carious_tooth_is_a_tooth_and_caries() -> None:
    mask = np.zeros((1, 4), np.uint8)
    OVERLAPPING.put(mask, np.bool_([[1, 1, 1, 0]]), 1)
    OVERLAPPING.put(mask, np.bool_([[0, 1, 0, 0]]), 2)
    mask[0, 2] = UNLABELLED
    assert mask.tolist() == [[1, 3, UNLABELLED, 0]]
    assert OVERLAPPING.unpack(mask, 2).tolist() == [[[True, False], [True, True], [False, False], [False, False]]]
    assert OVERLAPPING.counts(np.bincount(mask.ravel(), minlength=256), 2).tolist() == [2, 1]
    exclusive = np.zeros((1, 4), np.uint8)
    for k, plane in enumerate(([[1, 1, 1, 0]], [[0, 1, 0, 0]]), start=1):
        EXCLUSIVE.put(exclusive, np.bool_(plane), k)
    assert exclusive.tolist() == [[1, 2, 1, 0]]


def test_seven_classes_leave_255_alone() -> None:
    everything = OVERLAPPING.pack(np.ones((1, 1, MOST), bool))
    assert everything.item() == 127
    assert [OVERLAPPING.alone(UNLABELLED, k) for k in range(1, MOST + 1)] == [UNLABELLED] * MOST


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
    bits, pixels = OVERLAPPING.of_exclusive(mask), np.bincount(mask.ravel(), minlength=256)
    for k in range(1, MOST + 1):
        assert np.array_equal(OVERLAPPING.of_class(bits, k), EXCLUSIVE.of_class(mask, k))
    of_bits = np.bincount(bits.ravel(), minlength=256)
    assert OVERLAPPING.counts(of_bits, MOST).tolist() == EXCLUSIVE.counts(pixels, MOST).tolist()
    assert shapes(bits, MOST, OVERLAPPING) == shapes(mask, MOST)


@given(sets(), st.randoms(use_true_random=False))
def test_mirrored_twice_is_as_it_was(drawn: tuple[np.ndarray, int], chance: object) -> None:
    mask, classes = drawn
    labels = [0, 2, 1, *range(3, classes + 1)]
    table = np.arange(256, dtype=np.uint8)
    table[: 1 << classes] = OVERLAPPING.mirrored(labels)
    assert np.array_equal(table[table[mask]], mask)
    for k in range(1, classes + 1):
        assert np.array_equal(OVERLAPPING.of_class(table[mask], labels[k]), OVERLAPPING.of_class(mask, k))


def test_a_flip_changes_sides_within_sets() -> None:
    config = AugmentConfig(flip_p=1, rotate_p=0, brightness_p=0, affine_p=0)
    mask = np.uint8([[0b001, 0b110, 0b101, UNLABELLED]])  # bits: left, right, caries
    _, flipped = augment(mask, mask, config, 0, OVERLAPPING.mirrored((0, 2, 1, 3)))
    assert flipped.tolist() == [[UNLABELLED, 0b110, 0b101, 0b010]]


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
