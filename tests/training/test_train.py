"""A whole training run, small."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from small_train import small_core
from test_together import arrays

from dentalx import models, training
from dentalx.balance import BalanceConfig
from dentalx.config import AugmentConfig, DataConfig, ModelConfig, TrainConfig
from dentalx.datasets.phantoms import PhantomSource
from dentalx.errors import InputError
from dentalx.labelling import EXCLUSIVE
from dentalx.models import load_network
from dentalx.runs import Run
from dentalx.samples import Record, Sample
from dentalx.scoring import Options, score
from dentalx.training.census import census

CONFIG = TrainConfig(
    data=DataConfig(phantoms=8, fractions=(0.5, 0.25, 0.25)),
    model=ModelConfig(backbone="resnet18", encoder_weights="none", image_size=(32, 64)),
    epochs=1,
    batch_size=4,
)


def test_a_run_folder_holds_all_that_is_needed(tiny_run: Path) -> None:
    run = Run(tiny_run)
    assert run.finished
    for path in (run.config, run.splits, run.log, run.curves, run.best, run.last, run.state, run.thresholds):
        assert path.stat().st_size > 0, path
    assert any(run.tensorboard.rglob("*tfevents*"))
    config = json.loads(run.config.read_text())
    assert config["encoder"]["source"] == "scratch"
    assert set(config["versions"]) == {"dentalx", "python", "tensorflow", "keras"}
    assert 0.05 < config["prevalence"]["teeth"] < 0.4
    (row,) = csv.DictReader(run.log.read_text().splitlines())
    assert 0 < float(row["loss"]) < 5
    with run.splits.open(encoding="utf-8") as file:
        assert sorted(line["split"] for line in csv.DictReader(file)) == ["test"] * 2 + ["train"] * 4 + ["val"] * 2


@pytest.fixture(scope="module")
def numbered(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[str]]:
    """A run of teeth and, over them, two tooth numbers, rare ones counting for more; and what was said."""
    model = replace(CONFIG.model, encoder_weights=str(tiny_run))
    data = replace(CONFIG.data, classes=("teeth", "tooth_36", "tooth_46"))
    balance = BalanceConfig(("auto",), (32, 32), 0.5)
    config = replace(CONFIG, data=data, model=model, balance=balance, loss="bce+dice+0:0.1*boundary")
    run, said = Run(tmp_path_factory.mktemp("runs") / "numbered"), list[str]()
    assert training.train(config, run, training.Reporter(say=said.append)).ended
    return run, said


def test_several_classes_on_the_encoder_of_a_run(tiny_run: Path, numbered: tuple[Run, list[str]]) -> None:
    run, said = numbered
    assert "value" not in json.loads(run.thresholds.read_text())
    assert load_network(run).model.output.shape[-1] == 4
    origin = json.loads(run.config.read_text())["encoder"]
    assert origin["source"] == str(tiny_run)
    assert origin["missing"] == []
    assert any("encoder weights" in line for line in said)
    assert any(line.startswith("weights of pixels in the loss: background 0.") for line in said)
    assert not any("not flipped" in line for line in said)  # both sides are classes


def test_tooth_numbers_are_scored_each(numbered: tuple[Run, list[str]]) -> None:
    run, _ = numbered
    result = score(run, None, None, Options(calibrate=False)).result
    assert result.classes == (*result.metrics["classes"],) == ("teeth", "tooth_36", "tooth_46")
    source = PhantomSource(8, 0, (32, 64), ("teeth",))
    for found, record in ((s, r) for s in result.scores for r in source.records if r.image_id == s.image_id):
        phantom = source.phantom(record)
        planes = [phantom.plane(name) for name in result.classes]
        planes[0] = planes[0] & ~planes[1] & ~planes[2]
        there = [int(plane.sum()) for plane in planes]
        assert (found.counts.tp + found.counts.fn).tolist() == there and there[0] > 0


def write_pairs(folder: Path, level: int) -> DataConfig:
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for i in range(6):
        noise = np.random.default_rng(i).integers(0, 256, (40, 80), np.uint8)
        Image.fromarray(noise).save(folder / "images" / f"{i}.png")
        mask = np.zeros((40, 80), np.uint8)
        mask[:20] = level
        Image.fromarray(mask).save(folder / "masks" / f"{i}.png")
    return DataConfig(images=folder / "images", masks=folder / "masks", fractions=(0.5, 0.25, 0.25))


def test_a_radiograph_under_two_names_is_told_and_kept_together(tmp_path: Path) -> None:
    data = write_pairs(tmp_path / "data", 255)
    for name in ("images", "masks"):
        (tmp_path / "data" / name / "copy.png").write_bytes((tmp_path / "data" / name / "0.png").read_bytes())
    warned: list[str] = []
    run = Run(tmp_path / "run")
    training.train(replace(CONFIG, data=data, batch_size=2), run, training.Reporter(warn=warned.append))
    assert any("0, copy" in line for line in warned)
    with run.splits.open(encoding="utf-8") as file:
        split = {row["image_id"]: row["split"] for row in csv.DictReader(file)}
    assert split["0"] == split["copy"]


class Poisoned:
    """A source whose truth is fine and whose network will be given an infinite weight."""

    name, classes, notes = "poisoned", ("a",), ()
    records = tuple(Record(str(i), str(i)) for i in range(6))

    def load(self, record: Record) -> Sample:
        mask = np.zeros((32, 64), np.uint8)
        mask[:16] = 1
        return Sample(record.image_id, np.full((32, 64), 0.5, np.float32), mask)


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = training.build_network

    def poisoned(*args: object, **kwargs: object) -> training.Network:
        network = build(*args, **kwargs)  # type: ignore[arg-type]
        network.model.get_layer("logits").bias.assign([np.nan])
        return network

    monkeypatch.setattr(training, "build_network", poisoned)
    monkeypatch.setattr(training, "open_source", lambda *args: Poisoned())
    still = AugmentConfig(flip_p=0, rotate_p=0, brightness_p=0, affine_p=0)
    with pytest.raises(InputError, match=r"the loss became nan in epoch 1, step 1, on the pictures \d, \d; "):
        training.train(replace(CONFIG, augment=still, batch_size=2), Run(tmp_path / "run"), training.Reporter())


def test_running_out_of_memory_is_answered_with_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf

    def explode(*args: object, **kwargs: object) -> None:
        raise tf.errors.ResourceExhaustedError(None, None, "OOM")

    monkeypatch.setattr(keras.Model, "fit", explode)
    with pytest.raises(InputError, match="out of memory with batch size 4 at 32×64; try --batch-size 2"):
        training.train(CONFIG, Run(tmp_path / "run"), training.Reporter())


@pytest.mark.parametrize("batch", [4, 64])
def test_settings_that_cannot_fit_are_refused_before_training(
    batch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch is never larger than the training set."""
    monkeypatch.setattr(training, "free_memory", lambda: 2**27)
    with pytest.raises(InputError, match=r"batch size 4 at 32×64 needs about .* GiB .* are free; use --batch-size"):
        training.train(replace(CONFIG, batch_size=batch), Run(tmp_path / "run"), training.Reporter())


def test_masks_are_counted_before_training() -> None:
    class Four:
        labelling = EXCLUSIVE
        records = tuple(Record(name, name) for name in "abcd")
        masks = ([[1, 0, 0, 255]], [[1, 2, 255, 255]], [[0, 0, 0, 255]], [[1, 1, 1, 255]])

        def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
            return np.zeros((1, 4), np.uint8), np.array(self.masks[index], np.uint8)

    found = census(Four(), 2)  # type: ignore[arg-type]
    assert found.prevalence.tolist() == [5 / 11, 1 / 11]
    assert (found.empty, found.full) == (("c",), ("d",))


def test_gradients_that_wait_for_others_survive_a_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three steps make a change and an epoch has two, so that an epoch ends between two changes."""
    monkeypatch.setattr(models, "build_core", small_core)
    config = replace(CONFIG, batch_size=2, accumulate=3, epochs=3)

    def stop(state: training.TrainingState) -> None:
        raise KeyboardInterrupt

    whole, run = Run(tmp_path / "whole"), Run(tmp_path / "run")
    training.train(config, whole, training.Reporter())
    with pytest.raises(KeyboardInterrupt):
        training.train(config, run, training.Reporter(epoch=stop))
    training.train(config, run, training.Reporter())
    mine, theirs = arrays(run.last), arrays(whole.last)
    assert [name for name in theirs if not np.array_equal(mine[name], theirs[name])] == []


@pytest.mark.slow
def test_a_step_that_xla_compiles_trains(tmp_path: Path) -> None:
    assert training.train(replace(CONFIG, xla=True), Run(tmp_path / "run"), training.Reporter()).ended


@pytest.mark.slow
def test_float16_scales_its_loss_and_resumes(tmp_path: Path) -> None:
    config, run = replace(CONFIG, precision="mixed_float16", epochs=2), Run(tmp_path / "run")

    def stop(state: training.TrainingState) -> None:
        if state.epoch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.train(config, run, training.Reporter(epoch=stop))
    said: list[str] = []
    state = training.train(config, run, training.Reporter(say=said.append))
    assert "going on after epoch 1 of 2" in said
    assert [row["epoch"] for row in state.rows] == [1, 2]
    assert all(np.isfinite(row["loss"]) for row in state.rows)
    assert state.rows[0]["learning_rate"] > state.rows[1]["learning_rate"]
