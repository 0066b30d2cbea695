"""The Keras twins of the scores give NumPy's numbers, however the pictures are batched."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from dentalx.metrics import Counts, count, dice, iou, stack
from dentalx.metrics.streaming import MeanDice, MeanIoU, PooledDice, PooledIoU


def pictures(rng, n: int, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """n truths (n, 9, 11) and logits (n, 9, 11, C): some empty in truth, in prediction or in both, some 255."""
    classes = max(1, channels - 1)
    truth = rng.integers(0, classes + 1, (n, 9, 11)).astype(np.uint8)
    logits = rng.normal(0, 1, (n, 9, 11, channels)).astype(np.float32)
    truth[::3] = 0
    logits[::4, ..., 0] = -9 if channels == 1 else 9
    truth[:, :2] = 255
    truth[1] = 255
    return truth, logits


def predicted(logits: np.ndarray) -> np.ndarray:
    return ((logits[..., 0] >= 0) if logits.shape[-1] == 1 else logits.argmax(-1)).astype(np.uint8)


def counted(truth: np.ndarray, logits: np.ndarray) -> Counts:
    classes = max(1, logits.shape[-1] - 1)
    return stack([count(t, p, classes) for t, p in zip(truth, predicted(logits), strict=True)])


def expected(truth: np.ndarray, logits: np.ndarray, score=dice) -> tuple[float, float]:
    """Mean and pooled score as `dentalx.metrics` has them."""
    counts = counted(truth, logits)
    per_image = [row[~np.isnan(row)].mean() for row in score(counts) if not np.isnan(row).all()]
    return float(np.mean(per_image)), float(score(counts.sum()))


def streamed(metric: keras.metrics.Metric, truth: np.ndarray, logits: np.ndarray, batch: int) -> float:
    metric.reset_state()
    for start in range(0, len(truth), batch):
        metric.update_state(truth[start : start + batch], logits[start : start + batch])
    return float(metric.result())


def test_by_hand():
    truth = np.array([[[1, 1, 0, 255]], [[0, 0, 0, 0]], [[0, 0, 1, 0]]], np.uint8)
    logits = np.array([[[1, -1, -1, 1]], [[-1, -1, -1, -1]], [[1, 1, 0, -1]]], np.float32)[..., None]
    mean, pooled = MeanDice(), PooledDice()
    mean.update_state(truth, logits)
    pooled.update_state(truth, logits)
    assert float(mean.result()) == pytest.approx((2 / 3 + 1 / 2) / 2)  # the second has none; a logit of 0 is p = 0.5
    assert float(pooled.result()) == pytest.approx(2 * 2 / (3 + 4))


@pytest.mark.parametrize("channels", [1, 4])
@pytest.mark.parametrize("batch", [1, 3, 13])
def test_twin_of_numpy_whatever_the_batch(rng, channels, batch):
    truth, logits = pictures(rng, 13, channels)
    for score, kinds in ((dice, (MeanDice, PooledDice)), (iou, (MeanIoU, PooledIoU))):
        mean, pooled = expected(truth, logits, score)
        assert mean != pytest.approx(pooled, abs=1e-3)
        assert [streamed(kind(), truth, logits, batch) for kind in kinds] == pytest.approx([mean, pooled], rel=1e-6)


@pytest.mark.parametrize("label", [1, 3])
def test_one_class_of_several(rng, label):
    truth, logits = pictures(rng, 13, 4)
    counts = counted(truth, logits)[:, label - 1]
    for score, kinds in ((dice, (MeanDice, PooledDice)), (iou, (MeanIoU, PooledIoU))):
        twins = [np.nanmean(score(counts)), float(score(counts.sum()))]
        assert [streamed(kind(label=label), truth, logits, 4) for kind in kinds] == pytest.approx(twins, rel=1e-6)


def test_labels_must_exist(rng):
    truth, logits = pictures(rng, 2, 4)
    with pytest.raises(ValueError, match="label must lie in 1…3, got 4"):
        streamed(MeanIoU(label=4), truth, logits, 2)
    with pytest.raises(ValueError, match="label must be at least 1, got 0"):
        PooledIoU(label=0)


def test_order_does_not_matter(rng):
    truth, logits = pictures(rng, 13, 1)
    order = rng.permutation(13)
    one = streamed(MeanDice(), truth, logits, 4)
    assert streamed(MeanDice(), truth[order], logits[order], 4) == pytest.approx(one, rel=1e-6)


def test_threshold_is_a_probability():
    truth, logits = np.ones((1, 1, 4), np.uint8), np.log(np.array([0.1, 0.29, 0.31, 0.9]) / (1 - np.array(
        [0.1, 0.29, 0.31, 0.9]))).astype(np.float32).reshape(1, 1, 4, 1)  # fmt: skip
    assert streamed(MeanDice(threshold=0.3), truth, logits, 1) == pytest.approx(2 * 2 / 6)
    with pytest.raises(ValueError, match=r"threshold must lie in \(0, 1\), got 1"):
        MeanDice(threshold=1)


def test_nothing_defined_is_nan_and_reset_forgets(rng):
    metric = MeanDice()
    empty = np.zeros((2, 3, 3), np.uint8)
    assert np.isnan(streamed(metric, empty, np.full((2, 3, 3, 1), -5, np.float32), 1))
    assert streamed(metric, empty + 1, np.full((2, 3, 3, 1), 5, np.float32), 1) == 1


def test_many_pixels_are_counted_exactly():
    metric = PooledDice()
    truth, logits = np.ones((1, 1024, 1024), np.uint8), np.ones((1, 1024, 1024, 1), np.float32)
    logits[0, 0, 0] = -1
    for _ in range(20):
        metric.update_state(truth, logits)
    pixels = 20 * 1024**2  # beyond 2**24, where float32 stops counting
    assert float(metric.whole.numpy()) == 2 * pixels - 20


@pytest.mark.parametrize("kind", [MeanDice, PooledDice])
def test_weights_of_pictures(rng, kind):
    truth, logits = pictures(rng, 6, 1)
    weighted, plain = kind(), kind()
    weighted.update_state(truth, logits, sample_weight=np.array([1, 1, 1, 1, 1, 0]))
    plain.update_state(truth[:5], logits[:5])
    assert float(weighted.result()) == pytest.approx(float(plain.result()))


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_low_precision_logits(rng, precision):
    truth, logits = pictures(rng, 5, 1)
    low = tf.cast(logits, precision)
    metric = MeanDice()
    metric.update_state(truth, low)
    assert float(metric.result()) == pytest.approx(expected(truth, tf.cast(low, tf.float32).numpy())[0])


@pytest.mark.parametrize("metric", [MeanDice(threshold=0.25), PooledDice(name="other"), MeanIoU(label=2), PooledIoU()])
def test_saved_and_loaded(metric):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert type(again) is type(metric)
    assert (again.name, again.threshold, again.label) == (metric.name, metric.threshold, metric.label)


def test_names():
    kinds = (MeanDice, PooledDice, MeanIoU, PooledIoU)
    assert [kind().name for kind in kinds] == ["dice", "pooled_dice", "iou", "pooled_iou"]


@pytest.mark.parametrize("channels", [1, 3])
def test_inside_fit(rng, channels):
    truth, logits = pictures(rng, 7, channels)
    model = keras.Sequential([keras.Input((9, 11, channels)), keras.layers.Activation("linear")])
    from dentalx.losses import WeightedSum

    model.compile(loss=WeightedSum(), metrics=[MeanDice()])
    scores = model.evaluate(logits, truth, batch_size=3, verbose=0, return_dict=True)
    assert scores["dice"] == pytest.approx(expected(truth, logits)[0], rel=1e-6)
    again = model.evaluate(logits, truth, batch_size=7, verbose=0, return_dict=True)
    assert again == pytest.approx(scores, rel=1e-5)


REPLICAS = """
import json
import keras, numpy as np, tensorflow as tf
from dentalx.losses import WeightedSum
from dentalx.metrics.streaming import MeanDice, MeanIoU, PooledDice

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
rng = np.random.default_rng(0)
truth = rng.choice(np.array([0, 1, 255], np.uint8), (8, 9, 11))
logits = rng.normal(0, 1, (8, 9, 11, 1)).astype(np.float32)
truth[0], logits[0] = 0, -1

def fitted(strategy):
    with strategy.scope():
        model = keras.Sequential([keras.Input((9, 11, 1)), keras.layers.Conv2D(1, 1, kernel_initializer="ones")])
        model.compile("sgd", loss=WeightedSum(), metrics=[MeanDice(), PooledDice(), MeanIoU()])
    history = model.fit(logits, truth, batch_size=4, epochs=2, verbose=0, shuffle=False).history
    return {**history, "weights": [float(w.numpy().ravel()[0]) for w in model.trainable_weights]}

one, two = fitted(tf.distribute.get_strategy()), fitted(tf.distribute.MirroredStrategy(["cpu:0", "cpu:1"]))
print(json.dumps([one, two]))
"""


@pytest.mark.slow
def test_replicas_change_nothing():
    """Loss, scores and weights after two epochs on two replicas are those of one; devices are set once a process."""
    run = subprocess.run([sys.executable, "-c", REPLICAS], capture_output=True, text=True, check=True, timeout=300)
    one, two = json.loads(run.stdout.splitlines()[-1])
    for name, values in one.items():
        assert two[name] == pytest.approx(values, rel=1e-5), name
