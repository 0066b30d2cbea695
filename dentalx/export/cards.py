"""What an export says of the run that it was made from."""

import hashlib
import shutil
from pathlib import Path

from dentalx import runs
from dentalx.files import file_digest
from dentalx.runs import Description, Run
from dentalx.runtimes.card import FILES, SEEN, Card, Digits, Kind


def card_of(run: Run, description: Description, folder: Path, kind: Kind, precision: Digits) -> Card:
    """The card of a run's network in a folder whose files are written.

    Raises:
        InputError: a file cannot be read.
    """
    return Card(
        kind,
        precision,
        run.folder.resolve().name,
        description.classes,
        description.train.model.image_size,
        runs.threshold(run),
        description.train.data.grey,
        description.train.enhance,
        weights_digest(run),
        {name: file_digest(folder / name) for name in (*FILES[kind], SEEN) if (folder / name).is_file()},
        runs.thresholds(run, description),
    )


def weights_digest(run: Run) -> str:
    """SHA-256 of all the weights that a run predicts with."""
    return hashlib.sha256("".join(file_digest(path) for path in run.weights).encode()).hexdigest()


def keep_seen(run: Run, folder: Path) -> None:
    """Put the run's statistics of its training pictures beside its export, where it has any.

    Raises:
        OSError: no room.
    """
    if run.seen.is_file():
        shutil.copyfile(run.seen, folder / SEEN)
