"""The command `convert`."""

from dataclasses import replace
from typing import Any

from dentalx.cli.console import bar, say, warn
from dentalx.cli.data_commands import Convert
from dentalx.errors import InputError
from dentalx.samples import Record, Source


def convert(command: Convert) -> int:
    """Write a data set in another layout; 1 where some pictures failed."""
    from dentalx.datasets import open_source
    from dentalx.datasets.contents import layout
    from dentalx.datasets.writers import WRITERS, Job, Writer, YoloWriter
    from dentalx.datasets.writers import convert as write

    if command.data is None and command.images is None:
        raise InputError("convert needs --data, or --images and --masks; phantoms are written by dentalx phantoms")
    if not 0 <= command.tolerance <= 100 or (command.tolerance and command.to != "yolo"):
        raise InputError(f"--tolerance is for --to yolo, within 0…100 pixels, got {command.tolerance}")
    source = open_source(command.data_config(grey=command.grey, overlapping=command.overlapping), (0, 0), keep_bad=True)
    if read_as := layout(source):
        say(f"{source.name}: {len(source.records)} pictures; read as {read_as}; classes: {', '.join(source.classes)}")
    for note in source.notes:
        say(note)
    records = _split(source, command)
    options: dict[str, Any] = {"to": command.to, "link": command.link, "tolerance_px": command.tolerance}
    writer: Writer = WRITERS[command.to](source.classes, source.name)
    if isinstance(writer, YoloWriter):
        writer = replace(writer, tolerance_px=command.tolerance)
    job = Job(source, records, writer, command.output, options, command.link)
    with bar() as progress:
        task = progress.add_task("converting", total=len(records), note="")
        outcome = write(job, lambda done, of: progress.update(task, completed=done, total=of))
    for name, reason in outcome.failed:
        warn(f"{name} is left out: {reason}")
    for note in outcome.notes:
        say(note)
    resumed = f" ({outcome.resumed} of them before an interruption)" if outcome.resumed else ""
    say(f"{outcome.pictures} of {len(records)} pictures{resumed} as {command.to} in {command.output}")
    return 1 if outcome.failed else 0


def _split(source: Source, command: Convert) -> tuple[Record, ...]:
    """The records with the splits and patients of --splits, or the data set's own."""
    from dentalx.datasets.splits import patients_of, read_given_splits

    if command.splits is None:
        return tuple(source.records)
    parts = read_given_splits(command.splits, source.records)
    patients = patients_of(command.splits, {record.image_id for record in source.records})
    named = [replace(r, split=name, patient_id=patients[r.image_id]) for name, part in parts.items() for r in part]
    return tuple(sorted(named, key=lambda record: record.image_id))
