"""Masks out of a phantom's truth, counted by hand."""

import numpy as np
import pytest

from dentalx.phantom import CLASSES, FINDINGS, STRUCTURES, Phantom
from dentalx.samples import Instances


def tiny() -> Phantom:
    """Two rows, three columns: tooth 36 left, tooth 37 over it; the jaw fills the lower row."""
    masks = np.array([[[1, 0, 0], [1, 1, 0]], [[0, 0, 0], [0, 1, 1]]], bool)
    teeth = Instances(masks, np.array([36, 37], np.int32), np.ones(2, np.float32))
    structures = {name: np.zeros((2, 3), bool) for name in STRUCTURES}
    structures["mandible"] = np.array([[0, 0, 0], [1, 1, 1]], bool)
    findings = {name: np.zeros((2, 3), bool) for name in FINDINGS}
    return Phantom(np.zeros((2, 3), np.float32), teeth, structures, findings, "standard")


def test_later_classes_paint_over_earlier_ones():
    assert tiny().mask(("teeth", "mandible")).tolist() == [[1, 0, 0], [2, 2, 2]]
    assert tiny().mask(("mandible", "teeth")).tolist() == [[2, 0, 0], [2, 2, 2]]
    assert tiny().mask(()).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert tiny().mask(("teeth",)).dtype == np.uint8


def test_single_teeth_keep_their_pixels_under_overlap():
    phantom = tiny()
    assert phantom.plane("tooth_36").tolist() == [[True, False, False], [True, True, False]]
    assert phantom.plane("tooth_37").tolist() == [[False, False, False], [False, True, True]]
    assert not phantom.plane("tooth_11").any()


def test_all_classes_are_understood_and_no_others():
    phantom = tiny()
    assert phantom.mask(CLASSES).max() <= len(CLASSES)
    assert len(set(CLASSES)) == len(CLASSES) == 1 + len(STRUCTURES) + len(FINDINGS) + 32 + 20
    for name in ("tooth_19", "tooth_", "Teeth", ""):
        with pytest.raises(ValueError, match="unknown class"):
            phantom.plane(name)
    with pytest.raises(ValueError, match="at most 254"):
        phantom.mask(("teeth",) * 255)


def test_every_key_must_be_there():
    phantom = tiny()
    lacking = {name: plane for name, plane in phantom.findings.items() if name != "caries"}
    with pytest.raises(ValueError, match="findings must be"):
        Phantom(phantom.image, phantom.teeth, phantom.structures, lacking, "standard")
