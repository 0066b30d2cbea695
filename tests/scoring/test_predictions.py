"""Folders of masks as predictions: what is missing, broken, too many or of another size is named and counted."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from mask_sets import SIZE, overlap, shifted, truth, write, write_masks, write_set
from PIL import Image

from dentalx.config import DataConfig
from dentalx.datasets import open_source
from dentalx.datasets.mask_source import MaskWishes
from dentalx.errors import InputError
from dentalx.evaluation import evaluate
from dentalx.report import beside
from dentalx.scoring import Folders, Options, Scored, score_predictions
from dentalx.scoring.picture import Rule
from dentalx.scoring.procedure import _mean_shape
from dentalx.scoring.tasks import Task

N = 8


@dataclass(frozen=True)
class Case:
    """Pictures and a folder of predictions in which one of each kind is wrong."""

    data: DataConfig
    predictions: Path

    def scored(self, missing: Rule = "zero", resize: bool = False) -> Scored:
        return score_predictions(self.predictions, self.data, None, Options(folders=Folders(missing, resize)))


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """p0 missing, p1 broken, p2 twice as large, p3 grey where it should be black or white; one too many."""
    data, predictions = write_set(tmp_path / "data", N), write_masks(tmp_path / "program", N)
    (predictions / "p0.png").unlink()
    (predictions / "p1.png").write_bytes((predictions / "p1.png").read_bytes()[:40])
    write(predictions / "p2.png", np.kron(truth(2), np.ones((2, 2), np.uint8)))
    Image.fromarray(truth(3) * np.uint8(90)).save(predictions / "p3.png")
    write(predictions / "of-nothing.png", truth(0))
    return Case(data, predictions)


def problems(scored: Scored) -> dict[str, tuple[str, str]]:
    return {problem.name: (problem.kind, problem.counted) for problem in scored.problems}


def test_whole_predictions_score_as_their_masks_do(tmp_path: Path) -> None:
    scored = score_predictions(write_masks(tmp_path / "program", N), write_set(tmp_path / "data", N), None)
    twin = evaluate([(f"p{i}", f"p{i}", truth(i), shifted(truth(i), 1)) for i in range(N)], ("teeth",))
    for name in ("dice", "iou", "nsd", "hd95", "counts", "image_level"):
        assert scored.result.metrics[name] == twin.metrics[name]
    assert scored.result.metrics["dice"]["mean"] == pytest.approx(overlap(1))
    assert scored.problems == ()
    block = scored.result.metrics["predictions"]
    assert (block["expected"], block["usable"], block["left_out"], block["counted_as_empty"]) == (N, N, 0, 0)
    assert beside({"predictions": block}) == [f"{N} of {N} predictions could be used"]
    assert scored.result.metrics["kind"] == "predictions"


def test_zero_counts_what_cannot_be_used_as_empty(case: Case) -> None:
    scored = case.scored("zero")
    assert problems(scored) == {
        "p0": ("missing", "counted as empty"),
        "p1": ("unreadable", "counted as empty"),
        "p2": ("wrong_size", "counted as empty"),
        "p3": ("unreadable", "counted as empty"),
        "of-nothing.png": ("extra", "not used"),
    }
    metrics = scored.result.metrics
    assert metrics["n_images"] == N
    assert metrics["dice"]["mean"] == pytest.approx((N - 4) / N * overlap(1))
    assert metrics["image_level"]["missed_images"] == 4
    assert metrics["hd95"]["n_one_empty"] == 4
    assert [s.problem for s in scored.result.scores[:5]] == ["missing", "unreadable", "wrong_size", "unreadable", ""]
    block = metrics["predictions"]
    assert {name: block[name] for name in ("missing", "unreadable", "wrong_size", "extra", "resized")} == {
        "missing": 1, "unreadable": 2, "wrong_size": 1, "extra": 1, "resized": 0,
    }  # fmt: skip
    assert (block["usable"], block["counted_as_empty"], block["left_out"]) == (N - 4, 4, 0)
    assert len(block["pictures"]["unreadable"]) == 2
    assert "p1" not in json.dumps(block)  # files may be called as patients are
    said = beside({"predictions": block})[0]
    assert f"{N - 4} of {N} predictions could be used: 1 missing, 2 unreadable, 1 wrong size, 1 extra" in said


def test_skip_leaves_out_the_picture(case: Case) -> None:
    metrics = case.scored("skip").result.metrics
    assert metrics["n_images"] == N - 4
    assert metrics["dice"]["mean"] == pytest.approx(overlap(1))
    block = metrics["predictions"]
    assert (block["expected"], block["left_out"], block["counted_as_empty"], block["rule"]) == (N, 4, 0, "skip")
    assert {counted for _, counted in problems(case.scored("skip")).values()} == {"left out", "not used"}


def test_refuse_stops_at_the_first(case: Case) -> None:
    with pytest.raises(InputError, match=r"no mask of p0 in .*; --missing zero counts it as empty, --missing skip"):
        case.scored("refuse")
    write(case.predictions / "p0.png", truth(0))
    with pytest.raises(InputError, match=r"p1\.png is truncated or damaged"):
        case.scored("refuse")


def test_another_size_is_stretched_where_that_is_asked_for(case: Case) -> None:
    scored = case.scored(resize=True)
    assert problems(scored)["p2"] == ("resized", "used")
    assert scored.result.scores[2].dice == 1  # twice as large, halved again
    assert scored.result.metrics["predictions"]["wrong_size"] == 0
    assert scored.result.metrics["predictions"]["usable"] == N - 3
    reason = next(problem.reason for problem in scored.problems if problem.kind == "resized")
    assert f"is 24×40, the picture's truth {SIZE[0]}×{SIZE[1]} (rows×columns); stretched" in reason


def test_messages_name_the_flags_of_predictions(case: Case) -> None:
    grey = next(problem.reason for problem in case.scored().problems if problem.name == "p3")
    assert "--prediction-encoding" in grey and "--mask-encoding" not in grey


def test_a_picture_that_cannot_be_read_is_named_and_left_out(case: Case) -> None:
    assert case.data.images is not None
    broken = case.data.images / "p7.png"
    broken.write_bytes(broken.read_bytes()[:-60])
    scored = case.scored()
    assert problems(scored)["p7"] == ("picture", "left out")
    assert (scored.result.metrics["n_images"], scored.result.metrics["unreadable"]["n"]) == (N - 1, 1)
    assert scored.result.metrics["predictions"]["expected"] == N - 1
    assert "1 pictures or their truth cannot be read and are left out" in beside(scored.result.metrics)


def test_nothing_is_left(case: Case) -> None:
    for i in range(4, N):
        (case.predictions / f"p{i}.png").unlink()
    with pytest.raises(InputError, match="no picture could be scored: no mask of p0"):
        case.scored("skip")
    assert case.scored("zero").result.metrics["dice"]["mean"] == 0


def test_names_that_do_not_meet_are_shown(case: Case, tmp_path: Path) -> None:
    write(tmp_path / "strange" / "a.png", truth(0))
    with pytest.raises(InputError, match=r"named like a picture \(masks: a.png; pictures: p0, p1, p2\); name each"):
        score_predictions(tmp_path / "strange", case.data, None)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(InputError, match="holds no mask"):
        score_predictions(tmp_path / "nothing", case.data, None)
    with pytest.raises(InputError, match="scores need truth: give --data, or --masks"):
        score_predictions(case.predictions, None, None)


def test_a_prediction_must_decide_on_every_pixel(tmp_path: Path) -> None:
    data, folder = write_set(tmp_path / "data", 3), tmp_path / "program"
    for i in range(3):
        mask = truth(i)
        mask[0, 0] = 255 if i == 1 else 0
        folder.mkdir(exist_ok=True)
        Image.fromarray(mask).save(folder / f"p{i}.png")
    options = Options(folders=Folders(wishes=MaskWishes.of(DataConfig(mask_encoding="index"))))
    scored = score_predictions(folder, data, None, options)
    assert problems(scored) == {"p1": ("unreadable", "counted as empty")}
    assert "leaves pixels unlabelled (255); decide on each" in scored.problems[0].reason


def test_masks_beside_each_other_need_no_pictures(tmp_path: Path) -> None:
    data, predictions = write_set(tmp_path / "data", 4), write_masks(tmp_path / "out" / "masks", 4)
    bare = score_predictions(predictions.parent, replace(data, images=None), None)
    whole = score_predictions(predictions, data, None)
    assert bare.result.metrics["dice"] == whole.result.metrics["dice"]
    assert bare.result.about.model == "masks in out/masks"
    grey, first, second = bare.look("p0")
    assert grey.shape == first.shape == second.shape == SIZE
    assert (first == truth(0)).all() and (second == shifted(truth(0), 1)).all()


def test_several_classes_are_read_by_their_number(tmp_path: Path) -> None:
    for folder, by in (("truth", 0), ("program", 1)):
        (tmp_path / folder).mkdir()
        for i in range(3):
            mask = shifted(truth(i), by)
            mask[-1] = 2
            Image.fromarray(mask).save(tmp_path / folder / f"p{i}.png")
    data = DataConfig(masks=tmp_path / "truth", classes=("bone", "teeth"), mask_encoding="index")
    options = Options(folders=Folders(wishes=MaskWishes.of(data)))
    metrics = score_predictions(tmp_path / "program", data, None, options).result.metrics
    assert metrics["classes"]["bone"]["dice"]["mean"] == pytest.approx(overlap(1))
    assert metrics["classes"]["teeth"]["dice"]["mean"] == 1
    assert metrics["dice"]["mean"] == pytest.approx((overlap(1) + 1) / 2)


def test_the_tolerance_is_the_one_asked_for(tmp_path: Path) -> None:
    data, predictions = write_set(tmp_path / "data", 3), write_masks(tmp_path / "program", 3)
    narrow, wide = (score_predictions(predictions, data, None, Options(tolerance_px=px)) for px in (0.5, 1.5))
    assert wide.result.metrics["nsd"]["mean"] == 1 > narrow.result.metrics["nsd"]["mean"]
    assert wide.result.metrics["boundary"]["tolerance_px"] == 1.5
    assert wide.result.metrics["hd95"] == narrow.result.metrics["hd95"]


def test_a_broken_training_mask_stops_nothing(tmp_path: Path) -> None:
    data = write_set(tmp_path / "data", 3)
    source = open_source(data, (0, 0))
    training = [(source, record) for record in source.records]
    whole = _mean_shape(Task(source, (), "test", training[1:], ()), 1)
    assert data.masks is not None
    broken = data.masks / "p0.png"
    broken.write_bytes(broken.read_bytes()[:50])
    shape, notes = _mean_shape(Task(source, (), "test", training, ()), 1)
    assert whole[0] is not None and shape is not None and (shape == whole[0]).all()
    assert (whole[1], notes) == ([], ["1 training pictures cannot be read; the mean shape is of the others"])
    assert _mean_shape(Task(source, (), "test", training[:1], ()), 1) == (None, [])
    assert _mean_shape(Task(source, (), "test", (), ()), 1) == (None, [])
