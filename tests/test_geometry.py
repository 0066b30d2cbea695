"""Boxes and run lengths: by hand, by law, and against pycocotools."""

import numpy as np
import pytest
from pycocotools import mask as coco

from dentalx.geometry import box_to_coco, mask_box, paste_mask, rle_decode, rle_encode

MASKS = [np.random.default_rng(i).random((1 + i, 9 - i)) < 0.1 * i for i in range(9)]


@pytest.mark.parametrize("mask", [*MASKS, np.zeros((3, 2), bool), np.ones((3, 2), bool)])
def test_run_lengths_there_and_back_and_as_coco_counts(mask: np.ndarray) -> None:
    counts = rle_encode(mask)
    assert np.array_equal(rle_decode(counts, mask.shape), mask)
    theirs = coco.frPyObjects({"counts": counts, "size": list(mask.shape)}, *mask.shape)
    assert np.array_equal(coco.decode(theirs).astype(bool), mask)
    assert theirs["counts"] == coco.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"]


def test_run_lengths_by_hand() -> None:
    """Columns first: 1 1 0 | 0 1 0."""
    assert rle_encode(np.array([[1, 0], [1, 1], [0, 0]], bool)) == [0, 2, 2, 1, 1]


@pytest.mark.parametrize("counts", [[1, 2], [-1, 5], [4, 1]])
def test_run_lengths_that_do_not_fill_the_mask_are_refused(counts: list[int]) -> None:
    with pytest.raises(ValueError, match="run lengths sum to"):
        rle_decode(counts, (2, 2))


@pytest.mark.parametrize("mask", [mask for mask in MASKS if mask.any()])
def test_a_box_holds_its_mask_and_no_smaller_one_does(mask: np.ndarray) -> None:
    y1, x1, y2, x2 = (int(side) for side in mask_box(mask))
    assert mask[y1:y2, x1:x2].sum() == mask.sum()
    for edge in (mask[y1, :], mask[y2 - 1, :], mask[:, x1], mask[:, x2 - 1]):
        assert edge.any()
    assert box_to_coco(mask_box(mask)) == coco.toBbox(coco.encode(np.asfortranarray(mask.astype(np.uint8)))).tolist()


def test_a_pasted_mask_lies_where_it_was_cut_out() -> None:
    """A half plane cut out of a box at any place and pasted back is within a tenth of a pixel."""
    for start in (3.0, 3.25, 3.5, 3.75):
        bins = 28
        edge = start + 7.3  # rows below it are the object
        centres = start + (np.arange(bins) + 0.5) * 16 / bins
        values = np.repeat(np.clip((centres - edge) * bins / 16 + 0.5, 0, 1)[:, None], bins, 1)
        window, found = paste_mask(values, (start, 2.0, start + 16, 18.0), (40, 40))
        rows = np.arange(40)[window[0]]
        inside = found[:, 8] >= 0.5
        assert rows[inside][0] == np.ceil(edge - 0.5)
        assert found[:-2, 8].sum() == pytest.approx(rows[-2] - edge, abs=0.3)


def test_pasting_over_the_edge_and_into_nothing() -> None:
    window, found = paste_mask(np.ones((4, 4)), (-3.0, -2.0, 2.0, 2.0), (10, 10))
    assert window == (slice(0, 2), slice(0, 2)) and found.shape == (2, 2) and found[0, 0] == 1
    assert paste_mask(np.ones((4, 4)), (12.0, 2.0, 15.0, 5.0), (10, 10))[1].size == 0
