"""Objects of a folder of pictures, written down."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dentalx.datasets.images import find_pictures
from dentalx.datasets.readers.raster import decompress
from dentalx.errors import InputError
from dentalx.geometry import mask_box, rle_decode
from dentalx.inference.instances import Found, InstancePredictor, stacked
from dentalx.inference.objects import predict_objects
from dentalx.predict_config import PredictConfig
from dentalx.recipe import OFF
from dentalx.samples import Grey, Instances

TOOTH, CARIES, OTHER = (10, 10, 30, 24), (14, 12, 18, 16), (10, 40, 30, 60)


def found(size: tuple[int, int], *objects: tuple[int, tuple[int, int, int, int], float]) -> Found:
    masks = np.zeros((len(objects), *size), np.bool_)
    for mask, (_, (y1, x1, y2, x2), _) in zip(masks, objects, strict=True):
        mask[y1:y2, x1:x2] = True
    labels = np.array([label for label, _, _ in objects], np.int32)
    boxes = np.array([mask_box(mask) for mask in masks], np.float32).reshape(-1, 4)
    return Found(Instances(masks, labels, np.array([score for _, _, score in objects], np.float32)), boxes)


class Planted:
    """Stands for an `InstancePredictor`: a tooth with caries in it and another tooth, in bright pictures."""

    classes = ("36", "caries", "tooth_37")
    min_score = 0.5
    name = "test"
    grey = "voi"
    colour = False
    enhance = OFF
    seen = None

    def __call__(self, image: Grey) -> Found:
        if image.max() < 0.5:
            return found((image.shape[0], image.shape[1]))
        size = (image.shape[0], image.shape[1])
        return found(size, (1, TOOTH, 0.9), (3, OTHER, 0.8), (2, CARIES, 0.6), (2, (5, 5, 5, 5), 0.55))


PREDICTOR: InstancePredictor = Planted()  # type: ignore[assignment]


def write(path: Path, shape: tuple[int, int] = (40, 80), level: int = 200) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full(shape, level, np.uint8)).save(path)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_row_an_object(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.png")
    predict_objects(PREDICTOR, find_pictures(tmp_path / "in"), tmp_path / "out")
    tooth, other, caries = rows(tmp_path / "out" / "objects.csv")
    assert tooth == {
        **{"file": str(tmp_path / "in" / "a.png"), "object": "1", "class": "36", "fdi": "36", "score": "0.9000"},
        **{"area_px": "280", "box_y1": "10.0", "box_x1": "10.0", "box_y2": "30.0", "box_x2": "24.0"},
        **{"centroid_y": "20.0", "centroid_x": "17.0"},
    }
    assert (other["class"], other["fdi"]) == ("tooth_37", "37")
    assert (caries["class"], caries["fdi"], caries["object"]) == ("caries", "", "3")
    (picture,) = rows(tmp_path / "out" / "predictions.csv")
    assert (picture["36_count"], picture["caries_count"], picture["caries_area_px"]) == ("1", "1", "16")
    assert float(picture["mean_confidence"]) == pytest.approx((0.9 + 0.8 + 0.6) / 3, abs=1e-4)


def test_a_coco_file_of_the_whole_folder(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.png")
    write(tmp_path / "in" / "b.png", (33, 77))
    predict_objects(PREDICTOR, find_pictures(tmp_path / "in"), tmp_path / "out")
    listed = json.loads((tmp_path / "out" / "instances.json").read_text())
    assert [(image["file_name"], image["height"]) for image in listed["images"]] == [("a.png", 40), ("b.png", 33)]
    assert [category["name"] for category in listed["categories"]] == list(PREDICTOR.classes)
    assert [entry["id"] for entry in listed["annotations"]] == list(range(1, 7))
    assert [entry["image_id"] for entry in listed["annotations"]] == [1, 1, 1, 2, 2, 2]
    expected = found((40, 80), (1, TOOTH, 0.9), (3, OTHER, 0.8), (2, CARIES, 0.6)).instances
    for entry, mask, label in zip(listed["annotations"], expected.masks, expected.labels, strict=False):
        counts = decompress(entry["segmentation"]["counts"], mask.size)
        assert np.array_equal(rle_decode(counts, (40, 80)), mask)
        assert (entry["category_id"], entry["area"]) == (label, mask.sum())
    assert listed["annotations"][0]["bbox"] == [10, 10, 14, 20]


def test_the_smaller_object_is_seen_on_the_larger(tmp_path: Path) -> None:
    """Caries on its tooth, though the tooth has the better score."""
    write(tmp_path / "in" / "a.png")
    predict_objects(PREDICTOR, find_pictures(tmp_path / "in"), tmp_path / "out")
    numbers, classes = (np.asarray(Image.open(tmp_path / "out" / name / "a.png")) for name in ("labels", "masks"))
    assert (numbers[11, 11], numbers[15, 13], numbers[20, 50], numbers[0, 0]) == (1, 3, 2, 0)
    assert (classes[11, 11], classes[15, 13], classes[20, 50], classes[0, 0]) == (1, 2, 3, 0)
    assert stacked(found((4, 4)).instances).sum() == 0


def test_a_bad_file_is_listed_and_the_rest_goes_on(tmp_path: Path) -> None:
    for name in "abc":
        write(tmp_path / "in" / f"{name}.png", level=200 if name == "a" else 10)
    (tmp_path / "in" / "b.png").write_bytes(b"")
    done = predict_objects(PREDICTOR, find_pictures(tmp_path / "in"), tmp_path / "out")
    assert [row.status for row in done] == ["ok", "failed", "ok"]
    told = [row["warnings"] for row in rows(tmp_path / "out" / "predictions.csv")]
    assert ["nothing found" in warnings for warnings in told] == [False, False, True]
    listed = json.loads((tmp_path / "out" / "instances.json").read_text())
    assert [(image["id"], image["file_name"]) for image in listed["images"]] == [(1, "a.png"), (2, "c.png")]
    assert len(rows(tmp_path / "out" / "objects.csv")) == 3


def test_what_was_finished_is_kept_when_broken_off(tmp_path: Path) -> None:
    for name in "abcdefgh":
        write(tmp_path / "in" / f"{name}.png")

    def enough(done: int, row: object) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict_objects(PREDICTOR, find_pictures(tmp_path / "in"), tmp_path / "out", progress=enough)
    listed = json.loads((tmp_path / "out" / "instances.json").read_text())
    assert 3 <= len(listed["images"]) < 8
    assert len(rows(tmp_path / "out" / "objects.csv")) == len(listed["annotations"]) == 3 * len(listed["images"])
    assert not list((tmp_path / "out").rglob(".part*"))


def test_nothing_can_be_written(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.png")
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="out"):
        predict_objects(PREDICTOR, find_pictures(tmp_path / "in"), tmp_path / "out")


class Twice(Planted):
    """The same tooth under two numbers, and caries."""

    def __call__(self, image: Grey) -> Found:
        size = (image.shape[0], image.shape[1])
        return found(size, (1, TOOTH, 0.9), (3, TOOTH, 0.7), (2, CARIES, 0.6), (1, OTHER, 0.5))


def test_numbers_that_agree_and_what_was_changed_for_it(tmp_path: Path) -> None:
    """One 36 is left: the tooth that may be either becomes the 37, since another can be nothing else. Caries stays."""
    write(tmp_path / "in" / "a.png")
    twice: InstancePredictor = Twice()  # type: ignore[assignment]
    predict_objects(twice, find_pictures(tmp_path / "in"), tmp_path / "out", PredictConfig(consistent=True))
    kept = rows(tmp_path / "out" / "objects.csv")
    assert [(row["fdi"], row["score"]) for row in kept] == [("37", "0.9000"), ("", "0.6000"), ("36", "0.5000")]
    changed = rows(tmp_path / "out" / "numbering.csv")
    assert [(row["before"], row["after"]) for row in changed] == [("36", "37"), ("37", "")]
    assert all(row["why"] for row in changed)
    predict_objects(twice, find_pictures(tmp_path / "in"), tmp_path / "as found")
    assert len(rows(tmp_path / "as found" / "objects.csv")) == 4
    assert not (tmp_path / "as found" / "numbering.csv").exists()


class InColour(Planted):
    """Stands for a run that was trained with --colour."""

    colour = True


def test_photographs_are_shown_beside_their_overlays_in_colour(tmp_path: Path) -> None:
    path = tmp_path / "in" / "a.png"
    path.parent.mkdir()
    Image.fromarray(np.full((40, 80, 3), (200, 90, 30), np.uint8)).save(path)
    predictor: InstancePredictor = InColour()  # type: ignore[assignment]
    done = predict_objects(predictor, [path], tmp_path / "out", PredictConfig(side_by_side=True))
    assert [row.status for row in done] == ["ok"]
    both = np.asarray(Image.open(tmp_path / "out" / "side_by_side" / "a.png"))
    assert both.shape == (84, 80, 3)
    assert np.array_equal(both[:40], np.asarray(Image.open(path)))
    assert np.array_equal(both[44:], np.asarray(Image.open(tmp_path / "out" / "overlays" / "a.png")))
