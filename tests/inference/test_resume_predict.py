"""Predict goes on where it was: what is done and whole is left, all else is made again."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_folder import Bright
from test_objects_written import Planted

from dentalx.datasets.images import find_pictures
from dentalx.inference import Place, predict_folder, predict_objects
from dentalx.inference.rows import Row
from dentalx.journal import NAME, Journal
from dentalx.samples import Grey, Prediction


class Counting(Bright):
    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, image_id: str, image: Grey) -> Prediction:
        self.seen.append(image_id)
        return super().__call__(image_id, image)


def pictures(folder: Path, names: str = "abcdefgh") -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        Image.fromarray(np.full((40, 80), 100 + 20 * number, np.uint8)).save(folder / f"{name}.png")
    (folder / "broken.png").write_bytes(b"no picture")
    return find_pictures(folder)


def run(folder: Path, output: Path, resume: bool = True, stop: int | None = None, settings: str = "") -> list[str]:
    """Predict, broken off after so many rows; which pictures the network saw."""
    predictor = Counting()

    def enough(done: int, row: Row) -> None:
        if done == stop:
            raise KeyboardInterrupt

    with Journal(output) as journal:
        journal.begin(settings, resume)
        place = Place(output, journal=journal)
        predict_folder(predictor, find_pictures(folder), place, progress=enough)  # type: ignore[arg-type]
    return predictor.seen


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != NAME]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_the_end_is_that_of_an_uninterrupted_run(tmp_path: Path) -> None:
    pictures(tmp_path / "in")
    assert run(tmp_path / "in", tmp_path / "whole") == list("abcdefgh")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "in", tmp_path / "out", stop=4)
    seen = run(tmp_path / "in", tmp_path / "out")
    assert 2 <= len(seen) <= 5
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert run(tmp_path / "in", tmp_path / "out") == []
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_what_is_not_whole_is_made_again(tmp_path: Path) -> None:
    pictures(tmp_path / "in")
    output = tmp_path / "out"
    run(tmp_path / "in", output)
    whole = contents(output)
    (output / "masks" / "b.png").unlink()
    (output / "overlays" / "d.png").write_bytes(b"damaged")
    assert run(tmp_path / "in", output) == ["b", "d"]
    assert contents(output) == whole
    shutil.copy(tmp_path / "in" / "a.png", tmp_path / "in" / "f.png")
    shutil.copy(tmp_path / "in" / "a.png", tmp_path / "in" / "new.png")
    assert run(tmp_path / "in", output) == ["f", "new"]
    assert run(tmp_path / "in", output, settings="others") == [*"abcdefgh", "new"]
    assert run(tmp_path / "in", output, resume=False) == [*"abcdefgh", "new"]


def test_objects_go_on_too(tmp_path: Path) -> None:
    pictures(tmp_path / "in")
    planted = Planted()

    def go(output: Path, stop: int | None = None) -> None:
        def enough(done: int, row: Row) -> None:
            if done == stop:
                raise KeyboardInterrupt

        with Journal(output) as journal:
            journal.begin("", resume=True)
            predict_objects(planted, find_pictures(tmp_path / "in"), Place(output, journal=journal), progress=enough)  # type: ignore[arg-type]

    go(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        go(tmp_path / "out", 3)
    go(tmp_path / "out")
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert b'"id":18,' in contents(tmp_path / "out")["instances.json"]
