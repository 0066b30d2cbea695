"""What the masks of a data set hold: pixels of each class, picture by picture."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from dentalx.covering import Cover
from dentalx.datasets.readers.annotated import AnnotatedSource
from dentalx.enhance import doubts
from dentalx.errors import reason
from dentalx.recipe import OFF
from dentalx.samples import UNLABELLED, Record, Source, labelling

NOTHING = ""  # what stands for no class at all among the classes of a picture
_AHEAD = 64


@dataclass(frozen=True)
class Contents:
    """What one picture's mask holds.

    Attributes:
        size: (rows, columns).
        labelled: pixels that count.
        areas: (K,) pixels of each class.
        doubts: what a person should look at in the picture, a sentence each.
        cover: what the mask shows of the objects that were painted into it; None where it was read as a mask.
    """

    size: tuple[int, int]
    labelled: int
    areas: NDArray[np.int64]
    doubts: tuple[str, ...] = ()
    cover: Cover | None = None

    @property
    def empty(self) -> bool:
        """Whether no class is there."""
        return not self.areas.any()

    @property
    def full(self) -> bool:
        """Whether one class is everywhere."""
        return not self.empty and int(self.areas.max()) == self.labelled

    def present(self, classes: Sequence[str]) -> frozenset[str]:
        """The classes that are there; `NOTHING` where none is."""
        return frozenset(name for name, area in zip(classes, self.areas, strict=True) if area) or frozenset({NOTHING})


def look_into(
    source: Source, records: Sequence[Record], progress: Callable[[int, int], None] = lambda done, of: None
) -> Iterator[tuple[Record, Contents | str]]:
    """Every record with what its mask holds, or with the reason why that is not to be had; a few are read ahead."""
    how, classes = labelling(source), len(source.classes)

    def tried(record: Record) -> Contents | str:
        try:
            sample = source.load(record)
            labelled, areas = int(np.count_nonzero(sample.mask != UNLABELLED)), how.areas(sample.mask, classes)
            warnings = (*doubts(sample.image, OFF), *sample.warnings)
            size = sample.mask.shape[0], sample.mask.shape[1]
            return Contents(size, labelled, areas, warnings, sample.cover)
        except Exception as error:
            return reason(error, record.image or record.image_id)

    with ThreadPoolExecutor(cpu_count()) as pool:
        for start in range(0, len(records), _AHEAD):  # what waits to be used is bounded
            part = records[start : start + _AHEAD]
            for done, pair in enumerate(zip(part, pool.map(tried, part), strict=True), start=start + 1):
                yield pair
                progress(done, len(records))


def presence(source: Source, progress: Callable[[int, int], None] = lambda done, of: None) -> dict[str, frozenset[str]]:
    """image_id to the classes in the picture; drawn and unreadable pictures are left out.

    Annotated data say it without a picture being read.
    """
    there = [record for record in source.records if record.image is not None]
    if isinstance(source, AnnotatedSource):
        held = {r.image_id: {source.classes[k - 1] for k, _ in source.shapes(r)} for r in there}
        return {image_id: frozenset(names or {NOTHING}) for image_id, names in held.items()}
    found = look_into(source, there, progress)
    return {record.image_id: c.present(source.classes) for record, c in found if isinstance(c, Contents)}


def layout(source: Source) -> str:
    """In which layout the data are, and what showed it; nothing for phantoms."""
    return str(getattr(source, "layout", ""))


def objects(source: Source) -> dict[str, int]:
    """Class to the objects that are annotated of it; nothing for masks, which do not tell objects apart."""
    if not isinstance(source, AnnotatedSource):
        return {}
    found = Counter(k for record in source.records for k, _ in source.shapes(record))
    return {name: found[k] for k, name in enumerate(source.classes, 1)}
