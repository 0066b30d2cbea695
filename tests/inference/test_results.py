"""What predict writes by wish: tidied masks, objects, label maps, an uncertain band, annotation formats."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_folder import Bright, table, write
from test_objects_written import Planted

from dentalx.config import DataConfig
from dentalx.datasets import open_source
from dentalx.datasets.images import find_pictures
from dentalx.errors import InputError
from dentalx.inference import Place, predict_folder, predict_objects
from dentalx.predict_config import PredictConfig


class Teeth(Bright):
    classes = ("teeth",)


def two_discs(path: Path) -> None:
    """Two touching discs of grey 200 and 160, a speck, and a hole in the first."""
    y, x = np.mgrid[:60, :120]
    pixels = np.zeros((60, 120), np.uint8)
    pixels[(y - 30) ** 2 + (x - 74) ** 2 <= 400] = 160
    pixels[(y - 30) ** 2 + (x - 38) ** 2 <= 400] = 200
    pixels[30, 38] = 0
    pixels[2, 100] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def go(tmp_path: Path, **wishes: object) -> Path:
    config = PredictConfig(**wishes)  # type: ignore[arg-type]
    output = tmp_path / "out"
    pictures = find_pictures(tmp_path / "in")
    predict_folder(Teeth(), pictures, Place(output, tmp_path / "in", settings={"run": "x"}), config)  # type: ignore[arg-type]
    return output


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_masks_are_tidied(tmp_path: Path) -> None:
    two_discs(tmp_path / "in" / "a.png")
    plain = np.asarray(Image.open(go(tmp_path) / "masks" / "a.png"))
    assert (plain[30, 38], plain[2, 100]) == (0, 255)
    assert table(tmp_path / "out")[0]["teeth_count"] == "2"
    tidy = np.asarray(Image.open(go(tmp_path, fill_holes=True, min_area=2) / "masks" / "a.png"))
    assert (tidy[30, 38], tidy[2, 100]) == (255, 0)
    assert table(tmp_path / "out")[0]["teeth_count"] == "1"
    assert int(table(tmp_path / "out")[0]["teeth_area_px"]) == (tidy > 0).sum() == (plain > 0).sum()
    assert np.array_equal(tidy, np.asarray(Image.open(go(tmp_path, fill_holes=True, largest=True) / "masks" / "a.png")))


def test_touching_teeth_are_counted_and_listed(tmp_path: Path) -> None:
    two_discs(tmp_path / "in" / "sub" / "a.png")
    output = go(tmp_path, split_teeth=True, min_area=2, fill_holes=True)
    assert table(output)[0]["teeth_count"] == "2"
    labels = np.asarray(Image.open(output / "labels" / "sub" / "a.png"))
    assert (labels[30, 30], labels[30, 80], labels[0, 0]) == (1, 2, 0)
    left, right = rows(output / "objects.csv")
    assert (left["object"], left["class"], right["object"]) == ("1", "teeth", "2")
    assert float(left["score"]) == pytest.approx(200 / 255, abs=0.01)
    assert float(right["score"]) == pytest.approx(160 / 255, abs=0.01)
    assert int(left["area_px"]) == (labels == 1).sum()
    assert float(left["centroid_x"]) < 56 < float(right["centroid_x"])
    assert (left["box_y1"], left["box_y2"]) == ("10.0", "51.0")


def test_teeth_of_no_teeth(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--split-teeth needs a class called teeth or tooth, the run has bright"):
        predict_folder(Bright(), [], tmp_path, PredictConfig(split_teeth=True))  # type: ignore[arg-type]


def test_the_uncertain_band(tmp_path: Path) -> None:
    """160 / 255 is 0.627: in the band; 200 / 255 is 0.784: its upper end, not in it."""
    two_discs(tmp_path / "in" / "a.png")
    output = go(tmp_path, uncertain=(0.4, 200 / 255))
    band = np.asarray(Image.open(output / "uncertain" / "a.png"))
    assert (band[30, 80], band[30, 30], band[0, 0]) == (255, 0, 0)
    assert set(np.unique(band)) == {0, 255}
    share = (band > 0).mean()
    assert float(table(output)[0]["uncertain_share"]) == pytest.approx(share, abs=1e-6)
    said = json.loads((output / "predictions.json").read_text())
    assert said["pictures"][0]["uncertain_share"] == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize("band", [(0.5, 0.5), (0.6, 0.4), (-0.1, 0.5), (0.5, 1.1), (float("nan"), 0.5)])
def test_a_band_that_is_none(band: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="--uncertain must be two rising numbers"):
        PredictConfig(uncertain=band)


def test_the_summary_says_the_same_as_the_table(tmp_path: Path) -> None:
    two_discs(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "b.png").write_bytes(b"")
    output = go(tmp_path)
    said = json.loads((output / "predictions.json").read_text())
    good, bad = said["pictures"]
    row = table(output)[0]
    assert good["classes"]["teeth"]["area_px"] == int(row["teeth_area_px"])
    assert good["classes"]["teeth"]["count"] == int(row["teeth_count"])
    assert good["mean_confidence"] == float(row["mean_confidence"])
    assert (bad["status"], "b.png is empty" in bad["reason"]) == ("failed", True)
    assert said["settings"] == {"run": "x"}
    assert "not a medical device" in said["disclaimer"]


def test_side_by_side_shows_both(tmp_path: Path) -> None:
    write(tmp_path / "in" / "wide.png", (40, 80))
    write(tmp_path / "in" / "high.png", (80, 40))
    output = go(tmp_path, side_by_side=True)
    over = np.asarray(Image.open(output / "overlays" / "wide.png"))
    both = np.asarray(Image.open(output / "side_by_side" / "wide.png"))
    assert both.shape == (84, 80, 3)
    assert np.array_equal(both[44:], over)
    assert np.array_equal(both[:40, :, 0], np.asarray(Image.open(tmp_path / "in" / "wide.png")))
    with Image.open(output / "side_by_side" / "high.png") as picture:
        assert picture.size == (84, 80)


@pytest.mark.parametrize("side_by_side", [False, True])
def test_overlays_can_be_left_out(tmp_path: Path, side_by_side: bool) -> None:
    write(tmp_path / "in" / "a.png", (40, 80))
    output = go(tmp_path, overlays=False, side_by_side=side_by_side)
    assert (output / "masks" / "a.png").is_file() and not (output / "overlays").exists()
    assert (output / "side_by_side" / "a.png").is_file() == side_by_side


def test_annotation_formats_are_read_back(tmp_path: Path) -> None:
    """COCO and YOLO name the objects; LabelMe's and CVAT's files beside the pictures are data sets that are read."""
    for name in ("a.png", "sub/b.png"):
        two_discs(tmp_path / "in" / name)
    output = go(tmp_path, to=("coco", "cvat", "labelme", "yolo"), split_teeth=True, min_area=2)
    coco = json.loads((output / "annotations" / "coco" / "annotations" / "instances.json").read_text())
    assert [image["file_name"] for image in coco["images"]] == ["a.png", "sub/b.png"]
    assert [entry["image_id"] for entry in coco["annotations"]] == [1, 1, 2, 2]
    assert coco["annotations"][0]["score"] == pytest.approx(200 / 255, abs=0.01)
    assert coco["annotations"][0]["area"] == int(rows(output / "objects.csv")[0]["area_px"])
    assert len((output / "annotations" / "yolo" / "labels" / "sub" / "b.txt").read_text().splitlines()) == 2
    for kind, file in (("labelme", "all/a.json"), ("cvat", "annotations.xml")):
        beside = shutil.copytree(tmp_path / "in", tmp_path / kind)
        shutil.copy(output / "annotations" / kind / file, beside)
        source = open_source(DataConfig(data=beside), (64, 128))
        assert source.classes == ("teeth",)
        mask = np.asarray(Image.open(output / "masks" / "a.png")) > 0
        assert np.array_equal(source.load(source.records[0]).mask == 1, mask)
    assert [record.image_id for record in source.records] == ["a", "b"]


def test_objects_one_by_one_in_annotation_formats_and_side_by_side(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.png")
    planted, place = Planted(), Place(tmp_path / "out", tmp_path / "in")
    config = PredictConfig(to=("coco", "yolo"), side_by_side=True, overlays=False)
    predict_objects(planted, find_pictures(tmp_path / "in"), place, config)  # type: ignore[arg-type]
    coco = json.loads((place.output / "annotations" / "coco" / "annotations" / "instances.json").read_text())
    assert [entry["score"] for entry in coco["annotations"]] == [0.9, 0.8, 0.6]
    assert (place.output / "annotations" / "yolo" / "labels" / "a.txt").read_text()[:2] == "0 "
    assert (place.output / "side_by_side" / "a.png").is_file() and not (place.output / "overlays").exists()
