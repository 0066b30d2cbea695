"""Runs that find objects, scored with a predictor that finds what was planted: nothing is trained."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dentalx.config import DataConfig
from dentalx.datasets import open_source
from dentalx.errors import InputError
from dentalx.evaluation.bootstrap import Resampling
from dentalx.inference.instances import Found
from dentalx.recipe import OFF
from dentalx.runs import Run
from dentalx.samples import Grey, Instances
from dentalx.scoring import Options
from dentalx.scoring import instances as scoring
from dentalx.scoring.instances import ObjectsScored, score_instances
from dentalx.scoring.tasks import Task

CLASSES = ("36", "37", "caries")
SIZE = (20, 40)
TOOTH, NEXT, LESION = (2, 2, 12, 12), (2, 14, 12, 24), (4, 4, 8, 8)
# Of each picture (class's label, box): what is there, and with a score what is found.
THERE: dict[str, list[tuple[int, tuple[int, ...]]]] = {
    "alarm": [],
    "blank": [],
    "right": [(1, TOOTH), (2, NEXT), (3, LESION)],
    "swapped": [(1, TOOTH), (2, NEXT)],
}
FOUND: dict[str, list[tuple[int, tuple[int, ...], float]]] = {
    "alarm": [(3, LESION, 0.7)],
    "blank": [],
    "right": [(1, TOOTH, 0.9), (2, NEXT, 0.8), (3, LESION, 0.3)],
    "swapped": [(2, TOOTH, 0.9), (1, NEXT, 0.8)],
}
NAMES = tuple(THERE)
FEW = Options(resampling=Resampling(resamples=100))


def squares(found: list[tuple[int, tuple[int, ...], float]]) -> Instances:
    masks = np.zeros((len(found), *SIZE), np.bool_)
    for mask, (_, (y1, x1, y2, x2), _) in zip(masks, found, strict=True):
        mask[y1:y2, x1:x2] = True
    scores = np.array([score for *_, score in found], np.float32)
    return Instances(masks, np.array([label for label, *_ in found], np.int32), scores)


@dataclass
class Planted:
    """A predictor that knows the pictures by their grey, and finds what `FOUND` says."""

    classes: tuple[str, ...] = CLASSES
    enhance: Any = OFF
    name: str = "planted"
    found: dict[str, list[tuple[int, tuple[int, ...], float]]] = field(default_factory=lambda: dict(FOUND))

    def __call__(self, image: Grey) -> Found:
        kept = self.found[NAMES[round(float(image[0, 0]) * 255) // 50]]
        boxes = np.array([box for _, box, _ in kept], np.float32).reshape(-1, 4)
        return Found(squares(kept), boxes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The pictures of `THERE` as COCO."""
    images, annotations = [], []
    for number, (name, objects) in enumerate(THERE.items()):
        pixels = np.full(SIZE, number * 50, np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
        images.append({"id": number + 1, "file_name": f"{name}.png", "height": SIZE[0], "width": SIZE[1]})
        for label, (y1, x1, y2, x2) in objects:
            box = {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": (y2 - y1) * (x2 - x1), "iscrowd": 0}
            ring = [x1, y1, x2, y1, x2, y2, x1, y2]
            ids = {"id": len(annotations) + 1, "image_id": number + 1, "category_id": label}
            annotations.append(ids | box | {"segmentation": [ring]})
    categories = [{"id": label, "name": name} for label, name in enumerate(CLASSES, start=1)]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (tmp_path / "annotations.json").write_text(json.dumps(content))
    return tmp_path


@dataclass
class Bench:
    """What stands for a run, its data and its network; to be changed before `score`."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    predictor: Planted = field(default_factory=Planted)
    leaked: frozenset[str] = frozenset()
    threshold: float = 0.5

    def score(self, options: Options = FEW, consistent: bool = False) -> ObjectsScored:
        source = open_source(DataConfig(data=self.folder), SIZE)
        records = tuple(source.records)
        task = Task(source, records, "test", (), ("a note",), leaked=self.leaked)
        described = SimpleNamespace(train=SimpleNamespace(enhance=OFF), network="mask_rcnn, none, 20×40")
        for place, name, stands in (
            (scoring.runs, "describe", lambda run: described),
            (scoring.runs, "threshold", lambda run: self.threshold),
            (scoring, "choose", lambda *given: task),
            (scoring, "load_instance_predictor", lambda *given, **more: self.predictor),
        ):
            self.monkeypatch.setattr(place, name, stands)
        return score_instances(Run(self.folder), None, None, options, consistent=consistent)


@pytest.fixture
def bench(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(folder, monkeypatch)


def test_what_was_planted_is_counted(bench: Bench) -> None:
    """Right: two teeth, and a lesion below the score. Swapped: both numbers wrong. Alarm: a lesion that is nowhere."""
    metrics = bench.score().metrics
    assert (metrics["matched"], metrics["missed"], metrics["spurious"]) == (2, 3, 3)
    assert metrics["f1"] == pytest.approx(4 / 10)
    assert metrics["classes"]["caries"]["segm"]["AP50"] == pytest.approx(0.5)  # behind the alarm's better score
    assert (metrics["n_images"], metrics["n_patients"], metrics["split"]) == (4, 4, "test")
    assert metrics["schema"] == scoring.SCHEMA and metrics["notes"] == ["a note"]
    json.dumps(metrics, allow_nan=False)


def test_numbers_of_teeth_are_told_from_missed_ones(bench: Bench) -> None:
    teeth = bench.score().metrics["teeth"]
    assert (teeth["outcomes"]["right"], teeth["outcomes"]["neighbour swap"], teeth["outcomes"]["missed"]) == (2, 2, 0)
    assert teeth["numbering"] == 0.5
    assert teeth["count_error"]["n_images"] == 4


def test_numbers_that_agree_are_scored_when_asked(bench: Bench) -> None:
    """A second number on a tooth is spurious, unless numbers are made to agree."""
    bench.predictor.found["right"] = [(1, TOOTH, 0.9), (2, TOOTH, 0.6), (2, NEXT, 0.8)]
    as_found, agreed = (bench.score(consistent=consistent).metrics for consistent in (False, True))
    assert (as_found["classes"]["37"]["spurious"], agreed["classes"]["37"]["spurious"]) == (2, 1)  # one of "swapped"
    assert as_found["matched"] == agreed["matched"] == 2
    assert "made to agree" in agreed["notes"][-1]


def test_the_field_s_single_number_sees_no_wrong_tooth(bench: Bench) -> None:
    """Two times two teeth of 100 pixels are found; the alarm's 16 pixels are wrong."""
    pooled = bench.score().metrics["pooled_iou"]
    assert pooled["value"] == pytest.approx(400 / 416)


def test_another_score_counts_other_objects(bench: Bench) -> None:
    bench.threshold = 0.3
    metrics = bench.score().metrics
    assert (metrics["matched"], metrics["missed"], metrics["spurious"]) == (3, 2, 3)
    bench.threshold = 0.85
    assert bench.score().metrics["matched"] == 1


def test_a_row_a_picture_and_class_and_the_worst_first(bench: Bench) -> None:
    scored = bench.score()
    head, *rows = scored.table()
    assert head == list(scoring.HEAD) and len(rows) == len(NAMES) * len(CLASSES)
    by_place = {(row[0], row[2]): row[3:] for row in rows}
    assert by_place["right", "36"] == [1, 1, 0, 0, 1, 1]
    assert by_place["right", "caries"] == [1, 0, 1, 0, 0, 0]
    assert by_place["blank", "36"] == [0, 0, 0, 0, None, None]
    assert by_place["alarm", "caries"] == [0, 0, 0, 1, 0, 0]
    assert [picture.image_id for picture in scored.ranked()] == ["alarm", "swapped", "right"]
    assert scored.ranked()[-1].quality == pytest.approx(4 / 5)


def test_intervals_are_by_patient_and_seeded(bench: Bench) -> None:
    metrics = bench.score().metrics
    assert metrics["interval"] == {
        "method": "percentile cluster bootstrap by patient",
        "level": 0.95,
        "resamples": 100,
        "seed": 0,
        "resamples_average_precision": 100,
    }
    for block in (metrics, metrics["classes"]["36"]):
        low, high = block["ci95"]["recall"]
        assert low <= block["recall"] <= high and low < high
    assert metrics["classes"]["caries"]["ci95"]["AP"] is None
    assert "fewer than 2 patients" in metrics["classes"]["caries"]["ci95_reason"]["AP"]
    assert bench.score().metrics == metrics


def test_progress_is_told(bench: Bench) -> None:
    told: list[tuple[int, int]] = []
    bench.score(Options(progress=lambda done, of: told.append((done, of)), resampling=FEW.resampling))
    assert told == [(done, 4) for done in range(5)]


def test_pictures_that_training_knew_are_scored_apart(bench: Bench) -> None:
    bench.leaked = frozenset({"swapped"})
    rest = bench.score().metrics["without_leaks"]
    assert (rest["n_left_out"], rest["n_images"], rest["matched"], rest["missed"]) == (1, 3, 2, 1)
    assert rest["classes"]["36"]["ci95"]["AP"] is None
    bench.leaked = frozenset(NAMES)
    rest = bench.score().metrics["without_leaks"]
    assert (rest["n_images"], rest["f1"], rest["segm"]["AP"], rest["pooled_iou"]["value"]) == (0, None, None, None)


def test_looking_again_shows_objects_of_the_score(bench: Bench) -> None:
    image, truth, found = bench.score().look("right")
    assert image.shape == SIZE
    assert (truth.labels.tolist(), found.labels.tolist()) == ([1, 2, 3], [1, 2])


def test_a_broken_picture_is_named_and_left_out(bench: Bench) -> None:
    broken = bench.folder / "right.png"
    broken.write_bytes(broken.read_bytes()[:-30])
    scored = bench.score()
    assert [(problem.name, problem.kind, problem.counted) for problem in scored.problems] == [
        ("right", "picture", "left out")
    ]
    assert scored.metrics["n_images"] == 3


def test_nothing_but_broken_pictures_is_an_error(bench: Bench) -> None:
    for path in bench.folder.glob("*.png"):
        path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError, match="no picture could be scored: "):
        bench.score()


def test_nothing_found_at_all(bench: Bench) -> None:
    bench.predictor.found = {name: [] for name in NAMES}
    metrics = bench.score().metrics
    assert (metrics["precision"], metrics["recall"], metrics["f1"], metrics["segm"]["AP"]) == (0, 0, 0, 0)
    assert metrics["pooled_iou"]["value"] == 0


def test_another_recipe_is_noted(bench: Bench) -> None:
    bench.predictor.enhance = "clahe"
    bench.monkeypatch.setattr(scoring, "written", str)
    assert any("scored with --enhance clahe" in note for note in bench.score().metrics["notes"])
