"""Objects that cannot be drawn are left out and named; an image that has no others never becomes a negative."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from dentalx.datasets.images import image_size
from dentalx.datasets.readers.listing import shortened, told
from dentalx.datasets.readers.objects import Annotated, Lost, Picture, Shape
from dentalx.datasets.readers.raster import Size
from dentalx.errors import InputError, in_one_list

_MANY = 0.5  # share of plain rectangles from which the data set looks like one of boxes
BOX = "a plain rectangle, as --boxes leave-out asks"


def checked(found: Annotated, keep_bad: bool) -> Annotated:
    """The same, where objects that do not fit their image are lost.

    Args:
        found: what a reader gave.
        keep_bad: whether images whose headers are broken or of another size stay, for `load` to refuse.

    Raises:
        InputError: sizes differ from those of the annotations, or a header is broken, unless `keep_bad`; or objects
            are there and none can be drawn.
    """
    pictures, problems = list[Picture](), list[str]()
    for picture in found.pictures:
        size, problem = _measured(picture)
        if problem:
            problems.append(problem)
        pictures.append(_fitting(picture, size) if size else picture)
    if problems and not keep_bad:
        raise InputError(in_one_list(problems))
    lost = [each for picture in pictures for each in picture.lost]
    if lost and not any(picture.shapes for picture in pictures):
        where = next(iter(found.files), pictures[0].path)
        raise InputError(f"{where} holds no object that can be drawn: {'; '.join(_reasons(lost))}")
    return replace(found, pictures=tuple(pictures))


def without_boxes(found: Annotated) -> Annotated:
    """The same, where objects whose outline is a plain rectangle are lost."""
    pictures = []
    for picture in found.pictures:
        boxes = tuple(Lost(s.labels, BOX, s.where or picture.path.name) for s in picture.shapes if s.rectangle)
        kept = tuple(shape for shape in picture.shapes if not shape.rectangle)
        pictures.append(replace(picture, shapes=kept, lost=(*picture.lost, *boxes)))
    return replace(found, pictures=tuple(pictures))


def without_emptied(pictures: Sequence[Picture], chosen: AbstractSet[str] | None) -> tuple[list[Picture], list[str]]:
    """The images that say something of the chosen classes.

    Args:
        pictures: as a reader found them.
        chosen: the labels of the classes that were asked for; None for all.

    Returns:
        the images without those whose every chosen object is lost, and a sentence on each kind of thing left out.

    Raises:
        InputError: no chosen object can be drawn although there are some.
    """

    def counts(each: Shape | Lost) -> bool:
        return chosen is None or not each.labels or not chosen.isdisjoint(each.labels)

    kept, emptied, thinned, drawn = list[Picture](), list[str](), list[str](), 0
    for picture in pictures:
        there = sum(map(counts, picture.shapes))
        drawn += there
        lost = any(map(counts, picture.lost))
        if lost and not there:
            emptied.append(picture.path.name)
            continue
        kept.append(picture)
        thinned += [picture.path.name] if lost else []
    notes = _reasons([each for picture in pictures for each in picture.lost])
    if emptied and not drawn:
        raise InputError(f"no object of the chosen classes can be drawn: {'; '.join(notes)}; see --classes")
    if emptied:
        notes.append(
            f"{len(emptied)} of {len(pictures)} image(s) left out, since none of their objects can be drawn (they are "
            f"no negatives): {shortened(emptied)}"
        )
    if thinned:
        names = shortened(thinned)
        notes.append(f"{len(thinned)} image(s) kept where objects were left out, whose pixels are background: {names}")
    return kept, notes


def counted(pictures: Sequence[Picture]) -> list[str]:
    """A sentence on negatives, and one on outlines that are plain rectangles."""
    empty = [picture.path.name for picture in pictures if not picture.shapes]
    notes = [f"{len(empty)} picture(s) without annotations kept as negatives: {shortened(empty)}"] if empty else []
    shapes = [shape for picture in pictures for shape in picture.shapes]
    boxes = sum(shape.rectangle for shape in shapes)
    if boxes:
        learns = "; a model learns rectangles from them" if boxes >= _MANY * len(shapes) else ""
        notes.append(
            f"{boxes} of {len(shapes)} outline(s) are plain rectangles, as boxes are, and are filled{learns}; "
            "--boxes leave-out leaves them out"
        )
    return notes


def _measured(picture: Picture) -> tuple[Size | None, str]:
    """An image's (rows, columns), and what is wrong with them."""
    try:
        rows, columns = image_size(picture.path)[:2]
    except InputError as error:
        return picture.size, str(error)
    return (rows, columns), other_size(picture, (rows, columns))


def other_size(picture: Picture, size: tuple[int, ...]) -> str:
    """What to say of an image of another size than its annotations are for; nothing where it has that size."""
    if picture.size is None or picture.size == size:
        return ""
    written, real = ("×".join(map(str, each)) for each in (picture.size, size))
    return (
        f"{picture.path} is {real} but its annotations are for {written} (rows×columns); "
        "use the pictures that were annotated"
    )


def _fitting(picture: Picture, size: Size) -> Picture:
    """The image, where objects that cannot be painted into it are lost."""
    if picture.size is not None and picture.size != size:
        return picture  # nothing of it is painted
    broken = {}
    for number, shape in enumerate(picture.shapes):
        try:
            if shape.check is not None:
                shape.check(size)
        except ValueError as error:
            broken[number] = Lost(shape.labels, str(error), shape.where or picture.path.name)
    if not broken:
        return picture
    kept = tuple(shape for number, shape in enumerate(picture.shapes) if number not in broken)
    return replace(picture, shapes=kept, lost=(*picture.lost, *broken.values()))


def _reasons(lost: Sequence[Lost]) -> list[str]:
    return told((each.reason, each.where) for each in lost)
