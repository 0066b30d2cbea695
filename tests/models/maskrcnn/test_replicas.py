"""Two replicas learn what one learns from the whole batch."""

import json
import subprocess
import sys

import pytest

STEPS = """
import json
import keras, numpy as np, tensorflow as tf
from dentalx.models.maskrcnn import ProposalSettings, RegionSettings, TrunkSettings, build_mask_rcnn

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
rng = np.random.default_rng(0)
image = rng.integers(0, 255, (2, 64, 96, 1), dtype=np.uint8)
corner = rng.uniform(2, 40, (2, 3, 2))
boxes = np.concatenate([corner, corner + rng.uniform(8, 20, (2, 3, 2))], 2).astype(np.float32)
labels = np.array([[1, 2, 1], [2, 0, 0]], np.int32)  # unlike numbers of objects
masks = np.zeros((2, 3, 64, 96), np.uint8)
for i, j in np.ndindex(2, 3):
    y1, x1, y2, x2 = boxes[i, j].astype(int)
    masks[i, j, y1:y2, x1:x2] = 1

def learnt(strategy):
    keras.utils.set_random_seed(0)
    settings = ProposalSettings(drawn=32, before=(50, 50), after=(40, 40)), RegionSettings(drawn=16)
    with strategy.scope():
        trunk = TrunkSettings((64, 96), 1, "resnet18", "group", 32, 32)
        model = build_mask_rcnn(2, trunk, settings=settings)
        model.compile(keras.optimizers.SGD(1e-2))
    data = tf.data.Dataset.from_tensors((image, {"boxes": boxes, "labels": labels, "masks": masks}))
    history = model.fit(data.repeat(), epochs=1, steps_per_epoch=2, verbose=0).history
    return {**history, "weights": [float(tf.norm(w)) for w in model.trainable_variables]}

one, two = learnt(tf.distribute.get_strategy()), learnt(tf.distribute.MirroredStrategy(["cpu:0", "cpu:1"]))
print(json.dumps([one, two]))
"""


@pytest.mark.slow
def test_two_replicas_equal_one() -> None:
    """Losses and weights after two steps; pictures with unlike numbers of objects; devices are set once a process."""
    run = subprocess.run([sys.executable, "-c", STEPS], check=False, capture_output=True, text=True, timeout=900)
    assert run.returncode == 0, run.stderr[-2000:]
    one, two = json.loads(run.stdout.splitlines()[-1])
    for name, values in one.items():
        assert two[name] == pytest.approx(values, rel=1e-3), name
