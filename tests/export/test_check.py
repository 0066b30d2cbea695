"""How an export is judged."""

from dataclasses import replace

import numpy as np
import pytest

from dentalx.export.check import Asked, Check, compare
from dentalx.recipe import OFF

ASKED = Asked((32, 64), OFF, (0.5,), 1)
GOOD = Check(3, 1e-5, 0.0, 1.0, 0.9, 0.9, (0.1, 0.1))


def constant(value: float, columns: int = 0):
    """A network that says `value` everywhere, and 1 in the first columns."""

    def ask(pixels: np.ndarray) -> np.ndarray:
        found = np.full((len(pixels), 32, 64, 1), value, np.float32)
        found[:, :, :columns] = 1
        return found

    return ask


def test_two_networks_are_compared_where_the_picture_is() -> None:
    """Half of a 64×128 picture is found by the second alone, which is the truth."""
    image = np.zeros((64, 128), np.float32)
    truth = np.zeros((64, 128), np.uint8)
    truth[:, :64] = 1
    found = compare(constant(0.0), constant(0.0, columns=32), [(image, truth)], ASKED)
    assert found.pictures == 1
    assert found.difference == 1
    assert found.disagreement == pytest.approx(0.5, abs=0.01)
    assert (found.agreement, found.before) == (0, 0)
    assert found.after == pytest.approx(1, abs=0.01)


def test_without_truth_and_without_anything_found() -> None:
    found = compare(constant(0.1), constant(0.2), [(np.zeros((20, 40), np.float32), None)], ASKED)
    assert (found.agreement, found.before, found.after) == (None, None, None)
    assert found.difference == pytest.approx(0.1)
    assert found.disagreement == 0
    with pytest.raises(ValueError, match="no picture"):
        compare(constant(0.1), constant(0.2), [], ASKED)


@pytest.mark.parametrize(
    ("change", "precision", "complaint"),
    [
        ({}, "fp32", None),
        ({"difference": 0.01}, "fp32", "its probabilities differ by 0.01, more than 0.001"),
        ({"difference": 0.01}, "fp16", None),
        ({"difference": float("nan")}, "int8", "its probabilities differ by nan, more than 1"),
        ({"disagreement": 0.005}, "int8", None),
        ({"disagreement": 0.02}, "int8", "2.00% of the pixels are given another class, more than 1.00%"),
        ({"after": 0.896}, "int8", None),
        ({"after": 0.894}, "int8", "Dice to the truth falls by 0.0060, more than 0.005"),
        ({"after": None, "before": None}, "int8", None),
    ],
)
def test_what_is_not_good_enough(change: dict, precision: str, complaint: str | None) -> None:
    assert replace(GOOD, **change).complaint(precision) == complaint


def test_another_tolerance() -> None:
    assert replace(GOOD, disagreement=0.02).complaint("int8", 0.03) is None
    assert replace(GOOD, disagreement=0.02).complaint("int8", 0.01) is not None
