"""Files that are not read are counted by kind, and results of earlier commands are no input."""

import cv2
import numpy as np
import pytest
from PIL import Image

from dentalx.config import DataConfig
from dentalx.datasets import open_source
from dentalx.datasets.images import find_pictures
from dentalx.errors import InputError


def put(path, value=9):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((8, 9), value, np.uint8)).save(path)


@pytest.mark.parametrize(
    "written",
    [
        ("journal.jsonl", "predictions.json"),
        ("metrics.json", "per_image.csv"),
        ("audit.json", "audit.md"),
        ("conversion.json", "splits.csv"),
        ("config.json", "splits.csv"),
    ],
)
def test_results_of_earlier_commands_are_not_predicted(tmp_path, written):
    put(tmp_path / "a.png")
    put(tmp_path / "deep" / "out" / "masks" / "a.png")
    put(tmp_path / "deep" / "b.png")
    for name in written:
        (tmp_path / "deep" / "out" / name).write_text("{}")
    assert [path.name for path in find_pictures(tmp_path)] == ["a.png", "b.png"]
    assert find_pictures(tmp_path / "deep" / "out") == [tmp_path / "deep" / "out" / "masks" / "a.png"]  # as asked


def test_one_of_the_files_alone_shows_nothing(tmp_path):
    put(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "splits.csv").write_text("")
    assert len(find_pictures(tmp_path)) == 1


def test_where_nothing_is_read_the_kinds_are_named(tmp_path):
    for name in ("b.webp", "c.jp2", "d.GIF", "e.gif", "f.pdf", "g.txt"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InputError, match=r"not looked at: 2 \.gif, 1 \.jp2, 1 \.pdf, 1 \.webp;"):
        find_pictures(tmp_path)


def test_data_sets_tell_the_same(tmp_path):
    for name in ("a", "b"):
        put(tmp_path / "images" / f"{name}.png")
        put(tmp_path / "masks" / f"{name}.png", 255)
    (tmp_path / "images" / "c.webp").write_bytes(b"x")
    (tmp_path / "more.zip").write_bytes(b"x")
    by_data = open_source(DataConfig(data=tmp_path), (8, 8)).notes
    assert any("not looked at: 1 .webp, 1 .zip" in note for note in by_data)
    by_pair = open_source(DataConfig(images=tmp_path / "images", masks=tmp_path / "masks"), (8, 8)).notes
    assert any("not looked at: 1 .webp;" in note for note in by_pair)


def test_images_without_masks_and_folders_of_overlapping_classes_name_them_too(tmp_path):
    from dentalx.audit import PictureFolder
    from dentalx.datasets.overlapping import open_overlapping

    noise = np.random.default_rng(0).integers(20, 230, (24, 32), np.uint8)
    for place in ("images", "masks/a", "masks/b"):
        (tmp_path / place).mkdir(parents=True)
        assert cv2.imwrite(str(tmp_path / place / "1.png"), noise if place == "images" else noise // 128 * 255)
    (tmp_path / "images" / "2.webp").write_bytes(b"RIFF")
    assert any(note.startswith("not looked at: 1 .webp") for note in PictureFolder(tmp_path / "images").notes)
    overlapping = open_overlapping(tmp_path)
    assert overlapping is not None and any(note.startswith("not looked at: 1 .webp") for note in overlapping.notes)
