"""An evaluation that was killed goes on where it was, and says the same in the end."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from mask_sets import shifted, truth, write, write_masks, write_set

from dentalx.config import DataConfig
from dentalx.errors import InputError
from dentalx.runs import Run
from dentalx.scoring import Options, Scored, score, score_predictions
from dentalx.scoring.unfinished import Unfinished

ROOT = Path(__file__).resolve().parents[2]
N = 9


def dying(at: int):
    def progress(done: int, of: int) -> None:
        if done == at:
            raise KeyboardInterrupt

    return progress


def counting(seen: list[int]):
    return lambda done, of: seen.append(done)


def everything(tmp_path: Path) -> tuple[Path, DataConfig, Options]:
    """Predictions with all that can be asked of them beside."""
    data, predictions = write_set(tmp_path / "data", N), write_masks(tmp_path / "program", N)
    (predictions / "p2.png").unlink()
    raters = write_masks(tmp_path / "one", N, 0), write_masks(tmp_path / "two", N, 2)
    table = tmp_path / "t.csv"
    table.write_text("image_id,device\n" + "\n".join(f"p{i},{'ab'[i % 2]}" for i in range(N)))
    other = write_masks(tmp_path / "theirs", N, 2)
    options = Options(strata=(f"{table}:device",), raters=raters, against_predictions=other)
    return predictions, data, replace(options, unfinished=tmp_path / "unfinished.jsonl")


def same(one: Scored, two: Scored) -> bool:
    """Metrics to the last bit, tables and problems."""
    texts = [json.dumps(scored.result.metrics, sort_keys=True) for scored in (one, two)]
    return texts[0] == texts[1] and one.tables == two.tables and one.problems == two.problems


@pytest.mark.parametrize("at", [0, 1, 5, N])
def test_it_goes_on_where_it_was(tmp_path: Path, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    predictions, data, options = everything(tmp_path)
    whole = score_predictions(predictions, data, None, replace(options, unfinished=None))
    with pytest.raises(KeyboardInterrupt):
        score_predictions(predictions, data, None, replace(options, progress=dying(at)))
    assert options.unfinished is not None
    assert len(options.unfinished.read_bytes().splitlines()) == 1 + at
    read: list[str] = []
    from dentalx.datasets.mask_folder import MaskFolder

    whole_read = MaskFolder.read
    monkeypatch.setattr(MaskFolder, "read", lambda self, name: read.append(name) or whole_read(self, name))
    again = score_predictions(predictions, data, None, replace(options, resume=True))
    assert same(whole, again)
    assert set(read) == {f"p{i}" for i in range(at, N)}  # what was measured is not read again


def test_half_a_line_is_measured_again(tmp_path: Path) -> None:
    predictions, data, options = everything(tmp_path)
    whole = score_predictions(predictions, data, None, options)
    assert options.unfinished is not None
    content = options.unfinished.read_bytes()
    for end in (0, 10, len(content) // 3, len(content) // 2, len(content) - 1, len(content)):
        options.unfinished.write_bytes(content[:end])
        assert same(whole, score_predictions(predictions, data, None, replace(options, resume=True)))
        assert options.unfinished.read_bytes() == content


def test_without_the_flag_it_begins_anew(tmp_path: Path) -> None:
    predictions, data, options = everything(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        score_predictions(predictions, data, None, replace(options, progress=dying(4)))
    (predictions / "p0.png").unlink()
    scored = score_predictions(predictions, data, None, options)
    assert scored.result.metrics["predictions"]["missing"] == 2


def test_other_inputs_are_refused(tmp_path: Path) -> None:
    predictions, data, options = everything(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        score_predictions(predictions, data, None, replace(options, progress=dying(4)))
    going_on = replace(options, resume=True)
    refusal = "is of an evaluation with other inputs or settings; start anew without --resume"
    with pytest.raises(InputError, match=refusal):
        score_predictions(predictions, data, None, replace(going_on, tolerance_px=3))
    with pytest.raises(InputError, match=refusal):
        score_predictions(predictions, data, None, replace(going_on, raters=()))
    write(predictions / "p8.png", shifted(truth(8), 4))
    os.utime(predictions / "p8.png", ns=(1, 1))
    with pytest.raises(InputError, match=refusal):
        score_predictions(predictions, data, None, going_on)


def test_a_file_changed_by_hand_is_refused(tmp_path: Path) -> None:
    predictions, data, options = everything(tmp_path)
    score_predictions(predictions, data, None, options)
    assert options.unfinished is not None
    lines = options.unfinished.read_bytes().splitlines()
    kept = json.loads(lines[1])
    del kept["score"]["counts"]
    options.unfinished.write_bytes(b"\n".join([lines[0], json.dumps(kept).encode(), b""]))
    with pytest.raises(InputError, match="was changed by hand; start anew without --resume"):
        score_predictions(predictions, data, None, replace(options, resume=True))
    options.unfinished.write_text("notes of mine\n")
    with pytest.raises(InputError, match="start anew without --resume"):
        score_predictions(predictions, data, None, replace(options, resume=True))


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "u.jsonl").mkdir()
    with pytest.raises(InputError, match=r"cannot write .*: .*; check permissions"):
        Unfinished(tmp_path / "u.jsonl", [], False)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot make the folder"):
        Unfinished(tmp_path / "file" / "u.jsonl", [], False)


def test_a_run_goes_on_too(tiny_run: Path, tmp_path: Path) -> None:
    options = Options(unfinished=tmp_path / "unfinished.jsonl")
    whole = score(Run(tiny_run), None, "all", replace(options, unfinished=None))
    with pytest.raises(KeyboardInterrupt):
        score(Run(tiny_run), None, "all", replace(options, progress=dying(3)))
    again = score(Run(tiny_run), None, "all", replace(options, resume=True))
    assert same(whole, again)
    for name in ("calibration", "curves", "froc", "baselines"):
        assert name in again.result.metrics


def test_kill_minus_nine(tmp_path: Path) -> None:
    count = 400
    data, predictions = write_set(tmp_path / "data", count), write_masks(tmp_path / "program", count)
    words = [sys.executable, str(ROOT / "evaluate.py"), "--predictions", str(predictions), "--no-calibration"]
    words += ["--images", str(data.images), "--masks", str(data.masks), "--output"]
    subprocess.run([*words, str(tmp_path / "whole")], check=True, capture_output=True, cwd=tmp_path)
    unfinished = tmp_path / "killed" / "unfinished.jsonl"
    process = subprocess.Popen([*words, str(unfinished.parent)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        if unfinished.is_file() and unfinished.stat().st_size > 30_000:
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.002)
    assert process.wait() == -signal.SIGKILL
    kept = len(unfinished.read_bytes().splitlines())
    assert 1 < kept <= count
    assert not (unfinished.parent / "metrics.json").exists()
    ended = subprocess.run(
        [*words, str(unfinished.parent), "--resume"], check=True, capture_output=True, text=True, cwd=tmp_path
    )
    assert f"going on with what {unfinished} holds" in ended.stdout
    assert not unfinished.exists()
    for name in ("metrics.json", "per_image.csv"):
        assert (unfinished.parent / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
