"""An error that nobody expected, at any stage of a batch: one failed row that names the image; the rest is done."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dentalx import cli
from dentalx.datasets.images import find_pictures
from dentalx.errors import REPORT, InputError, attributed, ends_batch
from dentalx.inference import Place, classify, predict_folder
from dentalx.inference.instances import Found
from dentalx.inference.objects import predict_objects
from dentalx.journal import Journal
from dentalx.labelling import EXCLUSIVE
from dentalx.predict_config import PredictConfig
from dentalx.quality.looks import look
from dentalx.recipe import OFF
from dentalx.samples import Grey, Instances, Prediction

N = 4


class Bright:
    """Stands for a `Predictor`: the grey level is the probability."""

    classes, threshold, labelling, name, grey = ("bright",), 0.5, EXCLUSIVE, "test", "voi"

    def __call__(self, image_id: str, image: Grey) -> Prediction:
        probability = image[..., None].copy()
        return Prediction(image_id, probability, classify(probability, self.threshold))


class Squares:
    """Stands for an `InstancePredictor`: one object in each image."""

    classes, min_score, name, grey, colour, enhance, seen = ("36",), 0.5, "test", "voi", False, OFF, None

    def __call__(self, image: Grey) -> Found:
        masks = np.zeros((1, *image.shape), np.bool_)
        masks[0, 4:20, 4:20] = True
        instances = Instances(masks, np.ones(1, np.int32), np.ones(1, np.float32))
        return Found(instances, np.array([[4, 4, 20, 20]], np.float32))


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Images with masks."""
    for number in range(N):
        pixels = np.random.default_rng(number).integers(0, 256, (40, 80), np.uint8)
        mask = np.zeros((40, 80), np.uint8)
        mask[5:20, 10 : 30 + number] = 255
        for folder, plane in (("images", pixels), ("masks", mask)):
            (tmp_path / "data" / folder).mkdir(parents=True, exist_ok=True)
            Image.fromarray(plane).save(tmp_path / "data" / folder / f"p{number}.png")
    return tmp_path / "data" / "images"


