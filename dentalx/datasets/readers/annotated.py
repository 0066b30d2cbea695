"""Pictures with drawn objects: what every annotation format becomes, and how objects become classes of a mask."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from dentalx.covering import Canvas
from dentalx.datasets.image_warnings import Warnings, read_colour_with_warnings, read_grey_with_warnings
from dentalx.datasets.naming import AS_IT_STANDS, Reading, distinct_records, grouped, record_name
from dentalx.datasets.patients import whose
from dentalx.datasets.readers.listing import shortened
from dentalx.datasets.readers.objects import Annotated as Annotated
from dentalx.datasets.readers.objects import Picture as Picture
from dentalx.datasets.readers.objects import Shape as Shape
from dentalx.datasets.readers.raster import Plane
from dentalx.datasets.readers.sift import checked, counted, other_size, without_emptied
from dentalx.datasets.tooth_names import tooth_number, tooth_numbers
from dentalx.datasets.vocabulary import likely
from dentalx.errors import InputError
from dentalx.labelling import EXCLUSIVE, Labelling
from dentalx.samples import Grey, Record, Sample
from dentalx.teeth import FDI

ALL = "all"  # --classes all: every object, as one class
TEETH = "teeth"  # every object with a tooth number, where no class is called so
AMBIGUOUS = "ambiguous"
_MOST_CLASSES = 254
_FDI = {str(number) for number in FDI}


class AnnotatedSource:
    """Pictures with objects, as masks of classes; implements `dentalx.samples.Source`.

    Classes go by name. None asked: every class of the data set. "all": every object as one class. "teeth", where
    no class is called so: every object with an FDI number. Later classes are painted over earlier ones,
    or stay beside them where classes overlap.

    Attributes:
        layout: what the data are written as, and what showed it; whoever recognised it says so.
        colour: whether `picture` keeps colours; `read` and `load` are grey always.
        labelling: what the values of the masks mean.
    """

    layout: str = ""
    labelling: Labelling = EXCLUSIVE

    def __init__(
        self, found: Annotated, classes: tuple[str, ...] = (), reading: Reading = AS_IT_STANDS, name: str = ""
    ) -> None:
        """Choose the classes, name the records, and check sizes against the pictures' headers.

        Raises:
            InputError: a class is unknown, sizes differ, nothing can be drawn, or there is no picture.
        """
        if not found.pictures:
            why = "; ".join(note for note in found.notes if "left out" in note or "not there" in note)
            raise InputError(
                f"{name or 'the data'} names no picture that is there{f' ({why})' if why else ''}; "
                "unpack the pictures beside it"
            )
        _refuse_twice(found.pictures)
        found = checked(found, reading.keep_bad)
        every = {label for p in found.pictures for each in p.objects for label in each.labels}
        self._labels = _choose(found, every, classes)
        self._classes = tuple(self._labels)
        self._name = name
        chosen = set[str]().union(*self._labels.values()) if classes else None
        kept, left_out = without_emptied(found.pictures, chosen)
        pictures = {picture.path: picture for picture in kept}
        records = [Record(record_name(p.path), record_name(p.path), p.path, None, p.split) for p in kept]
        records, owners = whose([grouped(record) for record in distinct_records(records)], reading)
        self._grey = reading.grey
        self.colour = reading.colour
        self._records = tuple(sorted(records, key=lambda record: record.image_id))
        self._pictures = {r.image_id: pictures[r.image] for r in self._records if r.image is not None}
        self.annotation_files = tuple(sorted(set(found.files)))
        self._notes = (*found.notes, *owners, *left_out, *counted(kept))

    @property
    def name(self) -> str:
        """The folder's name."""
        return self._name

    @property
    def classes(self) -> tuple[str, ...]:
        """The K class names."""
        return self._classes

    @property
    def records(self) -> Sequence[Record]:
        """Every image, those without any object too, sorted by image_id; not those whose objects cannot be drawn."""
        return self._records

    @property
    def notes(self) -> Sequence[str]:
        """What was left out and why, a sentence each."""
        return self._notes

    def load(self, record: Record) -> Sample:
        """Read one picture and paint its objects.

        Raises:
            InputError: the picture is broken, or an object cannot be painted.
        """
        image, warnings = self.grey(record)
        canvas = Canvas(image.shape, self.labelling, len(self.classes))
        for index, shape in self.shapes(record):
            canvas.put(painted(shape, image.shape, record), index)
        return Sample(record.image_id, image, canvas.mask, warnings, canvas.cover())

    def grey(self, record: Record) -> tuple[Grey, Warnings]:
        """Read the image alone, as (H, W) grey, and its warnings.

        Raises:
            InputError: it is missing or broken, or of another size than its annotations are for.
        """
        return self._read(record, read_grey_with_warnings)

    def picture(self, record: Record) -> tuple[Grey, Warnings]:
        """Read the image as objects are learnt from, (H, W), or (H, W, 3) where colours are kept, and its warnings.

        Raises:
            InputError: it is missing or broken.
        """
        return self._read(record, read_colour_with_warnings if self.colour else read_grey_with_warnings)

    def _read(self, record: Record, read: Callable[..., tuple[Grey, Warnings]]) -> tuple[Grey, Warnings]:
        if record.image is None or record.image_id not in self._pictures:
            raise ValueError(f"record {record.image_id} is not of this data set")
        image, warnings = read(record.image, rule=self._grey)
        self.check_size(record, image.shape)
        return image, warnings

    def check_size(self, record: Record, size: tuple[int, ...]) -> None:
        """Refuse a picture of another (rows, columns) than its annotations are for.

        Raises:
            InputError: it is one.
        """
        if problem := other_size(self._pictures[record.image_id], size[:2]):
            raise InputError(problem)

    def shapes(self, record: Record) -> Iterator[tuple[int, Shape]]:
        """The class 1…K and the object, in the order in which they are painted; one object for each class it is of."""
        found = [
            (index, shape)
            for index, labels in enumerate(self._labels.values(), start=1)
            for shape in self._pictures[record.image_id].shapes
            if labels.intersection(shape.labels)
        ]
        yield from sorted(found, key=lambda each: each[1].level)


