"""The report of objects one by one: what it says, what it writes, and what it must not say."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from dentalx.evaluation.bootstrap import Resampling
from dentalx.evaluation.instances import InstanceEvaluation, Predicted, Truth
from dentalx.report.blocks import Tiles
from dentalx.report.instances import Pictures, curves_table, headline, interval_table, page_of, write_instances
from dentalx.report.markdown import markdown
from dentalx.samples import Grey, Instances
from dentalx.teeth import FDI

SIZE = (24, 48)
PATIENT = "Doe^Jane"
ROWS = [["image_id", "class", "pq"], ["a", "tooth", 0.5]]


def squares(count: int, label: int = 1, shift: int = 0) -> Instances:
    masks = np.zeros((count, *SIZE), np.bool_)
    for index, mask in enumerate(masks):
        mask[4 + shift : 16 + shift, 2 + 12 * index : 12 + 12 * index] = True
    return Instances(masks, np.full(count, label, np.int32), np.full(count, 0.75, np.float32))


def evaluated(pictures: int = 4, classes: tuple[str, ...] = ("tooth", "caries"), shift: int = 1) -> dict[str, Any]:
    """None to three teeth a picture, found a pixel too low; no caries anywhere."""
    evaluation = InstanceEvaluation(classes)
    for number in range(pictures):
        truth = squares(number % 4)
        found = squares(number % 4, shift=shift)
        evaluation.add(Truth(truth, np.zeros(len(truth), np.bool_)), Predicted(found), f"{PATIENT} {number}")
    about = {"model": "mask_rcnn", "data": "planted", "split": "test", "n_patients": pictures}
    measured = evaluation.metrics(0.5, Resampling(resamples=100))
    return {**about, **measured, "curves": evaluation.curves(), "notes": [], "disclaimer": "", "threshold": {}}


def look(image_id: str) -> tuple[Grey, Instances, Instances]:
    count = int(image_id[-1])
    return np.full(SIZE, 0.5, np.float32), squares(count), squares(count, shift=1)


def tiles(metrics: dict[str, Any]) -> tuple[tuple[str, str, str], ...]:
    first = page_of(metrics).sections[0].blocks[0]
    assert isinstance(first, Tiles)
    return first.rows


def test_the_terminal_s_lines() -> None:
    lines = headline(evaluated())
    assert lines[0] == "4 pictures of 4 patients, planted (test)"
    assert lines[2].split()[:2] == ["all", "6"] and lines[4].split()[:3] == ["caries", "0", "–"]
    assert "95 % intervals: patients drawn again 100 times, for AP 100 times" in lines
    assert lines[-1].startswith("pooled_iou 0.846, from score 0.5 on")  # 11 of 13 rows of each tooth
    assert "it says little" in lines[-1]


def test_a_score_stands_with_its_interval() -> None:
    metrics = evaluated(12)
    metrics["ci95"]["AP50"] = [0.5, 0.75]
    metrics["segm"]["AP50"] = 0.625
    head, *rows = interval_table(metrics)
    assert head == ("", "all", "tooth", "caries")
    assert [row[0] for row in rows] == ["AP50", "AP", "precision", "recall", "F1", "PQ"]
    assert (rows[0][1], rows[0][3]) == ("0.625 [0.500, 0.750]", "–")
    said = markdown(page_of(metrics))
    assert "**AP50 of masks 0.625 [0.500, 0.750]**" in said
    assert ("AP50", "0.625", "masks, mean over classes; 95 %: 0.500 to 0.750") in tiles(metrics)


def test_one_patient_has_no_interval_and_is_told_why() -> None:
    metrics = evaluated(2)
    assert metrics["ci95"]["AP"] is None
    said = markdown(page_of(metrics))
    assert "95 % intervals: none, fewer than 2 patients have a defined value" in said
    assert not any("[" in cell for row in interval_table(metrics) for cell in row)
    assert tiles(metrics)[1][2] == "masks, IoU 0.50 to 0.95"
    assert "speak of other patients" not in said


def test_many_classes_have_one_column_of_intervals() -> None:
    metrics = evaluated(classes=tuple(f"tooth_{number}" for number in FDI))
    assert interval_table(metrics)[0] == ("", "all")


def test_one_class_is_not_said_twice() -> None:
    metrics = evaluated(classes=("tooth",))
    assert interval_table(metrics)[0] == ("", "tooth")


def test_what_is_written(tmp_path: Path) -> None:
    ranked = [(f"{PATIENT}{number}", number / 4) for number in range(4)]
    metrics = evaluated()
    write_instances(tmp_path, metrics, ROWS, Pictures(("tooth", "caries"), ranked, look))
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for name in ("objects_precision_recall", "objects_froc", "objects"):
        assert (tmp_path / "figures" / f"{name}.png").stat().st_size > 0
    assert "pooled_iou" in page and "The worst and the best pictures by PQ" in page
    assert not re.search(r"""(src|href)=["']https?:""", page) and "<script" not in page
    for path in (tmp_path / "report.html", tmp_path / "report.md", tmp_path / "model_card.md"):
        assert PATIENT.split("^")[0] not in path.read_text(encoding="utf-8")
    assert json.loads((tmp_path / "metrics.json").read_text()) == metrics
    with (tmp_path / "curves.csv").open(encoding="utf-8") as file:
        assert next(csv.reader(file)) == ["class", "false_per_image", "found"]


