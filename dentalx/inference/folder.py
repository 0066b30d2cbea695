"""A folder of pictures in; masks, overlays and a table out."""

import dataclasses
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from dentalx.config import GreyRule
from dentalx.datasets.image_warnings import read_colour_with_warnings, read_grey_with_warnings
from dentalx.datasets.pairing import stem
from dentalx.datasets.sniff import looks_like_dicom
from dentalx.errors import InputError, attributed, ends_batch
from dentalx.files import make_folder
from dentalx.inference.predictor import Predictor
from dentalx.inference.results import Results, Seen
from dentalx.inference.rows import Row, refused, restored, stored, warned, write_table
from dentalx.inference.summary import write_summary
from dentalx.journal import Journal, digest
from dentalx.predict_config import PredictConfig
from dentalx.quality import grave
from dentalx.samples import Grey

AHEAD = 2  # pictures read before they are needed, and results not yet written
TABLE_EVERY = 25  # pictures after which predictions.csv is brought up to date, and ever more as it grows
DEFAULTS = PredictConfig()
Progress = Callable[[int, Row], None]


def quiet(done: int, row: Row) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Place:
    """Where results go.

    Attributes:
        output: the folder.
        root: the folder of pictures, whose tree the results mirror; None for names without folders.
        journal: what is done already, and takes down what is done; None for neither.
        settings: JSON values of what results depend on beside the pictures, for predictions.json.
        told: what the user should know at the end, a sentence each.
    """

    output: Path
    root: Path | None = None
    journal: Journal | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    told: Callable[[str], None] = lambda note: None


@dataclass(frozen=True)
class Made:
    """What was made of one picture.

    Attributes:
        row: of predictions.csv.
        listed: JSON values for what `Reading.listed` writes of it.
    """

    row: Row
    listed: Any = None


Writing = Callable[[Row], Sequence[str]]  # writes a picture's results, and gives their names within the output


@dataclass(frozen=True)
class Reading:
    """What is made of each picture.

    Attributes:
        one: a picture's path, the name of its results and the picture itself, to what was made and what writes it.
        classes: K names.
        grey: what spreads DICOM's stored values over black to white.
        listed: told of each picture that is done, in order, and what was made of it.
        strict: whether pictures with a grave warning are refused.
        colour: whether pictures keep their colours.
    """

    one: Callable[[Path, str, Grey], tuple[Made, Writing]]
    classes: Sequence[str]
    grey: GreyRule
    listed: Callable[[Path, Any], None] = lambda picture, listed: None
    strict: bool = False
    colour: bool = False


def predict_folder(
    predictor: Predictor,
    pictures: Sequence[Path],
    place: Place | Path,
    config: PredictConfig = DEFAULTS,
    progress: Progress = quiet,
) -> list[Row]:
    """Predict every picture and write masks/, overlays/ and predictions.csv.

    Reading, the network and writing overlap; a bad file is listed and the rest goes on. Memory does not grow with the
    number of pictures.

    Args:
        predictor: of masks.
        pictures: files.
        place: where results go, and what is done there already.
        config: how they are made.
        progress: told after each picture how many are done, and its row.

    Raises:
        InputError: nothing can be written; what was written before stays and is listed.
    """
    place = place if isinstance(place, Place) else Place(place)
    results = Results(place.output, predictor.classes, config, predictor.name, predictor.labelling)

    def one(picture: Path, name: str, image: Grey) -> tuple[Made, Writing]:
        seen = Seen(picture, name, within(picture, place.root), image)
        row, listed, write = results.make(seen, predictor(picture.stem, image))
        return Made(row, listed), write

    how = Reading(one, predictor.classes, config.grey or predictor.grey, results.add, config.strict)
    try:
        return walk(pictures, place, how, progress)
    finally:
        for note in results.finish():
            place.told(note)


def walk(pictures: Sequence[Path], place: Place, how: Reading, progress: Progress = quiet) -> list[Row]:
    """Read every picture that is not done, have something made of it, and write predictions.csv.

    Raises:
        InputError: nothing can be written.
    """
    make_folder(place.output)
    rows: list[Row] = []
    work = _Work(place, how, output_names(pictures, place.root), rows, progress)
    try:
        with ThreadPoolExecutor(AHEAD) as readers, ThreadPoolExecutor(1) as writer:
            pending: list[tuple[Path, Made, Future[None]]] = []
            for picture, found in _read_ahead(readers, pictures, work):
                pending.append((picture, *_begun(picture, found, writer, work)))
                if len(pending) > AHEAD:
                    work.settle(*pending.pop(0))
            for item in pending:
                work.settle(*item)
    finally:
        write_table(place.output / "predictions.csv", rows, how.classes)
        write_summary(place.output, rows, how.classes, place.settings)
    return rows


