"""Training, validation and test: by patient, seeded, written down, and never sharing a picture."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from dentalx.datasets.pairing import stem
from dentalx.datasets.splits_table import COLUMNS, split_rows
from dentalx.errors import InputError
from dentalx.files import write_text
from dentalx.foreign_text import table_text
from dentalx.samples import Record

NAMES = ("train", "val", "test")
Splits = dict[str, tuple[Record, ...]]
Groups = Iterable[Iterable[str]]
Presence = Mapping[str, Iterable[str]]
NOTHING_KNOWN: Presence = {}
_REMEDY = "choose one split, or go on with --allow-leaks"
_ANY = "\0any"  # a picture, whatever is in it


def split_by_patient(
    records: Sequence[Record],
    fractions: tuple[float, float, float],
    seed: int,
    groups: Groups = (),
    presence: Presence = NOTHING_KNOWN,
) -> Splits:
    """Divide records so that no patient, and no group, is in two splits, and rare classes are in all of them.

    The outcome depends on the ids, the classes present and the seed alone, not on the order of `records`. Where the
    publisher says a record's split it stays there; a split that the publisher lacks is drawn from train.

    Args:
        records: all pictures.
        fractions: shares of train, val and test; a share of 0 leaves that split empty.
        seed: of the draw.
        groups: image ids that belong together for another reason, e.g. identical pictures.
        presence: image_id to the classes in it, which are spread over the splits as the pictures are.

    Returns:
        train, val and test, each sorted by image_id.

    Raises:
        InputError: too few patients, or a published split separates a patient or a group.

    >>> people = [Record(f"{i:02}", f"p{i // 2}") for i in range(20)]
    >>> {name: len(part) for name, part in split_by_patient(people, (0.7, 0.1, 0.2), seed=0).items()}
    {'train': 14, 'val': 2, 'test': 4}
    """
    return _divided(_families(records, groups), fractions, seed, presence)


def split_as_published(
    records: Sequence[Record],
    fractions: tuple[float, float, float],
    seed: int,
    groups: Groups = (),
    presence: Presence = NOTHING_KNOWN,
) -> Splits:
    """As `split_by_patient`, but where the publisher separates patients or groups they stay separated."""
    return _divided(_published_families(records, groups), fractions, seed, presence)


def fold_splits(
    records: Sequence[Record],
    fold: tuple[int, int],
    val_share: float,
    seed: int,
    groups: Groups = (),
    presence: Presence = NOTHING_KNOWN,
) -> Splits:
    """One of K ways to hold a Kth of the patients out, every one of them once.

    Without a published test split the part that is held out is the test, and `val_share` of the rest is for
    validation. A published test split stays the test in all folds, and the part held out is for validation.

    Args:
        records: all pictures.
        fold: (I, K), the Ith of K, counted from 1.
        val_share: of what is left without the held-out part, at least 0 and below 1.
        seed: of the draw; the K parts depend on it, and not on I.
        groups: as in `split_by_patient`.
        presence: likewise.

    Raises:
        InputError: there is no such fold, too few patients, or the test split separates a patient or a group.
    """
    number, of = fold
    if of < 2 or not 1 <= number <= of:
        raise InputError(f"--folds {of} --fold {number}: give at least 2 folds, and a fold within 1…{of}")
    families = _families([replace(r, split="train") if r.split == "val" else r for r in records], groups)
    own = {record.image_id: record for record in records}
    kept = [family for family in families if _published(family) == "test"]
    parts = _draw([f for f in families if _published(f) != "test"], {str(i): 1 / of for i in range(of)}, seed, presence)
    held = parts.pop(str(number - 1))
    rest = [family for part in parts.values() for family in part]
    if kept:
        chosen = {"train": rest, "val": held, "test": kept}
    else:
        shares = {"train": 1 - val_share, "val": val_share} if val_share > 0 else {"train": 1.0}
        rest.sort(key=lambda family: family[0].image_id)
        chosen = {"val": [], **_draw(rest, shares, seed, presence), "test": held}
    return {name: tuple(own[r.image_id] for r in _listed(chosen[name])) for name in NAMES}


def without_leaks(splits: Mapping[str, Sequence[Record]], groups: Groups) -> Splits:
    """Every patient and group whole in the first of its splits, train before val before test.

    So what is left of a test split is a part of it, and nothing else changes.
    """
    own = {record.image_id: record for records in splits.values() for record in records}
    placed = [replace(record, split=name) for name, records in splits.items() for record in records]
    families = _families(placed, groups)
    home = {r.image_id: min((m.split or NAMES[-1] for m in f), key=NAMES.index) for f in families for r in f}
    return {name: tuple(own[i] for i in sorted(own) if home[i] == name) for name in NAMES}


def _divided(
    families: list[list[Record]], fractions: tuple[float, float, float], seed: int, presence: Presence
) -> Splits:
    given = {name: [f for f in families if _published(f) == name] for name in NAMES}
    free = [f for f in families if _published(f) is None]
    wanted = {name: share for name, share in zip(NAMES, fractions, strict=True) if share > 0}
    kept: dict[str, list[list[Record]]] = {}
    if any(given.values()):
        wanted = {name: share for name, share in wanted.items() if name == "train" or not given[name]}
        free, kept = free + given["train"], {name: given[name] for name in ("val", "test")}
    drawn = _draw(free, wanted, seed, presence)
    return {name: _listed(drawn.get(name, []) + kept.get(name, [])) for name in NAMES}


def _listed(families: list[list[Record]]) -> tuple[Record, ...]:
    return tuple(sorted((record for family in families for record in family), key=_by_id))


def _by_id(record: Record) -> str:
    return record.image_id


def _published_families(records: Sequence[Record], groups: Groups) -> list[list[Record]]:
    """Records that must stay together, as far as the publisher leaves them together; ordered by their first id."""
    parts = [[record for record in records if record.split == name] for name in (None, *NAMES)]
    families = [family for part in parts for family in _families(part, groups)]
    return sorted(families, key=lambda family: family[0].image_id)


def _families(records: Sequence[Record], groups: Groups) -> list[list[Record]]:
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
            f"the data set's own splits separate one patient or one picture ({names}); "
            "give a splits.csv of your own with --splits, which keeps them together"
        )
    return found[0] if found else None


def _draw(
    families: list[list[Record]], shares: Mapping[str, float], seed: int, presence: Presence
) -> dict[str, list[list[Record]]]:
    """Families in seeded order, those with the rarest class first, each to the split that lacks most of that class.

    Iterative stratification (K. Sechidis and others, ECML PKDD 2011) with families for examples; within a class
    large families come first. Where all pictures hold the same classes only their number counts.
    """
    if len(families) < len(shares):
        raise InputError(
            f"{len(families)} patient(s) cannot be divided into {', '.join(shares)} without sharing one; "
            "add pictures of other patients, or set a share in --fractions to 0"
        )
    order = [families[i] for i in np.random.default_rng(seed).permutation(len(families))]
    order.sort(key=len, reverse=True)  # stable: equal sizes stay shuffled
    held = [Counter(label for r in family for label in presence.get(r.image_id, ())) for family in order]
    counts = sum(held, Counter({_ANY: sum(map(len, families))}))
    whole = sum(shares.values())
    lacking = {label: {name: shares[name] / whole * count for name in shares} for label, count in counts.items()}
    drawn: dict[str, list[list[Record]]] = {name: [] for name in shares}
    waiting = dict(enumerate(order))
    while waiting:
        left = Counter(label for i in waiting for label in held[i])
        label = min(left, key=lambda name: (left[name], name), default=_ANY)
        for i in [i for i in waiting if label == _ANY or held[i][label]]:
            empty = [name for name in shares if not drawn[name]]
            choices = empty if len(waiting) <= len(empty) else list(shares)
            name = max(choices, key=lambda choice: (lacking[label][choice], lacking[_ANY][choice]))
            family = waiting.pop(i)
            drawn[name].append(family)
            for each, count in (held[i] + Counter({_ANY: len(family)})).items():
                lacking[each][name] -= count
    return drawn


def write_splits(path: Path, splits: Mapping[str, Iterable[Record]]) -> None:
    """Write image_id, patient_id, split as CSV, sorted by image_id, all or nothing."""
    rows = sorted((r.image_id, r.patient_id, name) for name, records in splits.items() for r in records)
    write_text(path, table_text([COLUMNS, *rows]))


def read_given_splits(path: Path, records: Sequence[Record], divided: bool = False) -> Splits:
    """Read the table that --splits names, as `read_divided_splits` where `divided`, else as `read_splits`.

    Raises:
        InputError: as they do; the message names the flag.
    """
    try:
        return read_divided_splits(path, records) if divided else read_splits(path, records)
    except InputError as error:
        raise InputError(f"--splits {error}") from error


def read_splits(path: Path, records: Sequence[Record]) -> Splits:
    """The splits that a splits.csv gives to these records.

    Raises:
        InputError: unreadable, a column is missing, an id or a split is unknown, an id is there twice or not
            at all, or a patient, by the file or by the records, is in two splits.
    """
    splits = read_divided_splits(path, records)
    known = {record.image_id: record for record in records}
    patients: dict[str, str] = {}  # as the file names them
    owners: dict[str, str] = {}  # as the records do
    for written, patient_id, name in split_rows(path):
        image_id = _current(written, known)
        if patients.setdefault(patient_id, name) != name:
            raise InputError(f"{path}: patient {patient_id!r} is in {patients[patient_id]} and {name}; {_REMEDY}")
        if owners.setdefault(known[image_id].patient_id, name) != name:
            raise InputError(f"{path} separates patient {known[image_id].patient_id!r} of {image_id}; {_REMEDY}")
    return splits


def read_divided_splits(path: Path, records: Sequence[Record]) -> Splits:
    """As `read_splits`, but a patient may be in two splits.

    Raises:
        InputError: as `read_splits` otherwise.
    """
    known = {record.image_id: record for record in records}
    parts: dict[str, list[Record]] = {name: [] for name in NAMES}
    seen: set[str] = set()
    for written, _, name in split_rows(path):
        image_id = _current(written, known)
        if name not in parts:
            raise InputError(f"{path}: split {name!r} of {image_id} is unknown; use {', '.join(NAMES)}")
        if image_id not in known:
            raise InputError(
                f"{path}: picture {image_id!r} is not in the data, or was left out; remove its row or add the picture"
            )
        if image_id in seen:
            raise InputError(f"{path}: picture {image_id!r} is listed twice; remove one row")
        seen.add(image_id)
        parts[name].append(known[image_id])
    if missing := sorted(set(known) - seen):
        raise InputError(f"{path} lacks {len(missing)} picture(s), first {missing[0]!r}; add a row for each")
    return {name: tuple(sorted(part, key=_by_id)) for name, part in parts.items()}


def _current(image_id: str, known: Container[str]) -> str:
    """The id of today: files of earlier versions keep the suffix of DICOM files, and people write whole names."""
    return image_id if image_id in known else stem(Path(image_id.strip()))


def patients_of(path: Path, known: Container[str]) -> dict[str, str]:
    """Return the patient_id that a splits.csv gives to each of the `known` image ids.

    Raises:
        InputError: unreadable, or a column is missing.
    """
    return {_current(image_id, known): patient_id for image_id, patient_id, _ in split_rows(path)}
