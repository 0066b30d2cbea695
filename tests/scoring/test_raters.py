"""Two people, alone and beside a model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mask_sets import overlap, shifted, truth, write, write_masks, write_set

from dentalx.config import DataConfig
from dentalx.errors import InputError
from dentalx.evaluation import AGREEMENT, agreement
from dentalx.report import beside, headline
from dentalx.scoring import Options, score_predictions, score_raters

N = 5


def items(first: int, second: int) -> list[tuple[str, str, np.ndarray, np.ndarray]]:
    return [(f"p{i}", f"p{i}", shifted(truth(i), first), shifted(truth(i), second)) for i in range(N)]


def test_two_people_alone(tmp_path: Path) -> None:
    one, two = write_masks(tmp_path / "one", N, 0), write_masks(tmp_path / "two", N, 2)
    (one / "p0.png").unlink()
    write(two / "p9.png", truth(0))
    metrics = score_raters(one, two, DataConfig()).result.metrics
    block = metrics["raters"]
    assert metrics["kind"] == "raters"
    assert block["names"] == ["one", "two"]
    assert (block["n_images"], block["model_against"], metrics["n_images"]) == (N - 1, {}, N - 1)
    twin = agreement(items(0, 2)[1:], ("foreground",))
    assert {name: block["between"][name] for name in AGREEMENT} == {name: twin[name] for name in AGREEMENT}
    assert block["between"]["dice"]["mean"] == pytest.approx(overlap(2))
    assert any("neither rater is right" in note for note in metrics["notes"])


def test_exchanging_them_changes_nothing_that_is_the_same_both_ways(tmp_path: Path) -> None:
    one, two = write_masks(tmp_path / "one", N, 0), write_masks(tmp_path / "two", N, 2)
    there, back = (score_raters(*pair, DataConfig()).result.metrics for pair in ((one, two), (two, one)))
    for name in AGREEMENT:
        assert there["raters"]["between"][name]["mean"] == pytest.approx(back["raters"]["between"][name]["mean"])
    assert there["precision"]["mean"] == pytest.approx(back["recall"]["mean"])


def test_pictures_may_be_shown_with_them(tmp_path: Path) -> None:
    data = write_set(tmp_path / "data", N)
    one, two = write_masks(tmp_path / "one", N, 0), write_masks(tmp_path / "two", N, 1)
    shown = score_raters(one, two, replace(data, masks=None))
    assert len(np.unique(shown.look("p1")[0])) > 50
    assert shown.result.metrics["raters"]["n_images"] == N
    assert len(np.unique(score_raters(one, two, DataConfig()).look("p1")[0])) == 1


def test_two_people_beside_a_model(tmp_path: Path) -> None:
    data, predictions = write_set(tmp_path / "data", N), write_masks(tmp_path / "program", N, 3)
    raters = write_masks(tmp_path / "one", N, 0), write_masks(tmp_path / "two", N, 1)
    (raters[1] / "p0.png").unlink()
    metrics = score_predictions(predictions, data, None, Options(raters=raters)).result.metrics
    block = metrics["raters"]
    assert (block["n_images"], block["n_absent"], block["n_unusable"], metrics["n_images"]) == (N - 1, 1, 0, N)
    assert block["between"] == agreement(items(0, 1)[1:], ("teeth",))
    assert block["model_against"]["one"] == agreement(items(0, 3)[1:], ("teeth",))
    assert block["model_against"]["two"] == agreement(items(1, 3)[1:], ("teeth",))
    said = "\n".join(beside(metrics))
    assert f"the same {N - 1} pictures (1 not drawn by both)" in said
    assert "this and two" in said
    assert headline(score_predictions(predictions, data, None).result)


def test_their_outlines_are_compared_at_the_tolerance_asked_for(tmp_path: Path) -> None:
    data, predictions = write_set(tmp_path / "data", N), write_masks(tmp_path / "program", N, 3)
    raters = write_masks(tmp_path / "one", N, 0), write_masks(tmp_path / "two", N, 1)
    narrow, wide = (
        score_predictions(predictions, data, None, Options(raters=raters, tolerance_px=px)).result.metrics["raters"]
        for px in (0.5, 1.5)
    )
    assert wide["between"]["nsd"]["mean"] == 1 > narrow["between"]["nsd"]["mean"]


def test_a_mask_of_a_rater_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    data, predictions = write_set(tmp_path / "data", N), write_masks(tmp_path / "program", N)
    raters = write_masks(tmp_path / "one", N, 0), write_masks(tmp_path / "two", N, 1)
    (raters[0] / "p0.png").write_bytes(b"")
    write(raters[1] / "p1.png", np.ones((3, 4), np.uint8))
    scored = score_predictions(predictions, data, None, Options(raters=raters))
    block = scored.result.metrics["raters"]
    assert (block["n_images"], block["n_absent"], block["n_unusable"]) == (N - 2, 0, 2)
    assert [(p.name, p.kind, p.counted) for p in scored.problems] == [
        ("p0", "rater", "not compared"),
        ("p1", "rater", "not compared"),
    ]
    assert "p0.png is empty" in scored.problems[0].reason
    assert "p1.png is 3×4, the picture 12×20" in scored.problems[1].reason
    assert scored.result.metrics["n_images"] == N  # the model is scored in all of them


def test_masks_that_fill_the_whole_picture_are_pointed_out(tmp_path: Path) -> None:
    one, two = write_masks(tmp_path / "one", N, 0), write_masks(tmp_path / "two", N, 1)
    for folder in (one, two):
        write(folder / "p3.png", np.ones((12, 20), np.uint8))
    metrics = score_raters(one, two, DataConfig()).result.metrics
    assert metrics["raters"]["n_everywhere"] == 1
    assert "in 1 of them both raters' masks fill the whole picture: look at these" in beside(metrics)


def test_people_who_drew_different_pictures(tmp_path: Path) -> None:
    one = write_masks(tmp_path / "one", N, 0)
    write(tmp_path / "two" / "q.png", truth(0))
    with pytest.raises(InputError, match=r"no mask of .*two is named like a picture"):
        score_raters(one, tmp_path / "two", DataConfig())
