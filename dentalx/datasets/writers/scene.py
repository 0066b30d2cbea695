"""What a writer is given, a picture at a time, and what it gives back."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from dentalx.datasets.readers.raster import Plane, Size
from dentalx.samples import Mask

Entry = dict[str, Any]  # what is remembered of a written picture, as JSON can hold it
Entries = Callable[[], Iterator[Entry]]  # from the beginning each time, in the order of the data set


@dataclass(frozen=True)
class Drawn:
    """One object of a picture, painted.

    Attributes:
        index: its class, 1…K.
        plane: (H, W) bool, its pixels.
        crowd: whether it stands for several objects that nobody told apart.
        labels: everything it is called, where that is more than its class.
    """

    index: int
    plane: Plane
    crowd: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scene:
    """One picture with its objects, before it is written.

    Attributes:
        number: 1…, its place in the data set.
        name: of its files in the new data set, without suffix.
        picture: file name of the picture in the new data set.
        split: "train", "val", "test", or None where nobody says.
        size: (rows, columns) as shown.
        objects: its objects by class, later ones above earlier ones; painted one at a time, to be gone through once.
        unlabelled: (H, W) 255 where the source does not say what is there, else 0; None where it says everywhere.
    """

    number: int
    name: str
    picture: str
    split: str | None
    size: Size
    objects: Iterable[Drawn]
    unlabelled: Mask | None = None


class Writer(Protocol):
    """A format that data sets are written in."""

    def place(self, split: str | None) -> str:
        """The folder of a split's pictures in the new data set."""

    def write(self, scene: Scene, target: Path) -> Entry:
        """Write what belongs to one picture, the picture itself apart; called from several threads.

        Returns:
            what `finish` needs of it.
        """

    def finish(self, target: Path, entries: Entries) -> list[str]:
        """Write what belongs to the whole data set.

        Returns:
            what was lost or changed, a sentence each.
        """
