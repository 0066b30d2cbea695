"""Photographs of screens: stripes, keystone and tint by hand, and what is said of them."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dentalx.phantom import draw
from dentalx.quality import gather, grave, judge, judge_colour, judge_picture, look
from dentalx.quality.screen import keystone, stripes, tint
from dentalx.samples import Grey

ROOM = 0.06


@pytest.fixture(scope="module")
def phantom() -> Grey:
    return draw(seed=2, index=0, size=(256, 512)).image


def grid(shape: tuple[int, ...], down: float, across: float) -> Grey:
    """A pattern of so many cycles in 256 pixels."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) * np.float32(2 * np.pi / 256)
    return np.asarray(np.sin(down * y + across * x), np.float32)


def shown(inside: Grey, corners: NDArray[np.float64]) -> Grey:
    """A picture whose corners lie at (4, 2) x, y of a dark room of 300×600."""
    own = np.array([[0, 0], [inside.shape[1], 0], inside.shape[::-1], [0, inside.shape[0]]], np.float32)
    seen_at = cv2.getPerspectiveTransform(own, corners.astype(np.float32))
    room = cv2.warpPerspective(inside, seen_at, (600, 300), borderValue=ROOM)
    return np.asarray(np.clip(room + np.random.default_rng(0).normal(0, 0.01, room.shape), 0, 1), np.float32)


def test_phantoms_have_neither(phantom: Grey) -> None:
    assert stripes(phantom)[0] < 15
    assert stripes(phantom)[1] < 10
    assert keystone(phantom) == 0
    assert judge_picture(phantom) == ()


@pytest.mark.parametrize(("down", "across"), [(30, 40), (-70, 25), (9, 100)])
def test_a_faint_grid_is_told(phantom: Grey, down: float, across: float) -> None:
    """A pattern of 3 % of white; and the picture is refused by --strict."""
    told = judge_picture(np.clip(phantom + 0.03 * grid(phantom.shape, down, across), 0, 1))
    assert judge.STRIPED in told
    assert judge.STRIPED in grave(told)


def test_level_lines_are_no_grid(phantom: Grey) -> None:
    """Along the axes of the spectrum lie frames and the blocks of JPEG; coarse waves are anatomy."""
    for down, across in ((0, 64), (32, 0), (4, 5)):
        assert judge.STRIPED not in judge_picture(np.clip(phantom + 0.03 * grid(phantom.shape, down, across), 0, 1))


def test_small_and_even_pictures_have_no_spectrum() -> None:
    assert stripes(np.zeros((255, 900), np.float32)) == (0, 0)
    assert stripes(np.full((300, 300), 0.5, np.float32)) == (0, 0)


@given(st.floats(0.02, 1.0), st.integers(0, 9))
@settings(max_examples=10)
def test_stripes_do_not_depend_on_contrast(factor: float, seed: int) -> None:
    plane = np.random.default_rng(seed).random((256, 256), np.float32)
    assert stripes(plane * np.float32(factor))[0] == pytest.approx(stripes(plane)[0], rel=1e-3)


def test_a_keystone_is_measured() -> None:
    """Upper and lower side meet at 8.9°, the other two are parallel."""
    corners = np.array([[60, 60], [540, 90], [540, 210], [60, 255]], np.float64)
    picture = shown(np.full((100, 200), 0.5, np.float32), corners)
    assert keystone(picture) == pytest.approx(np.degrees(np.arctan2(30, 480) + np.arctan2(45, 480)), abs=0.3)
    assert judge.ASKEW in judge_picture(picture)
    turned = np.array([[60, 60], [540, 90], [533, 210], [53, 180]], np.float64)
    assert keystone(shown(np.full((100, 200), 0.5, np.float32), turned)) < 0.5


def test_a_frame_that_was_drawn_is_no_room() -> None:
    corners = np.array([[60, 60], [540, 90], [540, 210], [60, 255]], np.int32)
    assert keystone(cv2.fillPoly(np.full((300, 600), ROOM, np.float32), [corners], 0.5)) == 0


def test_a_bright_room_and_a_blob_are_no_screen() -> None:
    grain = np.random.default_rng(0).normal(0, 0.01, (300, 600)).astype(np.float32)
    assert keystone(grain + 0.6) == 0
    disc = cv2.circle(np.full((300, 600), ROOM, np.float32), (300, 150), 120, 0.5, -1)
    assert keystone(disc + grain) == 0


def test_a_tint_is_told_and_not_refused() -> None:
    grey = np.random.default_rng(0).integers(40, 200, (40, 80), np.uint8)
    plain = np.repeat(grey[..., None], 3, 2)
    assert judge_colour(plain) == ()
    warm = plain + np.array([0, 3, 8], np.uint8)
    assert tint(warm) == 8
    assert judge_colour(warm) == (judge.TINTED,)
    assert grave((judge.TINTED,)) == ()
    assert judge_colour(plain + np.array([0, 0, 50], np.uint8)) == (judge.COLOURED,)
    assert tint(np.zeros((4, 4, 3), np.uint8)) == 0


def test_a_mirrored_picture_of_a_lopsided_set_is_told() -> None:
    """Where the training pictures' sides differ; where they do not, nothing is said."""
    planes = [draw(seed=4, index=index, size=(64, 128)).image for index in range(4)]
    shade = np.linspace(0, 0.5, 128, dtype=np.float32)
    lopsided = [np.clip(plane * 0.6 + shade, 0, 1) for plane in planes]
    seen = gather([look(plane) for plane in lopsided * 5], [()] * 20, ())
    even = gather(
        [look(p) for plane in planes for p in (plane, np.ascontiguousarray(plane[:, ::-1]))] * 3, [()] * 24, ()
    )
    for plane, side in zip(lopsided, planes, strict=True):
        assert judge.MIRRORED not in judge_picture(plane, seen=seen)
        told = judge_picture(np.ascontiguousarray(plane[:, ::-1]), seen=seen)
        assert {judge.MIRRORED, judge.UNLIKE, judge.OTHER} & set(told)
        assert judge.MIRRORED not in judge_picture(np.ascontiguousarray(side[:, ::-1]), seen=even)
    assert grave((judge.MIRRORED,)) == ()
