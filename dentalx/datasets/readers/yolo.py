"""YOLO segmentation exports: images/… beside labels/…, a text file a picture.

A line is an object, `class x1 y1 x2 y2 …`, in shares of the picture's sides
(https://docs.ultralytics.com/datasets/segment/), or `class rle rows columns counts`, COCO's compressed run lengths
(proposed in https://github.com/ultralytics/ultralytics/pull/25944).
"""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from dentalx.datasets.images import DICOM_SUFFIXES, SUFFIXES
from dentalx.datasets.readers import roboflow
from dentalx.datasets.readers.annotated import Annotated, Picture, Shape
from dentalx.datasets.readers.listing import Listing, mentions, shortened, split_of, told
from dentalx.datasets.readers.raster import Plane, Size, fill, paint_runs, ring_fault
from dentalx.errors import InputError
from dentalx.files import check_regular_size

_LARGEST = 16 * 2**20  # bytes of a text file
_LARGEST_YAML, _DEEPEST = 2**20, 16  # characters, and brackets inside each other
_BOX = 5  # numbers in a line that gives a box in place of an outline
_RUNS = 5  # words in a line of run lengths


def recognises(listing: Listing) -> str | None:
    """What makes the folder look like YOLO; None where nothing does."""
    found = next(iter(_settings(listing)), None)
    return f"{found.relative_to(listing.root)} lists YOLO's classes" if found else None


def read(listing: Listing) -> Annotated:
    """Every picture under a folder called images, with its text file under labels.

    Raises:
        InputError: no or several lists of classes, or a text file is broken.
    """
    settings = _settings(listing)
    if len(settings) != 1:
        raise InputError(f"{listing.root} holds {len(settings)} YAML files with names:, expected one; keep data.yaml")
    names = _names(settings[0])
    labels = {path for path in listing.with_suffix(".txt") if "labels" in path.parts}
    faults: list[tuple[str, str]] = []
    pictures, used, negatives = list[Picture](), list[Path](), list[str]()
    for path in listing.with_suffix(*SUFFIXES, *DICOM_SUFFIXES):
        inside = path.relative_to(listing.root)
        if "images" not in inside.parts:
            continue
        at = len(inside.parts) - 1 - inside.parts[::-1].index("images")
        text = listing.root.joinpath(*inside.parts[:at], "labels", *inside.parts[at + 1 :]).with_suffix(".txt")
        if text in labels:
            used.append(text)
        else:
            negatives.append(path.name)
        shapes = _shapes(text, names, faults) if text in labels else ()
        pictures.append(Picture(path, shapes, split_of(inside.parent)))
    if faults and not any(picture.shapes for picture in pictures):
        raise InputError(f"{listing.root} holds no outline that can be drawn: {'; '.join(told(faults))}")
    notes = [f"{len(negatives)} picture(s) without a text file: {shortened(negatives)}"] if negatives else []
    if lonely := sorted(labels.difference(used)):
        notes.append(f"{len(lonely)} text file(s) without a picture left out: {shortened([p.name for p in lonely])}")
    notes += roboflow.notes(listing)
    return Annotated(tuple(pictures), tuple(names.values()), (settings[0], *used), (*notes, *told(faults)))


def _settings(listing: Listing) -> list[Path]:
    return [path for path in listing.with_suffix(".yaml", ".yml") if mentions(path, "names")]


def _names(path: Path) -> dict[int, str]:
    """Class number to name, from the `names` of data.yaml: a list, or an object with numbers as keys."""
    import yaml

    try:
        text = _text(path)
        if len(text) > _LARGEST_YAML:
            raise InputError(f"{path} is longer than {_LARGEST_YAML} characters; this is no data.yaml of YOLO")
        _check_tokens(yaml.scan(text, Loader=yaml.SafeLoader), path)
        content: Any = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"{path} is not valid YAML; restore it") from error
    names = content.get("names") if isinstance(content, dict) else None
    pairs = (
        list(enumerate(names)) if isinstance(names, list) else list(names.items()) if isinstance(names, dict) else []
    )
    if not pairs or not all(type(k) is int and isinstance(v, (str, int)) for k, v in pairs):
        raise InputError(f"{path} must list the classes under names:, a list or numbers with names; correct it")
    found = {number: str(name) for number, name in pairs}
    if len(set(found.values())) < len(found):
        raise InputError(f"{path} has two classes of one name; rename one")
    return found


def _check_tokens(tokens: Iterable[Any], path: Path) -> None:
    """Refuse aliases, which grow without end, and brackets within brackets, which take the parser that long."""
    depth = 0
    for token in tokens:
        kind = type(token).__name__
        if kind == "AliasToken":
            raise InputError(f"{path} uses YAML aliases, which data.yaml has no need of; write it out")
        depth += kind.startswith("Flow") and kind.endswith("StartToken")
        depth -= kind.startswith("Flow") and kind.endswith("EndToken")
        if depth > _DEEPEST:
            raise InputError(f"{path} has brackets nested deeper than {_DEEPEST}; this is no data.yaml of YOLO")


def _text(path: Path) -> str:
    try:
        check_regular_size(path, _LARGEST)
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {getattr(error, 'strerror', None) or 'not text'}") from error


def _shapes(path: Path, names: dict[int, str], faults: list[tuple[str, str]]) -> tuple[Shape, ...]:
    found = []
    for number, line in enumerate(_text(path).splitlines(), start=1):
        words, where = line.split(), f"{path.name} line {number}"
        if not words:
            continue
        runs = tuple(words[2:]) if len(words) == _RUNS and words[1] == "rle" else ()
        try:
            label, *values = int(words[0]), *(float(word) for word in runs[:2] or words[1:])
        except ValueError as error:
            raise InputError(f"{path} line {number} is not a class and numbers; correct it") from error
        if label not in names:
            raise InputError(f"{path} line {number} has class {label}, but data.yaml names {len(names)}; correct one")
        if runs:
            size = int(values[0]), int(values[1])
            found.append(Shape((names[label],), partial(paint_runs, runs[2], size)))
            continue
        if not all(-1 <= value <= 2 for value in values):
            raise InputError(f"{path} line {number} has numbers outside 0…1; divide by the picture's sides")
        reason = "a box without an outline" if len(words) == _BOX else ring_fault(values)
        if reason:
            faults.append((reason, where))
        else:
            found.append(Shape((names[label],), partial(_paint, tuple(values))))
    return tuple(found)


def _paint(shares: tuple[float, ...], size: Size) -> Plane:
    sides = size[1], size[0]
    return fill([value * sides[i % 2] for i, value in enumerate(shares)], size)
