"""A folder in; masks, overlays and a table out."""

import csv
import os
import shutil
import sys
import unicodedata
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dentalx.datasets.images import find_pictures
from dentalx.errors import InputError
from dentalx.inference import Place, classify, predict_folder
from dentalx.inference.folder import output_names
from dentalx.inference.predictor import Predictor, confidence
from dentalx.inference.rows import Row
from dentalx.labelling import EXCLUSIVE
from dentalx.predict_config import PredictConfig
from dentalx.samples import Grey, Prediction


class Bright:
    """Stands for a `Predictor`: the grey level is the probability."""

    classes = ("bright",)
    threshold = 0.5
    labelling = EXCLUSIVE
    name = "test"
    grey = "voi"

    def __call__(self, image_id: str, image: Grey) -> Prediction:
        probability = image[..., None].copy()
        return Prediction(image_id, probability, classify(probability, self.threshold))


PREDICTOR: Predictor = Bright()  # type: ignore[assignment]


def write(path: Path, shape: tuple[int, int] = (40, 80), level: int = 200) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros(shape, np.uint8)
    pixels[: shape[0] // 2] = level
    Image.fromarray(pixels).save(path)


def table(output: Path) -> list[dict[str, str]]:
    with (output / "predictions.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_masks_have_the_pictures_own_size(tmp_path: Path) -> None:
    sizes = {"a": (40, 80), "b": (33, 77), "ü ö.x": (100, 51)}
    for name, size in sizes.items():
        write(tmp_path / "in" / f"{name}.png", size)
    rows = predict_folder(PREDICTOR, find_pictures(tmp_path / "in"), tmp_path / "out")
    assert [row.status for row in rows] == ["ok"] * 3
    for name, size in sizes.items():
        mask = np.asarray(Image.open(tmp_path / "out" / "masks" / f"{name}.png"))
        assert mask.shape == size
        assert np.array_equal(mask, np.where(np.arange(size[0])[:, None] < size[0] // 2, 255, 0) * np.ones(size[1]))
        with Image.open(tmp_path / "out" / "overlays" / f"{name}.png") as drawn:
            assert drawn.size == size[::-1]


def test_the_table_says_area_share_and_confidence(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.png")
    write(tmp_path / "in" / "b.png", level=10)
    predict_folder(PREDICTOR, find_pictures(tmp_path / "in"), tmp_path / "out")
    bright, dark = table(tmp_path / "out")
    names = ("bright_area_px", "bright_share", "bright_count", "mean_confidence", "warnings")
    assert [bright[name] for name in names] == ["1600", "0.500000", "1", "0.7843", ""]
    assert [dark[name] for name in names] == ["0", "0.000000", "0", "", "nothing found"]


def test_a_bad_file_is_listed_and_the_rest_goes_on(tmp_path: Path) -> None:
    for name in "abcdefg":
        write(tmp_path / "in" / f"{name}.png")
    (tmp_path / "in" / "c.png").write_bytes(b"")
    seen: list[Row] = []
    pictures = find_pictures(tmp_path / "in")
    rows = predict_folder(PREDICTOR, pictures, tmp_path / "out", progress=lambda done, row: seen.append(row))
    assert [row.status for row in rows] == ["ok", "ok", "failed", "ok", "ok", "ok", "ok"]
    assert rows == seen
    assert "c.png" in table(tmp_path / "out")[2]["reason"]
    assert len(list((tmp_path / "out" / "masks").iterdir())) == 6


def test_what_was_done_is_listed_when_it_is_interrupted(tmp_path: Path) -> None:
    for name in "abcdefgh":
        write(tmp_path / "in" / f"{name}.png")

    def interrupt(done: int, row: Row) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict_folder(PREDICTOR, find_pictures(tmp_path / "in"), tmp_path / "out", progress=interrupt)
    assert [row["status"] for row in table(tmp_path / "out")] == ["ok"] * 3


def test_pictures_that_share_a_stem_keep_apart(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.png")
    write(tmp_path / "in" / "a.bmp", level=10)
    predict_folder(PREDICTOR, find_pictures(tmp_path / "in"), tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out" / "masks").iterdir()) == ["a.bmp.png", "a.png.png"]
    assert len(set(output_names([Path("x/B.png"), Path("x/b.tif")]).values())) == 2


def test_a_tree_is_mirrored(tmp_path: Path) -> None:
    for name in ("x.png", "a/x.png", "a/b/x.png", ".hidden/x.png", "a/.x.png"):
        write(tmp_path / "in" / name)
    (tmp_path / "in" / "a" / "scan.old").write_bytes((tmp_path / "in" / "x.png").read_bytes())
    (tmp_path / "in" / "a" / "notes.txt").write_text("BMP and others")
    (tmp_path / "in" / "linked").symlink_to(tmp_path / "elsewhere")
    write(tmp_path / "elsewhere" / "secret.png")
    (tmp_path / "in" / "secret.png").symlink_to(tmp_path / "elsewhere" / "secret.png")
    found = find_pictures(tmp_path / "in")
    predict_folder(PREDICTOR, found, Place(tmp_path / "out", tmp_path / "in"))
    for folder in ("masks", "overlays"):
        made = (path for path in (tmp_path / "out" / folder).rglob("*") if path.is_file())
        assert sorted(path.relative_to(tmp_path / "out" / folder).as_posix() for path in made) == [
            *("a/b/x.png", "a/scan.png", "a/x.png", "x.png"),
        ]
    assert [row["file"] for row in table(tmp_path / "out")] == [str(path) for path in found]


def test_results_are_no_pictures(tmp_path: Path) -> None:
    write(tmp_path / "in" / "x.png")
    for output in (tmp_path / "in" / "out", tmp_path / "in"):
        for _ in range(2):
            found = find_pictures(tmp_path / "in", output)
            assert found == [tmp_path / "in" / "x.png"]
            predict_folder(PREDICTOR, found, Place(output, tmp_path / "in"))
        (tmp_path / "in" / "out").exists() and shutil.rmtree(tmp_path / "in" / "out")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_no_text(tmp_path: Path) -> None:
    """A byte that is no UTF-8: results keep the name, the tables have its escape."""
    name = os.fsdecode(b"\xff.png")
    write(tmp_path / "in" / name)
    config = PredictConfig(to=("coco", "cvat", "labelme", "yolo"), objects=True)
    pictures = find_pictures(tmp_path / "in")
    rows = predict_folder(PREDICTOR, pictures, Place(tmp_path / "out", tmp_path / "in"), config)
    assert [row.status for row in rows] == ["ok"]
    assert [path.name for path in (tmp_path / "out" / "masks").iterdir()] == [name]
    assert table(tmp_path / "out")[0]["file"].endswith("/\\udcff.png")


NAMES = st.lists(st.sampled_from(["a", "A", "b", "a.png", "a.png.png", "ä", "a\u0308", "c/a", "c/a.png"]), max_size=6)


@given(NAMES, st.lists(st.sampled_from([".png", ".jpg", ".PNG", ""]), min_size=6, max_size=6))
def test_no_two_results_share_a_name(stems: list[str], suffixes: list[str]) -> None:
    """Nor does one lie where another's folder must; names keep to their picture's folder."""
    whole = {f"in/{stem}{suffix}" for stem, suffix in zip(stems, suffixes, strict=False)}
    alike = {unicodedata.normalize("NFC", name).casefold() for name in whole}
    pictures = [Path(name) for name in sorted(whole)]
    names = output_names(pictures, Path("in"))
    assert list(names) == pictures
    found = [unicodedata.normalize("NFC", name).casefold() for name in names.values()]
    assert len(set(found)) == len(alike) or len(alike) < len(whole)
    assert all(PurePosixPath(names[picture]).parent == PurePosixPath(*picture.parent.parts[1:]) for picture in pictures)


def test_nothing_to_predict_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no pictures in"):
        find_pictures(tmp_path)
    with pytest.raises(InputError, match="no such file or folder"):
        find_pictures(tmp_path / "nowhere")


def test_confidence_is_the_mean_probability_of_what_was_found() -> None:
    probability = np.array([[[0.9], [0.7], [0.1]]], np.float32)
    assert confidence(Prediction("a", probability, classify(probability, 0.5))) == pytest.approx(0.8)
    assert confidence(Prediction("b", probability, classify(probability, 0.95))) is None
