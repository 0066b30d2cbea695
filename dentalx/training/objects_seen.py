"""What the training objects are, told before the first epoch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.instance_pipeline import LEAST_PX, InstanceLoader, padded
from dentalx.datasets.sides import sides

MOST = 100  # objects a picture that a step holds in memory


@dataclass(frozen=True)
class Seen:
    """Counts over some pictures at the network's size.

    Attributes:
        pictures, without: all pictures, and those without any object.
        per_class: (K,) objects.
        largest: most objects in one picture.
        tiny, crowds: objects left out.
        boxes: (N, 4) of all objects.
        labels: (N,) of the same.
    """

    pictures: int
    without: int
    per_class: tuple[int, ...]
    largest: int
    tiny: int
    crowds: int
    boxes: NDArray[np.float32]
    labels: NDArray[np.int32]

    @property
    def most(self) -> int:
        """M, objects that a picture is padded to."""
        return min(max(1, self.largest), MOST)


def look(loader: InstanceLoader, classes: int) -> Seen:
    """Count what the pictures of `loader` hold; K classes."""
    counts = np.zeros(classes, np.int64)
    boxes, labels, numbers = [np.zeros((0, 4), np.float32)], [np.zeros(0, np.int32)], []
    tiny = crowds = 0
    for index in range(len(loader)):
        scene = loader[index]
        numbers.append(len(scene.labels))
        counts += np.bincount(scene.labels, minlength=classes + 1)[1:]
        tiny, crowds = tiny + scene.tiny, crowds + scene.crowds
        _, its_boxes, its_labels, _ = padded(scene, len(scene.labels))
        boxes.append(its_boxes)
        labels.append(its_labels)
    per_class = tuple(int(count) for count in counts)
    most = max(numbers, default=0)
    together = np.concatenate(boxes), np.concatenate(labels)
    return Seen(len(loader), numbers.count(0), per_class, most, tiny, crowds, *together)


def facts(seen: Seen, classes: Sequence[str]) -> list[str]:
    """What the user should know of the training objects; a sentence each.

    >>> facts(Seen(2, 1, (3,), 3, 1, 0, np.zeros((3, 4), np.float32), np.ones(3, np.int32)), ["teeth"])[0]
    'training objects: teeth 3; at most 3 in a picture, 1 of 2 pictures without any'
    """
    named = ", ".join(f"{name} {count}" for name, count in zip(classes, seen.per_class, strict=True))
    lines = [
        f"training objects: {named}; at most {seen.largest} in a picture, "
        f"{seen.without} of {seen.pictures} pictures without any"
    ]
    if seen.tiny or seen.crowds:
        lines.append(
            f"left out of training: {seen.tiny} objects of under {LEAST_PX} pixels at the network's size, "
            f"{seen.crowds} crowds"
        )
    if seen.largest > MOST:
        lines.append(f"of pictures with more than {MOST} objects a step learns from the {MOST} largest")
    if reason := sides(classes).reason:
        lines.append(f"images are not flipped: {reason}")
    return lines
