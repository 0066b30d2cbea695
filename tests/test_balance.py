"""Weights of classes: by hand and by law; words that mean nothing are refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dentalx.balance import BalanceConfig, class_weights, given_weights, rarity
from dentalx.config import ModelConfig, TrainConfig

SHARES = st.lists(st.floats(1e-3, 1), min_size=1, max_size=6).map(lambda rest: np.array(rest) / (sum(rest) + 0.5))


def test_automatic_weights_by_hand():
    """Shares 0.64, 0.32 and 0.04 have roots 0.8, 0.5657 and 0.2, which sum to 1.5657."""
    found = class_weights(["auto"], ["teeth", "caries"], np.array([0.32, 0.04]))
    assert found == pytest.approx((1 / (0.8 * 1.5657), 1 / (0.5657 * 1.5657), 1 / (0.2 * 1.5657)), rel=1e-3)


@given(SHARES)
def test_automatic_weights_keep_the_scale_and_the_order(shares):
    names = [str(number) for number in range(len(shares))]
    found = np.array(class_weights(["auto"], names, shares))
    all_shares = np.array([1 - shares.sum(), *shares])
    assert (all_shares * found).sum() == pytest.approx(1, rel=1e-2)
    assert found * np.sqrt(all_shares) == pytest.approx(found[0] * np.sqrt(all_shares[0]), rel=1e-2)


@given(SHARES)
def test_a_class_four_times_as_rare_is_drawn_twice_as_often(shares):
    once, rarer = np.array(rarity(shares)), np.array(rarity(shares / 4))
    assert rarer == pytest.approx(2 * once, rel=1e-3)


def test_named_weights_are_taken_as_they_are():
    shares = np.array([0.1, 0.01])
    assert class_weights(["caries=8"], ["teeth", "caries"], shares) == (1, 1, 8)
    assert class_weights(["background=0.5", "teeth=2"], ["teeth", "caries"], shares) == (0.5, 2, 1)
    assert class_weights(["none"], ["teeth", "caries"], shares) is None
    with pytest.raises(ValueError, match="name 'bone', which is none of background, teeth, caries"):
        class_weights(["bone=2"], ["teeth", "caries"], shares)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["auto", "caries=2"], "auto, none or NAME=W each, got 'auto'"),
        (["caries"], "auto, none or NAME=W each, got 'caries'"),
        (["caries=0"], "W a positive number, got 'caries=0'"),
        (["caries=many"], "W a positive number, got 'caries=many'"),
        (["caries=inf"], "W a positive number"),
        (["caries=2", "caries=3"], "name caries twice"),
    ],
)
def test_words_that_mean_nothing(words, message):
    with pytest.raises(ValueError, match=message):
        given_weights(words)


CONFIG = TrainConfig(model=ModelConfig(image_size=(64, 128)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"balance": BalanceConfig(crop=(64, 160))}, "crop 64×160 must fit into image_size 64×128"),
        ({"balance": BalanceConfig(("auto",)), "loss": "dice+lovasz"}, "for bce and focal, and the loss has only dice"),
        (
            {"balance": BalanceConfig(("auto",)), "task": "instance", "model": ModelConfig("mask_rcnn")},
            "are of task semantic, not of task instance",
        ),
    ],
)
def test_settings_that_do_not_go_together(changes, message):
    with pytest.raises(ValueError, match=message):
        replace(CONFIG, **changes)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"foreground_crops": 0.5}, "a share of crops, and there are none; give crop too"),
        ({"foreground_crops": 1.5}, r"foreground_crops must lie in \[0, 1\], got 1.5"),
        ({"crop": (16, 64)}, "crop sides must be at least 32, got 16×64"),
    ],
)
def test_what_is_out_of_range(settings, message):
    with pytest.raises(ValueError, match=message):
        BalanceConfig(**settings)
