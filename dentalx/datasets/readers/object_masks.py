"""Mask files that hold one object each, beside their images: each file becomes one object of its image."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from os import cpu_count
from pathlib import Path

import numpy as np

from dentalx.datasets.decode import read_pixels
from dentalx.datasets.images import image_size
from dentalx.datasets.mask_codes import BLACK, Code
from dentalx.datasets.mask_looks import alpha_says, count_colours, count_levels, histogram, is_soft, opaque, plane
from dentalx.datasets.readers.listing import Listing, shortened, split_of
from dentalx.datasets.readers.mask_names import NamedMask, NamedMasks, labels_of, named_masks
from dentalx.datasets.readers.objects import Annotated, Lost, Picture, Shape
from dentalx.datasets.readers.raster import Plane, Size, compress, paint_runs
from dentalx.errors import InputError

NAMELESS = "object"  # the class of objects whose files name none
_FEWEST, _NEARLY_ALL = 3, 0.9  # masks, and the share of them, from which they count as inverted
_MOST_LEVELS = 8  # of a mask in which a hand left pixels of other objects


def recognises(listing: Listing, class_folders: bool = True) -> str | None:
    """What makes the folder look like such masks; None where nothing does, or only where folders may give classes."""
    found = named_masks(listing)
    if found is None or (found.by_class and not class_folders):
        return None
    return f"it has several mask files for an image, called by {found.rule}"


def read(listing: Listing) -> Annotated:
    """The objects of every image that has mask files.

    A mask without a bright pixel says that its object is not there. An image without any mask file is left out.

    Raises:
        InputError: the files are not called so, or cannot be read as masks.
    """
    found = named_masks(listing)
    if found is None:
        raise InputError(
            f"{listing.root} has no mask files of single objects: looked for NAME_11.png, NAME/11.png and 11/NAME.png "
            "in a folder of masks, of images called NAME"
        )
    labels, numbering, meaning = labels_of(found.masks, found.by_class)
    sizes = {image: _size(image) for image in {mask.image for mask in found.masks}}
    with ThreadPoolExecutor(cpu_count()) as pool:
        read_all = pool.map(partial(_read, sizes=sizes), found.masks)
        outcomes = list(zip(found.masks, labels, read_all, strict=True))
    _refuse_inverted((outcome for _, _, outcome in outcomes), listing.root)
    shapes: dict[Path, list[Shape | Lost]] = defaultdict(list)
    for mask, called, outcome in outcomes:
        shapes[mask.image] += _objects(called or (NAMELESS,), mask.path.relative_to(listing.root).as_posix(), outcome)
    pictures = [_picture(image, shapes[image], listing.root) for image in sorted(sizes)]
    every = {label for called in labels for label in (called or (NAMELESS,))[:1]}
    files = tuple(mask.path for mask in found.masks)
    empty = [mask.path.name for mask, _, outcome in outcomes if outcome == _EMPTY]
    notes = (f"{len(files)} mask files of {len(pictures)} image(s): {meaning}", *_left_out(found, empty))
    return Annotated(tuple(pictures), tuple(sorted(every, key=_order)), files, notes, numbering)


def with_name(found: Annotated, classes: tuple[str, ...]) -> Annotated:
    """The same, where the one class that no file names is called as `--classes` asks."""
    if found.classes != (NAMELESS,) or len(classes) != 1 or classes[0].lower() in (NAMELESS, "all"):
        return found
    pictures = tuple(
        replace(
            picture,
            shapes=tuple(replace(shape, labels=classes) for shape in picture.shapes),
            lost=tuple(replace(lost, labels=classes) for lost in picture.lost),
        )
        for picture in found.pictures
    )
    return replace(found, pictures=pictures, classes=classes)


@dataclass(frozen=True)
class _Runs:
    """One object's pixels as compressed run lengths.

    Attributes:
        counts: as `raster.compress` writes them.
        size: (rows, columns).
        around: whether the object holds the border and most of the image, as the ground does.
    """

    counts: str
    size: Size
    around: bool


_EMPTY = ""  # a mask without a bright pixel


def _read(mask: NamedMask, sizes: dict[Path, Size | None]) -> _Runs | str:
    """A mask's pixels, `_EMPTY`, or why it cannot be used."""
    try:
        there = object_plane(mask.path)
    except InputError as error:
        return str(error).removeprefix("mask ").replace(str(mask.path), "the file")
    size = sizes[mask.image]
    if size is not None and there.shape != size:
        written, real = ("×".join(map(str, each)) for each in (there.shape, size))
        return f"a mask of {written} for an image of {real} (rows×columns)"
    if not there.any():
        return _EMPTY
    edge = bool(there[[0, -1]].all() and there[:, [0, -1]].all())
    around = edge and bool(2 * np.count_nonzero(there) > there.size)
    return _Runs(compress(there), (there.shape[0], there.shape[1]), around)


