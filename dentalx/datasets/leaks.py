"""What is on both sides of a split: the same radiograph, or the same patient."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dentalx.errors import InputError
from dentalx.files import read_json
from dentalx.samples import Record

_ORDER = {"train": 0, "val": 1, "test": 2}
_KINDS = {"twin": ("radiograph is", "radiographs are"), "patient": ("patient is", "patients are")}
_SHOWN = 3


@dataclass(frozen=True)
class Leak:
    """Pictures that belong together and are in several splits.

    Attributes:
        reason: why they belong together.
        pictures: (image_id, split), sorted by split and id.
    """

    reason: Literal["twin", "patient"]
    pictures: tuple[tuple[str, str], ...]

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits, train first."""
        return tuple(dict.fromkeys(split for _, split in self.pictures))


def find_leaks(splits: Mapping[str, Sequence[Record]], twins: Iterable[Iterable[str]]) -> tuple[Leak, ...]:
    """Twins and patients that are in several splits, twins first.

    Args:
        splits: split name to its records.
        twins: groups of image ids that show the same radiograph.

    >>> one, other = Record("a", "p"), Record("b", "p")
    >>> find_leaks({"train": (one,), "test": (other,)}, [])
    (Leak(reason='patient', pictures=(('a', 'train'), ('b', 'test'))),)
    """
    home = {record.image_id: name for name, records in splits.items() for record in records}
    patients: dict[str, list[str]] = defaultdict(list)
    for records in splits.values():
        for record in records:
            patients[record.patient_id].append(record.image_id)
    found = [_leak("twin", [name for name in group if name in home], home) for group in twins]
    found += [_leak("patient", group, home) for group in patients.values()]
    return tuple(
        sorted((leak for leak in found if len(leak.splits) > 1), key=lambda k: (k.reason != "twin", k.pictures))
    )


def _leak(reason: Literal["twin", "patient"], ids: Sequence[str], home: Mapping[str, str]) -> Leak:
    return Leak(reason, tuple(sorted(((i, home[i]) for i in ids), key=lambda p: (_ORDER.get(p[1], 9), p[0]))))


def leaked(leaks: Iterable[Leak]) -> dict[str, tuple[str, ...]]:
    """Pictures of val and test that are in an earlier split too, or whose patient is; train comes before val, val
    before test.

    >>> leaked([Leak("twin", (("a", "train"), ("b", "test"), ("c", "test")))])
    {'val': (), 'test': ('b', 'c')}
    """
    ids: dict[str, set[str]] = {"val": set(), "test": set()}
    for leak in leaks:
        for name in leak.splits[1:]:
            ids[name] |= {image_id for image_id, split in leak.pictures if split == name}
    return {name: tuple(sorted(found)) for name, found in ids.items()}


def told(leaks: Sequence[Leak], names: bool = True) -> str:
    """The leaks in one line: how many of which kind, and the first of them.

    >>> told([Leak("twin", (("a", "train"), ("b", "test")))])
    '1 radiograph is in several splits (a in train, b in test)'
    """
    parts = []
    for reason, words in _KINDS.items():
        found = [leak for leak in leaks if leak.reason == reason]
        if found:
            listed = "; ".join(
                ", ".join(f"{image_id} in {split}" for image_id, split in leak.pictures) for leak in found[:_SHOWN]
            )
            shown = f" ({listed}{' …' if len(found) > _SHOWN else ''})" if names else ""
            parts.append(f"{len(found)} {words[len(found) > 1]} in several splits{shown}")
    return ", and ".join(parts)


def as_json(leaks: Sequence[Leak]) -> dict[str, Any]:
    """What a run keeps of them."""
    listed = [{"reason": leak.reason, "pictures": [list(picture) for picture in leak.pictures]} for leak in leaks]
    return {"leaked": {name: list(ids) for name, ids in leaked(leaks).items()}, "leaks": listed}


def read_leaks(path: Path) -> tuple[Leak, ...]:
    """What `as_json` made of leaks, read back; none where there is no such file.

    Raises:
        InputError: it is not what train.py writes.
    """
    if not path.is_file():
        return ()
    try:
        listed = read_json(path, limit=2**28)["leaks"]
        leaks = [Leak(leak["reason"], tuple((str(i), str(split)) for i, split in leak["pictures"])) for leak in listed]
        if any(leak.reason not in _KINDS or not set(leak.splits) <= set(_ORDER) for leak in leaks):
            raise ValueError("a reason or a split that is none")
        return tuple(leaks)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is not what train.py writes; restore it or train again") from error
