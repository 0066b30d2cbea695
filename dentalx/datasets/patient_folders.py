"""Images that lie in a folder for each patient: their ids, whose they are, and whether folders are patients at all."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from dentalx.datasets.naming import record_name
from dentalx.datasets.pairing import is_fixed_name

# Folders count as patients where there are at least three (two, if they are called so) and they hold a few images each:
# a longitudinal series has a dozen; a batch, a clinic or a data set has many more.
_FEWEST, _FEWEST_NAMED, _MOST_IMAGES = 3, 2, 20
_PATIENT = re.compile(r"(patient|pat|subject|subj|sub|case|person|pt|id)[ _.-]?\w*\d", re.IGNORECASE)
_GENERIC = re.compile(
    r"(train(ing)?|val(id(ation)?)?|test(ing)?|images?|imgs?|masks?|labels?|radiographs?|x-?rays?)", re.IGNORECASE
)


@dataclass(frozen=True)
class Folders:
    """What the folders around images say.

    Attributes:
        ids: image file to (image_id, patient_id); files without folders of their own are absent.
        note: one sentence for the user; "" where there is nothing to say.
    """

    ids: Mapping[Path, tuple[str, str]] = field(default_factory=dict)
    note: str = ""


NO_FOLDERS = Folders()


def by_folder(roots: Mapping[Path, Path]) -> Folders:
    """Name images after the folders between each and its root, and decide whether a folder is a patient.

    The patient is the outermost folder that is called like one, else the outermost of a level with enough folders.

    Args:
        roots: image file to the folder that it is below.

    >>> found = by_folder({Path(f"d/p{i}/0.png"): Path("d") for i in (1, 2, 3)})
    >>> found.ids[Path("d/p2/0.png")], found.note
    (('p2-0', 'p2'), 'each of the 3 folders of images is taken for a patient; --patient-pattern changes that')
    """
    parts = {path: _parts(path, root) for path, root in roots.items()}
    deep = {path: between for path, between in parts.items() if between}
    if not deep:
        return NO_FOLDERS
    names = _names(deep)
    level = _patient_level(list(deep.values()))
    if level is None:
        told = "images lie in folders, which are not taken for patients (few folders or many images in each)"
        note = f"{told}; --patient-pattern says which part of FOLDER-NAME is the patient"
        return Folders({path: (name, name) for path, name in names.items()}, note)
    patients = {path: "-".join(between[: level + 1]) for path, between in deep.items()}
    count = len(set(patients.values()))
    note = f"each of the {count} folders of images is taken for a patient; --patient-pattern changes that"
    return Folders({path: (name, patients[path]) for path, name in names.items()}, note)


def _names(deep: Mapping[Path, tuple[str, ...]]) -> dict[Path, str]:
    """Image file to its folders and its name; to the folders alone where each has one image, of a fixed name.

    >>> _names({Path("p1/image.png"): ("p1",), Path("p2/0.png"): ("p2",)}).values()
    dict_values(['p1', 'p2-0'])
    """
    whole = {path: "-".join((*between, record_name(path))) for path, between in deep.items()}
    names = {path: "-".join(between) if is_fixed_name(path) else whole[path] for path, between in deep.items()}
    return names if len(set(names.values())) == len(names) else whole


def flat_names(paths: Sequence[Path], root: Path) -> dict[Path, Path]:
    """Files below a folder as if they lay in it, called like the images whose folders are mirrored there, to the files.

    >>> flat_names([Path("m/a.png"), Path("m/p1/masks/0.png")], Path("m"))
    {PosixPath('a.png'): PosixPath('m/a.png'), PosixPath('p1-0.png'): PosixPath('m/p1/masks/0.png')}
    >>> flat_names([Path("m/p1/image.png")], Path("m"))
    {PosixPath('p1.png'): PosixPath('m/p1/image.png')}
    """
    parts = {path: _parts(path, root) for path in paths}
    fixed = {path for path in paths if parts[path] and is_fixed_name(path)}
    for bare in (fixed, {path for path in fixed if is_fixed_name(path, masks=False)}, set[Path]()):
        short = {
            path: Path("-".join(parts[path]) + path.suffix if path in bare else "-".join((*parts[path], path.name)))
            for path in paths
        }
        if len({name.stem for name in short.values()}) == len(short):
            return {name: path for path, name in short.items()}
    return {Path("-".join(path.relative_to(root).parts)): path for path in paths}


def are_patients(places: Mapping[str, int]) -> bool:
    """Whether folders, by their paths, that hold so many images each are those of patients."""
    named = all(_PATIENT.match(name.rpartition("/")[2]) for name in places)
    fewest = _FEWEST_NAMED if named else _FEWEST
    return len(places) >= fewest and median(places.values()) <= _MOST_IMAGES


def _patient_level(paths: Sequence[tuple[str, ...]]) -> int | None:
    """Which of the folders around each image, the outermost being 0, is the patient's; None where none is.

    >>> _patient_level([("a", "patient1"), ("a", "patient2")]), _patient_level([("x", "1"), ("y", "1"), ("z", "2")])
    (1, 0)
    >>> _patient_level([("batch1",)] * 50 + [("batch2",)] * 50)
    """
    depth = min(len(path) for path in paths)
    for level in range(depth):
        if all(_PATIENT.match(path[level]) for path in paths) and _enough(paths, level, _FEWEST_NAMED):
            return level
    return next((level for level in range(depth) if _enough(paths, level, _FEWEST)), None)


def _enough(paths: Sequence[tuple[str, ...]], level: int, fewest: int) -> bool:
    counts: dict[tuple[str, ...], int] = {}
    for path in paths:
        counts[path[: level + 1]] = counts.get(path[: level + 1], 0) + 1
    return len(counts) >= fewest and median(counts.values()) <= _MOST_IMAGES


def _parts(path: Path, root: Path) -> tuple[str, ...]:
    """The folders between an image and `root`, but for those that merely say image, mask or a split."""
    return tuple(part for part in path.parent.relative_to(root).parts if not _GENERIC.fullmatch(part))
