"""The pictures on which an export is tried, and those by which eight bits are calibrated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from dentalx.config import GreyRule
from dentalx.datasets import open_source
from dentalx.datasets.images import find_pictures, read_grey
from dentalx.datasets.phantoms import PhantomSource
from dentalx.datasets.splits import read_divided_splits, read_splits
from dentalx.enhance import apply
from dentalx.errors import InputError
from dentalx.preprocess import Letterbox, to_uint8
from dentalx.runs import Description, Run
from dentalx.runtimes.framed import Pixels
from dentalx.samples import Grey, Mask, Record, Source

T = TypeVar("T")
PHANTOMS = 8
MOST_CHECKED = 32
CALIBRATION = 64


@dataclass(frozen=True)
class Pictures:
    """Pictures one after the other, with the truth where it is known.

    Attributes:
        what: in words, for the report.
        real: whether they are radiographs; drawn ones are the last resort.
        source, records: where they come from; empty where `files` has them.
        truth: whether the source knows it.
        grey: the rule by which DICOM is read.
    """

    what: str
    real: bool
    source: Source | None = None
    records: Sequence[Record] = ()
    files: Sequence[Path] = ()
    truth: bool = True
    grey: GreyRule = "voi"

    def __iter__(self) -> Iterator[tuple[Grey, Mask | None]]:
        for path in self.files:
            yield read_grey(path, rule=self.grey), None
        for record in self.records:
            assert self.source is not None
            sample = self.source.load(record)
            yield sample.image, sample.mask if self.truth else None

    def __len__(self) -> int:
        return len(self.files) or len(self.records)


def choose(run: Run, description: Description, folder: Path | None, split: str, most: int) -> Pictures:
    """A folder's pictures, or those of a split of the run's own data, or phantoms.

    Args:
        run: a run folder.
        description: of it.
        folder: pictures; None for the run's own.
        split: "train" or "val".
        most: pictures; of more, evenly spaced ones are taken.

    Raises:
        InputError: there is no picture in `folder`.
    """
    if folder is not None:
        files, grey = spread(find_pictures(folder), most), description.train.data.grey
        return Pictures(
            f"{len(files)} pictures of --{'check' if split == 'val' else 'calibrate'}", True, files=files, grey=grey
        )
    config, size = description.train.data, description.train.model.image_size
    try:
        source = open_source(config, size)
        read = read_divided_splits if config.allow_leaks else read_splits
        records = spread(read(run.splits, source.records)[split], most) if source.classes == description.classes else []
    except (InputError, KeyError, TypeError):  # data that have gone or changed are no reason not to export
        records = []
    if records:
        drawn = config.data is None and config.images is None
        name = {"val": "validation", "train": "training"}[split]
        return Pictures(f"{len(records)} {name} {'phantoms' if drawn else 'pictures'}", not drawn, source, records)
    phantoms = PhantomSource(PHANTOMS, 0, size, ())
    return Pictures(f"{PHANTOMS} phantoms, without truth", False, phantoms, phantoms.records, truth=False)


def shown(pictures: Pictures, description: Description) -> list[Pixels]:
    """What the network is shown of them: (1, H, W, 1) uint8 each."""
    size, recipe = description.train.model.image_size, description.train.enhance
    each = (to_uint8(apply(image, recipe) if recipe else image) for image, _ in pictures)
    return [Letterbox((p.shape[0], p.shape[1]), size).apply_levels(p)[np.newaxis, ..., np.newaxis] for p in each]


def spread(items: Sequence[T], most: int) -> list[T]:
    """At most so many, evenly spaced.

    >>> spread(range(10), 3)
    [0, 3, 6]
    """
    count = min(most, len(items))
    return [items[place * len(items) // count] for place in range(count)]
