"""Losses on logits: by hand, by law, in low precision."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dentalx import losses
from dentalx.loss_terms import TERMS, loss_terms
from dentalx.losses import FUNCTIONS as BY_NAME
from dentalx.losses import SMOOTH_PX, WeightedSum, bce, boundary, focal, generalised_dice, lovasz, soft_dice, tversky

FUNCTIONS = list(BY_NAME.values())


def bce_dice(truth, logits):
    return bce(truth, logits) + soft_dice(truth, logits)


def logit(p):
    return np.log(p / (1 - np.asarray(p)))


def gradient(function, truth, logits):
    logits = tf.convert_to_tensor(logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = function(truth, logits)
    return value.numpy(), tf.cast(tape.gradient(value, logits), tf.float32).numpy()


def test_binary_by_hand():
    truth = np.array([[[1, 0, 255]]], np.uint8)
    logits = logit([0.8, 0.4, 0.9]).astype(np.float32).reshape(1, 1, 3, 1)
    entropy = -(np.log(0.8) + np.log(0.6)) / 2
    dice = 1 - (2 * 0.8 + SMOOTH_PX) / (0.8 + 0.4 + 1 + SMOOTH_PX)
    assert bce(truth, logits).numpy() == pytest.approx([entropy])
    assert soft_dice(truth, logits).numpy() == pytest.approx([dice])
    assert bce_dice(truth, logits).numpy() == pytest.approx([entropy + dice])


def test_several_classes_by_hand():
    truth = np.array([[[2, 0, 255]]], np.uint8)
    p = np.array([[0.2, 0.1, 0.7], [0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    logits = np.log(p).astype(np.float32)[None, None]
    entropy = -(np.log(0.7) + np.log(0.5)) / 2
    first = 1 - SMOOTH_PX / (0.1 + 0.3 + SMOOTH_PX)
    second = 1 - (2 * 0.7 + SMOOTH_PX) / (0.7 + 0.2 + 1 + SMOOTH_PX)
    assert bce(truth, logits).numpy() == pytest.approx([entropy], rel=1e-5)
    assert soft_dice(truth, logits).numpy() == pytest.approx([(first + second) / 2], rel=1e-5)


def in_numpy(truth, logits):
    """`bce_dice` for one class once more, pixel lists and float64."""
    values = []
    for t, z in zip(truth, logits[..., 0].astype(np.float64), strict=True):
        there, p = t[t != 255], 1 / (1 + np.exp(-z[t != 255]))
        entropy = -(there * np.log(p) + (1 - there) * np.log(1 - p)).mean()
        values.append(entropy + 1 - (2 * (p * there).sum() + SMOOTH_PX) / (p.sum() + there.sum() + SMOOTH_PX))
    return values


def test_twin_in_numpy(rng):
    truth = rng.choice(np.array([0, 1, 255], np.uint8), (5, 12, 13))
    logits = rng.normal(0, 3, (5, 12, 13, 1)).astype(np.float32)
    np.testing.assert_allclose(bce_dice(truth, logits), in_numpy(truth, logits), rtol=1e-5)


def test_two_channels_agree_with_one(rng):
    """Softmax over (0, z) is the sigmoid of z: the two paths meet."""
    truth = rng.choice(np.array([0, 1, 255], np.uint8), (3, 8, 9))
    z = rng.normal(0, 2, (3, 8, 9, 1)).astype(np.float32)
    for function in FUNCTIONS:
        two = function(truth, np.concatenate([0 * z, z], -1))
        np.testing.assert_allclose(function(truth, z), two, rtol=1e-5)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("precision", ["float32", "float16", "bfloat16"])
def test_finite_at_512_in_every_precision(rng, function, channels, precision):
    truth = rng.integers(0, max(2, channels), (2, 512, 512)).astype(np.uint8)
    truth[1] = 0
    for scale in (0.0, 1.0, 60.0):
        logits = tf.cast(rng.normal(0, 1, (2, 512, 512, channels)) * scale, precision)
        value, slope = gradient(function, truth, logits)
        assert value.dtype == np.float32
        assert np.isfinite(value).all()
        assert np.isfinite(slope).all()


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_without_counted_pixels_costs_nothing(rng, function, channels):
    logits = rng.normal(0, 3, (1, 6, 6, channels)).astype(np.float32)
    value, slope = gradient(function, np.full((1, 6, 6), 255, np.uint8), logits)
    assert value.tolist() == [0]
    assert (slope == 0).all()


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("channels", [1, 3])
def test_unlabelled_pixels_change_nothing(rng, function, channels):
    truth = rng.integers(0, max(2, channels), (1, 6, 6)).astype(np.uint8)
    truth[0, :3] = 255
    logits = rng.normal(0, 3, (1, 6, 6, channels)).astype(np.float32)
    other = logits.copy()
    other[0, :3] = np.array([50, np.inf, np.nan]).reshape(3, 1, 1)
    assert function(truth, logits).numpy() == pytest.approx(function(truth, other).numpy())
    slope = gradient(function, truth, other)[1]
    assert (slope[0, :3] == 0).all()
    assert (slope[0, 3:] != 0).any()
    assert function(truth, logits).numpy() == pytest.approx(function(truth[:, 3:], logits[:, 3:]).numpy(), rel=1e-4)


# lovasz sees the worst pixel alone, boundary nothing where there is no border
@pytest.mark.parametrize("function", [f for f in FUNCTIONS if f not in (lovasz, boundary)])
def test_empty_mask_has_a_gradient_towards_silence(function):
    value, slope = gradient(function, np.zeros((1, 8, 8), np.uint8), np.zeros((1, 8, 8, 1), np.float32))
    assert np.isfinite(value).all()
    assert (slope > 0).all()


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("channels", [1, 3])
def test_right_is_cheap_and_wrong_is_dear(function, channels):
    truth = np.array([[[0, 1], [1, 0]]], np.uint8)
    one_hot = np.eye(max(2, channels), dtype=np.float32)[truth]
    sure = 20 * (one_hot[..., 1:] - 0.5 if channels == 1 else one_hot - 0.5)
    right, wrong = float(function(truth, sure)[0]), float(function(truth, -sure)[0])
    forgiving = channels == 3 and function in (soft_dice, tversky)  # an absent class cannot be overlapped
    assert right < (0.6 if forgiving else 1e-3)
    assert wrong > (0.18 if function is boundary else 0.5)  # every pixel is half a pixel from the border


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_picture_has_its_own_value(rng, function):
    truth = rng.integers(0, 2, (3, 5, 5)).astype(np.uint8)
    logits = rng.normal(0, 1, (3, 5, 5, 1)).astype(np.float32)
    together = function(truth, logits).numpy()
    alone = [float(function(truth[i : i + 1], logits[i : i + 1])[0]) for i in range(3)]
    assert together == pytest.approx(alone, rel=1e-6)


@pytest.mark.parametrize("terms", ["bce", "bce_dice", "0.5*focal+2*dice"])
def test_keras_takes_the_mean_of_pictures(rng, terms):
    truth = rng.integers(0, 2, (4, 5, 5)).astype(np.uint8)
    logits = rng.normal(0, 1, (4, 5, 5, 1)).astype(np.float32)
    loss = WeightedSum(terms)
    per_picture = sum(weight * BY_NAME[name](truth, logits).numpy() for name, (weight, _) in loss_terms(terms).items())
    assert float(loss(truth, logits)) == pytest.approx(per_picture.mean(), rel=1e-6)
    weights = np.array([1, 0, 2, 0], np.float32)
    assert float(loss(truth, logits, sample_weight=weights)) == pytest.approx((per_picture * weights).mean(), rel=1e-6)


def test_saved_and_loaded(rng):
    truth, logits = np.ones((1, 4, 4), np.uint8), rng.normal(0, 1, (1, 4, 4, 1)).astype(np.float32)
    loss = WeightedSum("0.25*lovasz+tversky")
    stored = keras.saving.serialize_keras_object(loss)
    assert stored["registered_name"].startswith("dentalx>")
    again = keras.saving.deserialize_keras_object(stored)
    assert float(again(truth, logits)) == float(loss(truth, logits)) > 0


def test_every_term_has_its_function():
    assert (*BY_NAME,) == TERMS


@pytest.mark.parametrize(
    "wrong",
    [
        "bce+dyce",
        "",
        "bce+bce",
        "0*bce",
        "nan*bce",
        "-1*bce",
        "x*bce",
        "bce dice",
        "0:0*bce",
        "0:1*bce",
        "1:0*bce",
        "1:2:3*bce",
    ],
)
def test_sums_that_mean_nothing_are_refused(wrong):
    with pytest.raises(ValueError, match="loss"):
        loss_terms(wrong)


def probabilities(*values):
    return logit(np.array(values)).astype(np.float32).reshape(1, 1, -1, 1)


TRUTH = np.array([[[1, 1, 0, 255]]], np.uint8)
SAID = probabilities(0.8, 0.4, 0.3, 0.9)


def test_focal_by_hand():
    expected = -(0.2**2 * np.log(0.8) + 0.6**2 * np.log(0.4) + 0.3**2 * np.log(0.7)) / 3
    assert focal(TRUTH, SAID).numpy() == pytest.approx([expected], rel=1e-5)
    assert focal(TRUTH, SAID, gamma=0.0).numpy() == pytest.approx(bce(TRUTH, SAID).numpy(), rel=1e-6)


def test_tversky_by_hand():
    expected = 1 - (1.2 + 0.5) / (1.2 + 0.3 * 0.3 + 0.7 * 0.8 + 0.5)
    assert tversky(TRUTH, SAID).numpy() == pytest.approx([expected], rel=1e-5)
    assert tversky(TRUTH, SAID, 0.5, 0.5).numpy() == pytest.approx(soft_dice(TRUTH, SAID).numpy(), rel=1e-5)


def test_generalised_dice_by_hand():
    """Two foreground pixels weigh 1/4, one of background 1."""
    both, either = 0.25 * 1.2 + 0.7, 0.25 * (1.5 + 2) + (1.5 + 1)
    assert generalised_dice(TRUTH, SAID).numpy() == pytest.approx([1 - 2 * both / either], rel=1e-5)


def test_lovasz_by_hand():
    """Errors 0.6 (of the class), 0.3 (not of it), 0.2 (of it): Jaccard losses 1/2, 2/3, 1."""
    expected = 0.6 * 1 / 2 + 0.3 * (2 / 3 - 1 / 2) + 0.2 * (1 - 2 / 3)
    assert lovasz(TRUTH, SAID).numpy() == pytest.approx([expected], rel=1e-5)


def test_lovasz_of_sure_answers_is_one_minus_iou(rng):
    truth = rng.integers(0, 2, (3, 9, 8)).astype(np.uint8)
    said = rng.integers(0, 2, (3, 9, 8, 1))
    values = lovasz(truth, (said * 80.0 - 40).astype(np.float32)).numpy()
    both, either = ((op(truth, said[..., 0])).sum((1, 2)) for op in (np.minimum, np.maximum))
    assert values == pytest.approx(1 - both / either, abs=1e-5)


def test_width_of_one_is_not_taken_for_a_channel(rng):
    """Keras squeezes last axes of length 1 for its own losses; ours must not be touched."""
    truth = np.array([[[1], [0]]], np.uint8)
    logits = rng.normal(0, 1, (1, 2, 1, 3)).astype(np.float32)
    assert float(WeightedSum("bce")(truth, logits)) == pytest.approx(float(losses.bce(truth, logits)[0]))


def test_weighted_pixels_by_hand():
    """Three pixels count: two of the class weigh 4, one of background 0.5; the sum is divided by three."""
    weights = (0.5, 4.0)
    entropy = -(4 * np.log(0.8) + 4 * np.log(0.4) + 0.5 * np.log(0.7)) / 3
    assert bce(TRUTH, SAID, class_weights=weights).numpy() == pytest.approx([entropy], rel=1e-5)
    expected = -(4 * 0.2**2 * np.log(0.8) + 4 * 0.6**2 * np.log(0.4) + 0.5 * 0.3**2 * np.log(0.7)) / 3
    assert focal(TRUTH, SAID, class_weights=weights).numpy() == pytest.approx([expected], rel=1e-5)


def test_weights_of_several_classes_add_up(rng):
    """Each class's share of the cross-entropy is multiplied by its own weight."""
    truth = rng.choice(np.array([0, 1, 2, 255], np.uint8), (2, 7, 7))
    logits = rng.normal(0, 2, (2, 7, 7, 3)).astype(np.float32)
    parts = [bce(truth, logits, class_weights=row).numpy() for row in np.eye(3)]
    assert sum(parts) == pytest.approx(bce(truth, logits).numpy(), rel=1e-5)
    weighted = bce(truth, logits, class_weights=(0.5, 3, 7)).numpy()
    assert weighted == pytest.approx(0.5 * parts[0] + 3 * parts[1] + 7 * parts[2], rel=1e-5)


def test_weights_of_classes_leave_terms_over_classes_alone(rng):
    truth, logits = rng.integers(0, 2, (2, 5, 5)).astype(np.uint8), rng.normal(0, 1, (2, 5, 5, 1)).astype(np.float32)
    weighted, plain = (WeightedSum("bce+dice", class_weights=weights) for weights in ((1.0, 5.0), None))
    more = bce(truth, logits, class_weights=(1.0, 5.0)).numpy() - bce(truth, logits).numpy()
    assert float(weighted(truth, logits)) - float(plain(truth, logits)) == pytest.approx(more.mean(), rel=1e-4)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(weighted))
    assert float(again(truth, logits)) == float(weighted(truth, logits))
