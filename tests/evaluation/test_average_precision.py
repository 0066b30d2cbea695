"""COCO's average precision: by hand, then equal to pycocotools on random pictures with crowds and ties."""

import contextlib
import io

import numpy as np
import pytest
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from dentalx.evaluation.average_precision import Precision, average_precision, score_picture, summary

NONE = np.zeros(0, np.bool_)


def test_two_of_three_found_by_hand() -> None:
    # best first: right, wrong, right; three true objects
    ious = np.array([[0.9, 0, 0], [0.2, 0, 0], [0, 0.6, 0]])
    picture = score_picture(ious, np.array([0.9, 0.8, 0.7]), np.zeros(3, np.bool_))
    found = average_precision([picture])
    # precision 1 up to recall 1/3 (recalls 0.00 … 0.33: 34 of 101), then 2/3 up to recall 2/3 (33 more)
    assert found.average[0] == pytest.approx((34 * 1 + 33 * 2 / 3) / 101)
    assert found.average[5] == pytest.approx(34 / 101)  # at 0.75 the third misses
    assert found.recall[0] == pytest.approx(2 / 3)


def test_a_class_that_is_nowhere_has_no_score() -> None:
    alarm = score_picture(np.zeros((1, 0)), np.array([0.9]), NONE)
    assert np.isnan(average_precision([alarm]).average).all()
    assert np.isnan(summary([average_precision([alarm])])["AP"])


def test_what_falls_on_a_crowd_counts_for_nothing() -> None:
    picture = score_picture(
        np.array([[0.9, 0.0], [0.0, 0.9], [0.0, 0.9]]), np.array([0.5, 0.9, 0.8]), np.array([False, True])
    )
    assert average_precision([picture]).average[0] == pytest.approx(1)


@pytest.mark.parametrize("seed", range(6))
def test_equals_pycocotools(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truths, detections, mine = [], [], {1: [], 2: []}
    for image in range(1, 9):
        truth = [(int(rng.integers(1, 3)), square(rng), bool(rng.random() < 0.15)) for _ in range(rng.integers(0, 6))]
        guesses = [(label, moved(rng, plane)) for label, plane, _ in truth if rng.random() < 0.8]
        guesses += [(int(rng.integers(1, 3)), square(rng)) for _ in range(rng.integers(0, 4))]
        scores = rng.integers(1, 10, len(guesses)) / 10  # ties
        truths += [(image, *each) for each in truth]
        detections += [(image, *each, float(score)) for each, score in zip(guesses, scores, strict=True)]
        for label in mine:
            mine[label].append(scored(label, truth, guesses, scores))
    found = {label: average_precision(pictures) for label, pictures in mine.items()}
    expected = pycoco(truths, detections)
    result = summary(list(found.values()))
    assert [result[name] for name in ("AP", "AP50", "AP75")] == pytest.approx(expected[:3], abs=1e-12)
    assert result["AR100"] == pytest.approx(expected[8], abs=1e-12)
    assert isinstance(found[1], Precision)


def scored(label, truth, guesses, scores):  # type: ignore[no-untyped-def]
    there = [(plane, crowd) for of, plane, crowd in truth if of == label]
    said = [(plane, score) for (of, plane), score in zip(guesses, scores, strict=True) if of == label]
    crowd = np.array([c for _, c in there], np.bool_)
    ious = np.array([[(p & t).sum() / (p.sum() if c else (p | t).sum()) for t, c in there] for p, _ in said]).reshape(
        len(said), len(there)
    )
    return score_picture(ious, np.array([score for _, score in said]), crowd)


def square(rng: np.random.Generator) -> np.ndarray:
    plane = np.zeros((40, 40), np.bool_)
    y, x, h, w = (*rng.integers(0, 25, 2), *rng.integers(3, 15, 2))
    plane[y : y + h, x : x + w] = True
    return plane


def moved(rng: np.random.Generator, plane: np.ndarray) -> np.ndarray:
    return np.roll(plane, rng.integers(-2, 3, 2), (0, 1))


def pycoco(truths, detections):  # type: ignore[no-untyped-def]
    """The twelve numbers of COCOeval."""

    def code(plane: np.ndarray) -> dict[str, object]:
        return rle.encode(np.asfortranarray(plane.astype(np.uint8)))

    def box(plane: np.ndarray) -> list[float]:
        return rle.toBbox(code(plane)).tolist()

    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {
            "images": [{"id": i, "height": 40, "width": 40} for i in range(1, 9)],
            "categories": [{"id": 1}, {"id": 2}],
            "annotations": [
                {"id": n, "image_id": i, "category_id": c, "segmentation": code(p), "bbox": box(p),
                 "area": float(p.sum()), "iscrowd": int(crowd)}
                for n, (i, c, p, crowd) in enumerate(truths, start=1)
            ],
        }  # fmt: skip
        truth.createIndex()
        results = truth.loadRes(
            [{"image_id": i, "category_id": c, "segmentation": code(p), "score": s} for i, c, p, s in detections]
        )
        evaluation = COCOeval(truth, results, "segm")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats
