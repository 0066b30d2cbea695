"""Run folders: told apart from other folders, found by time."""

import json
import os
from pathlib import Path

import pytest

from dentalx import runs
from dentalx.config import TrainConfig, to_json
from dentalx.errors import InputError
from dentalx.runs import Run


def write_run(folder: Path, *, finished: bool = True, time: int = 0, **changes: object) -> Run:
    run = Run(folder)
    folder.mkdir(parents=True)
    run.config.write_text(json.dumps({"format": 1, "config": to_json(TrainConfig()), "classes": ["teeth"], **changes}))
    os.utime(run.config, (time, time))
    if finished:
        run.thresholds.write_text('{"value": 0.4}')
        run.saved_model.mkdir()
        (run.saved_model / "saved_model.pb").touch()
    return run


def test_a_run_says_what_it_is(tmp_path: Path) -> None:
    run = write_run(tmp_path / "a")
    assert runs.describe(run).train == TrainConfig()
    assert runs.describe(run).classes == ("teeth",)
    assert runs.threshold(run) == 0.4


def test_settings_that_were_of_objects_alone_are_found_where_they_are_now(tmp_path: Path) -> None:
    config = to_json(TrainConfig())
    config["instances"] |= {"accumulate": config.pop("accumulate") + 2, "xla": not config.pop("xla")}
    train = runs.describe(write_run(tmp_path / "a", config=config)).train
    assert (train.accumulate, train.xla) == (3, True)


def test_the_newest_run_of_a_kind_is_found(tmp_path: Path) -> None:
    write_run(tmp_path / "old", time=100)
    write_run(tmp_path / "new", time=200)
    write_run(tmp_path / "unfinished", time=300, finished=False)
    assert runs.newest(tmp_path).folder.name == "new"
    assert runs.newest(tmp_path, finished=False).folder.name == "unfinished"


def test_where_there_is_none_the_way_out_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no finished run in .*train one with train\.py"):
        runs.newest(tmp_path)


def test_a_folder_that_is_no_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is not a run folder: it has no config\.json"):
        runs.describe(Run(tmp_path))
    with pytest.raises(InputError, match="run folder not found"):
        runs.describe(Run(tmp_path / "nowhere"))


@pytest.mark.parametrize("changes", [{"format": 99}, {"config": {"epoch": 3}}, {"classes": None}])
def test_a_config_that_is_not_ours_is_told(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"config\.json"):
        runs.describe(write_run(tmp_path / "a", **changes))


@pytest.mark.parametrize("value", ['"high"', "1.5", "-1"])
def test_a_threshold_out_of_range_is_refused(tmp_path: Path, value: str) -> None:
    run = write_run(tmp_path / "a")
    run.thresholds.write_text(f'{{"value": {value}}}')
    with pytest.raises(InputError, match="should hold a threshold"):
        runs.threshold(run)
