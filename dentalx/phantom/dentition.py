"""A dentition: every tooth, implant and bridge of a patient in its place, in millimetres."""

from dataclasses import dataclass

import numpy as np

from dentalx.phantom.canvas import Points
from dentalx.phantom.teeth import ToothShape


@dataclass(frozen=True)
class Tooth:
    """A tooth in its place.

    Attributes:
        shape: its parts in its own frame.
        neck: (2,) millimetres of its frame's origin.
        axes: (2, 2) rows: the directions of `a` (distal) and `b` (root) in the picture.
        impacted: it never came through.
        germ: it has not come through yet.
    """

    shape: ToothShape
    neck: Points
    axes: Points
    impacted: bool = False
    germ: bool = False

    @property
    def fdi(self) -> int:
        return self.shape.fdi

    def place(self, local: Points) -> Points:
        """(n, 2) points of the tooth's frame in the picture's millimetres."""
        return np.asarray(local @ self.axes + self.neck)


@dataclass(frozen=True)
class Implant:
    """A screw in a gap: `place` as for a tooth; `length_mm` and `width_mm` of the screw."""

    neck: Points
    axes: Points
    length_mm: float
    width_mm: float

    def place(self, local: Points) -> Points:
        """(n, 2) points of the implant's frame in the picture's millimetres."""
        return np.asarray(local @ self.axes + self.neck)


@dataclass(frozen=True)
class Dentition:
    """All teeth, in the order of their FDI numbers, implants, and places of missing teeth that a bridge fills."""

    teeth: tuple[Tooth, ...]
    implants: tuple[Implant, ...]
    pontics: tuple[Tooth, ...] = ()

    @property
    def crowned(self) -> frozenset[int]:
        """FDI numbers of the teeth that carry a bridge."""
        return frozenset(pontic.fdi + step for pontic in self.pontics for step in (-1, 1))


def side_of(quadrant: int) -> int:
    """-1 where the quadrant lies left in the picture (the patient's right: 1, 4, 5 and 8), else +1."""
    return -1 if quadrant in (1, 4, 5, 8) else 1


def axes_of(side: int, upper: bool, degrees: float) -> Points:
    """Rows `a` and `b` of a tooth whose root leans `degrees` to the back."""
    angle = np.deg2rad(degrees)
    down = -1 if upper else 1
    b = np.array([side * np.sin(angle), down * np.cos(angle)])
    a = np.array([side * np.cos(angle), -down * np.sin(angle)])
    return np.stack([a, b])
