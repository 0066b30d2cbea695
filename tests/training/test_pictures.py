"""Pictures for TensorBoard: which, when, and that they say nothing of whose they are."""

from pathlib import Path

import cv2
import numpy as np
import tensorflow as tf
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

from dentalx.inference.instances import Found
from dentalx.samples import Instances
from dentalx.training.pictures import COUNT, Board


def written(folder: Path) -> dict[tuple[str, int], np.ndarray]:
    """(tag, step) to the picture (H, W, 3)."""
    found = {}
    for file in folder.rglob("events.*"):
        for event in EventFileLoader(str(file)).Load():
            for value in event.summary.value:
                pixels = tf.io.decode_png(value.tensor.string_val[2], channels=3)  # after width and height
                found[value.tag, event.step] = pixels.numpy()
    return found


def test_about_ten_times_and_at_the_end() -> None:
    board = Board(Path(), ["tooth"], epochs=40)
    assert [epoch for epoch in range(40) if board.wants(epoch, 0)] == [*range(0, 40, 4), 39]
    assert not board.wants(0, COUNT)
    assert all(Board(Path(), ["tooth"], epochs=3).wants(epoch, 0) for epoch in range(3))


def test_outlines_of_what_may_count_and_no_burned_in_name(tmp_path: Path) -> None:
    image = np.full((120, 240), 60, np.uint8)
    cv2.putText(image, "DOE JANE 1970", (8, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1)
    masks = np.zeros((2, 120, 240), bool)
    masks[0, 40:80, 40:80], masks[1, 40:80, 140:180] = True, True
    truth = Instances(masks[:1], np.array([1], np.int32), np.ones(1, np.float32))
    both = Instances(masks, np.array([1, 1], np.int32), np.array([0.9, 0.2], np.float32))
    board = Board(tmp_path, ["tooth"], epochs=2)
    for epoch in range(2):
        board.show(epoch, 0, image, (truth, Found(both, np.zeros((2, 4), np.float32))))
    pictures = written(tmp_path)
    assert sorted(pictures) == [("found/1", 1), ("found/1", 2), ("truth/1", 1)]
    for picture in pictures.values():
        assert picture.shape == (120, 240, 3)
        coloured = np.ptp(picture.astype(int), axis=2) > 30
        assert coloured[40, 40:80].mean() > 0.5, "the first object is outlined"
        assert not coloured[:, 130:190].any(), "the weak one is not"
        assert picture[8:22, 8:120].max() < 100, "the name is covered"
