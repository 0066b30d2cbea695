"""From records with objects to padded batches: decoded once, augmented together, the same whatever the machine."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from os import cpu_count
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.config import AugmentConfig
from dentalx.datasets.instances import InstanceSample, channels, load_instances
from dentalx.datasets.pipeline import batch_indices, read_everything
from dentalx.datasets.shares import WHOLE, Share
from dentalx.enhance import apply, doubts
from dentalx.geometry import mask_box
from dentalx.memory import free_memory
from dentalx.preprocess import Letterbox, grey_of, to_uint8, with_channels
from dentalx.quality import Looks, Shape, look, object_shapes
from dentalx.recipe import OFF, EnhanceConfig
from dentalx.samples import Record, Source

LEAST_PX = 4  # a smaller object at the network's size is nothing one can learn from
_LEAST_SHARE = 0.1  # of its area that must stay in the picture when it is moved
_ASSUMED_FREE_BYTES = 4 * 2**30

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Scene:
    """A picture at the network's size with its objects.

    Attributes:
        image: (H, W) or (H, W, 3) uint8.
        masks: (N, H, W) uint8, 0 or 1.
        labels: (N,) int32, 1…K.
        tiny, crowds: objects left out because they are smaller than `LEAST_PX` here, or stand for several.
    """

    image: Bytes
    masks: Bytes
    labels: NDArray[np.int32]
    tiny: int = 0
    crowds: int = 0


class InstanceLoader:
    """Pictures and objects of some records at the network's size; read once while memory lasts.

    Safe to share between threads. Crowds and objects of under `LEAST_PX` pixels are left out.

    Args:
        source: annotated pictures or phantoms.
        records: in the order of the indices.
        size: (H, W) that every picture is letterboxed to.
        enhance: what is done to a picture, at its own size, before it is letterboxed.
    """

    def __init__(
        self, source: Source, records: Sequence[Record], size: tuple[int, int], enhance: EnhanceConfig = OFF
    ) -> None:
        self.size, self.channels = size, channels(source)
        self.records: tuple[Record, ...] = tuple(records)
        self.doubts: dict[int, tuple[str, ...]] = {}
        self.looks: dict[int, Looks] = {}
        self.shapes: dict[int, tuple[Shape, ...]] = {}
        self._source, self._enhance = source, enhance
        self._kept: dict[int, Scene] = {}
        self._room = (free_memory() or _ASSUMED_FREE_BYTES) // 3
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, index: int) -> Scene:
        """One picture; not to be changed.

        Raises:
            InputError: a file is bad.
        """
        kept = self._kept.get(index)
        if kept is None:
            sample = load_instances(self._source, self.records[index])
            if index not in self.looks:
                grey_alone = doubts(sample.image, self._enhance) if self.channels == 1 else ()
                self.doubts[index] = (*grey_alone, *sample.warnings)
                self.shapes[index] = _shapes(sample, len(self._source.classes))
                self.looks[index] = look(grey_of(sample.image))
            kept = framed(sample, self.size, self._enhance)
            with self._lock:
                if self._room > kept.masks.nbytes:
                    self._room -= kept.masks.nbytes + kept.image.nbytes
                    self._kept[index] = kept
        return kept

    def prepare(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Read everything once, so that every bad file is found before the first epoch.

        Args:
            progress: called with how many are done, and of how many.

        Raises:
            InputError: some files are bad; lists them all.
        """
        read_everything(self.__getitem__, len(self), progress)


def _shapes(sample: InstanceSample, classes: int) -> tuple[Shape, ...]:
    kept = ~np.asarray(sample.crowd, np.bool_)
    return object_shapes(sample.instances.masks[kept], sample.instances.labels[kept], classes)


def framed(sample: InstanceSample, size: tuple[int, int], enhance: EnhanceConfig = OFF) -> Scene:
    """A picture, after a recipe, and its objects letterboxed."""
    box = Letterbox(sample.image.shape[:2], size)
    image = apply(sample.image, enhance) if enhance else sample.image
    planes, labels, tiny = [], [], 0
    for mask, label, crowd in zip(sample.instances.masks, sample.instances.labels, sample.crowd, strict=True):
        plane = (box.apply_mask(mask.astype(np.uint8)) == 1).astype(np.uint8)
        if crowd:
            continue
        if plane.sum() < LEAST_PX:
            tiny += 1
            continue
        planes.append(plane)
        labels.append(label)
    masks = np.stack(planes) if planes else np.zeros((0, *size), np.uint8)
    pixels = to_uint8(Letterbox(image.shape[:2], size).apply_image(image))  # the masks' window, whatever `upscale` did
    return Scene(pixels, masks, np.array(labels, np.int32), tiny, int(sample.crowd.sum()))