def _objects(labels: tuple[str, ...], where: str, outcome: _Runs | str) -> list[Shape | Lost]:
    if isinstance(outcome, _Runs):
        return [Shape(labels, partial(paint_runs, outcome.counts, outcome.size), where=where)]
    return [Lost(labels, outcome, where)] if outcome else []


def _picture(image: Path, objects: Sequence[Shape | Lost], root: Path) -> Picture:
    shapes = tuple(each for each in objects if isinstance(each, Shape))
    lost = tuple(each for each in objects if isinstance(each, Lost))
    return Picture(image, shapes, split_of(image.relative_to(root).parent), lost=lost)


def _size(image: Path) -> Size | None:
    try:
        return image_size(image)
    except InputError:  # said again, by file, when the data set is opened
        return None


def object_plane(path: Path) -> Plane:
    """Read the (H, W) pixels of the one object of a mask file.

    Each file may have a level or a colour of its own, as exports of label maps have. Black is the ground; edges
    blurred by smoothing or JPEG are cut at the middle; where one colour is everywhere, transparency decides.

    Raises:
        InputError: the file cannot be read, or holds more than black and one more level or colour.
    """
    pixels = read_pixels(path)
    alpha = alpha_says(pixels)
    if alpha == "alone" and pixels.alpha is not None:
        return opaque(pixels.alpha)
    if pixels.palette is not None:
        pixels = replace(pixels, values=pixels.palette[pixels.values], palette=None)
    _, values = plane(pixels, alpha)
    brightest = values if values.ndim == 2 else values.max(axis=2)
    colours = count_levels(brightest) if values.ndim == 2 else count_colours(values)
    if set(colours) <= {0, BLACK}:
        return np.zeros(brightest.shape, bool)
    if len(colours) == 2 and not brightest.all():
        return np.asarray(brightest > 0, bool)
    if _is_mostly_one(colours):
        return np.asarray(brightest > 0, bool)
    if brightest.dtype == np.uint8 and is_soft(brightest, pixels.format == "JPEG"):
        return np.asarray(brightest > 127, bool)
    raise InputError(f"mask {path} has {histogram(colours)}, expected black and one more for its one object")


def _is_mostly_one(colours: Mapping[Code, int]) -> bool:
    """Whether a file shows black and one level or colour, but for a few pixels of others, as hands leave them.

    0, 1 and 255 together are another thing: 255 may mean unlabelled.
    """
    bright = [count for code, count in colours.items() if code not in (0, BLACK)]
    few = len(bright) < len(colours) <= _MOST_LEVELS and set(colours) != {0, 1, 255}
    return few and max(bright) >= _NEARLY_ALL * sum(bright)


def _refuse_inverted(outcomes: Iterable[_Runs | str], root: Path) -> None:
    """Refuse masks of which nearly all hold the border and most pixels of their image.

    Raises:
        InputError: they do.
    """
    around = [outcome.around for outcome in outcomes if isinstance(outcome, _Runs)]
    if len(around) >= _FEWEST and sum(around) >= _NEARLY_ALL * len(around):
        raise InputError(
            f"{root}: in {sum(around)} of {len(around)} mask files the bright pixels hold the border and most of the "
            "image, as if inverted; save each mask with its object bright on black"
        )


def _left_out(found: NamedMasks, empty: Sequence[str]) -> list[str]:
    notes = [f"{len(empty)} mask file(s) without a pixel hold no object: {shortened(empty)}"] if empty else []
    if found.background:
        listed = shortened([path.name for path in found.background])
        notes.append(f"{len(found.background)} mask file(s) called background left out: {listed}")
    if found.lonely:
        lonely = shortened([path.name for path in found.lonely])
        notes.append(f"{len(found.lonely)} mask(s) without a picture left out: {lonely}")
    used = {mask.image for mask in found.masks}
    if found.by_class:
        classes, held = {mask.what for mask in found.masks}, Counter(mask.image for mask in found.masks)
        if lacking := sorted(image.name for image, count in held.items() if count < len(classes)):
            notes.append(
                f"{len(lacking)} image(s) have no mask in some of the class folders, and count as without that class: "
                f"{shortened(lacking)}"
            )
    near = {image.parent for image in used}
    without = [image.name for image in found.images if image not in used and image.parent not in near]
    if without:  # of the folders with masks, whoever calls this says it
        notes.append(f"{len(without)} picture(s) without a mask left out: {shortened(without)}")
    return notes


def _order(label: str) -> tuple[bool, int, str]:
    return (not label.isdecimal(), int(label) if label.isdecimal() else 0, label)
