"""What the names of files give away: exports of Roboflow, and patients."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dentalx.datasets.naming import original_stem
from dentalx.datasets.pairing import stem
from dentalx.samples import Record

# Ways in which names hold a patient and a running part; each finds the patient in its first group.
_KEYS = (
    r"^(.*\d.*?)[_\- .](?:\d{1,3}|[A-Za-z]|left|right|before|after)$",
    r"^([A-Za-z]*\d+)[_\- .]",
    r"^([^_\- .]+)[_\- .]",
)
_MOST_EACH = 20  # pictures of one patient; more is a folder or a device, not a patient
_REPEATED = 0.2  # share of the pictures that must share their key with another
_README_BYTES = 65_536
_STEPS = {"pre-processing": "preprocessing", "preprocessing": "preprocessing", "augmentation": "augmentation"}


@dataclass(frozen=True)
class Guess:
    """A pattern that may name patients.

    Attributes:
        pattern: for --patient-pattern.
        patients: different ones it finds.
        repeated: pictures whose patient has another picture.
    """

    pattern: str
    patients: int
    repeated: int


def guess_patients(stems: Sequence[str]) -> Guess | None:
    """The first pattern under which every name has a key, and a good part of the keys come again, but not too often.

    >>> guess_patients(["P01_1", "P01_2", "P02_1", "P02_2", "P03_1"]).patients
    3
    >>> guess_patients(["cate1", "cate2", "cate3"])
    """
    for pattern in _KEYS:
        found = [re.search(pattern, name, re.IGNORECASE) for name in stems]
        keys = Counter(match.group(1) for match in found if match)
        if len(keys) < 3 or sum(keys.values()) < len(stems) or max(keys.values()) > _MOST_EACH:
            continue
        repeated = sum(count for count in keys.values() if count > 1)
        if repeated >= _REPEATED * len(stems):
            return Guess(pattern, len(keys), repeated)
    return None


def roboflow_groups(records: Iterable[Record]) -> dict[str, tuple[str, ...]]:
    """Source picture to the image ids of its copies NAME_jpg.rf.HASH.jpg, copies of one only where it has several."""
    copies: dict[str, list[str]] = defaultdict(list)
    for record in records:
        if record.image is not None and (source := original_stem(stem(record.image))) != stem(record.image):
            copies[source].append(record.image_id)
    return {source: tuple(sorted(ids)) for source, ids in sorted(copies.items())}


def roboflow_readme(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """What Roboflow's README.roboflow.txt and README.dataset.txt say was done to every picture.

    Returns:
        "preprocessing", "augmentation" and "licence" to what is listed; empty where there are no such files.
    """
    said: dict[str, list[str]] = {}
    for name in ("README.roboflow.txt", "README.dataset.txt"):
        place = folder / name
        if not place.is_file() or not place.resolve().is_relative_to(folder.resolve()):
            continue
        try:
            with place.open("rb") as file:
                text = file.read(_README_BYTES).decode("utf-8", "replace")
        except OSError:  # a page for people; nothing depends on it
            continue
        for key, line in _listed(text):
            if line not in said.setdefault(key, []):
                said[key].append(line)
    return {key: tuple(lines) for key, lines in said.items()}


def _listed(text: str) -> Iterable[tuple[str, str]]:
    heading = None
    for raw in text.splitlines():
        line = " ".join("".join(c for c in raw if c.isprintable()).split())[:200]
        if found := re.match(r"licen[sc]e: *(.+)", line, re.IGNORECASE):
            yield "licence", found.group(1)
        elif found := re.match(r"the following (pre-?processing|augmentation)\b.*", line, re.IGNORECASE):
            heading = _STEPS[found.group(1).lower()]
            if versions := re.search(r"(\d+) versions", line):
                yield heading, f"{versions.group(1)} versions of each source picture"
        elif heading and line.startswith("* "):
            yield heading, line[2:]
