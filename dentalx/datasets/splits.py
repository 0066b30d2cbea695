"""Training, validation and test: by patient, seeded, written down, and never sharing a picture."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from dentalx.errors import InputError
from dentalx.files import write_text
from dentalx.samples import Record

NAMES = ("train", "val", "test")
COLUMNS = ("image_id", "patient_id", "split")
Splits = dict[str, tuple[Record, ...]]


def split_by_patient(
    records: Sequence[Record],
    fractions: tuple[float, float, float],
    seed: int,
    groups: Iterable[Iterable[str]] = (),
) -> Splits:
    """Divide records so that no patient, and no group, is in two splits.

    The outcome depends on the ids and the seed alone, not on the order of `records`. Where the publisher
    says a record's split it stays there; a split that the publisher lacks is drawn from train.

    Args:
        records: all pictures.
        fractions: shares of train, val and test; a share of 0 leaves that split empty.
        seed: of the draw.
        groups: image ids that belong together for another reason, e.g. identical pictures.

    Returns:
        train, val and test, each sorted by image_id.

    Raises:
        InputError: too few patients, or a published split separates a patient or a group.

    >>> people = [Record(f"{i:02}", f"p{i // 2}") for i in range(20)]
    >>> {name: len(part) for name, part in split_by_patient(people, (0.7, 0.1, 0.2), seed=0).items()}
    {'train': 14, 'val': 2, 'test': 4}
    """
    families = _families(records, groups)
    given = {name: [f for f in families if _published(f) == name] for name in NAMES}
    free = [f for f in families if _published(f) is None]
    wanted = {name: share for name, share in zip(NAMES, fractions, strict=True) if share > 0}
    if any(given.values()):
        lacking = {name: share for name, share in wanted.items() if name == "train" or not given[name]}
        free, kept = free + given["train"], {name: given[name] for name in ("val", "test")}
        wanted = lacking
    else:
        kept = {}
    drawn = _draw(free, wanted, seed)
    parts = {name: drawn.get(name, []) + kept.get(name, []) for name in NAMES}
    return {name: tuple(sorted((r for f in part for r in f), key=_by_id)) for name, part in parts.items()}


def _by_id(record: Record) -> str:
    return record.image_id


def _families(records: Sequence[Record], groups: Iterable[Iterable[str]]) -> list[list[Record]]:
    """Records that must stay together, as connected by patient and by group; ordered by their first id."""
    parent = {record.image_id: record.image_id for record in records}
    if len(parent) != len(records):
        raise ValueError("image ids must be unique")

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    patients: dict[str, list[str]] = defaultdict(list)
    for record in records:
        patients[record.patient_id].append(record.image_id)
    for together in [*patients.values(), *(list(group) for group in groups)]:
        known = [name for name in together if name in parent]
        for name in known[1:]:
            parent[root(name)] = root(known[0])
    families: dict[str, list[Record]] = defaultdict(list)
    for record in sorted(records, key=_by_id):
        families[root(record.image_id)].append(record)
    return sorted(families.values(), key=lambda family: family[0].image_id)


def _published(family: list[Record]) -> str | None:
    found = sorted({record.split for record in family if record.split is not None})
    if len(found) > 1:
        names = ", ".join(f"{record.image_id} in {record.split}" for record in family if record.split)
        raise InputError(
            f"the data set's own splits separate one patient or one picture ({names}); remove one of them, "
            "or give a splits.csv of your own"
        )
    return found[0] if found else None


def _draw(families: list[list[Record]], shares: Mapping[str, float], seed: int) -> dict[str, list[list[Record]]]:
    """Largest families first, in seeded order, each to the split that lacks the most pictures."""
    if len(families) < len(shares):
        raise InputError(
            f"{len(families)} patient(s) cannot be divided into {', '.join(shares)} without sharing one; "
            "add pictures of other patients, or set a share in --fractions to 0"
        )
    order = [families[i] for i in np.random.default_rng(seed).permutation(len(families))]
    order.sort(key=len, reverse=True)  # stable: equal sizes stay shuffled
    total = sum(map(len, families))
    lacking = {name: share / sum(shares.values()) * total for name, share in shares.items()}
    drawn: dict[str, list[list[Record]]] = {name: [] for name in shares}
    for i, family in enumerate(order):
        empty = [name for name in shares if not drawn[name]]
        choices = empty if len(order) - i <= len(empty) else list(shares)
        name = max(choices, key=lambda choice: lacking[choice])
        drawn[name].append(family)
        lacking[name] -= len(family)
    return drawn


def write_splits(path: Path, splits: Mapping[str, Iterable[Record]]) -> None:
    """Write image_id, patient_id, split as CSV, sorted by image_id, all or nothing."""
    rows = sorted((r.image_id, r.patient_id, name) for name, records in splits.items() for r in records)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([COLUMNS, *rows])
    write_text(path, text.getvalue())


def read_splits(path: Path, records: Sequence[Record]) -> Splits:
    """The splits that a splits.csv gives to these records.

    Raises:
        InputError: unreadable, a column is missing, an id or a split is unknown, an id is there twice or not
            at all, or a patient, by the file or by the records, is in two splits.
    """
    known = {record.image_id: record for record in records}
    parts: dict[str, list[Record]] = {name: [] for name in NAMES}
    patients: dict[str, str] = {}  # as the file names them
    owners: dict[str, str] = {}  # as the records do
    seen: set[str] = set()
    for image_id, patient_id, name in _rows(path):
        if name not in parts:
            raise InputError(f"{path}: split {name!r} of {image_id} is unknown; use {', '.join(NAMES)}")
        if image_id not in known:
            raise InputError(f"{path}: picture {image_id!r} is not in the data; remove its row or add the picture")
        if image_id in seen:
            raise InputError(f"{path}: picture {image_id!r} is listed twice; remove one row")
        if patients.setdefault(patient_id, name) != name:
            raise InputError(f"{path}: patient {patient_id!r} is in {patients[patient_id]} and {name}; choose one")
        if owners.setdefault(known[image_id].patient_id, name) != name:
            raise InputError(f"{path} separates patient {known[image_id].patient_id!r} of {image_id}; choose one split")
        seen.add(image_id)
        parts[name].append(known[image_id])
    if missing := sorted(set(known) - seen):
        raise InputError(f"{path} lacks {len(missing)} picture(s), first {missing[0]!r}; add a row for each")
    return {name: tuple(sorted(part, key=_by_id)) for name, part in parts.items()}


def _rows(path: Path) -> list[tuple[str, str, str]]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    reader = csv.DictReader(io.StringIO(text))
    if lacking := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
        raise InputError(f"{path} lacks the column(s) {', '.join(lacking)}; expected {', '.join(COLUMNS)}")
    return [(row["image_id"] or "", row["patient_id"] or "", row["split"] or "") for row in reader]
