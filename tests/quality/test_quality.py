"""What is said of pictures and masks: by hand, as laws, and of pictures spoilt on purpose."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dentalx.errors import InputError
from dentalx.phantom import draw
from dentalx.quality import (
    Looks,
    Seen,
    Shape,
    gather,
    grave,
    judge,
    judge_colour,
    judge_picture,
    judge_shapes,
    look,
    object_shapes,
    read_seen,
    shapes,
    write_seen,
)
from dentalx.quality.seen import far, quantiles
from dentalx.recipe import parse
from dentalx.samples import Grey

CLASSES = ("teeth", "mandible")


@pytest.fixture(scope="module")
def phantoms() -> list[tuple[Grey, tuple[Shape, ...]]]:
    drawn = [draw(seed=5, index=index, size=(64, 128)) for index in range(7)]
    moved = [(phantom, move) for move in (0, 2, 4) for phantom in drawn]
    return [
        (enlarged(np.roll(each.image, move, 1)), shapes(np.roll(each.mask(CLASSES), move, 1), 2))
        for each, move in moved
    ]


def enlarged(image: Grey) -> Grey:
    return np.asarray(cv2.resize(image, (512, 256), interpolation=cv2.INTER_NEAREST), np.float32)


@pytest.fixture(scope="module")
def seen(phantoms: list[tuple[Grey, tuple[Shape, ...]]]) -> Seen:
    found = gather([look(image) for image, _ in phantoms[:20]], [shape for _, shape in phantoms[:20]], CLASSES)
    assert found is not None
    return found


def test_looks_by_hand() -> None:
    plane = np.full((40, 80), 0.5, np.float32)
    plane[10:36, 20:40] = 1.0  # half of the middle
    plane[:4] = 0.0
    found = look(plane)
    assert (found.height, found.width, found.aspect) == (40, 80, 2.0)
    assert (found.white, found.black, found.middle) == (0.5, 0.0, 0.5)  # the black rows are a frame
    assert found.sharpness == found.grain == 0  # too small to tell
    assert abs(float(found.thumb.mean())) < 1e-5 and float(found.thumb.std()) == pytest.approx(1, abs=1e-5)


def test_shapes_do_not_depend_on_the_size_of_the_mask() -> None:
    mask = np.zeros((30, 60), np.uint8)
    mask[5:10, 5:20] = mask[5:10, 40:55] = 1
    mask[20:, :] = 255
    (found,) = shapes(mask, 1)
    assert found == Shape(150 / 1200, 2, pytest.approx(0.25), pytest.approx(0.5))
    (large,) = shapes(np.kron(mask, np.ones((25, 25), np.uint8)), 1)
    assert (large.pieces, large.share) == (2, pytest.approx(found.share, rel=0.05))
    crumb = np.zeros((400, 400), np.uint8)
    crumb[0, 0] = 1
    assert shapes(crumb, 2) == (Shape(1 / 160_000, 0, 0.5 / 400, 0.5 / 400), Shape(0.0, 0))


def test_objects_are_counted_one_by_one() -> None:
    masks = np.zeros((3, 4, 4), np.bool_)
    masks[0, :2, :2] = masks[1, :2, 1:3] = masks[2, 3, 3] = True
    first, second, third = object_shapes(masks, np.array([1, 1, 3], np.int32), 3)
    assert (first.share, first.pieces) == (6 / 16, 2)
    assert second == Shape(0.0, 0)
    assert third == Shape(1 / 16, 1, 0.875, 0.875)


@given(st.lists(st.floats(-1e3, 1e3), min_size=20, max_size=30), st.floats(-1e4, 1e4), st.floats(0, 2))
@settings(max_examples=30)
def test_nothing_that_was_seen_is_far(values: list[float], other: float, slack: float) -> None:
    seen = quantiles(values)
    assert all(far(round(value, 6), seen, slack) == 0 for value in values)
    side = far(other, seen, slack)
    assert side == far(other, seen, 0) or side == 0  # more slack says less
    if side:
        assert (other - seen[-1]) * side > 0 or (other - seen[0]) * side > 0


def test_pictures_like_those_of_training_are_not_doubted(
    phantoms: list[tuple[Grey, tuple[Shape, ...]]], seen: Seen
) -> None:
    for image, _ in phantoms[:7]:  # the others are these, moved
        assert judge_picture(image) == ()
    for image, shape in phantoms[:20]:  # the training pictures themselves
        assert judge_picture(image, seen=seen) == ()
        assert judge_shapes(shape, CLASSES, seen) == ()
    assert grave(judge_picture(phantoms[20][0], seen=seen)) == ()


def spoilt(image: Grey) -> dict[str, Grey]:
    noise = np.random.default_rng(0).random(image.shape, np.float32)
    page = np.where(noise < 0.2, np.float32(0), np.float32(1))
    return {
        judge.NEGATIVE: 1 - image,
        judge.BLANK: np.full((256, 512), 0.5, np.float32),
        judge.ROUGH: noise,
        judge.PAGE: page,
        judge.SMALL: cv2.resize(image, (100, 50), interpolation=cv2.INTER_AREA),
        judge.FLAT: np.kron(np.float32([[0, 1], [1, 0]]), np.ones((60, 80), np.float32)),
        judge.UNDER: image * np.float32(0.15),
        judge.OVER: np.clip(image * np.float32(1.4), 0, 1),
    }


def test_spoilt_pictures_are_told_without_statistics(phantoms: list[tuple[Grey, tuple[Shape, ...]]]) -> None:
    for text, plane in spoilt(phantoms[0][0]).items():
        told = judge_picture(plane)
        assert text in told, (text, told)
        assert (text in grave(told)) == (text in judge.GRAVE)


def test_what_is_far_from_training_is_told(phantoms: list[tuple[Grey, tuple[Shape, ...]]], seen: Seen) -> None:
    image = phantoms[20][0]
    half = np.ascontiguousarray(image[:, :256])
    assert "narrower than the training pictures" in judge_picture(half, seen=seen)
    alike = gather([look(np.roll(image, i, axis=1)) for i in range(20)], [()] * 20, ())
    blurred = np.asarray(cv2.GaussianBlur(image, (0, 0), 4), np.float32)
    assert judge_picture(image, seen=alike) == ()
    assert "blurred beside the training pictures" in judge_picture(blurred, seen=alike)
    stripes = np.tile(np.float32(0.5 + 0.3 * np.sin(np.linspace(0, 12 * np.pi, 512))), (256, 1))
    assert judge.OTHER in grave(judge_picture(stripes, seen=seen))
    small = cv2.resize(image, (200, 100), interpolation=cv2.INTER_AREA)
    assert judge.FEWER_PIXELS in judge_picture(small, seen=seen)


def test_a_recipe_answers_for_what_it_puts_right(phantoms: list[tuple[Grey, tuple[Shape, ...]]]) -> None:
    image = phantoms[0][0]
    assert judge.UNDER not in judge_picture(image * np.float32(0.15), parse(["tails"]))
    (told,) = judge_picture(1 - image, parse(["polarity=auto"]))
    assert told.startswith(judge.NEGATIVE) and grave((told,)) == ()


def test_masks_unlike_those_of_training_are_told(seen: Seen) -> None:
    usual = tuple(
        Shape(found["share"][4], int(found["pieces"][4]), found["row"][4], found["column"][4])
        for found in seen.shapes.values()
    )
    assert judge_shapes(usual, CLASSES, seen) == ()
    teeth, mandible = usual
    assert judge_shapes((replace(teeth, share=0.9), mandible), CLASSES, seen) == (
        "teeth: more than in the training masks",
    )
    assert judge_shapes((replace(teeth, pieces=400, row=0.95), mandible), CLASSES, seen) == (
        "teeth: in more pieces than in the training masks",
        "teeth: lower down than in the training masks",
    )
    assert judge_shapes((Shape(0.0, 0), mandible), CLASSES, seen) == (
        "teeth: less than in the training masks",
        "fewer classes than in any training mask",
    )
    assert judge_shapes((Shape(0.0, 0), Shape(0.0, 0)), CLASSES, seen) == ()  # "nothing found" says it
    assert judge_shapes((replace(teeth, share=0.9), mandible), CLASSES, None) == ()


def test_too_many_teeth_are_told() -> None:
    looks = [look(np.random.default_rng(i).random((20, 40), np.float32)) for i in range(20)]
    tooth, none = Shape(0.01, 1, 0.5, 0.5), Shape(0.0, 0)
    seen = gather(looks, [(tooth, tooth, none)] * 20, ("11", "12", "13"))
    assert seen is not None
    assert "more teeth than in any training mask" in judge_shapes((tooth,) * 3, ("11", "12", "13"), seen)


def test_colour_is_told() -> None:
    plain = np.full((50, 50, 3), 90, np.uint8)
    assert judge_colour(plain) == ()
    marked = plain.copy()
    marked[:2, :2] = (255, 0, 0)  # a small mark
    assert judge_colour(marked) == ()
    assert grave(judge_colour(plain * np.uint8([1, 1, 2]))) == (judge.COLOURED,)


def test_statistics_survive_their_file(seen: Seen, tmp_path: Path) -> None:
    write_seen(tmp_path / "seen.json", seen)
    found = read_seen(tmp_path / "seen.json")
    assert (found.looks, found.shapes, found.kinds, found.pictures) == (seen.looks, seen.shapes, seen.kinds, 20)
    assert np.allclose(found.mean, seen.mean, atol=1e-4)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 9},
        {"mean": [[1.0]]},
        {"looks": {}},
        {"classes_in_a_mask": [3, 2, 1, 0, 0, 0, 0, 0, 0]},
        {"masks": {"teeth": {"share": ["x"] * 9}}},
        {"quantiles": None},
    ],
)
def test_broken_statistics_are_one_line(seen: Seen, tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "seen.json"
    write_seen(path, seen)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(InputError, match=r"seen\.json is not what training writes") as caught:
        read_seen(path)
    assert "\n" not in str(caught.value)


def test_few_pictures_and_full_masks_say_nothing() -> None:
    looks: list[Looks] = [look(np.random.default_rng(i).random((20, 40), np.float32)) for i in range(20)]
    usual, full = (Shape(0.2, 1, 0.5, 0.5),), (Shape(1.0, 1, 0.5, 0.5),)
    assert gather(looks[:19], [usual] * 19, ("a",)) is None
    seen = gather(looks, [usual] * 19 + [full], ("a",))
    assert seen is not None and seen.shapes["a"]["share"][-1] == 0.2
