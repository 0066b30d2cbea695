"""A rater's masks that are the radiograph times the mask: read with the radiographs, and refused without them."""

import cv2
import numpy as np
import pytest

from dentalx.datasets.mask_folder import MaskFolder
from dentalx.datasets.mask_source import MaskWishes
from dentalx.errors import InputError


def test_products_are_read_with_their_images(tmp_path):
    mask = np.zeros((48, 64), np.uint8)
    mask[10:30, 8:50] = 1
    (tmp_path / "rater").mkdir()
    pictures = {}
    for n in range(3):
        image = np.random.default_rng(n).integers(20, 230, mask.shape, np.uint8)
        pictures[str(n)] = tmp_path / f"{n}.png"
        assert cv2.imwrite(str(pictures[str(n)]), image)
        assert cv2.imwrite(str(tmp_path / "rater" / f"{n}.png"), image * mask)
    folder = MaskFolder(tmp_path / "rater", list(pictures), ("jaw",), MaskWishes(pictures=pictures))
    assert all(np.array_equal(folder.read(image_id), mask) for image_id in pictures)
    with pytest.raises(InputError, match="nor the picture times a mask"):
        MaskFolder(tmp_path / "rater", list(pictures), ("jaw",))
