"""What records are called, and whose they are."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from dentalx.config import DataConfig, GreyRule
from dentalx.datasets.pairing import stem
from dentalx.errors import InputError
from dentalx.samples import Record

_FILE = re.compile(r"\.(png|jpe?g|jpe|jfif|tiff?|bmp|dcm|dicom|json|txt|xml|csv|ya?ml)\b", re.IGNORECASE)
_ROBOFLOW = re.compile(r"\.rf\.[0-9a-f]{16,40}$", re.IGNORECASE)
_ROBOFLOW_SUFFIX = re.compile(r"[_.](jpe?g|png|bmp|tiff?|webp)$", re.IGNORECASE)


def record_name(image: Path) -> str:
    """The image_id of a picture's file: its stem.

    Raises:
        InputError: it has characters that no file named after it should have.
    """
    name = stem(image)
    if "\\" in name or not name.isprintable():
        raise InputError(f"{str(image)!r} has a backslash or a control character in its name; rename it")
    return name


def distinct_records(records: list[Record]) -> list[Record]:
    """Unique ids: where two splits use the same name, the split goes before it.

    Raises:
        InputError: two pictures of one split have one name.
    """
    times = Counter(record.image_id for record in records)

    def renamed(record: Record) -> Record:
        name = f"{record.split}-{record.image_id}"
        patient = name if record.patient_id == record.image_id else record.patient_id
        return replace(record, image_id=name, patient_id=patient) if times[record.image_id] > 1 else record

    distinct = [renamed(record) for record in records]
    for name, count in Counter(record.image_id for record in distinct).items():
        if count > 1:
            raise InputError(f"{count} images are called {name}; rename them, or keep them in separate folders")
    return distinct


@dataclass(frozen=True)
class Reading:
    """How pictures are read, whose they are, and what becomes of bad ones, as every reader of files is told.

    Attributes:
        patient_pattern: regular expression whose first group, in a file's stem, names the patient; goes before what
            DICOM files say themselves.
        salt: a file with the salt of the patients' codes; None means the user's own.
        grey: what spreads DICOM's stored values over black to white.
        colour: whether pictures of objects keep their colours.
        keep_bad: whether pairs and pictures whose headers are broken or of other sizes than they should be stay
            records, which `load` refuses one by one; else the data set is not opened.
    """

    patient_pattern: str | None = None
    salt: Path | None = None
    grey: GreyRule = "voi"
    keep_bad: bool = False
    colour: bool = False

    @classmethod
    def of(cls, config: DataConfig, keep_bad: bool = False) -> "Reading":
        """What was asked for."""
        return cls(config.patient_pattern, config.salt, config.grey, keep_bad, config.colour)


AS_IT_STANDS = Reading()


def with_patients(records: list[Record], pattern: str) -> list[Record]:
    """The records with the patients that a pattern's first group finds in their files' stems.

    Raises:
        InputError: the pattern is no regular expression, has no group, or finds no patient in a name.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise InputError(f"--patient-pattern {pattern!r} is not a regular expression: {error}") from error
    if compiled.groups < 1:
        raise InputError(f"--patient-pattern {pattern!r} has no group; put parentheses around the patient's part")
    named = []
    for record in records:
        assert record.image is not None
        found = compiled.search(_searched(record, stem(record.image)))
        if found is None or not found.group(1):
            raise InputError(f"--patient-pattern {pattern!r} finds no patient in {record.image.name}; widen it")
        named.append(replace(record, patient_id=found.group(1)))
    return named


def _searched(record: Record, name: str) -> str:
    """The text in which a patient is looked for: a file's stem, after its folders where they are part of its id."""
    return name if record.image_id in (name, f"{record.split}-{name}") else record.image_id


def grouped(record: Record) -> Record:
    """A record as its own patient, except that Roboflow's augmented copies NAME_jpg.rf.HASH.jpg all belong to NAME."""
    assert record.image is not None
    if not _ROBOFLOW.search(record.image.stem):
        return record
    return replace(record, patient_id=original_stem(record.image.stem))


def original_stem(stem: str) -> str:
    """The source picture's stem behind Roboflow's copies.

    >>> original_stem("a-1_jpg.rf.0123456789abcdef0123456789abcdef"), original_stem("a_jpg")
    ('a-1', 'a_jpg')
    """
    bare = _ROBOFLOW.sub("", stem)
    return _ROBOFLOW_SUFFIX.sub("", bare) if bare != stem else stem


def without_names(note: str) -> str:
    """A source's note as it may stand in a report: the files that it lists are left to the terminal.

    >>> without_names("2 picture(s) without a mask left out: Doe, J.png, b.png")
    '2 picture(s) without a mask left out'
    >>> without_names("m 1.png holds both 1 and 255, so 255 is unlabelled"), without_names("alike: caries and carries")
    ('a file holds both 1 and 255, so 255 is unlabelled', 'alike: caries and carries')
    """
    said, colon, listed = note.rpartition(": ")
    if colon and (_FILE.search(listed) or re.search(r"left out|negatives|(image|picture)\(s\)", said)):
        note = said
    return re.sub(rf".*{_FILE.pattern}", "a file", note, flags=re.IGNORECASE)
