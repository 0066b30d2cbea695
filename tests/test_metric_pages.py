"""What the page about scores says is what the program says."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from dentalx.metrics import SCORES, count, dice

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "metrics.md").read_text("utf-8")


def test_the_four_wrong_scores_are_what_the_script_prints():
    words = [sys.executable, str(ROOT / "benchmarks" / "wrong_scores.py")]
    printed = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert printed.strip() in PAGE


def test_every_score_is_on_the_page():
    assert [name for name in SCORES if f"`{name}`" not in PAGE] == []


def test_a_wide_outline_hardly_shows_in_dice():
    """The page's 0.98: a band 100 px wide, drawn 2 px too wide everywhere."""
    truth, prediction = np.zeros((2, 300, 1000), np.uint8)
    truth[100:200, 100:900], prediction[98:202, 98:902] = 1, 1
    assert round(float(dice(count(truth, prediction, 1))[0]), 2) == 0.98


def test_scores_need_no_tensorflow():
    program = "import sys, dentalx.metrics, dentalx.evaluation; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
