"""What a SavedModel says of a picture is what predict.py says of it."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from dentalx.geometry import paste_mask
from dentalx.inference.instances import FOREGROUND, InstancePredictor
from dentalx.models.maskrcnn import Anchors, ProposalSettings, RegionSettings, TrunkSettings, build_mask_rcnn
from dentalx.models.maskrcnn.detector import Detector

MOST = 6


def smooth(height: int, width: int) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width] * (6 / max(height, width))
    values: np.ndarray = np.round(127 + 120 * np.sin(rows * 2) * np.cos(columns * 3)).astype(np.uint8)
    return values


def test_boxes_classes_scores_and_masks_of_pictures_of_any_size(tmp_path: Path) -> None:
    """Random weights, and every detection kept however weak, so that there is something to compare."""
    keras.utils.set_random_seed(4)
    settings = ProposalSettings(before=(60, 60), after=(30, 30)), RegionSettings(detections=MOST, least_score=0.0)
    anchors = Anchors((8, 16, 32, 64, 128))
    network = build_mask_rcnn(2, TrunkSettings((64, 128), 1, "resnet18", "group", 16, 32), anchors, settings)
    detector = Detector(network)
    tf.saved_model.save(detector, str(tmp_path), signatures={"serving_default": detector.from_pixels})
    served = tf.saved_model.load(str(tmp_path)).signatures["serving_default"]
    predictor = InstancePredictor(network, ("tooth", "caries"), 0.0, "test")
    for height, width in ((64, 128), (300, 200), (64, 64), (150, 400)):
        levels = smooth(height, width)
        said = {name: value.numpy()[0] for name, value in served(image=tf.constant(levels[None, ..., None])).items()}
        found = predictor(levels.astype(np.float32) / np.float32(255))
        count = int(said["count"])
        assert count == len(found.instances) > 0
        assert (said["boxes"].shape, said["masks"].shape) == ((MOST, 4), (MOST, 28, 28))
        assert np.abs(said["boxes"][:count] - found.boxes).max() < 0.05
        assert np.array_equal(said["classes"][:count], found.instances.labels)
        assert np.abs(said["scores"][:count] - found.instances.scores).max() < 1e-3
        assert not said["boxes"][count:].any() and not said["classes"][count:].any()
        for index in range(count):
            y1, x1, y2, x2 = said["boxes"][index].tolist()
            window, values = paste_mask(said["masks"][index], (y1, x1, y2, x2), (height, width))
            differ = (values >= FOREGROUND) != found.instances.masks[index][window]
            assert not (differ & (np.abs(values - FOREGROUND) > 0.02)).any()
