"""Masks over radiographs: size kept, colours apart, nothing touched that is not ours."""

import io
import itertools
import time

import numpy as np
import pytest
from PIL import Image

from dentalx import lettering, overlay
from dentalx.overlay import OKABE_ITO, PALETTE, compare
from dentalx.overlay import overlay as draw

SIZES = [(1, 1), (3, 200), (200, 3), (20, 20), (48, 64), (64, 100), (256, 512), (700, 300)]


@pytest.fixture
def plain():
    """A grey picture with a disc-like block well away from captions."""
    image = np.full((300, 500), 0.5, np.float32)
    mask = np.zeros((300, 500), np.uint8)
    mask[120:180, 200:300] = 1
    return image, mask


@pytest.mark.parametrize("size", SIZES)
def test_every_size_is_kept(size, rng):
    image, mask = rng.random(size, np.float32), rng.integers(0, 3, size).astype(np.uint8)
    for picture in (draw(image, mask, ("jaw", "teeth")), compare(image, mask, np.zeros_like(mask))):
        assert picture.shape == (*size, 3)
        assert picture.dtype == np.uint8


def near(pixel, tone):
    """Equal but for the smoothing of a line's edge."""
    return bool(np.abs(pixel.astype(int) - np.array(tone)).max() <= 50)


def test_fill_and_outline_by_hand(plain):
    picture = draw(*plain, ("teeth",), opacity=0.25)
    expected = np.round(128 * 0.75 + np.array(OKABE_ITO[0]) * 0.25)
    assert np.abs(picture[150, 250].astype(int) - expected).max() <= 1
    assert near(picture[120, 250], OKABE_ITO[0])
    assert (picture[100, 250] == 128).all()


def test_without_outline_or_opacity(plain):
    picture = draw(*plain, ("teeth",), opacity=0.0, outline=False)
    assert (picture[50:250, 150:] == 128).all()
    picture = draw(*plain, ("teeth",), opacity=1.0, outline=False)
    assert (picture[120:180, 200:300] == OKABE_ITO[0]).all()


def test_background_and_unlabelled_stay_grey(plain):
    image, mask = plain
    mask[200:220, 200:300] = 255
    assert (draw(image, mask, ("teeth",))[200:220, 200:300] == 128).all()


def test_arguments_are_left_alone(plain):
    image, mask = plain
    before = image.copy(), mask.copy()
    image.setflags(write=False)
    mask.setflags(write=False)
    draw(image, mask, ("teeth",))
    compare(image, mask, mask)
    assert (image == before[0]).all()
    assert (mask == before[1]).all()


def test_lines_grow_with_the_picture():
    def edge(scale: int) -> int:
        mask = np.zeros((300 * scale, 500 * scale), np.uint8)
        mask[100 * scale : 200 * scale, 200 * scale : 300 * scale] = 1
        column = draw(np.zeros(mask.shape, np.float32), mask, ("teeth",), opacity=0.0)[: 150 * scale, 250 * scale]
        return sum(near(pixel, OKABE_ITO[0]) for pixel in column)

    assert edge(1) == 1
    assert edge(4) >= 3


def test_captions_say_class_and_disclaimer(plain):
    image, mask = plain
    picture, empty = draw(image, mask, ("teeth",)), draw(image, mask, ())
    changed = (picture != 128).any(-1)
    assert changed[-15:, :150].any()  # lower left: the disclaimer
    assert not changed[-15:, 400:].any()
    legend = (picture != empty).any(-1)
    assert legend[:30, :120].any()  # an upper corner: the legend
    assert not legend[40:].any()


def test_legend_steps_aside(plain):
    image, mask = plain
    mask[:60, :200] = 1
    picture = draw(image, mask, ("teeth",), opacity=0.0, outline=False)
    changed = (picture[:40] != 128).any(-1)
    assert changed[:, 400:].any()
    assert not changed[:, :200].any()


@pytest.mark.parametrize("names", [("Zähne",), ("зубы",), ("a very long name " * 9,), ("$x^2$",), tuple("abcdefgh")])
def test_any_names_can_be_drawn(plain, names):
    assert draw(*plain, names).shape == (300, 500, 3)


def test_wording_gets_shorter_with_the_picture():
    wide, narrow = (np.full((200, width, 3), 200, np.uint8) for width in (400, 60))
    lettering.footer(wide)
    lettering.footer(narrow)
    assert (wide[-14:, 150] != 200).any()
    assert (narrow != 200).any()
    assert (narrow[:100] == 200).all()
    tiny = np.full((8, 8, 3), 200, np.uint8)
    lettering.footer(tiny)
    assert (tiny == 200).all()


def test_wrapping():
    assert lettering.wrap("Not a medical device", 10, 1000) == ["Not a medical device"]
    lines = lettering.wrap("Not a medical device", 10, 60)
    assert len(lines) > 1
    assert " ".join(lines) == "Not a medical device"
    assert lettering.wrap("Not a medical device", 10, 5) == []


