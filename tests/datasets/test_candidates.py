"""Candidates for twins: the same whatever the blocks, none forgotten, and in memory that does not grow with them."""

import errno
import tracemalloc
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dentalx.datasets import candidates as module
from dentalx.datasets import twins
from dentalx.datasets.alignment import match
from dentalx.datasets.candidates import Blocks, candidates
from dentalx.datasets.thumbs import COARSE, SIZE, VIEWS, Shelf, descriptor, descriptors, thumbnail
from dentalx.datasets.twins import _Close, connected
from dentalx.errors import InputError
from dentalx.phantom import draw

DIFFERENT, COPIED, WIDTH = 66, 5, COARSE[0] * COARSE[1]
WHOLE = Blocks(1000, 1000)


def quiet(what, done, of):
    return None


@cache
def planted():
    """Different pictures, enough for what is common to be taken out, and five copies of each of the first."""
    planes = [np.asarray(draw(3, number, (64, 128)).image, np.float32) for number in range(DIFFERENT)]
    for plane in planes[:COPIED]:
        planes += [plane[:, ::-1], 1 - plane, plane**0.7, plane[2:-2, 3:-3], 1 - plane[:, ::-1]]
    thumbs = np.stack([thumbnail(np.ascontiguousarray(plane)) for plane in planes])
    return thumbs, np.stack([descriptor(thumb) for thumb in thumbs])


@cache
def found(blocks):
    thumbs, coarse = planted()
    return _Close(thumbs, coarse, dict.fromkeys(range(len(thumbs)), SIZE), quiet).near([], blocks)


@pytest.fixture(scope="module", autouse=True)
def remembered():
    """What is asked of the same thumbnails again and again is worked out once."""
    views = cache(lambda thumb: descriptors(np.frombuffer(thumb, np.uint8).reshape(SIZE)))
    close = cache(lambda *both: match(*(np.frombuffer(thumb, np.uint8).reshape(SIZE) for thumb in both)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "descriptors", lambda thumb: views(thumb.tobytes()))
        patch.setattr(twins, "match", lambda one, other: close(one.tobytes(), other.tobytes()))
        yield


def groups(pairs):
    return connected((f"{pair.first:03d}", f"{pair.second:03d}") for pair in pairs)


def test_all_copies_are_found_at_once():
    copies = [[n, *(DIFFERENT + 5 * n + k for k in range(5))] for n in range(COPIED)]
    assert groups(found(WHOLE)) == tuple(tuple(f"{place:03d}" for place in group) for group in copies)
    assert len(found(WHOLE)) == 5 * COPIED  # as many as connect them


@settings(max_examples=6, deadline=None)
@given(st.integers(7, 130), st.integers(3, 130))
def test_pairs_do_not_depend_on_the_blocks(rows, columns):
    assert found(Blocks(rows, columns)) == found(WHOLE)


@settings(max_examples=4, deadline=None)
@given(st.integers(1, 200))
def test_groups_do_not_depend_on_how_many_candidates_are_held(pairs):
    assert groups(found(Blocks(50, 40, pairs))) == groups(found(WHOLE))


def rows_of_length_1(n, alike=0.0):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(n, WIDTH)).astype(np.float32) + alike * rng.normal(size=WIDTH).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def coarse_alone(monkeypatch):
    """Views are all the picture as it is, so that nothing need be drawn."""
    monkeypatch.setattr(module, "descriptors", lambda row: np.repeat(row[None], len(VIEWS), 0))


def test_every_pair_comes_once_and_the_likeliest_first(coarse_alone):
    coarse = rows_of_length_1(9, alike=9.0)
    coarse[4] = 0
    coarse[7] = -coarse[2]
    places = np.array([0, 1, 2, 3, 5, 6, 7, 8])
    [pairs] = candidates(coarse, coarse, places, quiet, Blocks(3, 2))
    assert pairs.dtype == np.int32 and sorted(map(tuple, pairs.tolist())) == [
        (i, j) for i in places for j in places if i < j
    ]
    scores = [abs(float(coarse[i] @ coarse[j])) for i, j in pairs]
    assert pairs[0].tolist() == [2, 7] and scores == pytest.approx(sorted(scores, reverse=True), abs=1e-4)


@pytest.mark.parametrize("count", [0, 1])
def test_one_picture_has_no_twin(coarse_alone, count):
    coarse = rows_of_length_1(1)
    assert list(candidates(coarse, coarse, np.arange(count), quiet, Blocks())) == []


def peak(coarse, blocks):
    tracemalloc.start()
    most = max(map(len, candidates(coarse, coarse, np.arange(len(coarse)), quiet, blocks)), default=0)
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return memory, most


def test_memory_does_not_grow_with_the_pictures(coarse_alone, monkeypatch):
    monkeypatch.setattr(module, "_SAMPLE", 128)
    few, many = (peak(rows_of_length_1(n), Blocks(64, 256))[0] for n in (128, 512))
    assert many - few < 384 * 128  # no row of 2 KiB, no row of a square


def test_a_crowd_of_copies_comes_in_parts(coarse_alone):
    crowd = rows_of_length_1(400, alike=9.0)  # 79,800 pairs
    memory, most = peak(crowd, Blocks(16, 32, 2000))
    assert most <= 2000 + 16 * 32 and memory < peak(crowd, Blocks(16, 32))[0] / 2


# --- the shelf --------------------------------------------------------------------------------------------------


def test_a_shelf_gives_back_what_was_put_there(rng):
    some = rng.integers(0, 256, (3, *SIZE), np.uint8)
    with Shelf() as shelf:
        for place, thumb in zip((0, 5, 2), some, strict=True):
            shelf.put(place, thumb)
        assert all(np.array_equal(shelf[place], thumb) for place, thumb in zip((0, 5, 2), some, strict=True))
        assert not shelf[1].any() and not shelf[9].any()
        shelf[0][:] = 7  # a copy
        assert np.array_equal(shelf[0], some[0])


def test_no_room_is_told_in_one_line(monkeypatch):
    class Full:
        def seek(self, place):
            return place

        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self):
            return None

    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: Full())
    with Shelf() as shelf, pytest.raises(InputError, match=r"^no room for thumbnails .*No space left.*TMPDIR") as told:
        shelf.put(0, np.zeros(SIZE, np.uint8))
    assert "\n" not in str(told.value)

    def refused(**_):
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refused)
    with pytest.raises(InputError, match="Permission denied"):
        Shelf()
