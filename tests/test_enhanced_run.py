"""A recipe travels with its run: the same pictures reach the network in training, prediction and evaluation."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tiny import TINY

from dentalx import cli, runs
from dentalx.cli.train_command import Train
from dentalx.datasets import open_source
from dentalx.datasets.pipeline import Loader
from dentalx.enhance import apply
from dentalx.export import hint
from dentalx.inference import load_predictor
from dentalx.phantom import draw
from dentalx.preprocess import Letterbox, resize_plane, to_uint8
from dentalx.recipe import OFF, EnhanceConfig, parse
from dentalx.runs import Run
from dentalx.samples import Record, Sample
from dentalx.scoring import score
from dentalx.training.census import doubtful

WORDS = ("tails=1,99", "clahe=6", "upscale=100")
RECIPE = parse(WORDS)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    assert cli.run("train", [*TINY, "--enhance", *WORDS, "--output", str(folder)]) == 0
    return Run(folder)


def phantom() -> np.ndarray:
    return draw(5, 0, (64, 128)).image


def test_the_run_remembers_its_recipe_and_predicts_with_it(run: Run) -> None:
    assert runs.describe(run).train.enhance == RECIPE
    predictor = load_predictor(run)
    plain = load_predictor(run, enhance=OFF)
    assert (predictor.enhance, plain.enhance) == (RECIPE, OFF)
    image = phantom()
    enlarged = apply(image, RECIPE)
    assert enlarged.shape == (128, 256)
    expected = resize_plane(plain.probability(enlarged)[..., 0], image.shape)
    found = predictor("a", image)
    assert np.array_equal(found.probability[..., 0], expected)
    assert found.mask.shape == image.shape
    assert np.abs(expected - plain.probability(image)[..., 0]).max() > 1e-4  # else the comparison would say nothing


def test_training_sees_what_prediction_sees(run: Run) -> None:
    train = runs.describe(run).train
    source = open_source(train.data, train.model.image_size)
    record = source.records[0]
    sample = source.load(record)
    pixels, mask = Loader(source, [record], (40, 90), enhance=RECIPE)[0]
    enlarged = apply(sample.image, RECIPE)
    assert np.array_equal(pixels, to_uint8(Letterbox(enlarged.shape, (40, 90)).apply_image(enlarged)))
    plain = Loader(source, [record], (40, 90))[0]
    assert np.array_equal(mask, plain[1])
    assert not np.array_equal(pixels, plain[0])
    assert np.array_equal(plain[0], to_uint8(Letterbox(sample.mask.shape, (40, 90)).apply_image(sample.image)))


def test_evaluation_uses_the_recipe_and_says_so(run: Run) -> None:
    own, other = score(run, None, None), score(run, None, None, enhance=OFF)
    assert own.result.about.model.endswith("enhance tails=1,99 clahe=6 upscale=100")
    assert "enhance" not in other.result.about.model
    assert "scored with --enhance none, trained with tails=1,99 clahe=6 upscale=100" in other.result.about.notes
    shown = own.look(own.result.scores[0].image_id)
    assert np.array_equal(shown[2], load_predictor(run)(own.result.scores[0].image_id, shown[0]).mask)
    train = runs.describe(run).train
    source = open_source(train.data, train.model.image_size)
    record = next(r for r in source.records if r.image_id == own.result.scores[0].image_id)
    assert np.array_equal(shown[0], source.load(record).image)  # the radiograph as it is


def test_resuming_with_another_recipe_is_refused(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    words = [*TINY, "--output", str(run.folder), "--resume"]
    assert cli.run("train", [*words, "--enhance", "tails=1,99", "clahe=5"]) == 2
    assert "enhance.clahe 6.0 (asked for now: 5.0)" in capfd.readouterr().err
    assert cli.run("train", [*words, "--enhance", "median"]) == 2
    assert "enhance.median 0 (asked for now: 3)" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["train", "predict", "evaluate"])
def test_an_unknown_step_is_told_with_the_known_ones(
    run: Run, tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(to_uint8(phantom())).save(tmp_path / "a.png")
    words = {
        "train": ["--output", str(tmp_path / "new")],
        "predict": ["--run", str(run.folder), "--input", str(tmp_path), "--output", str(tmp_path / "out")],
        "evaluate": ["--run", str(run.folder)],
    }
    capfd.readouterr()
    assert cli.run(name, [*words[name], "--enhance", "clhae=2"]) == 2
    complaint = capfd.readouterr().err
    assert complaint.count("\n") == 1
    assert "did you mean clahe? steps: frame=on, polarity=auto" in complaint


def test_predict_warns_of_negatives_and_frames(run: Run, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pixels = to_uint8(draw(5, 0, (128, 256)).image)
    for name, plane in {"plain": pixels, "negative": 255 - pixels, "framed": np.pad(pixels, 40)}.items():
        path = tmp_path / "in" / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(plane).save(path)
    words = ["--run", str(run.folder), "--input", str(tmp_path / "in"), "--output", str(tmp_path / "out")]
    assert cli.run("predict", [*words, "--enhance", "none"]) == 0
    said = capfd.readouterr().err
    assert "--enhance none is used, but the run was trained with --enhance tails=1,99" in said
    assert "1 of 3 pictures: looks inverted (enamel dark); named in predictions.csv" in said
    assert "1 of 3 pictures: an empty frame takes 35 % of the picture or more" in said
    with (tmp_path / "out" / "predictions.csv").open(encoding="utf-8") as file:
        warnings = {Path(row["file"]).stem: row["warnings"] for row in csv.DictReader(file)}
    assert "inverted" in warnings["negative"]
    assert "frame" in warnings["framed"]
    assert "inverted" not in warnings["plain"] + warnings["framed"]
    assert "frame" not in warnings["plain"]
    with Image.open(tmp_path / "out" / "overlays" / "framed.png") as drawn:
        assert drawn.size == (256 + 80, 128 + 80)


def test_training_warns_of_negatives_by_name() -> None:
    class Two:
        name, classes, notes = "two", ("teeth",), ()
        records = (Record("good", "1"), Record("bad", "2"))

        def load(self, record: Record) -> Sample:
            image = draw(5, 0, (128, 256)).image
            image = 1 - image if record.image_id == "bad" else image.copy()
            return Sample(record.image_id, image, np.zeros(image.shape, np.uint8))

    source = Two()
    loader = Loader(source, source.records, (32, 64), enhance=EnhanceConfig(median=3))
    loader.prepare()
    assert doubtful([loader]) == ["1 of 2 pictures: looks inverted (enamel dark) (bad)"]
    corrected = Loader(source, source.records, (32, 64), enhance=EnhanceConfig(polarity="invert"))
    corrected.prepare()
    assert doubtful([corrected]) == []


def test_the_saved_model_takes_enhanced_pictures_and_says_so(run: Run) -> None:
    model = tf.saved_model.load(str(run.saved_model))
    assert list(model.signatures) == ["serving_default"]
    signature = model.signatures["serving_default"]
    assert list(signature.structured_input_signature[1]) == ["enhanced_image"]
    assert not hasattr(model, "from_pixels")
    enlarged = apply(phantom(), RECIPE)
    found = signature(enhanced_image=tf.constant(to_uint8(enlarged)[None, ..., None]))["probability"].numpy()[0]
    assert np.abs(found - load_predictor(run, enhance=OFF).probability(enlarged)).max() <= 1e-4
    card = json.loads((run.saved_model / "assets.extra" / "dentalx.json").read_text())
    assert card["enhance"]["clahe"] == 6
    assert card["input"] == hint(run)
    assert "enhanced_image: grey bytes after the run's recipe (tails=1,99 clahe=6 upscale=100)" in card["input"]


def test_without_a_recipe_the_saved_model_is_what_it_was(tiny_run: Path) -> None:
    model = tf.saved_model.load(str(Run(tiny_run).saved_model))
    names = {key: list(value.structured_input_signature[1]) for key, value in model.signatures.items()}
    assert names == {"serving_default": ["image"], "serving_bytes": ["image_bytes"]}
    card = json.loads((tiny_run / "saved_model" / "assets.extra" / "dentalx.json").read_text())
    assert "input" not in card
    assert "enhance" not in card
    assert hint(Run(tiny_run)) is None


def test_flags_become_the_recipe() -> None:
    assert Train(enhance=WORDS).config().enhance == RECIPE
    assert replace(Train(enhance=WORDS).config(), enhance=OFF) == Train().config()
