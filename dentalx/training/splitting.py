"""Which pictures a run trains on: drawn, given or published, and refused where they leak."""

import shlex
from collections.abc import Mapping, Sequence

from dentalx.config import DataConfig, TrainConfig
from dentalx.datasets.contents import layout, presence
from dentalx.datasets.leaks import Leak, as_json, find_leaks, leaked, told
from dentalx.datasets.splits import (
    NAMES,
    fold_splits,
    read_divided_splits,
    read_given_splits,
    read_splits,
    split_as_published,
    split_by_patient,
    write_splits,
)
from dentalx.datasets.twins import Bundle, find_twins
from dentalx.errors import InputError
from dentalx.files import write_json
from dentalx.runs import Run
from dentalx.samples import Record, Source
from dentalx.training.reporter import Reporter
from dentalx.training.team import ALONE, Team

Splits = Mapping[str, Sequence[Record]]


def prepare_splits(config: TrainConfig, run: Run, source: Source, reporter: Reporter, team: Team = ALONE) -> Splits:
    """The run's splits.csv where it is resumed, else the given one, else one drawn by patient; the chief writes it.

    What leaks, where that was allowed, is written to the run's leaks.json.

    Raises:
        InputError: a split is empty, or has something in common with another and nobody allowed that.
    """
    if run.last.is_file():
        read = read_divided_splits if config.data.allow_leaks else read_splits
        splits: Splits = read(run.splits, source.records)
    else:
        splits, leaks = new_splits(config.data, source, reporter)
        if team.chief:
            _write(run, splits, leaks)
    for name in ("train", "val"):
        if not splits[name]:
            raise InputError(f"the {name} split is empty; change --fractions or give more pictures")
    sizes = ", ".join(f"{len(records)} {name}" for name, records in splits.items())
    reporter.say(f"{source.name}: {len(source.records)} pictures ({sizes}); classes: {', '.join(source.classes)}")
    for line in (f"read as {layout(source)}" if layout(source) else "", *source.notes):
        if line:
            reporter.say(line)
    return splits


def _write(run: Run, splits: Splits, leaks: tuple[Leak, ...]) -> None:
    write_splits(run.splits, splits)
    if leaks:
        write_json(run.leaks, as_json(leaks))
    else:
        run.leaks.unlink(missing_ok=True)


def new_splits(data: DataConfig, source: Source, reporter: Reporter) -> tuple[Splits, tuple[Leak, ...]]:
    """The splits of a new run, and what of them leaks: nothing, unless that was allowed.

    Raises:
        InputError: given or published splits have a radiograph or a patient in common.
    """
    twins = find_twins(source.records, lambda what, done, of: reporter.read(done, of)).groups
    splits = _chosen(data, source, twins, reporter)
    leaks = find_leaks(splits, twins)
    if leaks and not data.allow_leaks:
        raise InputError(refusal(data, leaks))
    inside = [group for group in twins if not any(set(group) & {i for i, _ in k.pictures} for k in leaks)]
    for group in inside:
        reporter.warn(f"the same radiograph under several names, kept in one split: {', '.join(group)}")
    if leaks:
        lost = ", ".join(f"{len(ids)} of {len(splits[name])} {name}" for name, ids in leaked(leaks).items() if ids)
        reporter.warn(f"{told(leaks)}: scores are too good. Known from an earlier split: {lost}; kept in leaks.json")
    return splits, leaks


def refusal(data: DataConfig, leaks: Sequence[Leak]) -> str:
    """Why splits are refused, and what to do.

    >>> leak = Leak("patient", (("a", "train"), ("b", "test")))
    >>> refusal(DataConfig(), [leak]).split("; ")[1]
    'python -m dentalx audit writes a splits.csv without them for --splits, --allow-leaks goes on as it is'
    """
    named = data.splits or data.data or "the data set"
    given: dict[str, Sequence[object]] = {
        "": [data.data],
        "--images": [data.images],
        "--masks": [data.masks],
        "--format": [data.layout if data.layout != "auto" else None],
        "--classes": data.classes,
        "--part": [data.part],
        "--patient-pattern": [data.patient_pattern],
        "--splits": [data.splits],
    }
    said = {flag: [shlex.quote(str(value)) for value in values if value] for flag, values in given.items()}
    words = "".join(f" {' '.join([flag, *values]).strip()}" for flag, values in said.items() if values)
    out = f"{words} --output audit" if words else ""
    return (
        f"{named} leaks: {told(leaks)}; python -m dentalx audit{out} writes a splits.csv without them "
        "for --splits, --allow-leaks goes on as it is"
    )


def _chosen(data: DataConfig, source: Source, twins: Bundle, reporter: Reporter) -> Splits:
    """Given splits as they are, else the publisher's where they leak, else drawn."""
    records = source.records
    if data.splits is not None:
        return read_given_splits(data.splits, records, data.allow_leaks)
    parts = {name: [r for r in records if (r.split or "train") == name] for name in NAMES}
    if data.folds:
        parts = {"train": [*parts["train"], *parts["val"]], "test": parts["test"]}
    apart = bool(find_leaks(parts, twins)) if any(record.split for record in records) else False
    if apart and (not data.allow_leaks or data.folds):
        return parts
    held = presence(source, reporter.read)
    if data.folds:
        val = data.fractions[1] / max(1e-9, data.fractions[0] + data.fractions[1])
        return fold_splits(records, (data.fold, data.folds), val, data.seed, twins, held)
    draw = split_as_published if apart else split_by_patient
    return draw(records, data.fractions, data.seed, twins, held)
