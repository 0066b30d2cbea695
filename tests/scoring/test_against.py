"""Two programs on the same pictures."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from mask_sets import overlap, shifted, truth, write, write_masks, write_set

from dentalx.errors import InputError
from dentalx.evaluation import compare_results, evaluate
from dentalx.report import beside
from dentalx.runs import Run
from dentalx.scoring import Folders, Options, score, score_predictions

N = 6


def test_the_other_s_masks_are_compared_picture_by_picture(tmp_path: Path) -> None:
    data, mine = write_set(tmp_path / "data", N), write_masks(tmp_path / "mine", N, 1)
    theirs = write_masks(tmp_path / "theirs", N, 3)
    metrics = score_predictions(mine, data, None, Options(against_predictions=theirs)).result.metrics
    block = metrics["comparison"]
    assert (block["first"], block["second"]) == ("masks in theirs", "masks in mine")
    first, second = (
        evaluate([(f"p{i}", f"p{i}", truth(i), shifted(truth(i), by)) for i in range(N)], ("teeth",)) for by in (3, 1)
    )
    twin = compare_results(first, second)
    assert {name: block[name] for name in twin if name != "notes"} == {n: v for n, v in twin.items() if n != "notes"}
    dice = block["scores"]["dice"]
    assert dice["difference"] == pytest.approx(overlap(1) - overlap(3))
    assert (dice["superiority"], dice["n"]) == (1, N)
    assert metrics["dice"]["mean"] == pytest.approx(overlap(1))  # the scores are the second's
    said = "\n".join(beside(metrics))
    assert f"this minus masks in theirs, {N} pictures both have:" in said
    assert "not corrected" in said


def test_hd95_is_better_where_it_is_smaller(tmp_path: Path) -> None:
    data, mine = write_set(tmp_path / "data", N), write_masks(tmp_path / "mine", N, 1)
    options = Options(against_predictions=write_masks(tmp_path / "theirs", N, 3))
    metrics = score_predictions(mine, data, None, options).result.metrics
    assert metrics["comparison"]["scores"]["hd95"]["difference"] < 0
    row = next(line for line in beside(metrics) if line.strip().startswith("HD95 px  "))
    assert row.endswith("100%")


@pytest.mark.parametrize(("rule", "common"), [("zero", N), ("skip", N - 2)])
def test_what_the_other_lacks_is_counted_by_the_same_rule(tmp_path: Path, rule: str, common: int) -> None:
    data, mine = write_set(tmp_path / "data", N), write_masks(tmp_path / "mine", N, 1)
    theirs = write_masks(tmp_path / "theirs", N, 1)
    (theirs / "p0.png").unlink()
    write(theirs / "p1.png", np.ones((3, 3), np.uint8))
    options = Options(against_predictions=theirs, folders=Folders(rule))  # type: ignore[arg-type]
    block = score_predictions(mine, data, None, options).result.metrics["comparison"]
    assert block["n_common"] == common
    assert block["scores"]["dice"]["difference"] == pytest.approx(overlap(1) * (N - common == 0) * 2 / N)
    assert any("2 predictions of the first cannot be used" in note for note in block["notes"])
    with pytest.raises(InputError, match="no mask of p0"):
        score_predictions(mine, data, None, Options(against_predictions=theirs, folders=Folders("refuse")))


def test_one_at_a_time(tmp_path: Path) -> None:
    data, mine = write_set(tmp_path / "data", N), write_masks(tmp_path / "mine", N)
    options = Options(against=tmp_path, against_predictions=mine)
    with pytest.raises(InputError, match="--against and --against-predictions were both given"):
        score_predictions(mine, data, None, options)


def test_a_run_against_itself_and_against_another(tiny_run: Path, tmp_path: Path) -> None:
    result = score(Run(tiny_run), None, None, Options(against=tiny_run, calibrate=False)).result
    block = result.metrics["comparison"]
    assert (block["n_common"], block["n_only_first"], block["n_only_second"]) == (len(result.scores), 0, 0)
    assert block["scores"]["dice"]["difference"] == 0
    assert block["notes"] == ["p values are not corrected for the number of scores and classes looked at"]
    seen = score(Run(tiny_run), None, "train", Options(against=tiny_run, calibrate=False)).result
    notes = seen.metrics["comparison"]["notes"]
    assert any("was trained on, or chosen by, 4 of these 4 pictures" in note for note in notes)
    folder = tmp_path / "other"
    shutil.copytree(tiny_run, folder)
    text = (folder / "config.json").read_text()
    assert '"teeth"' in text
    (folder / "config.json").write_text(text.replace('"teeth"', '"mandible"'))
    with pytest.raises(InputError, match="knows mandible, this evaluation is of teeth; compare runs of the same"):
        score(Run(tiny_run), None, None, Options(against=folder))


def test_a_run_against_somebody_s_masks_on_its_own_test_pictures(tiny_run: Path, tmp_path: Path) -> None:
    found = score(Run(tiny_run), None, None, Options(calibrate=False))
    for picture in found.result.scores:
        write(tmp_path / "theirs" / f"{picture.image_id}.png", found.look(picture.image_id)[2])
    options = Options(against_predictions=tmp_path / "theirs", calibrate=False)
    block = score(Run(tiny_run), None, None, options).result.metrics["comparison"]
    assert block["scores"]["dice"]["difference"] == 0
    alone = score_predictions(tmp_path / "theirs", None, None, run=Run(tiny_run)).result.metrics
    assert alone["dice"] == found.result.metrics["dice"]
    assert alone["baselines"] == found.result.metrics["baselines"]
    assert alone["split"] == "test"
    assert alone["predictions"]["extra"] == 0
    with pytest.raises(InputError, match="has masks of other pictures, none of the 4 of the train split; choose"):
        score_predictions(tmp_path / "theirs", None, "train", run=Run(tiny_run))


def test_masks_of_another_split_are_not_too_many(tiny_run: Path, tmp_path: Path) -> None:
    every = score(Run(tiny_run), None, "all", Options(calibrate=False))
    for picture in every.result.scores:
        write(tmp_path / "theirs" / f"{picture.image_id}.png", every.look(picture.image_id)[2])
    scored = score_predictions(tmp_path / "theirs", None, None, run=Run(tiny_run))
    assert (len(scored.result.scores), scored.problems) == (2, ())
