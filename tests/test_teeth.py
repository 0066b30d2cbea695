"""Tooth numbers, by hand and there and back."""

import pytest

from dentalx.phantom.teeth import FDI as DRAWN
from dentalx.teeth import (
    FDI,
    PERMANENT,
    PRIMARY,
    from_palmer,
    from_universal,
    mirrored,
    to_palmer,
    to_universal,
)


def test_there_are_52():
    assert len(PERMANENT) == 32 and len(PRIMARY) == 20 and len(set(FDI)) == 52
    assert set(DRAWN) == set(PERMANENT)


@pytest.mark.parametrize(
    ("fdi", "universal", "palmer", "across"),
    [
        (18, "1", "UR8", 28),
        (14, "5", "UR4", 24),
        (11, "8", "UR1", 21),
        (21, "9", "UL1", 11),
        (26, "14", "UL6", 16),
        (28, "16", "UL8", 18),
        (38, "17", "LL8", 48),
        (36, "19", "LL6", 46),
        (31, "24", "LL1", 41),
        (41, "25", "LR1", 31),
        (46, "30", "LR6", 36),
        (48, "32", "LR8", 38),
        (55, "A", "URE", 65),
        (51, "E", "URA", 61),
        (61, "F", "ULA", 51),
        (65, "J", "ULE", 55),
        (75, "K", "LLE", 85),
        (71, "O", "LLA", 81),
        (81, "P", "LRA", 71),
        (85, "T", "LRE", 75),
    ],
)
def test_by_hand(fdi, universal, palmer, across):
    assert (to_universal(fdi), to_palmer(fdi), mirrored(fdi)) == (universal, palmer, across)
    assert from_universal(universal) == from_palmer(palmer) == fdi


def test_there_and_back():
    for fdi in FDI:
        assert from_universal(to_universal(fdi)) == from_palmer(to_palmer(fdi)) == mirrored(mirrored(fdi)) == fdi
        assert mirrored(fdi) != fdi and mirrored(fdi) % 10 == fdi % 10


@pytest.mark.parametrize("name", ["0", "33", "U", "", "-1", "AA", "1.0"])
def test_no_universal_number(name):
    with pytest.raises(ValueError, match="Universal"):
        from_universal(name)


@pytest.mark.parametrize("name", ["UR9", "UR0", "URF", "XX1", "8UR", "UR", "UR12", "UR²", ""])
def test_no_palmer_number(name):
    with pytest.raises(ValueError, match="Palmer"):
        from_palmer(name)


@pytest.mark.parametrize("number", [0, 10, 19, 29, 56, 86, 91, 99, -11])
def test_no_fdi_number(number):
    for function in (to_universal, to_palmer, mirrored):
        with pytest.raises(ValueError, match="no FDI number"):
            function(number)