def fail_once(monkeypatch: pytest.MonkeyPatch, place: str, error: Exception) -> None:
    """Let the second call of a function raise."""
    holder, _, name = place.rpartition(".")
    module: Any = pytest.importorskip(holder) if "." in holder and holder[0].islower() else None
    really, calls = getattr(module, name), [0]

    def sometimes(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        if calls[0] == 2:
            raise error
        return really(*args, **kwargs)

    monkeypatch.setattr(module, name, sometimes)


STAGES = (
    "folder.read_grey_with_warnings",
    "folder.digest",
    "rows.confidence",
    "results.write_masks",
    "results.summarise",
)
OBJECT_STAGES = ("folder.read_grey_with_warnings", "objects.judge_picture", "objects.write_mask", "objects.box_to_coco")


@pytest.mark.parametrize("stage", STAGES)
def test_masks(images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    fail_once(monkeypatch, f"dentalx.inference.{stage}", IndexError("secret"))
    check(images, tmp_path, lambda found, place: predict_folder(Bright(), found, place, PredictConfig()))  # type: ignore[arg-type]


@pytest.mark.parametrize("stage", OBJECT_STAGES)
def test_objects(images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    fail_once(monkeypatch, f"dentalx.inference.{stage}", KeyError("secret"))
    check(images, tmp_path, lambda found, place: predict_objects(Squares(), found, place, PredictConfig()))  # type: ignore[arg-type]


def check(images: Path, tmp_path: Path, work: Callable[[list[Path], Place], Any]) -> None:
    with Journal(tmp_path / "out") as journal:
        journal.begin({}, resume=False)
        rows = work(find_pictures(images), Place(tmp_path / "out", images, journal))
    failed = [row for row in rows if row.status == "failed"]
    assert (len(rows), len(failed)) == (N, 1)
    assert failed[0].reason.startswith(f"{failed[0].file}: unexpected ")
    assert REPORT in failed[0].reason
    assert "secret" not in failed[0].reason
    done = {path.stem for path in (tmp_path / "out" / "masks").glob("p*.png")}
    assert {Path(row.file).stem for row in rows if row.status == "ok"} <= done


def test_no_room_ends_a_batch_and_a_long_name_does_not(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for suffix in (".png", ".tif"):  # of one stem, so that the suffix is kept: no name of a mask is that long
        Image.new("L", (80, 40), 90).save(images / f"{'x' * 251}{suffix}")
    rows = predict_folder(Bright(), find_pictures(images), Place(tmp_path / "out", images))  # type: ignore[arg-type]
    assert [row.status for row in rows] == ["ok"] * N + ["failed"] * 2
    fail_once(monkeypatch, "dentalx.inference.results.write_masks", OSError(28, "No space left on device"))
    with pytest.raises(InputError, match="No space left on device"):
        predict_folder(Bright(), find_pictures(images), Place(tmp_path / "out", images))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("command", "stage"),
    [
        ("audit", "datasets.contents.doubts"),
        ("audit", "datasets.twins.descriptor"),
        ("convert", "datasets.writers.convert.put_picture"),
        ("convert", "datasets.writers.convert.labelling"),
        ("deidentify", "deidentify.find_text"),
        ("deidentify", "deidentify.coded_name"),
    ],
)
def test_commands(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any, command: str, stage: str
) -> None:
    words = {
        "audit": ["audit", str(images.parent), "--output", str(tmp_path / "out")],
        "convert": ["convert", "--data", str(images.parent), "--to", "coco", "--output", str(tmp_path / "out")],
        "deidentify": [
            *("deidentify", "--input", str(images), "--output", str(tmp_path / "out")),
            *("--salt", str(tmp_path / "salt"), "--table", str(tmp_path / "table.csv")),
        ],
    }[command]
    fail_once(monkeypatch, f"dentalx.{stage}", ZeroDivisionError("secret"))
    assert cli.main(words) == 1
    said = capfd.readouterr()
    assert said.err.count(f"unexpected ZeroDivisionError in {stage.rpartition('.')[0].split('.')[0]}") == 1
    assert REPORT in said.err
    assert "secret" not in said.err + said.out
    assert "Traceback" not in said.err


@pytest.mark.parametrize("stage", ["known", "score_image", "sureness"])
def test_scores(images: Path, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    from dentalx.config import DataConfig
    from dentalx.scoring import score_predictions

    masks = images.parent / "masks"
    fail_once(monkeypatch, f"dentalx.scoring.picture.{stage}", TypeError("secret"))
    scored = score_predictions(masks, DataConfig(images=images, masks=masks), None)
    (problem,) = scored.problems
    assert problem.reason.startswith(f"{images}/p1.png: unexpected TypeError in scoring/picture.py")
    assert len(scored.result.scores) == N - 1


def test_an_error_outside_of_any_image_is_one_line(images: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    monkeypatch.setattr("dentalx.audit.screen", lambda found: 1 / 0)
    assert cli.main(["audit", str(images.parent)]) == 1
    said = capfd.readouterr().err
    assert said.startswith("error: unexpected ZeroDivisionError in cli/audit.py:")
    assert said.endswith(f", {REPORT}; DENTALX_TRACEBACK=1 shows where\n")
    assert said.count("\n") == 1
    monkeypatch.setenv("DENTALX_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        cli.main(["audit", str(images.parent)])


def test_what_ends_a_batch() -> None:
    with pytest.raises(KeyboardInterrupt), attributed("a.png"):
        raise KeyboardInterrupt
    for error, text, ends in (
        (MemoryError(), "a.png: not enough memory", False),
        (OSError(28, "full"), "cannot write: full", True),
        (RecursionError(), "a.png: unexpected RecursionError", False),
    ):
        with pytest.raises(InputError, match=text) as raised, attributed("a.png"):
            raise error
        assert ends_batch(raised.value) is ends


@pytest.mark.parametrize("shape", [(500, 1000), (1, 1), (3, 700), (40, 80)])
def test_a_uniform_image_is_measured(shape: tuple[int, int]) -> None:
    for level in range(256):
        if shape[0] < 500 or level % 17 == 9:
            found = look(np.full(shape, level, np.float32) / np.float32(255))
            assert (found.contrast, found.levels) == (0.0, 1)
