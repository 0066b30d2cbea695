"""Parts of batches: together the batch, whatever the number of devices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dentalx.config import AugmentConfig, DataConfig
from dentalx.datasets import open_source
from dentalx.datasets.pipeline import Loader, training_dataset
from dentalx.datasets.shares import WHOLE, Share, evaluation_share
from dentalx.samples import UNLABELLED


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 5))
def test_every_element_is_in_one_part(processes: int, local: int, rows: int) -> None:
    parts = processes * local
    batch = list(range(parts * rows))
    shares = [Share(parts, process * local, local) for process in range(processes)]
    dealt = [share.of(batch, device) for share in shares for device in range(local)]
    assert all(len(part) == rows for part in dealt)
    assert sorted(element for part in dealt for element in part) == batch
    assert WHOLE.of(batch, 0) == batch


@pytest.fixture(scope="module")
def loader() -> Loader:
    source = open_source(DataConfig(phantoms=7), (32, 64))
    return Loader(source, source.records, (32, 64))


def parts_of(shares: list[Share], make: object) -> list[list[tuple[np.ndarray, ...]]]:
    """Of each step, what all devices see, the first process's first."""
    each = [list(make(share).as_numpy_iterator()) for share in shares]  # type: ignore[operator]
    turns = len(each[0]) // shares[0].local
    return [
        [
            parts[turn * share.local + device]
            for share, parts in zip(shares, each, strict=True)
            for device in range(share.local)
        ]
        for turn in range(turns)
    ]


@pytest.mark.parametrize("shares", [[Share(2, 0), Share(2, 1)], [Share(2, 0, 2)], [Share(4, 0, 2), Share(4, 2, 2)]])
def test_the_parts_are_the_batches_of_one_process(loader: Loader, shares: list[Share]) -> None:
    def make(share: Share) -> object:
        return training_dataset(
            loader, batch_size=4, augment=AugmentConfig(), seed=3, start_epoch=1, epochs=3, share=share
        )[0]

    whole = list(make(WHOLE).as_numpy_iterator())  # type: ignore[attr-defined]
    divided = parts_of(shares, make)
    assert len(divided) == len(whole) == 2
    for batch, parts in zip(whole, divided, strict=True):
        for number, part in enumerate(parts):
            for all_rows, rows in zip(batch, part, strict=True):
                np.testing.assert_array_equal(all_rows[number :: len(parts)], rows)


@pytest.mark.parametrize("shares", [[Share(2, 0), Share(2, 1)], [Share(3, 0, 3)]])
def test_validation_counts_every_picture_once(loader: Loader, shares: list[Share]) -> None:
    """Seven pictures in batches of six: the mean of weighted values over all rows is that over the pictures."""
    steps = evaluation_share(loader, 6, shares[0])[1]
    assert steps == 2
    divided = parts_of(shares, lambda share: evaluation_share(loader, 6, share)[0].take(steps * share.local))
    rows = [row for parts in divided for part in parts for row in zip(*part, strict=True)]
    assert len(rows) == 12
    real = [(image, mask) for image, mask, weight in rows if weight]
    assert len(real) == 7
    value = np.array([float(image.mean()) for image, _, _ in rows])
    weights = np.array([weight for _, _, weight in rows])
    assert (value * weights).mean() == pytest.approx(np.mean([loader[index][0].mean() for index in range(7)]))
    seen = sorted(mask.tobytes() for _, mask in real)
    assert seen == sorted(loader[index][1].tobytes() for index in range(7))
    assert all((mask == UNLABELLED).all() and not image.any() for image, mask, weight in rows if not weight)
