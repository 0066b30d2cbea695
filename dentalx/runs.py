"""A run folder: all that is needed to predict, evaluate, resume and export."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dentalx.config import TrainConfig, from_json
from dentalx.errors import InputError
from dentalx.files import read_json

ROOT = Path("runs")
FORMAT = 1


@dataclass(frozen=True)
class Run:
    """The names of the files in a run folder."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.json"

    @property
    def splits(self) -> Path:
        return self.folder / "splits.csv"

    @property
    def leaks(self) -> Path:
        return self.folder / "leaks.json"

    @property
    def seen(self) -> Path:
        return self.folder / "seen.json"

    @property
    def log(self) -> Path:
        return self.folder / "log.csv"

    @property
    def curves(self) -> Path:
        return self.folder / "curves.png"

    @property
    def tensorboard(self) -> Path:
        return self.folder / "tensorboard"

    @property
    def thresholds(self) -> Path:
        return self.folder / "thresholds.json"

    @property
    def best(self) -> Path:
        return self.folder / "best.weights.h5"

    @property
    def last(self) -> Path:
        return self.folder / "last.weights.h5"

    @property
    def state(self) -> Path:
        return self.folder / "state.json"

    @property
    def saved_model(self) -> Path:
        return self.folder / "saved_model"

    @property
    def evaluation(self) -> Path:
        return self.folder / "evaluation"

    @property
    def members(self) -> tuple["Run", ...]:
        """The runs that an ensemble holds, in their order; none for a run that was trained."""
        folder = self.folder / "members"
        if not folder.is_dir():
            return ()
        return tuple(Run(path) for path in sorted(folder.iterdir(), key=lambda path: (len(path.name), path.name)))

    @property
    def weights(self) -> tuple[Path, ...]:
        """The weights that it predicts with: its best, or those of its members."""
        return tuple(run.best for run in self.members or (self,))

    @property
    def finished(self) -> bool:
        """Whether training ended, by itself or by early stopping, and the model was exported."""
        return self.thresholds.is_file() and (self.saved_model / "saved_model.pb").is_file()


@dataclass(frozen=True)
class Description:
    """What config.json says of a run.

    Attributes:
        train: everything that was asked for.
        classes: the K class names.
        raw: the whole file.
    """

    train: TrainConfig
    classes: tuple[str, ...]
    raw: dict[str, Any]

    @property
    def network(self) -> str:
        """What its network is, for reports: "unet, resnet34, 256×512"."""
        model = self.train.model
        return f"{model.architecture}, {model.backbone}, {'×'.join(map(str, model.image_size))}"


def describe(run: Run) -> Description:
    """Read a run's config.json.

    Raises:
        InputError: the folder is not a run folder, or was written by a newer dentalx.
    """
    if not run.folder.is_dir():
        raise InputError(f"run folder not found: {run.folder}; give a folder that train.py wrote")
    if not run.config.is_file():
        raise InputError(f"{run.folder} is not a run folder: it has no config.json; give a folder that train.py wrote")
    raw = read_json(run.config, limit=2**24)
    try:
        if raw["format"] != FORMAT:
            raise InputError(
                f"{run.config} has format {raw['format']}, this dentalx reads {FORMAT}; use the other version"
            )
        classes = tuple(str(name) for name in raw["classes"])
        if not classes:
            raise ValueError("it names no classes")
        return Description(from_json(TrainConfig, _moved(raw["config"])), classes, raw)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{run.config} is not what train.py writes ({error}); restore it or train again") from error


def _moved(config: dict[str, Any]) -> dict[str, Any]:
    """Settings that were of objects alone, at the place they have since they are of every training."""
    instances = dict(config.get("instances", {}))
    moved = {name: instances.pop(name) for name in ("accumulate", "xla") if name in instances}
    return {**config, "instances": instances, **moved}


def threshold(run: Run) -> float:
    """The probability from which a pixel counts as foreground, chosen on validation; 0.5 before it was chosen."""
    if not run.thresholds.is_file():
        return 0.5
    content = read_json(run.thresholds, limit=2**20)
    value = content.get("value", 0.5) if isinstance(content, dict) else content
    if not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise InputError(
            f"{run.thresholds} should hold a threshold in [0, 1], holds {value!r}; delete it or train again"
        )
    return float(value)


def thresholds(run: Run, description: Description) -> tuple[float, ...]:
    """Of overlapping classes one a class, chosen on validation, 0.5 each before they were; of exclusive ones none.

    Raises:
        InputError: thresholds.json is not what train.py writes.
    """
    if not description.train.data.overlapping:
        return ()
    if not run.thresholds.is_file():
        return (0.5,) * len(description.classes)
    content = read_json(run.thresholds, limit=2**24)
    try:
        values = tuple(float(content["classes"][name]["value"]) for name in description.classes)
        if not all(0 <= value <= 1 for value in values):
            raise ValueError("a threshold lies outside [0, 1]")
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{run.thresholds} should hold a threshold in [0, 1] for each class; delete it or train again"
        ) from error
    return values


def newest(root: Path = ROOT, *, finished: bool = True) -> Run:
    """The run in `root` that was written to last, among the finished or the unfinished ones.

    Raises:
        InputError: there is none.
    """
    runs = [Run(path.parent) for path in root.glob("*/config.json")]
    runs = [run for run in runs if run.finished == finished]
    if not runs:
        kind, remedy = ("finished", "train one with train.py") if finished else ("unfinished", "name it with --output")
        raise InputError(f"no {kind} run in {root}/; {remedy}, or give its folder")
    return max(runs, key=lambda run: run.config.stat().st_mtime)


def new_name(config: TrainConfig, now: datetime) -> str:
    """A folder name that tells runs apart.

    >>> new_name(TrainConfig(), datetime(2026, 1, 2, 3, 4, 5))
    '20260102-030405-unet-vgg16'
    """
    return re.sub(r"[^A-Za-z0-9_.-]", "_", f"{now:%Y%m%d-%H%M%S}-{config.model.architecture}-{config.model.backbone}")
