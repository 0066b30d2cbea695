"""Pascal VOC: an XML file an image, with boxes, and outlines where Roboflow or LabelMe's old page wrote them.

http://host.robots.ox.ac.uk/pascal/VOC/. Where the masks of SegmentationClass are there too, they say more, and are
read.
"""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from dentalx.datasets.readers import roboflow
from dentalx.datasets.readers.keys import mentions
from dentalx.datasets.readers.listing import Listing, split_of
from dentalx.datasets.readers.objects import (
    Annotated,
    BrokenObjectError,
    Lost,
    Picture,
    Shape,
    attempted,
    divided,
    numbers,
    outlined,
    shown,
)
from dentalx.datasets.readers.own_image import OwnImages
from dentalx.datasets.readers.raster import Size
from dentalx.datasets.readers.rings import Ring, box_ring
from dentalx.datasets.readers.xml_events import Events, follow
from dentalx.errors import InputError

_MASKS = "segmentationclass"
_MOST_OBJECTS = 100_000
_LOOKED = 2**16  # bytes that hold the first words of such a file


@dataclass
class _Object:
    """The texts of one object."""

    name: str = ""
    box: dict[str, str] = field(default_factory=dict)
    outline: list[str] = field(default_factory=list)


@dataclass
class _Content:
    """The texts of one file."""

    path: Path
    filename: str = ""
    size: dict[str, str] = field(default_factory=dict)
    objects: list[_Object] = field(default_factory=list)

    def start(self, names: list[str], _: dict[str, str]) -> None:
        if names == ["annotation", "object"]:
            if len(self.objects) >= _MOST_OBJECTS:
                raise InputError(
                    f"{self.path} has more than {_MOST_OBJECTS} objects; this is no annotation of an image"
                )
            self.objects.append(_Object())

    def end(self, names: list[str], text: str) -> None:
        match names[1:]:
            case ["filename"]:
                self.filename = text
            case ["size", ("width" | "height") as side]:
                self.size[side] = text
            case ["object", "name"]:
                self.objects[-1].name = text
            case ["object", "bndbox", side]:
                self.objects[-1].box[side] = text
            case ["object", "polygon", _] if names[-1] not in ("pt", "username"):
                self.objects[-1].outline.append(text)
            case ["object", "polygon", "pt", "x" | "y"]:
                self.objects[-1].outline.append(text)


def recognises(listing: Listing) -> str | None:
    """What makes the folder look like Pascal VOC's boxes; None where nothing does, or masks are there too."""
    if any(_MASKS in (part.lower() for part in path.parts[:-1]) for path in listing.files):
        return None
    found = next(iter(_files(listing)), None)
    return f"{found.relative_to(listing.root)} is a file of Pascal VOC" if found else None


def read(listing: Listing) -> Annotated:
    """Every file of a folder; images without one are left out.

    Raises:
        InputError: a file is broken, or an object has no name.
    """
    images, pictures = OwnImages(listing), list[Picture]()
    for path in _files(listing):
        content = _Content(path)
        follow(path, Events(content.start, content.end))
        picture = images.find(path, content.filename)
        if picture is not None:
            shapes, lost = divided(_shape(item, path) for item in content.objects)
            split = split_of(path.relative_to(listing.root).parent)
            own = split or split_of(picture.relative_to(listing.root).parent)
            pictures.append(Picture(picture, shapes, own, _size(content), lost, path))
    classes = sorted({each.labels[0] for picture in pictures for each in picture.shapes})
    files = tuple(picture.file for picture in pictures if picture.file)
    return Annotated(tuple(pictures), tuple(classes), files, (*images.notes(), *roboflow.notes(listing)))


def _files(listing: Listing) -> list[Path]:
    return [path for path in listing.with_suffix(".xml") if mentions(path, "<annotation>", "<filename", most=_LOOKED)]


def _shape(item: _Object, path: Path) -> Shape | Lost:
    if not item.name:
        raise InputError(f"{path} has an object without a name; correct the file")
    where = f"{path.name} {shown(item.name)}"
    return attempted((item.name,), where, partial(_drawn, item, where))


def _drawn(item: _Object, where: str) -> Shape | Lost:
    labels = (item.name,)
    if item.outline:
        return outlined(labels, _values(item.outline), where)
    if not item.box:
        return Lost(labels, "nothing drawn", where)
    if missing := [side for side in ("xmin", "ymin", "xmax", "ymax") if side not in item.box]:
        raise BrokenObjectError(f"a box without {', '.join(missing)}")
    return outlined(labels, box_ring(*_values([item.box[side] for side in ("xmin", "ymin", "xmax", "ymax")])), where)


def _values(texts: list[str]) -> Ring:
    try:
        return numbers([float(text) for text in texts])
    except BrokenObjectError:
        raise
    except ValueError as error:
        raise BrokenObjectError("a coordinate that is no number") from error


def _size(content: _Content) -> Size | None:
    """(rows, columns); None where they are not said, which some programs write as 0."""
    sides = [content.size.get(side, "") for side in ("height", "width")]
    if not all(side.isascii() and side.isdecimal() and 0 < len(side) < 7 and int(side) for side in sides):
        return None
    return int(sides[0]), int(sides[1])