def painted(shape: Shape, size: tuple[int, ...], record: Record) -> Plane:
    """The (H, W) pixels of one object.

    Raises:
        InputError: it cannot be painted; names the picture.
    """
    try:
        return shape.paint((size[0], size[1]))
    except ValueError as error:
        raise InputError(f"an annotation of {record.image} cannot be drawn: {error}; correct the annotation") from error


def _choose(found: Annotated, every: set[str], asked: tuple[str, ...]) -> dict[str, set[str]]:
    """Class name to the labels it takes in.

    Raises:
        InputError: unknown name, with the nearest and the list; or more classes than a mask can hold.
    """
    known = dict.fromkeys((*found.classes, *sorted(every)))
    for label in known:
        if not label.strip() or not label.isprintable() or len(label) > 100:
            raise InputError(f"a class is called {label[:40]!r}; give it a short printable name")
    chosen: dict[str, set[str]] = {}
    for name in asked or found.classes:
        if name in known:
            chosen[name] = {name}
        elif name == ALL and every:
            chosen[name] = every
        elif found.numbering == AMBIGUOUS and _is_of_teeth(name):
            raise _ambiguous(name, list(known))
        elif name == TEETH and every & _FDI:
            chosen[name] = every & _FDI
        else:
            near = likely(name, list(known))
            hint = f"did you mean {near!r}? " if near else ""
            raise InputError(
                f"--classes: no class is called {name!r}; {hint}there are {', '.join(known)}, and {ALL} for all as one"
            )
    if found.numbering == AMBIGUOUS:  # 11 and 21 out of 1…32 would be taken for FDI numbers
        read = (name for name, number in zip(chosen, tooth_numbers(tuple(chosen)), strict=True) if number is not None)
        for name in read:
            raise _ambiguous(name, list(known))
    if not chosen:
        raise InputError("the annotations name no class; check that the export holds outlines or masks")
    if len(chosen) > _MOST_CLASSES:
        raise InputError(f"{len(chosen)} classes, at most {_MOST_CLASSES} fit; choose with --classes")
    return chosen


def _ambiguous(name: str, known: list[str]) -> InputError:
    return InputError(
        f"--classes {name}: the classes' numbers may be Universal tooth numbers or not; say "
        f"--tooth-numbers universal, or name classes out of {', '.join(known)}"
    )


def _is_of_teeth(name: str) -> bool:
    return name == TEETH or name.startswith("quadrant ") or tooth_number(name) is not None


def _refuse_twice(pictures: Sequence[Picture]) -> None:
    """Refuse an image that two annotations describe.

    Raises:
        InputError: there is one; names the image and the files.
    """
    described: dict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        described[str(picture.path)].append(picture)
    twice = {path: several for path, several in described.items() if len(several) > 1}
    if not twice:
        return
    path, several = next(iter(twice.items()))
    files = list(dict.fromkeys(str(picture.file) for picture in several if picture.file))
    by = f" in {shortened(files)}" if len(files) > 1 else f" in {files[0]}, under two names" if files else ""
    more = f", and {len(twice) - 1} more image(s) too" if len(twice) > 1 else ""
    raise InputError(f"{path} is annotated twice{by}{more}; keep one annotation of it, or point --data at one set")