def output_names(pictures: Sequence[Path], root: Path | None = None) -> dict[Path, str]:
    """What each picture's results are called: as the picture within `root`, with its suffix only where that is needed.

    Names that differ in nothing but capitals, or in how Unicode writes an accent, count as the same.

    Args:
        pictures: files in `root`.
        root: the folder whose tree is mirrored; None for none.

    >>> list(output_names([Path("a.png"), Path("b.png"), Path("b.jpg")]).values())
    ['a', 'b.png', 'b.jpg']
    >>> list(output_names([Path("1.2.840.7"), Path("c.DCM")]).values())
    ['1.2.840.7', 'c']
    >>> list(output_names([Path("in/a/x.png"), Path("in/b/x.png")], Path("in")).values())
    ['a/x', 'b/x']
    """
    whole = {picture: within(picture, root) for picture in pictures}
    short = {
        picture: PurePosixPath(name).with_name(_without_suffix(picture)).as_posix() for picture, name in whole.items()
    }
    shared = Counter(_alike(name) for name in short.values())
    long = {picture for picture, name in short.items() if shared[_alike(name)] > 1}
    taken = {_alike(whole[picture]) for picture in long}
    while more := {picture for picture, name in short.items() if picture not in long and _alike(name) in taken}:
        long |= more
        taken |= {_alike(whole[picture]) for picture in more}
    return {picture: (whole if picture in long else short)[picture] for picture in pictures}


def _without_suffix(picture: Path) -> str:
    """The file's name without its suffix; with all of it where that is no suffix, as in DICOM's 1.2.840.113."""
    known = stem(picture)
    is_name = known != picture.name or picture.suffix[1:].isdigit() or looks_like_dicom(picture)
    return known if is_name else picture.stem


def within(picture: Path, root: Path | None) -> str:
    """A picture's path in the folder whose tree is mirrored, with slashes; its name where there is none."""
    return picture.name if root is None else picture.relative_to(root).as_posix()


def _alike(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


@dataclass
class _Work:
    """A walk under way."""

    place: Place
    how: Reading
    names: Mapping[Path, str]
    rows: list[Row]
    progress: Progress
    next_table: int = TABLE_EVERY

    def settle(self, picture: Path, made: Made, job: Future[None]) -> None:
        """Wait until a picture's results are written, and list it."""
        row = made.row
        try:
            job.result()
            with attributed(picture):
                self.how.listed(picture, made.listed)
        except InputError as error:
            if ends_batch(error):
                raise
            row = Row(str(picture), "failed", str(error))
        self.rows.append(row)
        if len(self.rows) >= self.next_table:
            write_table(self.place.output / "predictions.csv", self.rows, self.how.classes)
            self.next_table += max(TABLE_EVERY, len(self.rows) // 5)
        self.progress(len(self.rows), row)


@dataclass(frozen=True)
class _Read:
    """A picture in memory, its file's digest where a journal wants it, and its warnings."""

    image: Grey
    digest: str | None
    warnings: tuple[str, ...] = ()


def _read_ahead(
    readers: ThreadPoolExecutor, pictures: Sequence[Path], work: _Work
) -> Iterator[tuple[Path, _Read | Made]]:
    rest = iter(pictures)
    waiting = [(picture, readers.submit(_read, picture, work)) for picture in islice(rest, AHEAD)]
    while waiting:
        picture, job = waiting.pop(0)
        yield picture, job.result()
        waiting.extend((following, readers.submit(_read, following, work)) for following in islice(rest, 1))


def _read(picture: Path, work: _Work) -> _Read | Made:
    """The picture, or what was made of it before, or why it cannot be read."""
    journal = work.place.journal
    try:
        with attributed(picture):
            if journal is not None and (kept := journal.find(work.names[picture], picture)) is not None:
                row = restored(kept.get("row"), picture)
                if row is not None:
                    return Made(row, kept.get("listed"))
            known = digest(picture) if journal is not None else None  # before it is read, so that a change is noticed
            read = read_colour_with_warnings if work.how.colour else read_grey_with_warnings
            image, warnings = read(picture, rule=work.how.grey)
            return _Read(image, known, warnings)
    except InputError as error:
        return Made(Row(str(picture), "failed", str(error)))


def _begun(picture: Path, found: _Read | Made, writer: ThreadPoolExecutor, work: _Work) -> tuple[Made, Future[None]]:
    """What was made of a picture, and its results being written."""
    if isinstance(found, Made):
        return found, writer.submit(lambda: None)
    name, journal = work.names[picture], work.place.journal
    try:
        with attributed(picture):
            made, write = work.how.one(picture, name, found.image)
            made = dataclasses.replace(made, row=warned(made.row, found.warnings))
    except InputError as error:
        return Made(Row(str(picture), "failed", str(error))), writer.submit(lambda: None)
    if work.how.strict and (reasons := grave(made.row.warnings)):
        return Made(refused(made.row, reasons)), writer.submit(lambda: None)

    def finish() -> None:
        with attributed(picture):
            results = write(made.row)
            if journal is not None:
                journal.add(name, found.digest, results, {"row": stored(made.row), "listed": made.listed})

    return made, writer.submit(finish)
