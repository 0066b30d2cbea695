"""train.py with the smallest network that has all that matters: convolutions, batch normalisation, a decoder's name.

Run as a program, so that several can train together.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import keras

from dentalx import cli, models, training
from dentalx.runs import Run
from dentalx.training.state import TrainingState


def small_core(architecture: str, backbone: str) -> keras.Model:
    """(B, H, W, 3) to (B, H, W, 8)."""
    image = keras.Input((None, None, 3), name="data")
    x = keras.layers.Conv2D(8, 3, padding="same", use_bias=False, name="encoder_conv")(image)
    x = keras.layers.BatchNormalization(momentum=0.9, name="encoder_bn")(x)
    x = keras.layers.Activation("relu", name="encoder_relu")(x)
    x = keras.layers.Conv2D(8, 3, padding="same", name="decoder_conv", activation="relu")(x)
    return keras.Model(image, x, name=f"{architecture}_{backbone}")


def telling(config: object, run: Run, reporter: object, team: training.Team) -> TrainingState:
    """Train, and write beside the run folder what this process knows of it."""
    state = plain(config, run, reporter, team)  # type: ignore[arg-type]
    rows = [{name: value for name, value in row.items() if name != "seconds"} for row in state.rows]
    (run.folder.parent / f"rows{team.index}.json").write_text(json.dumps(rows))
    return state


if __name__ == "__main__":
    models.build_core = small_core
    plain, training.train = training.train, telling
    sys.exit(cli.run("train", sys.argv[1:]))
