"""A run's network as a SavedModel that needs TensorFlow alone."""

import json
import shutil
from os import getpid
from pathlib import Path

import numpy as np
import tensorflow as tf

from dentalx import DISCLAIMER, __version__, runs
from dentalx.errors import InputError, in_one_line
from dentalx.models import load_network
from dentalx.models.segmenter import Segmenter
from dentalx.runs import Run

TOLERANCE = 1e-4


def export_saved_model(run: Run, output: Path | None = None) -> Path:
    """Write the SavedModel of a run, check that it says what the network says, and only then put it in place.

    Signatures: `serving_default`: image uint8 (B, h, w, 1) to probability float32 (B, h, w, C); `serving_bytes`:
    image_bytes string (B,), PNG or JPEG files of one size, to the same.

    Raises:
        InputError: not a run folder, no room, or the written model disagrees with the network.
    """
    description = runs.describe(run)
    output = output or run.saved_model
    size = description.train.model.image_size
    segmenter = Segmenter(load_network(run).model, size)
    temporary = output.with_name(f".part{getpid()}.{output.name}")
    try:
        temporary.parent.mkdir(parents=True, exist_ok=True)
        signatures = {"serving_default": segmenter.from_pixels, "serving_bytes": segmenter.from_bytes}
        tf.saved_model.save(segmenter, str(temporary), signatures)
        _write_card(temporary, run, description)
        _check(temporary, segmenter, size)
        if output.exists():
            shutil.rmtree(output)
        temporary.rename(output)
    except (OSError, tf.errors.OpError) as error:
        raise InputError(
            f"cannot write the SavedModel to {output}: {in_one_line(error)}; check free space and permissions"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return output


def _write_card(folder: Path, run: Run, description: runs.Description) -> None:
    card = {
        "dentalx": __version__,
        "classes": list(description.classes),
        "image_size": list(description.train.model.image_size),
        "threshold": runs.threshold(run) if len(description.classes) == 1 else None,
        "disclaimer": DISCLAIMER,
    }
    extra = folder / "assets.extra"
    extra.mkdir(exist_ok=True)
    (extra / "dentalx.json").write_text(json.dumps(card, indent=2) + "\n", "utf-8")


def _check(folder: Path, segmenter: Segmenter, size: tuple[int, int]) -> None:
    height, width = size[0] + 7, size[1] // 2 + 5
    noise = np.random.default_rng(0).integers(0, 256, (1, height, width, 1), dtype=np.uint8)
    written = tf.saved_model.load(str(folder)).signatures["serving_default"](image=tf.constant(noise))
    difference = float(np.abs(written["probability"] - segmenter.from_pixels(noise)["probability"]).max())
    if not difference <= TOLERANCE:
        raise InputError(f"the written SavedModel differs from the network by {difference:.2g}; it was not kept")
