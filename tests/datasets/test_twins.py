"""The same radiograph twice: every kind of copy is found, different ones are not, and nothing is looked at in vain."""

from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dentalx.datasets import twins
from dentalx.datasets.alignment import APART, match
from dentalx.datasets.candidates import Blocks, common_directions
from dentalx.datasets.thumbs import SIZE, VIEWS, descriptor, in_pixels, in_unit, levelled, thumbnail
from dentalx.datasets.twins import SAME, compare, connected, find_twins
from dentalx.phantom import draw
from dentalx.samples import Record


@cache
def levels(number):
    return np.rint(draw(3, number, (128, 256)).image * 255).astype(np.uint8)


def thumb(pixels):
    return thumbnail(np.ascontiguousarray(pixels, np.float32) / 255)


def save(path, pixels):
    path.write_bytes(cv2.imencode(path.suffix, np.ascontiguousarray(pixels))[1].tobytes())
    return path


def jpeg(pixels):
    return cv2.imdecode(cv2.imencode(".jpg", np.ascontiguousarray(pixels), [cv2.IMWRITE_JPEG_QUALITY, 50])[1], 0)


def power(pixels, gamma):
    return np.rint(255 * (pixels / 255.0) ** gamma).astype(np.uint8)


KINDS = {
    "mirrored": lambda p: p[:, ::-1],
    "inverted": lambda p: 255 - p,
    "smaller": lambda p: cv2.resize(p, (128, 64), interpolation=cv2.INTER_AREA),
    "larger": lambda p: cv2.resize(p, (500, 250)),
    "stretched": lambda p: cv2.resize(p, (200, 200)),
    "saved with loss": jpeg,
    "gamma": lambda p: power(p, 0.6),
    "faint": lambda p: (p * 0.3 + 90).astype(np.uint8),
    "bright": lambda p: np.minimum(p.astype(int) + 50, 255).astype(np.uint8),
    "cropped all round": lambda p: p[6:-6, 12:-12],
    "cropped at a corner": lambda p: p[6:, 12:],
    "cropped at two sides": lambda p: p[:-6, 12:],
    "mirrored, cropped, gamma, loss": lambda p: jpeg(power(p[3:-5, 4:-11][:, ::-1], 1.4)),
    "smaller, inverted": lambda p: cv2.resize(255 - p, (160, 90), interpolation=cv2.INTER_AREA),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_copy_is_the_same_picture(kind):
    for number in (0, 1, 2):
        assert match(thumb(levels(number)), thumb(KINDS[kind](levels(number)))).likeness >= SAME


def test_different_pictures_are_not():
    likenesses = [match(thumb(levels(i)), thumb(levels(j))).likeness for i in range(5) for j in range(i)]
    assert max(likenesses) < SAME - 0.1


def test_what_was_done_is_told():
    first = thumb(levels(0))
    assert match(first, first) == match(first, first.copy())
    assert match(first, first).likeness == pytest.approx(1, abs=1e-4) and match(first, first).changes == ()
    assert match(first, thumb(KINDS["mirrored"](levels(0)))).changes == ("mirrored",)
    assert match(first, thumb(KINDS["inverted"](levels(0)))).changes == ("inverted",)
    assert match(first, thumb(KINDS["cropped at a corner"](levels(0)))).changes == ("cropped",)
    assert match(first, thumb(KINDS["bright"](levels(0)))).changes == ("levels",)


def test_nothing_to_see_matches_nothing():
    black, grey = np.zeros(SIZE, np.uint8), np.full(SIZE, 90, np.uint8)
    assert match(black, grey) == APART
    assert not descriptor(black).any() and not descriptor(grey).any() and np.abs(levelled(grey, 8)).max() < 0.01


def test_levels_alone_are_levelled_away():
    plane = thumb(levels(0))
    faint = (plane * 0.5 + 60).astype(np.uint8)
    assert np.corrcoef(levelled(plane, 8).ravel(), levelled(faint, 8).ravel())[0, 1] > 0.98


@settings(max_examples=30, deadline=None)
@given(st.integers(0, len(VIEWS) - 1), st.integers(8, 300), st.integers(8, 300))
def test_views_go_to_pixels_and_back(number, rows, columns):
    matrix = in_pixels(VIEWS[number], (rows, columns))
    assert np.allclose(in_unit(matrix, (rows, columns)), VIEWS[number], atol=1e-4)


def test_a_view_in_pixels_by_hand():
    mirrored = in_pixels(VIEWS[len(VIEWS) // 2], (4, 10))
    assert np.allclose(mirrored @ [0, 0, 1], [9, 0]) and np.allclose(mirrored @ [9, 3, 1], [0, 3])


# --- a folder ---------------------------------------------------------------------------------------------------


def test_planted_twins_are_found_and_nothing_else(tmp_path):
    paths = [save(tmp_path / f"{number}.png", levels(number)) for number in range(10)]
    planted = {}
    for number, (kind, change) in enumerate(KINDS.items()):
        paths.append(save(tmp_path / f"copy {number}.png", change(levels(number % 9))))
        planted[len(paths) - 1] = (number % 9, kind)
    paths.append(save(tmp_path / "pixels.bmp", levels(0)))
    paths.append(tmp_path / "file.png")
    paths[-1].write_bytes(paths[1].read_bytes())
    broken = tmp_path / "broken.png"
    broken.write_bytes(paths[2].read_bytes()[:99])
    black = [save(tmp_path / f"black{n}.png", np.full((40, 60 + n), n, np.uint8)) for n in (0, 1)]
    search = compare([*paths, broken, *black])
    groups = connected((str(p.first), str(p.second)) for p in search.pairs)
    home = {name: group for group in groups for name in group}
    wanted = planted | {len(paths) - 2: (0, "same pixels"), len(paths) - 1: (1, "same file")}
    for place, (original, kind) in wanted.items():
        assert str(place) in home and str(original) in home[str(place)], kind
    assert sum(map(len, groups)) == len(wanted) + 9 and len(groups) == 9  # picture 9 has no twin
    assert list(search.unreadable) == [len(paths)] and "broken.png" in search.unreadable[len(paths)]
    kinds = {(p.first, p.second): p.kind for p in search.pairs}
    assert kinds[0, len(paths) - 2] == "same pixels" and kinds[1, len(paths) - 1] == "same file"
    assert [p.likeness for p in search.pairs] == sorted((p.likeness for p in search.pairs), reverse=True)


def test_ids_and_progress(tmp_path):
    paths = [save(tmp_path / f"{name}.png", levels(n)) for name, n in (("c", 0), ("a", 1), ("b", 0))]
    records = [Record(path.stem, path.stem, path) for path in paths] + [Record("drawn", "drawn")]
    told = []
    found = find_twins(records, lambda *step: told.append(step))
    assert found.groups == (("b", "c"),) and found.ids == ("c", "a", "b")
    assert ("reading", 3, 3) in told and ("comparing", 2, 2) in told
    assert find_twins([Record("drawn", "drawn")]).groups == ()


def test_what_is_connected_is_not_looked_at(monkeypatch):
    looked = []

    def counted(first, second):
        looked.append(1)
        return match(first, second)

    monkeypatch.setattr(twins, "match", counted)
    thumbs = np.stack([thumb(jpeg(levels(0)) if n else levels(0)) for n in range(6)])
    coarse = np.stack([descriptor(t) for t in thumbs])
    close = twins._Close(thumbs, coarse, dict.fromkeys(range(6), (128, 256)), lambda *_: None)
    pairs = close.near([], Blocks())
    assert len(pairs) == 5 == len(looked)  # of 15


def test_common_directions_leave_copies_out():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(80, 512)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    copies = np.concatenate([rows, np.repeat(rows[:1], 500, 0)])
    common = common_directions(copies)
    assert common is not None and common.shape == (9, 512)
    assert abs(float(common[1] @ rows[0])) < 0.9  # the many copies are no direction of their own
    assert np.allclose(common[1:] @ common[1:].T, np.eye(8), atol=1e-4)
    assert common_directions(rows[:63]) is None
    assert common_directions(np.repeat(rows[:1], 500, 0)) is None
