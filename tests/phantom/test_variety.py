"""Phantoms of every clinic: what differs between devices and habits, with truth as exact as ever."""

import dataclasses

import cv2
import numpy as np
import pytest

from dentalx.phantom import CLASSES, PRESETS, Phantom, PhantomConfig, draw
from dentalx.phantom.canvas import View, Warp
from dentalx.phantom.teeth import FDI, PRIMARY
from dentalx.phantom.variety import REALISTIC, WIDE, Variety

SIZE = (96, 192)
PLAIN = Variety(squash=0, border=0, motion=0, ghosts=0, dead_lines=0, turn_degrees=(0, 0), chin_mm=(0, 0))


def plain(**options: object) -> PhantomConfig:
    return PhantomConfig(missing=0.0, impacted=0.0, marker=0.0, variety=PLAIN, **options)


def contents(phantom: Phantom) -> bytes:
    planes = b"".join(np.packbits(phantom.plane(name)).tobytes() for name in CLASSES)
    return phantom.image.tobytes() + phantom.teeth.labels.tobytes() + planes


@pytest.mark.parametrize("name", PRESETS)
def test_the_same_seed_and_index_give_the_same_bytes(name):
    for index in range(3):
        first, again = (draw(5, index, SIZE, config=PRESETS[name]) for _ in range(2))
        assert contents(first) == contents(again)
        assert 0 <= first.image.min() < first.image.max() <= 1


@pytest.mark.parametrize("name", ["realistic", "wide"])
def test_another_size_shows_the_same_patient(name):
    for index in range(4):
        small, large = (draw(8, index, size, config=PRESETS[name]) for size in ((128, 256), (384, 768)))
        shrunk = cv2.resize(large.plane("teeth").astype(np.float32), (256, 128), interpolation=cv2.INTER_AREA) >= 0.5
        plane = small.plane("teeth")
        assert 2 * (shrunk & plane).sum() / max(shrunk.sum() + plane.sum(), 1) > 0.93


def test_wide_differs_more_than_realistic_and_that_more_than_standard():
    spread = {}
    for name, config in PRESETS.items():
        shares = [draw(2, index, (48, 96), config=config).plane("teeth").mean() for index in range(16)]
        spread[name] = np.std(shares)
    assert spread["standard"] < spread["realistic"] < spread["wide"]


def test_millimetres_are_the_inverse_of_pixels_where_the_patient_stands_badly():
    view = View((7, 9), np.array([[0.05, 0.002, 4.0], [-0.001, 0.06, -1.0]]), Warp(chin=9.0, forward=-0.2, turn=0.15))
    x, y = view.millimetres()
    pixels = view.pixels(np.stack([x.ravel(), y.ravel()], 1).astype(float))
    columns, rows = np.meshgrid(np.arange(9) + 0.5, np.arange(7) + 0.5)
    assert np.allclose(pixels, np.stack([columns.ravel(), rows.ravel()], 1), atol=2e-3)


def test_a_lowered_chin_lifts_the_sides_and_leaves_the_middle():
    bent = np.stack(Warp(chin=8.0).bend(np.array([-60.0, 0.0, 60.0]), np.array([40.0, 40.0, 40.0])), 1)
    assert bent.tolist() == [[-60.0, 32.0], [0.0, 40.0], [60.0, 32.0]]


def test_nothing_is_true_outside_the_exposed_image():
    bordered = dataclasses.replace(WIDE, border=1.0, border_width=(0.05, 0.1), jpeg=(200.0, 200.0), squash=0.5)
    seen = set()
    for index in range(12):
        phantom = draw(4, index, (96, 128), config=PhantomConfig(variety=bordered))
        for line, truth in zip(phantom.image.T, phantom.plane("teeth").T, strict=True):
            if (line == line[0]).all() and line[0] in (0.0, 1.0):
                seen.add(float(line[0]))
                assert not truth.any()
    assert seen == {0.0, 1.0}


def test_a_child_has_milk_teeth_and_germs_on_the_right_side():
    both = 0
    for index in range(4):
        phantom = draw(6, index, (192, 384), config=plain(mixed=1.0))
        labels = phantom.teeth.labels.tolist()
        assert set(labels) <= set(FDI) | set(PRIMARY)
        both += bool(set(labels) & set(PRIMARY)) and bool(set(labels) & set(FDI))
        middle = np.median(np.flatnonzero(phantom.plane("teeth").any(0)))
        for fdi, mask in zip(labels, phantom.teeth.masks, strict=True):
            if fdi % 10 in (4, 5, 6):
                assert (np.flatnonzero(mask.any(0)).mean() < middle) == (fdi // 10 in (1, 4, 5, 8)), fdi
        assert not phantom.plane("impacted_tooth").any(), "a germ is not impacted"
    assert both >= 3


def test_a_bridge_fills_a_gap_and_is_no_tooth():
    gaps = PhantomConfig(missing=1.5, crown=0.0, root_canal_filling=0.0, implant=0.0, bridge=1.0, variety=PLAIN)
    bridged = [phantom for i in range(8) if (phantom := draw(3, i, SIZE, config=gaps)).plane("crown").any()]
    assert bridged
    assert any((phantom.plane("crown") & ~phantom.plane("teeth")).any() for phantom in bridged)
    none = dataclasses.replace(gaps, bridge=0.0)
    assert not any(draw(3, i, SIZE, config=none).plane("crown").any() for i in range(8))


def test_retained_roots_lose_their_crowns():
    whole, lost = (draw(7, 1, (192, 384), config=plain(retained_root=share)) for share in (0.0, 1.0))
    assert lost.teeth.labels.tolist() == whole.teeth.labels.tolist()
    assert not (lost.plane("teeth") & ~whole.plane("teeth")).any()
    assert lost.plane("teeth").sum() < 0.75 * whole.plane("teeth").sum()
    assert not lost.plane("enamel").any()


@pytest.mark.parametrize("work", ["braces", "plate"])
def test_metalwork_is_bright_and_no_tooth(work):
    bare, worn = (draw(9, 2, (192, 384), config=plain(**{work: share})) for share in (0.0, 1.0))
    assert contents(bare)[len(bare.image.tobytes()) :] == contents(worn)[len(bare.image.tobytes()) :]
    changed = worn.image - bare.image
    assert (changed > 0.15).sum() > 30


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"zoom": (1.2, 0.8)}, r"zoom must be a range \(low, high\), got \(1.2, 0.8\)"),
        ({"zoom": (0.0, 1.0)}, "zoom must be positive"),
        ({"squash": 1.5}, r"squash must lie in \[0, 1\], got 1.5"),
        ({"jpeg": (float("nan"), 90.0)}, "jpeg must be a range"),
    ],
)
def test_impossible_varieties_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Variety(**options)


def test_every_realistic_range_lies_within_the_wide_one():
    for field in dataclasses.fields(Variety):
        narrow, wide = getattr(REALISTIC, field.name), getattr(WIDE, field.name)
        if isinstance(narrow, tuple):
            assert wide[0] <= narrow[0] and narrow[1] <= wide[1], field.name
        else:
            assert narrow <= wide, field.name