def changed(scene: Scene, config: AugmentConfig, flips: tuple[int, ...] | None, rng_seed: int) -> Scene:
    """A picture and its objects changed together; a flip makes each tooth the one on the other side.

    Objects of which less than a tenth stays in the picture are left out.

    Args:
        scene: what is changed.
        config: what may happen.
        flips: `mirrored_labels` of the classes; None never flips.
        rng_seed: 0…2³²-1.
    """
    from dentalx.datasets.augment import augment_together

    luck = float(np.random.default_rng((rng_seed, 1)).random())
    image, masks, labels = scene.image, scene.masks, scene.labels
    if flips is not None and luck < config.flip_p:
        image, masks = np.ascontiguousarray(image[:, ::-1]), np.ascontiguousarray(masks[:, :, ::-1])
        labels = np.array(flips, np.int32)[labels]
    areas = masks.sum((1, 2), dtype=np.int64)
    image, masks = augment_together(image, masks, replace(config, flip_p=0.0), rng_seed)
    left = masks.sum((1, 2), dtype=np.int64)
    keep = left >= np.maximum(LEAST_PX, _LEAST_SHARE * areas)
    return Scene(image, masks[keep], labels[keep])


def padded(scene: Scene, most: int) -> tuple[Bytes, NDArray[np.float32], NDArray[np.int32], Bytes]:
    """(image (H, W, 1 or 3), boxes (M, 4), labels (M,), masks (M, H, W)): the largest objects, should there be more."""
    order = np.argsort(-scene.masks.sum((1, 2), dtype=np.int64), kind="stable")[:most]
    boxes, labels = np.zeros((most, 4), np.float32), np.zeros(most, np.int32)
    masks = np.zeros((most, *scene.masks.shape[1:]), np.uint8)
    for row, index in enumerate(order):
        masks[row], labels[row] = scene.masks[index], scene.labels[index]
        boxes[row] = mask_box(scene.masks[index].astype(np.bool_))
    return with_channels(scene.image), boxes, labels, masks


@dataclass(frozen=True)
class Feed:
    """How batches are made.

    Attributes:
        batch_size: pictures.
        most: M, objects that a picture is padded to.
        augment: what may happen to training pictures; None nothing.
        flips: `mirrored_labels` of the classes.
        seed: of order and changes.
    """

    batch_size: int
    most: int
    augment: AugmentConfig | None = None
    flips: tuple[int, ...] | None = None
    seed: int = 0


def training_batches(
    loader: InstanceLoader, feed: Feed, start_epoch: int, epochs: int, share: Share = WHOLE
) -> tuple[Any, int]:
    """Batches of all epochs in one dataset; what a batch holds depends on (seed, epoch, step) alone.

    Of a share, each element is one device's part of a batch, for each device of this process in turn.

    Returns:
        (`tf.data.Dataset` of (image, {boxes, labels, masks}), number of batches in an epoch).
    """
    count = len(loader)
    steps = max(1, count // feed.batch_size)
    size = min(feed.batch_size, count) // share.parts

    def chosen(number: int) -> list[tuple[int, int]]:
        position, local = divmod(number, share.local)
        epoch, step = divmod(position, steps)
        return [
            (epoch, index) for index in share.of(batch_indices(feed.seed, epoch, step, count, feed.batch_size), local)
        ]

    turns = range(start_epoch * steps * share.local, epochs * steps * share.local)
    return _batches(loader, feed, turns, (chosen, size)), steps


def evaluation_batches(loader: InstanceLoader, feed: Feed) -> Any:
    """One picture after the other in the order of the records, nothing changed; batches of one have one shape."""

    def chosen(number: int) -> list[tuple[int, int]]:
        return [(0, number)]

    return _batches(loader, replace(feed, augment=None), range(len(loader)), (chosen, 1))


def _batches(loader: InstanceLoader, feed: Feed, numbers: range, how: tuple[Any, int]) -> Any:
    import tensorflow as tf

    from dentalx.datasets.augment import augment_seed

    cv2.setNumThreads(1)  # the workers are the threads
    chosen, rows = how
    height, width = loader.size
    types = (tf.uint8, tf.float32, tf.int32, tf.uint8)
    objects = (rows, feed.most)
    shapes = ((rows, height, width, loader.channels), (*objects, 4), objects, (*objects, height, width))

    def build(number: Any) -> list[NDArray[Any]]:
        scenes = []
        for epoch, index in chosen(int(number)):
            scene = loader[index]
            if feed.augment is not None:
                scene = changed(scene, feed.augment, feed.flips, augment_seed(feed.seed, epoch, index))
            scenes.append(padded(scene, feed.most))
        return [np.stack(part) for part in zip(*scenes, strict=True)]

    def call(number: Any) -> tuple[Any, dict[str, Any]]:
        parts = tf.numpy_function(build, [number], types, stateful=False)
        for part, shape in zip(parts, shapes, strict=True):
            part.set_shape(shape)
        return parts[0], {"boxes": parts[1], "labels": parts[2], "masks": parts[3]}

    dataset = tf.data.Dataset.range(numbers.start, numbers.stop)
    return dataset.map(call, num_parallel_calls=cpu_count() or 1, deterministic=True).prefetch(2)
