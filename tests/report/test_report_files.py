"""Cards, tables for papers, what a report says of each kind of evaluation, and what it must never hold."""

import csv
import io
import json
import re

import numpy as np
import pytest

from dentalx import report
from dentalx.errors import InputError
from dentalx.evaluation import About, agreement, compare_results, evaluate
from dentalx.evaluation.scores import Result
from dentalx.report.blocks import Section, Table
from dentalx.report.cards import write_model_card
from dentalx.report.results import Row, results_csv
from dentalx.report.sections import Material
from dentalx.runs import Run


def items(n: int = 8, classes: int = 1):
    rng = np.random.default_rng(0)
    truth = np.zeros((24, 40), np.uint8)
    truth[6:16, 10:24] = 1
    if classes > 1:
        truth[16:20, 10:24] = 2
    return [(f"Doe^John {i}", f"p{i}", truth, np.roll(truth, int(rng.integers(5)), 1)) for i in range(n)]


def look(image_id):
    _, _, truth, prediction = items()[0]
    return np.full(truth.shape, 0.5, np.float32), truth, prediction


def with_blocks(result: Result, **blocks) -> Result:
    return Result(result.about, result.classes, result.scores, result.metrics | blocks)


@pytest.fixture(scope="module")
def result() -> Result:
    threshold = {"value": 0.25, "chosen_on": "val", "curve": [0.5] * 255}
    return evaluate(items(), ("teeth",), About("unet, run a", "set", "test", threshold))


@pytest.fixture(scope="module")
def raters(result):
    pairs = [(name, patient, truth, prediction) for name, patient, truth, prediction in items()]
    between = agreement(pairs, ("teeth",))
    names, n = ["anna", "ben"], len(pairs)
    return {
        "names": names, "n_images": n, "n_absent": 1, "n_everywhere": 0, "between": between,
        "model_against": {"anna": between, "ben": between}, "what": "what two people reach",
    }  # fmt: skip


def read(path) -> str:
    return path.read_text("utf-8")


def test_people_stand_beside_the_model(tmp_path, result, raters) -> None:
    report.write_evaluation(tmp_path, with_blocks(result, kind="run", raters=raters), look)
    page = read(tmp_path / "report.html")
    assert "Two people reach" in page and "anna and ben" in page and "the model and anna" in page
    assert "1 picture both have not drawn" in page
    rows = list(csv.DictReader(io.StringIO(read(tmp_path / "results.csv"))))
    assert [row["of"] for row in rows if row["score"] == "dice"][:4] == [
        "anna and ben", "this model and anna", "this model and ben", "unet, run a",
    ]  # fmt: skip
    assert float(rows[0]["mean"]) == pytest.approx(raters["between"]["dice"]["mean"], abs=1e-6)


def test_two_people_alone_have_no_model_card(tmp_path, result, raters) -> None:
    report.write_evaluation(tmp_path, result)
    assert (tmp_path / "model_card.md").is_file()
    report.write_evaluation(tmp_path, with_blocks(result, kind="raters", raters=raters | {"model_against": {}}))
    assert not (tmp_path / "model_card.md").exists()
    page = read(tmp_path / "report.html")
    assert "That is how far two people agree; neither is right." in page
    assert "model_card" not in page


def test_two_models_are_compared(tmp_path, result) -> None:
    other = evaluate([(a, b, truth, truth) for a, b, truth, _ in items()], ("teeth",), About("other"))
    found = compare_results(other, result)
    block = {"first": "other", "second": "unet", **found, "notes": ["p values are not corrected"]}
    report.write_evaluation(tmp_path, with_blocks(result, kind="run", comparison=block))
    page = read(tmp_path / "report.html")
    assert "Comparison of two" in page and "First: other." in page and "p values are not corrected" in page
    assert (tmp_path / "figures" / "comparison.png").is_file()
    report.write_evaluation(tmp_path, result)
    assert not (tmp_path / "figures" / "comparison.png").exists()  # of an earlier report


