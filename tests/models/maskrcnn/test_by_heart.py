"""The whole machine learns: proposals, boxes, classes and masks of four phantoms by heart."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dentalx.config import InstanceConfig, ModelConfig, TrainConfig
from dentalx.datasets.instance_pipeline import Feed, InstanceLoader, training_batches
from dentalx.datasets.phantoms import PhantomSource
from dentalx.evaluation.instances import InstanceEvaluation, Predicted, Truth
from dentalx.inference.instances import to_picture
from dentalx.models.maskrcnn import MaskRCNN, fit_anchors
from dentalx.models.maskrcnn import run as network
from dentalx.preprocess import Letterbox
from dentalx.samples import Instances
from dentalx.training.objects_seen import look
from dentalx.training.optimiser import build_optimiser

SIZE, STEPS = (128, 256), 160
CONFIG = TrainConfig(
    task="instance",
    model=ModelConfig("mask_rcnn", "resnet18", "none", SIZE),
    instances=InstanceConfig(channels=64, hidden=256, proposals=200, detections=60),
    batch_size=4,
    epochs=240,  # of one step; the cosine of these, stopped before the rate is too small to learn by
    learning_rate=1e-3,
)


def ap50(model: MaskRCNN, loader: InstanceLoader) -> float:
    """Of masks, at the network's size."""
    evaluation = InstanceEvaluation(("teeth",))
    detect = tf.function(model.detect, reduce_retracing=True)
    for index in range(len(loader)):
        scene = loader[index]
        raw = {name: np.asarray(value)[0] for name, value in detect(scene.image[None, ..., None]).items()}
        found = to_picture(raw, Letterbox(SIZE, SIZE), 0.0)
        true = Instances(scene.masks > 0, scene.labels.copy(), np.ones(len(scene.labels), np.float32))
        evaluation.add(Truth(true, np.zeros(len(true), np.bool_)), Predicted(found.instances, found.boxes))
    return float(evaluation.metrics(0.5)["segm"]["AP50"])


@pytest.mark.slow
def test_four_phantoms_by_heart() -> None:
    keras.utils.set_random_seed(0)
    source = PhantomSource(4, seed=0, size=SIZE, classes=("teeth",))
    loader = InstanceLoader(source, source.records, SIZE)
    seen = look(loader, 1)
    model = network.build(CONFIG, 1, fit_anchors(seen.boxes, seen.labels))
    data, steps = training_batches(loader, Feed(CONFIG.batch_size, seen.most), 0, CONFIG.epochs)
    model.compile(build_optimiser(CONFIG, steps), jit_compile=False)
    model.fit(data, epochs=STEPS, steps_per_epoch=steps, shuffle=False, verbose=0)
    assert ap50(model, loader) >= 0.95
