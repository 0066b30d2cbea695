"""Several runs made one: their probabilities averaged, one folder that is used like any other run."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from dentalx import runs
from dentalx.datasets import open_source
from dentalx.datasets.leaks import Leak, as_json, find_leaks, read_leaks
from dentalx.datasets.splits import NAMES, read_divided_splits, write_splits
from dentalx.errors import InputError, in_one_line
from dentalx.export import export_saved_model
from dentalx.files import temporary_name, write_json
from dentalx.runs import Description, Run
from dentalx.samples import Record
from dentalx.training.threshold import choose_threshold, write_thresholds


def build_ensemble(members: Sequence[Run], output: Path) -> Run:
    """Write an ensemble's folder, whole or not at all: copies of the members' weights, what they agree on, a threshold.

    A picture that any member was trained on is training; of the others, one that any member was judged by is
    validation; only the rest is test. With several classes the largest probability wins; the threshold of one,
    or of each that overlaps, is chosen on the ensemble's validation pictures, or, where none is left (as of
    cross-validation), is the members' mean.

    Raises:
        InputError: fewer than two runs, runs that do not go together, unfinished ones, or no room.
    """
    descriptions = _together(members)
    if output.exists() and any(output.iterdir()):
        raise InputError(f"{output} is not empty; give another --output")
    temporary = temporary_name(output)
    try:
        for number, member in enumerate(members, start=1):
            folder = temporary / "members" / str(number)
            folder.mkdir(parents=True)
            for path in (member.config, member.best, member.thresholds, member.splits):
                shutil.copyfile(path, folder / path.name)
            if member.seen.is_file() and number == 1:  # all learnt from the same data
                shutil.copyfile(member.seen, temporary / member.seen.name)
        ensemble = Run(temporary)
        write_json(ensemble.config, {**descriptions[0].raw, "members": [run.folder.name for run in members]})
        _decide(ensemble, members, descriptions[0])
        export_saved_model(ensemble)
        if output.exists():
            output.rmdir()
        temporary.rename(output)
    except OSError as error:
        raise InputError(f"cannot write {output}: {in_one_line(error)}; check free space and permissions") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return Run(output)


def _together(members: Sequence[Run]) -> list[Description]:
    """What the members are, all alike in what an ensemble needs."""
    if len(members) < 2:
        raise InputError(f"an ensemble needs at least two runs, got {len(members)}")
    found = [runs.describe(run) for run in members]
    first = found[0]
    for run, each in zip(members, found, strict=True):
        if each.train.task != "semantic" or run.members:
            raise InputError(
                f"{run.folder} is {'an ensemble' if run.members else 'of --task instance'}; give single "
                "runs of --task semantic"
            )
        if not run.finished:
            raise InputError(f"{run.folder} is not finished; go on with python train.py --resume --output {run.folder}")
        for what, mine, theirs in (
            ("classes", ", ".join(first.classes), ", ".join(each.classes)),
            ("--enhance", first.train.enhance, each.train.enhance),
            ("--grey", first.train.data.grey, each.train.data.grey),
            ("data", first.raw["data"]["fingerprint"], each.raw["data"]["fingerprint"]),
        ):
            if mine != theirs:
                raise InputError(f"{run.folder} and {members[0].folder} differ in their {what}; give runs that agree")
    return found


def _decide(ensemble: Run, members: Sequence[Run], first: Description) -> None:
    """Write splits.csv, leaks.json where splits leak, and thresholds.json."""
    source = open_source(first.train.data, first.train.model.image_size)
    splits = common_splits([read_divided_splits(run.splits, source.records) for run in members])
    write_splits(ensemble.splits, splits)
    if leaks := common_leaks(members, splits):
        write_json(ensemble.leaks, as_json(leaks))
    exclusive = len(first.classes) > 1 and not first.train.data.overlapping
    if exclusive or splits["val"]:
        choose_threshold(ensemble, source, splits["val"])
        return
    if first.train.data.overlapping:
        means = map(fmean, zip(*(runs.thresholds(run, first) for run in members), strict=True))
        write_thresholds(ensemble, "members", {n: {"value": v} for n, v in zip(first.classes, means, strict=True)})
        return
    rule = {"rule": "foreground where probability >= value", "chosen_on": "members"}
    write_json(ensemble.thresholds, {**rule, "value": fmean(runs.threshold(run) for run in members)})


def common_leaks(members: Sequence[Run], splits: Mapping[str, Sequence[Record]]) -> tuple[Leak, ...]:
    """What the ensemble's splits have in common: only what leaks in a member can leak here.

    Raises:
        InputError: a member's leaks.json is not what train.py writes.
    """
    leaks = {leak for run in members for leak in read_leaks(run.leaks)}
    twins = {tuple(image_id for image_id, _ in leak.pictures) for leak in leaks if leak.reason == "twin"}
    return find_leaks(splits, sorted(twins))


def common_splits(each: Sequence[dict[str, tuple[Record, ...]]]) -> dict[str, tuple[Record, ...]]:
    """Splits of an ensemble from those of its members: training where any trained, else validation where any judged.

    >>> a, b = Record("a", "a"), Record("b", "b")
    >>> found = common_splits([{"train": (a,), "val": (), "test": (b,)}, {"train": (), "val": (b,), "test": (a,)}])
    >>> {name: [r.image_id for r in records] for name, records in found.items()}
    {'train': ['a'], 'val': ['b'], 'test': []}
    """
    rank: dict[Record, int] = {}
    for splits in each:
        for number, name in enumerate(NAMES):
            for record in splits[name]:
                rank[record] = min(number, rank.get(record, number))
    ordered = sorted(rank, key=lambda record: record.image_id)
    return {name: tuple(r for r in ordered if rank[r] == number) for number, name in enumerate(NAMES)}