def test_what_is_left_out_is_told(tmp_path, result) -> None:
    predictions = {
        "expected": 8, "usable": 6, "missing": 1, "unreadable": 0, "wrong_size": 1, "extra": 1, "resized": 0,
        "rule": "zero", "counted_as_empty": 2, "left_out": 0, "what": "they count as empty",
        "pictures": {"missing": ["aaaaaa"], "wrong_size": ["bbbbbb"], "extra": ["cccccc"]},
    }  # fmt: skip
    unreadable = {"n": 1, "pictures": ["dddddd"]}
    whole = with_blocks(result, kind="predictions", predictions=predictions, unreadable=unreadable)
    report.write_evaluation(tmp_path, whole)
    for name in ("report.html", "report.md", "data_card.md"):
        page = read(tmp_path / name)
        for letters in ("aaaaaa", "bbbbbb", "cccccc", "dddddd"):
            assert letters in page, name
    assert "2 predictions of 8 cannot be used: they count as empty." in read(tmp_path / "report.html")


def test_a_leak_is_above_everything(tmp_path, result) -> None:
    rest = {"n_left_out": 2, "n_images": 6, "n_patients": 6, "dice": result.metrics["dice"]}
    report.write_evaluation(tmp_path, with_blocks(result, without_leaks=rest))
    page = read(tmp_path / "report.html")
    assert page.index("<strong>Leak:") < page.index("What was measured")


TRAINED_ON = "these pictures include the ones the model was trained on: not a measure of how it does on new ones"


@pytest.mark.parametrize(
    ("split", "notes", "said"),
    [("train", (), "are the pictures the model was trained on"), ("val", (), "a little too good"), ("test", (), None),
     ("all", (TRAINED_ON,), "are among these"), ("all", (), None)],
)  # fmt: skip
def test_pictures_that_a_model_has_seen_are_no_measure(tmp_path, split, notes, said) -> None:
    about = About("unet", "set", split, {"value": 0.5}, notes)
    report.write_evaluation(tmp_path, with_blocks(evaluate(items(2), ("teeth",), about), kind="run"))
    warnings = re.findall(r'<p class="warning">(.*?)</p>', read(tmp_path / "report.html"))
    assert len(warnings) == (said is not None)
    assert said is None or said in warnings[0]


def test_no_name_and_no_address_is_in_what_is_handed_on(tmp_path, result) -> None:
    report.write_evaluation(tmp_path, result, look)
    for path in tmp_path.rglob("*"):
        if path.suffix in (".html", ".md", ".tex", ".json") or path.name == "results.csv":
            text = re.sub(r"base64,[A-Za-z0-9+/=]*", "", read(path))
            assert "Doe" not in text, path.name
            assert "://" not in text, path.name
    assert "Doe^John 0" in read(tmp_path / "per_image.csv")
    assert (tmp_path / "report.html").stat().st_size < 2**20


def test_large_pictures_make_no_large_page(tmp_path) -> None:
    rng = np.random.default_rng(0)
    truth = np.zeros((1400, 2900), np.uint8)
    truth[300:900, 400:2000] = 1
    many = [(f"i{i}", f"p{i}", truth[:64, :64] + np.uint8(i > 0), truth[:64, :64] + 1) for i in range(12)]
    noise = rng.random(truth.shape, np.float32)
    report.write_evaluation(tmp_path, evaluate(many, ("teeth",)), lambda image_id: (noise, truth, truth))
    page = read(tmp_path / "report.html")
    assert page.count("data:image/jpeg") == 9
    assert len(page) < 10_000_000
    assert page.count('class="truth" d="M') == 9


def test_outlines_that_nobody_could_read_are_left_out_and_told(tmp_path) -> None:
    rng = np.random.default_rng(0)
    mask = (rng.random((700, 900)) > 0.5).astype(np.uint8)
    small = [("a", "a", mask[:32, :32], mask[:32, :32])]
    report.write_evaluation(
        tmp_path, evaluate(small, ("teeth",)), lambda image_id: (mask.astype(np.float32), mask, mask)
    )
    page = read(tmp_path / "report.html")
    assert "too many outlines to be drawn" in page
    assert 'class="truth" d=' not in page


