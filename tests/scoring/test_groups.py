"""Scores of groups of pictures: by what is known anyway, and by a table's columns."""

from pathlib import Path

import numpy as np
import pytest
from mask_sets import overlap, shifted, truth, write, write_masks, write_set

from dentalx.config import DataConfig
from dentalx.datasets.phantoms import PhantomSource, write_folders
from dentalx.errors import InputError
from dentalx.report import beside
from dentalx.scoring import Options, Scored, score_predictions
from dentalx.scoring.groups import GROUPS, _column, dentition, read_columns
from dentalx.scoring.picture import known
from dentalx.teeth import PERMANENT, PRIMARY

N = 9


def scored(folder: Path, *strata: str) -> Scored:
    data, predictions = write_set(folder / "data", N), write_masks(folder / "program", N)
    return score_predictions(predictions, data, None, Options(strata=strata))


def test_a_column_of_words(tmp_path: Path) -> None:
    table = tmp_path / "pictures.csv"
    rows = [f"p{i},{'film' if i < 3 else 'sensor'},{20 + i}" for i in range(N - 1)]
    table.write_text("\n".join(["image_id,device,age", *rows, "q,film,3"]), "utf-8-sig")
    data, predictions = write_set(tmp_path / "data", N), write_masks(tmp_path / "program", N)
    write(predictions / "p0.png", shifted(truth(0), 3))
    options = Options(strata=(f"{table}:device", f"{table}:age"))
    found = score_predictions(predictions, data, None, options)
    groups = found.result.metrics["strata"]["device"]["groups"]
    assert {name: group["n_images"] for name, group in groups.items()} == {"film": 3, "sensor": 5, "unknown": 1}
    assert groups["film"]["dice"]["mean"] == pytest.approx((overlap(3) + 2 * overlap(1)) / 3)
    assert groups["sensor"]["nsd"]["n"] == 5
    ages = found.result.metrics["strata"]["age"]
    assert list(ages["groups"]) == ["1: 20 to 21", "2: 22 to 23", "3: 24 to 25", "4: 26 to 27", "unknown"]
    assert "4 groups of about equal number" in ages["what"]
    assert any(line.startswith("Dice by device: film: ") for line in beside(found.result.metrics))
    rows_of = [row for row in found.tables["strata"] if row[:2] == ["device", "film"]]
    assert [row[4] for row in rows_of] == ["dice", "iou", "precision", "recall", "nsd"]


def test_size_and_prevalence_need_not_be_asked_for(tmp_path: Path) -> None:
    data, predictions = write_set(tmp_path / "data", N), write_masks(tmp_path / "program", N)
    assert data.masks is not None
    write(data.masks / "p0.png", np.zeros((12, 20), np.uint8))
    strata = score_predictions(predictions, data, None).result.metrics["strata"]
    assert set(strata) == {"prevalence"}  # all are of one size, and nobody knows the device
    assert strata["prevalence"]["groups"]["0: nothing there"]["n_images"] == 1
    assert sum(group["n_images"] for group in strata["prevalence"]["groups"].values()) == N


def test_few_pictures_are_not_divided(tmp_path: Path) -> None:
    data, predictions = write_set(tmp_path / "data", 7), write_masks(tmp_path / "program", 7)
    assert "strata" not in score_predictions(predictions, data, None).result.metrics


def test_phantoms_know_their_device_and_their_teeth() -> None:
    source = PhantomSource(3, 1, (64, 128))
    for record in source.records:
        sample, style, teeth = known(source, record)
        drawn = source.phantom(record)
        assert (sample.mask == source.load(record).mask).all()
        assert (style, teeth) == (drawn.style, tuple(sorted(set(drawn.teeth.labels.tolist()))))


def test_annotated_teeth_are_known_and_other_annotations_are_not(tmp_path: Path) -> None:
    from dentalx.datasets import open_source
    from dentalx.datasets.phantoms import write_coco

    write_coco(tmp_path, PhantomSource(2, 1, (64, 128)))
    teeth = open_source(DataConfig(data=tmp_path, classes=("teeth",)), (0, 0))
    drawn = PhantomSource(2, 1, (64, 128))
    for record, phantom in zip(teeth.records, drawn.records, strict=True):
        assert known(teeth, record)[2] == known(drawn, phantom)[2]
    everything = open_source(DataConfig(data=tmp_path, classes=("all",)), (0, 0))
    assert known(everything, everything.records[0])[2] is None
    write_folders(tmp_path / "folders", PhantomSource(1, 1, (64, 128)))
    folders = open_source(DataConfig(data=tmp_path / "folders"), (0, 0))
    assert known(folders, folders.records[0])[1:] == ("", None)


def test_dentition_by_hand() -> None:
    assert dentition(()) == "1: no teeth"
    assert dentition(PERMANENT[:19]) == "2: fewer than 20 permanent teeth"
    assert dentition(PERMANENT[:20]) == dentition(PERMANENT[:27]) == "3: 20 to 27 permanent teeth"
    assert dentition(PERMANENT[:28]) == dentition(PERMANENT) == "4: 28 or more permanent teeth"
    assert dentition(PRIMARY) == "5: primary"
    assert dentition((*PRIMARY[:3], 16)) == "6: mixed"


@pytest.mark.parametrize(
    ("content", "asked", "message"),
    [
        ("image_id,a\np0,x", "t.csv:b", "has no column 'b'; it has a"),
        ("name,a\np0,x", "t.csv:a", "has no column image_id; it has name, a"),
        ("image_id,a,b\np0,x,y", "t.csv", "has 2 columns beside image_id; choose: --strata"),
        ("image_id,a\nq,x", "t.csv:a", "has no value of a for any of the 40 pictures; check image_id"),
        ("image_id,a\n" + "\n".join(f"p{i},n{i}" for i in range(40)), "t.csv", "a has 40 different values"),
        ("", "t.csv:a", "has no column image_id; it has no row"),
        ("image_id,a\np0,x", "none.csv:a", "cannot read .*none.csv: .*FILE.csv:COLUMN"),
    ],
)
def test_tables_that_do_not_say_it(tmp_path: Path, content: str, asked: str, message: str) -> None:
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(InputError, match=message):
        read_columns([str(tmp_path / asked)], [f"p{i}" for i in range(40)])


def test_a_column_alone_needs_no_name_and_a_path_may_hold_a_colon(tmp_path: Path) -> None:
    table = tmp_path / "a:b.csv"
    table.write_text("image_id,device\np0,film\np1, \n")
    for asked in (str(table), f"{table}:device"):
        assert read_columns([asked], ["p0", "p1"])[0].groups == {"p0": "film"}


def test_decimal_commas_are_numbers(tmp_path):
    """As a spreadsheet writes them where the comma is the decimal mark; then cells end at semicolons."""
    path = tmp_path / "ages.csv"
    path.write_text("image_id;age\n" + "".join(f"{n};{n},5\n" for n in range(40)), "utf-16")
    column = _column(path, "age", [str(n) for n in range(40)])
    assert len(set(column.groups.values())) == GROUPS
