"""What config.json says of every run, whatever it learns."""

import platform
from typing import Any

import keras
import tensorflow as tf

from dentalx import DISCLAIMER, __version__, runs
from dentalx.config import TrainConfig, to_json
from dentalx.datasets import fingerprint
from dentalx.errors import InputError
from dentalx.runs import Run
from dentalx.samples import Source
from dentalx.training import machine


def common(config: TrainConfig, source: Source, parameters: int) -> dict[str, Any]:
    """What was asked for, of which data, on what.

    Args:
        config: everything asked for.
        source: the data set.
        parameters: how many numbers the network has.
    """
    return {
        "format": runs.FORMAT,
        "task": config.task,
        "config": to_json(config),
        "classes": list(source.classes),
        "data": {"name": source.name, "pictures": len(source.records), "fingerprint": fingerprint(source)},
        "parameters": parameters,
        "device": machine.device_name(),
        "versions": {
            "dentalx": __version__,
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
        },
        "disclaimer": DISCLAIMER,
    }


def check_data(run: Run, source: Source) -> None:
    """Refuse to go on with other data than a run began with: its curves and scores would be of two data sets.

    Does nothing where nothing was trained yet.

    Raises:
        InputError: pictures, masks, annotations or the way in which masks are read have changed.
    """
    if run.last.is_file() and fingerprint(source) != runs.describe(run).raw["data"]["fingerprint"]:
        raise InputError(
            f"the data of {run.folder} have changed since the run began: a picture, a mask, an annotation, or which "
            "code is which class; put them back as they were, or train anew with another --output"
        )