def test_latex_is_made_of_words_alone(tmp_path) -> None:
    odd = evaluate(items(classes=2), ("a_b & 5%", "\\input{x} $~^"), About("model #1", "set"))
    report.write_evaluation(tmp_path, odd)
    table = read(tmp_path / "results.tex")
    assert r"a\_b \& 5\%" in table and r"\textbackslash{}input\{x\} \$\textasciitilde{}\textasciicircum{}" in table
    body = table[table.index("\\midrule") : table.index("\\bottomrule")]
    assert {len(re.findall(r"(?<!\\)&", line)) for line in body.splitlines()[1:]} == {6}
    assert table.count("{") == table.count("}")


def test_undefined_scores_are_empty_cells(result) -> None:
    empty = np.zeros((4, 4), np.uint8)
    nothing = evaluate([("a", "a", empty, empty)], ("teeth",))
    rows = list(csv.DictReader(io.StringIO(results_csv([Row("x", "foreground", nothing.metrics)]))))
    dice = next(row for row in rows if row["score"] == "dice")
    assert (dice["mean"], dice["low"], dice["n"], dice["n_undefined"]) == ("", "", "0", "1")


def a_run(folder) -> Run:
    folder.mkdir()
    config = {
        "format": 1, "classes": ["teeth"], "config": {"epochs": 7, "seed": 3, "model": {"backbone": "resnet34"}},
        "data": {"name": "set", "pictures": 40, "fingerprint": "f" * 64}, "parameters": 1234567,
        "encoder": {"source": "D:\\\\someone\\\\other.h5"}, "versions": {"dentalx": "0.1.0", "keras": "3.15"},
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "state.json").write_text(json.dumps({"epoch": 7, "best_epoch": 5, "best_dice": 0.91}))
    return Run(folder)


def test_the_model_card_says_how_a_run_was_trained(tmp_path, result) -> None:
    report.write_evaluation(tmp_path / "out", result, run=a_run(tmp_path / "run"))
    card = read(tmp_path / "out" / "model_card.md")
    for said in ("unet, resnet34", "1,234,567", "7 of 7; the weights are of epoch 5, validation Dice 0.910",
                 "70 %, 10 %, 20 %", "Seed | 3", "keras 3.15", "ffffffffffffffff |", "other.h5"):  # fmt: skip
        assert said in card, said
    assert "someone" not in card and str(tmp_path) not in card
    assert "To be added by a person" in card and "ethics approval" in card


def test_the_card_of_objects_has_their_scores_and_no_word_of_intervals(tmp_path) -> None:
    metrics = {"model": "mask_rcnn", "data": "set", "split": "test", "n_images": 4, "n_patients": 4, "notes": []}
    material = Material(Result(About("mask_rcnn", "set", "test"), ("tooth",), (), metrics), of_run=True)
    results = Section("Results", (Table(("", "AP"), (("tooth", "0.512"),)),))
    write_model_card(tmp_path, material, a_run(tmp_path / "run"), results)
    card = read(tmp_path / "model_card.md")
    assert "| tooth | 0.512 |" in card and "outlining tooth" in card and "One training was scored" in card
    assert "ntervals" not in card


def test_the_card_of_masks_says_that_nothing_is_known(tmp_path, result) -> None:
    report.write_evaluation(tmp_path, result)
    assert "only its masks were seen" in read(tmp_path / "model_card.md")
    card = read(tmp_path / "data_card.md")
    share = 10 * 14 / (24 * 40)
    assert f"| teeth | {share:.2%} | 8 | 0 |".replace("%", " %") in card
    assert "was not measured" in card


def test_a_run_that_cannot_be_read_is_an_input_error(tmp_path, result) -> None:
    with pytest.raises(InputError, match="run folder not found"):
        report.write_evaluation(tmp_path / "out", result, run=Run(tmp_path / "nowhere"))
