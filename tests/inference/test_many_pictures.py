"""Five thousand pictures: every one is there, memory does not follow their number, going on takes no network."""

import resource
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_folder import Bright
from test_resume_predict import Counting

from dentalx.datasets.images import find_pictures
from dentalx.inference import Place, predict_folder
from dentalx.inference.rows import Row
from dentalx.journal import Journal

COUNT = 5000


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


@pytest.mark.slow
def test_five_thousand_pictures(tmp_path: Path) -> None:
    pixels = np.zeros((64, 128), np.uint8)
    for number in range(COUNT):
        pixels[:32] = 100 + number % 150
        folder = tmp_path / "in" / f"{number // 500}"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / f"{number:04}.png")
    found = find_pictures(tmp_path / "in")
    peaks: list[float] = []

    def note(done: int, row: Row) -> None:
        if done in (500, COUNT):
            peaks.append(peak_mib())

    seconds = []
    for resume, network in ((False, Bright()), (True, Counting())):
        started = time.perf_counter()
        with Journal(tmp_path / "out") as journal:
            journal.begin("settings", resume)
            rows = predict_folder(network, found, Place(tmp_path / "out", tmp_path / "in", journal), progress=note)  # type: ignore[arg-type]
        seconds.append(time.perf_counter() - started)
        assert [row.status for row in rows] == ["ok"] * COUNT
    assert network.seen == []  # type: ignore[attr-defined]
    assert journal.skipped == COUNT
    assert len(list((tmp_path / "out" / "masks").rglob("*.png"))) == COUNT
    sys.stdout.write(
        f"{COUNT} pictures: {seconds[0]:.0f} s, again with --resume {seconds[1]:.0f} s; peaks {peaks} MiB\n"
    )
    assert peaks[1] - peaks[0] < 60
