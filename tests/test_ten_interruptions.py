"""Ten kills at random steps of random epochs: the weights are those of a training that was never stopped."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from test_resume import ROOT, assert_same

from dentalx.runs import Run

pytestmark = pytest.mark.slow  # a dozen processes

EPOCHS, STEPS, KILLS = 15, 4, 10
SETTINGS = (
    *("--phantoms", "16", "--image-size", "32", "64", "--batch-size", "2", "--fractions", "0.5", "0.25", "0.25"),
    *("--backbone", "resnet18", "--encoder-weights", "none", "--epochs", str(EPOCHS), "--seed", "5"),
)
KILLED_AT = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from dentalx import cli
left = int(sys.argv[2])

def arm():
    from dentalx.training.callbacks import Ticker
    told = Ticker.on_train_batch_end

    def count(self, batch, logs=None):
        global left
        told(self, batch, logs)
        left -= 1
        if left == 0:
            print("killed in epoch", self.epoch + 1, "step", batch + 1, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

    Ticker.on_train_batch_end = count

arm()
sys.exit(cli.run("train", sys.argv[3:]))
"""


def train(run: Run, kill_after: int) -> tuple[int, str]:
    """Train or go on in a process that is killed after so many steps (0: never); its exit code and last line."""
    words = [*SETTINGS, "--output", str(run.folder), *(["--resume"] if run.config.is_file() else [])]
    command = [sys.executable, "-c", KILLED_AT, str(ROOT), str(kill_after), *words]
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=quiet)
    return done.returncode, (done.stdout + done.stderr)[-3000:]


def test_ten_kills_leave_no_trace(tmp_path: Path) -> None:
    """Each kill comes within the first two epochs after the last; some epochs are begun several times."""
    whole, run, chance = Run(tmp_path / "whole"), Run(tmp_path / "run"), random.Random(20)
    code, said = train(whole, 0)
    assert code == 0, said
    for _ in range(KILLS):
        code, said = train(run, chance.randint(1, STEPS + 2))
        assert code == -signal.SIGKILL, said
        assert "killed in epoch" in said
    code, said = train(run, 0)
    assert code == 0, said
    assert_same(run, whole)
