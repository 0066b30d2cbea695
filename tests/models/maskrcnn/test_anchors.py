"""Anchors, counted."""

import numpy as np
import pytest

from dentalx.models.maskrcnn.anchors import (
    Anchors,
    base_anchors,
    fit_anchors,
    level_shapes,
    pyramid_anchors,
    recall,
)


def test_a_ratio_is_height_by_width() -> None:
    tall, square, wide = base_anchors(64, (4.0, 1.0, 0.25))
    assert tall.tolist() == [-64, -16, 64, 16]  # 128 tall, 32 wide: area 64²
    assert square.tolist() == [-32, -32, 32, 32]
    assert wide.tolist() == [-16, -64, 16, 64]


def test_twelve_anchors_of_four_cells() -> None:
    sizes = (8.0, 8.0, 8.0, 8.0, 8.0)
    levels = pyramid_anchors(Anchors(sizes, (1.0, 4.0, 0.25)), 64, 64)
    assert [len(level) for level in levels] == [3 * 256, 3 * 64, 3 * 16, 3 * 4, 3]
    # P5: cells at 0 and 32, in rows; 8×8, 16 tall × 4 wide, 4 tall × 16 wide around each
    assert levels[3].tolist() == [
        [-4, -4, 4, 4], [-8, -2, 8, 2], [-2, -8, 2, 8],
        [-4, 28, 4, 36], [-8, 30, 8, 34], [-2, 24, 2, 40],
        [28, -4, 36, 4], [24, -2, 40, 2], [30, -8, 34, 8],
        [28, 28, 36, 36], [24, 30, 40, 34], [30, 24, 34, 40],
    ]  # fmt: skip


def test_scales_come_before_ratios_in_a_cell() -> None:
    level = pyramid_anchors(Anchors((8.0,) * 5, (1.0, 4.0), (1.0, 2.0)), 64, 64)[3]
    assert level[:4].tolist() == [[-4, -4, 4, 4], [-8, -2, 8, 2], [-8, -8, 8, 8], [-16, -4, 16, 4]]


def test_levels_of_pictures_that_p6_does_not_divide() -> None:
    assert level_shapes(96, 160)[-2:] == ((3, 5), (2, 3))
    with pytest.raises(ValueError, match="multiples of 32, got 100×64"):
        level_shapes(100, 64)


def test_fitted_anchors_reach_more_of_the_boxes_than_the_references() -> None:
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 60, (40, 2))
    boxes = np.concatenate([corner, corner + np.stack([rng.uniform(30, 60, 40), rng.uniform(10, 20, 40)], 1)], 1)
    fitted = fit_anchors(boxes.astype(np.float32))
    mine, theirs = recall(fitted, boxes, 128, 128), recall(Anchors(), boxes, 128, 128)
    assert mine.mean() > theirs.mean() + 0.1
    assert fitted.sizes == tuple(sorted(fitted.sizes))


def test_few_boxes_fit_nothing() -> None:
    assert fit_anchors(np.zeros((30, 4), np.float32)) == Anchors()


@pytest.mark.parametrize("wrong", [{"sizes": (1.0,)}, {"ratios": ()}, {"ratios": (-1.0,)}, {"scales": ()}])
def test_wrong_anchors_are_refused(wrong: dict[str, tuple[float, ...]]) -> None:
    with pytest.raises(ValueError, match="anchors need"):
        Anchors(**wrong)
