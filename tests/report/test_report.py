"""Reports as files: parseable, complete, without names."""

import csv
import json
import warnings
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from dentalx import DISCLAIMER, report
from dentalx.errors import InputError
from dentalx.evaluation import About, evaluate
from dentalx.labelling import OVERLAPPING
from dentalx.metrics import Counts, dice
from dentalx.report.gallery import chosen, outlines
from dentalx.report.words import number


def item(name: str, patient: str, shift: int, classes: int = 1, size: tuple[int, int] = (24, 40)):
    truth = np.zeros(size, np.uint8)
    truth[6:16, 10:24] = 1
    if classes > 1:
        truth[16:20, 10:24] = 2
    return name, patient, truth, np.roll(truth, shift, 1)


def look(items):
    by_id = {name: (np.full(t.shape, 0.5, np.float32), t, p) for name, _, t, p in items}
    asked = []

    def pictures(image_id):
        asked.append(image_id)
        return by_id[image_id]

    return pictures, asked


def written(folder, items, classes=("teeth",), about=None, **options):
    result = evaluate(items, classes, about or About("unet", "set", "test", {"value": 0.4, "chosen_on": "validation"}))
    report.write_evaluation(folder, result, **options)
    return result


def size(path):
    with Image.open(path) as picture:
        picture.load()
        return picture.size


def test_everything_is_written(tmp_path):
    items = [item(f"secret-name-{i}", f"patient-{i // 2}", i) for i in range(9)]
    pictures, asked = look(items)
    result = written(tmp_path / "deep" / "evaluation", items, pictures=pictures)
    folder = tmp_path / "deep" / "evaluation"
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
        "data_card.md", "figures", "metrics.json", "model_card.md", "per_image.csv", "report.html", "report.md",
        "results.csv", "results.tex",
    ]  # fmt: skip
    figures = sorted(path.name for path in (folder / "figures").iterdir())
    assert figures == ["dice_per_image.png", "distances.png", "gallery.png", "ladder.png"]
    assert json.loads((folder / "metrics.json").read_text("utf-8")) == result.metrics
    assert min(size(folder / "figures" / "dice_per_image.png")) > 500
    assert min(size(folder / "figures" / "gallery.png")) > 300
    assert sorted(asked) == sorted(f"secret-name-{i}" for i in range(9))  # each once


def test_the_page_says_what_a_reader_needs(tmp_path):
    items = [item(f"secret-name-{i}", f"patient-{i}", i) for i in range(9)]
    items.append(("secret-empty", "patient-x", np.zeros((3, 3), np.uint8), np.zeros((3, 3), np.uint8)))
    result = written(tmp_path, items, pictures=look(items)[0])
    for name in ("report.md", "report.html"):
        check_what_a_reader_needs((tmp_path / name).read_text("utf-8"), result, name)


def check_what_a_reader_needs(page, result, name):
    entry = result.metrics["dice"]
    low, high = entry["ci95"]
    before, after = ("**", "**") if name.endswith("md") else ("<strong>", "</strong>")
    assert f"{before}Dice {entry['mean']:.3f} [{low:.3f}, {high:.3f}]{after}" in page
    assert "9 pictures of 10 patients (1 picture left out: nothing there, nothing predicted)" in page
    assert DISCLAIMER in page
    assert "probability ≥ 0.4, chosen on validation" in page
    assert "0.000 (all background)" in page
    assert ("](figures/dice_per_image.png)" in page) == name.endswith("md")
    assert ("](figures/gallery.png)" in page) == name.endswith("md")
    assert page.count("data:image/jpeg;base64,") == (0 if name.endswith("md") else 9)
    assert "secret" not in page
    assert "patient-0" not in page
    assert (result.worst(1)[0].short_hash in page) == name.endswith("html")  # Markdown has it in the figure


def test_csv_allows_any_rule_to_be_recomputed(tmp_path):
    items = [item(f"i{i}", f"p{i}", i, classes=2) for i in range(4)]
    items.append(("empty, with comma", "p9", np.zeros((3, 3), np.uint8), np.zeros((3, 3), np.uint8)))
    result = written(tmp_path, items, ("jaw", "teeth"))
    with (tmp_path / "per_image.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 10
    assert rows[0]["image_id"] == "i0"
    assert rows[-1]["image_id"] == "empty, with comma"
    assert rows[-1]["dice"] == ""
    assert [row["class"] for row in rows[:2]] == ["jaw", "teeth"]
    for row in rows[:-2]:
        counts = Counts(*(int(row[name]) for name in ("tp", "fp", "fn", "tn")))
        assert float(row["dice"]) == pytest.approx(float(dice(counts)), abs=1e-6)
    jaw = [float(row["dice"]) for row in rows if row["class"] == "jaw" and row["dice"]]
    assert np.mean(jaw) == pytest.approx(result.metrics["classes"]["jaw"]["dice"]["mean"], abs=1e-6)


def test_several_classes_have_their_table(tmp_path):
    items = [item(f"i{i}", f"p{i}", i, classes=2) for i in range(4)]
    written(tmp_path, items, ("jaw | bone", "<b>teeth</b>", "never"), pictures=look(items)[0])
    page = (tmp_path / "report.md").read_text("utf-8")
    assert "## Classes" in page
    assert "| jaw \\| bone |" in page
    assert "&lt;b>teeth" in page
    assert size(tmp_path / "figures" / "class_dice.png")[0] > 800
    assert "<b>teeth" not in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 7])
