"""From records to batches: decoded once, kept as bytes, augmented in parallel, the same whatever the machine."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from os import cpu_count
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.config import AugmentConfig
from dentalx.covering import Cover
from dentalx.datasets.crops import Crops, cut
from dentalx.datasets.shares import WHOLE, Share
from dentalx.datasets.sides import mirrored_labels
from dentalx.enhance import apply, doubts
from dentalx.errors import InputError
from dentalx.memory import free_memory
from dentalx.preprocess import Letterbox, to_uint8
from dentalx.quality import Looks, Shape, look, shapes
from dentalx.recipe import OFF, EnhanceConfig
from dentalx.samples import Mask, Record, Source, labelling

_BAD_FILES_SHOWN = 20
_OF_CROPS = 2  # keeps their chance apart from that of augmentation
ASSUMED_FREE_BYTES = 4 * 2**30  # where the system does not say


class Loader:
    """Pictures and masks of some records at the network's size, as bytes; read once while memory lasts.

    Safe to share between threads.

    Attributes:
        size: (H, W) of what it gives.
        labelling: what the values of the masks mean.
        mask_dtype: of the masks, uint8, or int32 for many overlapping classes.
        flips: what each of these becomes in the mirror image, by `sides.mirrored_labels`; None where that is no class.
        failure: the first bad file that was met.
        doubts: what a person should look at in a picture, by its index.
        covers: what a mask shows of the objects that were painted into it, by its index.
        looks, shapes: numbers of a picture and of the (K,) classes in its mask, at their own size, by its index.
    """

    def __init__(
        self,
        source: Source,
        records: Sequence[Record],
        size: tuple[int, int],
        cache_bytes: int | None = None,
        enhance: EnhanceConfig = OFF,
    ) -> None:
        """Read nothing yet.

        Args:
            source: reads the records.
            records: in the order of the indices.
            size: (H, W) that every picture is letterboxed to.
            cache_bytes: the most memory to keep pictures in; None takes a quarter of what is free.
            enhance: what is done to a picture, at its own size, before it is letterboxed.
        """
        self.size = size
        self.labelling = labelling(source)
        sides = mirrored_labels(source.classes)
        self.flips = None if sides is None else self.labelling.mirrored(sides)
        self.failure: InputError | None = None
        self.doubts: dict[int, tuple[str, ...]] = {}
        self.covers: dict[int, Cover] = {}
        self.looks: dict[int, Looks] = {}
        self.shapes: dict[int, tuple[Shape, ...]] = {}
        self._source, self._records, self._enhance = source, tuple(records), enhance
        self.mask_dtype = self.labelling.dtype(len(source.classes))
        each = (1 + np.dtype(self.mask_dtype).itemsize) * size[0] * size[1]
        room = (free_memory() or ASSUMED_FREE_BYTES) // 4 if cache_bytes is None else cache_bytes
        self._room = room // each
        self._kept: dict[int, tuple[NDArray[np.uint8], Mask]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._records)

    @property
    def records(self) -> tuple[Record, ...]:
        """The records, as `loader[i]` counts them."""
        return self._records

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], Mask]:
        """The picture (H, W) uint8, padded with 0, and its mask (H, W), padded with 255; not to be changed.

        Raises:
            InputError: the file is bad; kept in `failure` too, since TensorFlow turns what its workers raise
                into errors of its own.
        """
        kept = self._kept.get(index)
        if kept is not None:
            return kept
        try:
            sample = self._source.load(self._records[index])
        except InputError as error:
            self.failure = error
            raise
        if index not in self.looks:
            self.doubts[index] = (*doubts(sample.image, self._enhance), *sample.warnings)
            self.shapes[index] = shapes(sample.mask, len(self._source.classes), self.labelling)
            if sample.cover is not None:
                self.covers[index] = sample.cover
            self.looks[index] = look(sample.image)
        image = apply(sample.image, self._enhance) if self._enhance else sample.image
        framed = Letterbox(image.shape, self.size).apply_image(image)  # the mask's window, whatever `upscale` did
        pair = to_uint8(framed), Letterbox(sample.mask.shape, self.size).apply_mask(sample.mask)
        for plane in pair:
            plane.setflags(write=False)
        with self._lock:
            if len(self._kept) < self._room:
                self._kept[index] = pair
        return pair

    def prepare(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Read everything once, so that every bad file is found before the first epoch.

        Args:
            progress: called with how many are done, and of how many.

        Raises:
            InputError: some files are bad; lists them all.
        """
        read_everything(self.__getitem__, len(self), progress)


def read_everything(read: Callable[[int], Any], count: int, progress: Callable[[int, int], None] | None = None) -> None:
    """Call `read` with 0 … `count` - 1, several at a time, and go on where a file is bad.

    Raises:
        InputError: some files are bad; lists them all.
    """

    def problem(index: int) -> str | None:
        try:
            read(index)
        except InputError as error:
            return str(error)
        return None

    bad: list[str] = []
    with ThreadPoolExecutor(cpu_count()) as pool:
        for done, found in enumerate(pool.map(problem, range(count)), start=1):
            bad += [found] if found else []
            if progress is not None:
                progress(done, count)
    if bad:
        more = f"\n  … and {len(bad) - _BAD_FILES_SHOWN} more" if len(bad) > _BAD_FILES_SHOWN else ""
        listed = "\n  ".join(bad[:_BAD_FILES_SHOWN])
        raise InputError(bad[0] if len(bad) == 1 else f"{len(bad)} files cannot be used:\n  {listed}{more}")