def test_compare_by_hand(plain):
    image, truth = plain
    prediction = np.roll(truth, 20, 1)
    truth[120:130] = np.where(truth[120:130] == 1, 2, 0)
    picture = compare(image, truth, prediction, captions=False).astype(int)

    def mixed(tone, opacity):
        return np.round(128 * (1 - opacity) + np.array(tone) * opacity)

    for at, tone, opacity in (
        ((150, 250), overlay.AGREED, 0.30),
        ((150, 205), overlay.MISSED, 0.75),
        ((150, 310), overlay.SPURIOUS, 0.75),
        ((125, 250), overlay.CONFUSED, 0.75),
    ):
        assert np.abs(picture[at] - mixed(tone, opacity)).max() <= 1
    assert (picture[50, 50] == 128).all()


def test_compare_hatches_what_does_not_count(plain):
    image, truth = plain
    truth[200:260, 100:400] = 255
    picture = compare(image, truth, np.ones_like(truth), captions=False)
    block = picture[200:260, 100:400].reshape(-1, 3)
    assert 0.15 < (block != 128).any(1).mean() < 0.35
    assert (block[:, 0] == block[:, 2]).all()  # no verdict, no colour


def test_palette():
    assert PALETTE.shape == (256, 3)
    assert PALETTE[0].tolist() == [0, 0, 0]
    assert PALETTE[255].tolist() == [128, 128, 128]
    assert len({tuple(row) for row in PALETTE[1:29].tolist()}) == 28
    with pytest.raises(ValueError, match="read-only"):
        PALETTE[0] = 1


# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009,
# severity 1; linear RGB.
BLINDNESS = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


@pytest.mark.parametrize("kind", BLINDNESS)
def test_verdicts_differ_to_colour_blind_eyes(kind):
    import cv2

    tones = np.array([overlay.AGREED, overlay.MISSED, overlay.SPURIOUS], np.float64) / 255
    linear = np.where(tones <= 0.04045, tones / 12.92, ((tones + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(BLINDNESS[kind]).T, 0, 1)
    encoded = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
    lab = cv2.cvtColor(encoded[None].astype(np.float32), cv2.COLOR_RGB2LAB)[0]
    for one, two in itertools.combinations(lab, 2):
        assert np.linalg.norm(one - two) > 25  # ΔE 1976; 2.3 is just noticeable


def test_bad_arguments(plain):
    image, mask = plain
    with pytest.raises(ValueError, match=r"opacity must lie in \[0, 1\], got 2"):
        draw(image, mask, ("teeth",), opacity=2)
    with pytest.raises(
        ValueError, match=r"mask must be \(300, 500\) uint8 or int32 like its image, got \(3, 500\) uint8"
    ):
        draw(image, mask[:3], ("teeth",))
    with pytest.raises(ValueError, match=r"image must be \(H, W\) float32"):
        compare(image.astype(np.float64), mask, mask)


def test_drawing_is_quick(rng):
    image = rng.random((512, 1024), np.float32)
    mask = (image > 2).astype(np.uint8)
    mask[200:300, 300:700] = 1
    draw(image, mask, ("teeth",))
    start = time.perf_counter()
    for _ in range(3):
        draw(image, mask, ("teeth",))
    assert (time.perf_counter() - start) / 3 < 0.5  # 15 ms on a quiet core


def test_legend_of_many_classes_lies_beside_the_mask(plain):
    image = plain[0]
    mask = np.zeros_like(plain[1])
    for k in range(20):
        mask[60:280, 10 + 24 * k : 30 + 24 * k] = k + 1
    names = tuple(f"t{k}" for k in range(20))
    changed = (draw(image, mask, names, opacity=0.0, outline=False) != 128).any(-1)
    assert changed[:60, :200].any()
    assert not changed[70:250].any()


def test_no_legend_where_it_would_hide_the_mask(plain):
    image, mask = plain
    mask[:40] = 1
    assert (draw(image, mask, ("teeth",), opacity=0.0, outline=False)[:200] == 128).all()


@pytest.mark.parametrize("opacity", [0.0, 0.35, 1.0])
def test_tables_of_greys_mix_as_blending_does(rng: np.random.Generator, opacity: float) -> None:
    image, mask = rng.random((60, 90)).astype(np.float32), rng.integers(0, 4, (60, 90)).astype(np.uint8)
    mask[mask == 3] = 255
    drawn = overlay.overlay(image, mask, ["a", "b"], opacity=opacity, outline=False)
    grey = np.round(image * 255)[..., None]
    expected = np.round(grey * np.float32(1 - opacity) + PALETTE[mask] * np.float32(opacity))
    free = np.s_[25:40, 30:]  # neither names nor disclaimer
    inside = ((mask == 1) | (mask == 2))[free]
    assert np.array_equal(drawn[free][inside], expected[free][inside])
    assert np.array_equal(drawn[free][~inside], np.repeat(grey, 3, 2)[free][~inside])


def test_encoded_as_png_and_back(rng: np.random.Generator) -> None:
    picture = rng.integers(0, 256, (20, 31, 3), dtype=np.uint8)
    with Image.open(io.BytesIO(overlay.encode(picture))) as image:
        assert image.format == "PNG"
        assert np.array_equal(np.asarray(image), picture)