def test_few_pictures(tmp_path, n):
    items = [item(f"i{i}", f"p{i}", i) for i in range(n)]
    pictures, asked = look(items)
    written(tmp_path, items, pictures=pictures)
    assert len(asked) == len(set(asked)) == n
    assert (tmp_path / "figures" / "gallery.png").exists() == (n > 0)
    assert json.loads((tmp_path / "metrics.json").read_text("utf-8"))["n_images"] == n


def test_nothing_defined(tmp_path):
    empty = [(name, name, np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.uint8)) for name in "ab"]
    written(tmp_path, empty, pictures=look(empty)[0])
    page = (tmp_path / "report.md").read_text("utf-8")
    assert "**No Dice**" in page
    assert "nan" not in page.lower()
    assert not (tmp_path / "figures" / "gallery.png").exists()


def test_without_pictures_an_old_figure_does_not_stay(tmp_path):
    items = [item("a", "a", 1), item("b", "b", 2)]
    written(tmp_path, items, pictures=look(items)[0])
    written(tmp_path, items)
    assert not (tmp_path / "figures" / "gallery.png").exists()
    assert "gallery" not in (tmp_path / "report.md").read_text("utf-8")
    assert "data:image" not in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.parametrize("shape", [(9, 400), (400, 9), (1, 1), (1500, 1200)])
def test_pictures_of_any_shape(tmp_path, shape):
    rng = np.random.default_rng(0)
    items = [(name, name, *(rng.random((2, *shape)) > 0.5).astype(np.uint8)) for name in "abc"]
    written(tmp_path, items, pictures=look(items)[0])
    assert max(size(tmp_path / "figures" / "gallery.png")) < 6000


def test_words_from_outside_do_no_harm(tmp_path):
    odd = About("$\\frac{$", "$\\frac{$ | set\n# title <script>", "test", {}, ("note\nwith | lines",))
    items = [item("=1+1", "a\udcff", 1), item("ü", "b", 2), item("\udcfe", "c", 3)]
    written(tmp_path, items, about=odd, pictures=look(items)[0])
    page = (tmp_path / "report.md").read_text("utf-8")
    assert "\n# title" not in page
    assert "<script>" not in page


def test_equal_results_give_equal_files(tmp_path):
    items = [item(f"i{i}", f"p{i}", i) for i in range(4)]
    for name in ("one", "two"):
        written(tmp_path / name, items, pictures=look(items)[0])
    written_files = [path for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert len(written_files) > 8
    for path in written_files:
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("here already")
    with pytest.raises(InputError, match=r"cannot write .*per_image\.csv"):
        written(tmp_path / "file", [item("a", "a", 1)])


def log(epochs: int) -> list[dict[str, object]]:
    return [
        {
            "epoch": e + 1, "loss": 1 / (e + 1), "val_loss": 1.1 / (e + 1), "dice": 1 - 1 / (e + 2),
            "val_dice": 0.9 - 1 / (e + 2), "learning_rate": 1e-3 / (e + 1),
        }
        for e in range(epochs)
    ]  # fmt: skip


@pytest.mark.parametrize("epochs", [1, 2, 30, 300])
def test_curves(tmp_path, epochs):
    report.write_curves(tmp_path / "curves.png", log(epochs))
    assert size(tmp_path / "curves.png")[0] > 1500
    assert [path.name for path in tmp_path.iterdir()] == ["curves.png"]


def test_curves_from_text_with_gaps(tmp_path):
    rows = [{key: str(value) for key, value in row.items()} for row in log(5)]
    rows[2]["val_dice"] = ""
    rows[3]["val_loss"] = "nan"
    for row in rows:
        del row["learning_rate"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report.write_curves(tmp_path / "curves.png", rows)
    assert (tmp_path / "curves.png").exists()


def test_curves_need_an_epoch(tmp_path):
    with pytest.raises(ValueError, match="at least one epoch"):
        report.write_curves(tmp_path / "curves.png", [])


def test_nobody_else_s_matplotlib_is_changed(tmp_path):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    report.write_curves(tmp_path / "curves.png", log(2))
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    ("n", "groups"), [(0, {}), (1, {"only": 1}), (2, {"worst": 1, "best": 1}), (5, {"worst": 3, "best": 2}),
                      (7, {"worst": 3, "median": 1, "best": 3}), (20, {"worst": 3, "median": 3, "best": 3})]
)  # fmt: skip
def test_no_picture_is_shown_twice(n, groups):
    result = evaluate([item(f"i{i}", f"p{i}", i) for i in range(n)], ("teeth",))
    shown = chosen(result)
    assert Counter(group for group, _ in shown) == groups
    assert len({score.image_id for _, score in shown}) == len(shown)
    middle = [score.dice for group, score in shown if group == "median"]
    assert not middle or min(middle) <= np.median([score.dice for score in result.scores]) <= max(middle)


@pytest.mark.parametrize(
    ("value", "text"), [(0.99996, "0.99996"), (0.0004, "0.0004"), (0.0, "0.000"), (1e-9, "1e-09"), (0.12345, "0.123")]
)
def test_no_number_is_rounded_to_perfection(value, text):
    assert number(value) == text


def test_an_overlapping_class_has_its_own_outline() -> None:
    mask = np.zeros((20, 40), np.uint8)
    OVERLAPPING.put(mask, np.pad(np.ones((10, 18), bool), ((2, 8), (2, 20))), 1)
    OVERLAPPING.put(mask, np.pad(np.ones((10, 20), bool), ((8, 2), (10, 10))), 2)
    assert set(np.unique(mask)) == {0, 1, 2, 3}
    assert [len(each) for each in outlines(mask, (40, 20), OVERLAPPING)] == [4, 4]