def training_dataset(
    loader: Loader,
    *,
    batch_size: int,
    augment: AugmentConfig | None,
    seed: int,
    start_epoch: int,
    epochs: int,
    workers: int | None = None,
    share: Share = WHOLE,
    crops: Crops | None = None,
) -> tuple[Any, int]:
    """Batches of all epochs `start_epoch` … `epochs` - 1 in one dataset.

    Each epoch goes through the pictures in its own order and drops the remainder that fills no batch; fewer
    pictures than a batch make one smaller batch. What a batch holds depends on (seed, epoch, step) alone:
    not on the number of workers, nor on where training was resumed. Of a share, each element is one device's part of a
    batch, for each device of this process in turn. With `crops`, each picture is augmented as a
    whole, and then a part of it is taken.

    Returns:
        (dataset, steps): a `tf.data.Dataset` of (image uint8 (B, H, W, 1), mask (B, H, W)), and the
        number of batches in an epoch; H and W are those of the crops, where there are crops.
    """
    import tensorflow as tf

    count = len(loader)
    if count == 0:
        raise ValueError("there is no picture to train on")
    cv2.setNumThreads(1)  # the workers are the threads
    steps = max(1, count // batch_size)

    def build(number: Any) -> tuple[NDArray[np.uint8], Mask]:
        from dentalx.datasets.augment import augment_seed

        position, local = divmod(int(number), share.local)
        epoch, step = divmod(position, steps)
        indices = share.of(batch_indices(seed, epoch, step, count, batch_size), local)
        return _batch(loader, {index: augment_seed(seed, epoch, index) for index in indices}, augment, crops)

    dataset = tf.data.Dataset.range(start_epoch * steps * share.local, epochs * steps * share.local)
    size = crops.size if crops else loader.size
    like = (loader, size, min(batch_size, count) // share.parts)
    return _mapped(tf, dataset, build, like, workers), steps


def evaluation_dataset(loader: Loader, batch_size: int, workers: int | None = None) -> Any:
    """Batches in the order of the records, nothing changed, the last one smaller if need be.

    Returns:
        a `tf.data.Dataset` of (image uint8 (B, H, W, 1), mask (B, H, W)).
    """
    import tensorflow as tf

    count = len(loader)

    def build(number: Any) -> tuple[NDArray[np.uint8], Mask]:
        start = int(number) * batch_size
        return _batch(loader, dict.fromkeys(range(start, min(start + batch_size, count)), 0))

    dataset = tf.data.Dataset.range(-(-count // batch_size))
    rows = batch_size if count % batch_size == 0 else None
    return _mapped(tf, dataset, build, (loader, loader.size, rows), workers)


def batch_indices(seed: int, epoch: int, step: int, count: int, batch_size: int) -> list[int]:
    """Which of `count` pictures are in a batch of `training_dataset`.

    >>> sorted(batch_indices(0, 3, 0, 5, 2) + batch_indices(0, 3, 1, 5, 2))
    [0, 1, 2, 3]
    """
    chosen = _order(seed, epoch, count)[step * batch_size : (step + 1) * batch_size]
    return [int(index) for index in chosen]


@lru_cache(maxsize=4)
def _order(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    return np.random.default_rng((seed, epoch)).permutation(count)


def _batch(
    loader: Loader, seeds: Mapping[int, int], augment: AugmentConfig | None = None, crops: Crops | None = None
) -> tuple[NDArray[np.uint8], Mask]:
    """The pictures that `seeds` names, in its order, each changed as its seed decides."""
    from dentalx.datasets import augment as recipes

    size = crops.size if crops else loader.size
    images: NDArray[np.uint8] = np.empty((len(seeds), *size, 1), np.uint8)
    masks: Mask = np.empty((len(seeds), *size), loader.mask_dtype)
    for row, (index, seed) in enumerate(seeds.items()):
        image, mask = loader[index]
        if augment is not None:
            image, mask = recipes.augment(image, mask, augment, seed, loader.flips)
        if crops is not None:
            image, mask = cut(image, mask, crops, np.random.default_rng((seed, _OF_CROPS)))
        images[row, ..., 0], masks[row] = image, mask
    return images, masks


def _mapped(
    tf: Any,
    dataset: Any,
    build: Callable[..., Any],
    like: tuple[Loader, tuple[int, int], int | None],
    workers: int | None,
) -> Any:
    loader, size, rows = like
    kinds = tf.uint8, tf.as_dtype(loader.mask_dtype)

    def call(number: Any) -> tuple[Any, Any]:
        image, mask = tf.numpy_function(build, [number], kinds, stateful=False)
        image.set_shape((rows, *size, 1))
        mask.set_shape((rows, *size))
        return image, mask

    parallel = workers or cpu_count() or 1
    return dataset.map(call, num_parallel_calls=parallel, deterministic=True).prefetch(2)
