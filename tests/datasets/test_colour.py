"""Photographs: read with their colours, changed and batched together with their objects."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from picture_files import GREY, colour, saved
from PIL import Image

from dentalx.config import AugmentConfig, DataConfig
from dentalx.datasets import open_source
from dentalx.datasets.images import luma, read_colour, read_grey
from dentalx.datasets.instance_pipeline import Feed, InstanceLoader, changed, evaluation_batches
from dentalx.datasets.instances import load_instances
from dentalx.errors import InputError
from dentalx.preprocess import Letterbox, grey_of, with_channels

COLOURS = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp"])
def test_colours_come_back_exactly(tmp_path: Path, suffix: str) -> None:
    found = read_colour(saved(tmp_path / f"x.{suffix}", COLOURS))
    assert np.array_equal(found, COLOURS.astype(np.float32) / np.float32(255))
    assert np.abs(grey_of(found) - luma(COLOURS) / 255).max() < 1 / 255


def test_grey_has_three_equal_channels(tmp_path: Path) -> None:
    for name, values in (("grey", GREY), ("alike", colour(GREY))):
        found = read_colour(saved(tmp_path / f"{name}.png", values))
        assert np.array_equal(found, np.repeat(read_grey(tmp_path / f"{name}.png")[..., None], 3, 2))


def test_a_palette_is_looked_up_and_alpha_dropped(tmp_path: Path) -> None:
    image = Image.fromarray(np.uint8([[0, 1]]), "P")
    image.putpalette([9, 90, 200, 0, 255, 0])
    image.save(tmp_path / "p.png", transparency=0)
    assert (read_colour(tmp_path / "p.png") * 255).round().tolist() == [[[9, 90, 200], [0, 255, 0]]]
    layer = np.full((20, 30, 1), 7, np.uint8)
    rgba = read_colour(saved(tmp_path / "a.png", np.concatenate([COLOURS, layer], 2)))
    assert np.array_equal(rgba, COLOURS.astype(np.float32) / np.float32(255))


def test_sixteen_bits_keep_their_levels(tmp_path: Path) -> None:
    deep = np.zeros((2, 2, 3), np.uint16)
    deep[0, 0] = (4095, 1000, 5)
    cv2.imwrite(str(tmp_path / "x.png"), deep[..., ::-1])
    assert read_colour(tmp_path / "x.png")[0, 0] == pytest.approx(np.array([4095, 1000, 5]) / 4095)


def test_what_is_no_whole_picture_is_refused(tmp_path: Path) -> None:
    whole = saved(tmp_path / "whole.png", COLOURS).read_bytes()
    for name, content in (("cut.png", whole[: len(whole) // 2]), ("empty.png", b""), ("text.png", b"not a picture")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=name):
            read_colour(tmp_path / name)


def test_a_letterbox_treats_each_channel_as_it_treats_grey() -> None:
    picture = np.random.default_rng(1).random((30, 50, 3), np.float32)
    box = Letterbox((30, 50), (64, 64))
    planes = [box.apply_image(picture[..., channel]) for channel in range(3)]
    assert np.array_equal(box.apply_image(picture), np.stack(planes, 2))


def photographs(folder: Path) -> Path:
    """Two photographs in COCO, a red square on each."""
    images, annotations = [], []
    for number in (1, 2):
        pixels = np.full((40, 60, 3), 90, np.uint8)
        pixels[10:30, 20:40] = (220, 40, 40)
        Image.fromarray(pixels).save(folder / f"{number}.png")
        images.append({"id": number, "file_name": f"{number}.png", "height": 40, "width": 60})
        ring = [20, 10, 40, 10, 40, 30, 20, 30]
        more = {"bbox": [20, 10, 20, 20], "area": 400, "iscrowd": 0}
        annotations.append({"id": number, "image_id": number, "category_id": 1, "segmentation": [ring], **more})
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "cavity"}]}
    (folder / "annotations.json").write_text(json.dumps(content))
    return folder


def test_photographs_reach_the_network_with_their_colours(tmp_path: Path) -> None:
    source = open_source(DataConfig(data=photographs(tmp_path), layout="coco", colour=True), (64, 64))
    sample = load_instances(source, source.records[0])
    assert sample.image.shape == (40, 60, 3)
    assert source.load(source.records[0]).image.shape == (40, 60), "a mask's picture is grey"
    loader = InstanceLoader(source, source.records, (64, 64))
    scene = loader[0]
    assert scene.image[scene.masks[0] == 1].mean(0) == pytest.approx([220, 40, 40], abs=8)
    moved = changed(scene, AugmentConfig(flip_p=1, brightness_p=0), (0, 1), 5)
    assert moved.image[moved.masks[0] == 1].mean(0) == pytest.approx([220, 40, 40], abs=12)
    ((image, truth),) = evaluation_batches(loader, Feed(1, 3)).take(1)
    assert (image.shape, truth["masks"].shape) == ((1, 64, 64, 3), (1, 3, 64, 64))
    assert np.array_equal(image[0], with_channels(scene.image))
