"""Objects one by one: of annotated pictures as they were outlined, of phantoms as they were drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.phantoms import PhantomSource
from dentalx.datasets.readers.annotated import AnnotatedSource, painted
from dentalx.datasets.sides import mirrored_labels as mirrored_labels
from dentalx.datasets.tooth_names import tooth_number as tooth_number
from dentalx.datasets.tooth_names import tooth_numbers as tooth_numbers
from dentalx.errors import InputError
from dentalx.phantom import Phantom
from dentalx.samples import Grey, Instances, Record, Source

Plane = NDArray[np.bool_]


@dataclass(frozen=True)
class InstanceSample:
    """One picture with its objects, in memory.

    Attributes:
        image_id: as in its `Record`.
        image: (H, W) or, of photographs, (H, W, 3) float32 in [0, 1].
        instances: N objects; labels are 1…K.
        crowd: (N,) bool, objects that stand for several nobody told apart: neither learnt from nor counted.
        warnings: what the image's file should be doubted for, a sentence each.
    """

    image_id: str
    image: Grey
    instances: Instances
    crowd: NDArray[np.bool_]
    warnings: tuple[str, ...] = ()


def check_source(source: Source) -> None:
    """Raise InputError unless the data set knows its objects one by one."""
    if not isinstance(source, (AnnotatedSource, PhantomSource)):
        raise InputError(
            f"{source.name} holds masks of classes, in which touching objects cannot be told apart; --task instance "
            "needs outlines or a mask for each object: COCO, LabelMe, VIA, CVAT, Supervisely, YOLO segmentation or a "
            "mask file for each object"
        )


def channels(source: Source) -> int:
    """Of its pictures as `load_instances` reads them: 1, or 3 where colours are kept."""
    return 3 if isinstance(source, AnnotatedSource) and source.colour else 1


def load_instances(source: Source, record: Record) -> InstanceSample:
    """Read one picture and its objects, in the order of the annotations; objects without a pixel are left out.

    Raises:
        InputError: the picture is broken, an object cannot be painted, or the data set does not know objects.
    """
    check_source(source)
    if isinstance(source, PhantomSource):
        phantom = source.phantom(record)
        found = [(label, plane, False) for label, plane in _of_phantom(phantom, source.classes)]
        return _sample(record, phantom.image, found)
    assert isinstance(source, AnnotatedSource)
    image, warnings = source.picture(record)
    shapes = source.shapes(record)
    found = [(label, painted(s, image.shape[:2], record), s.crowd) for label, s in shapes]
    return replace(_sample(record, image, found), warnings=warnings)


def _sample(record: Record, image: Grey, found: list[tuple[int, Plane, bool]]) -> InstanceSample:
    kept = [each for each in found if each[1].any()]
    masks = np.stack([plane for _, plane, _ in kept]) if kept else np.zeros((0, *image.shape[:2]), np.bool_)
    labels = np.array([label for label, _, _ in kept], np.int32)
    instances = Instances(masks, labels, np.ones(len(kept), np.float32))
    return InstanceSample(record.image_id, image, instances, np.array([crowd for _, _, crowd in kept], np.bool_))


def _of_phantom(phantom: Phantom, classes: Sequence[str]) -> Iterator[tuple[int, Plane]]:
    """Teeth one by one, everything else by its connected parts."""
    for label, name in enumerate(classes, start=1):
        number = tooth_number(name)
        if name == "teeth" or number is not None:
            for fdi, plane in zip(phantom.teeth.labels.tolist(), phantom.teeth.masks, strict=True):
                if number in (None, fdi):
                    yield label, plane
            continue
        count, parts = cv2.connectedComponents(phantom.plane(name).astype(np.uint8), connectivity=8)
        yield from ((label, parts == part) for part in range(1, count))