def test_an_earlier_sheet_is_taken_away(tmp_path: Path) -> None:
    write_instances(tmp_path, evaluated(), ROWS, Pictures(("tooth", "caries"), [("picture3", 1.0)], look))
    sheet = tmp_path / "figures" / "objects.png"
    assert sheet.is_file()
    write_instances(tmp_path, evaluated(), ROWS)
    assert not sheet.exists()
    assert "objects.png" not in (tmp_path / "report.md").read_text(encoding="utf-8")


def test_pictures_without_objects_have_a_report(tmp_path: Path) -> None:
    metrics = evaluated(1)
    assert metrics["curves"] == {} and metrics["segm"]["AP"] is None
    write_instances(tmp_path, metrics, ROWS, Pictures(("tooth", "caries"), [], look))
    said = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "AP50 of masks –" in said and "`pooled_iou` –" in said
    assert not (tmp_path / "figures").exists() or not list((tmp_path / "figures").iterdir())


def test_leaks_and_teeth_have_their_own_words() -> None:
    metrics = evaluated()
    rest = {key: metrics[key] for key in ("segm", "bbox", "classes", "count_error", "matched", "missed")}
    rest |= {key: metrics[key] for key in ("precision", "recall", "f1", "pq")}
    metrics["without_leaks"] = {"n_left_out": 1, **rest}
    errors = {"mean_absolute": 0.5, "mean": 0.5, "exact": 1, "n_images": 4}
    confusion = [[11, 21, 3], [11, 11, 9], [None, 36, 2], [46, None, 1], [12, 13, 5]]
    metrics["teeth"] = {
        "outcomes": {"right": 9, "mirrored": 3},
        "numbering": 0.75,
        "mirrored_pictures": 1,
        "count_error": errors,
        "confusion": confusion,
    }
    said = markdown(page_of(metrics))
    assert "1 picture, or their patients, are in an earlier split too" in said
    assert "Of the teeth that were found 0.750 bear their number" in said
    assert "1 picture of 4 are mirrored" in said
    assert said.index("| 12 | 13 | 5 |") < said.index("| 11 | 21 | 3 |")
    assert "| 11 | 11 |" not in said and "| 46 |" not in said


def test_points_of_the_curves() -> None:
    curves = {"tooth": {"false_per_image": [0.0, 1.5], "found": [0.0, 0.5]}}
    assert curves_table(curves)[1:] == [["tooth", 0.0, 0.0], ["tooth", 1.5, 0.5]]
