"""Millimetres to pixels, and shapes drawn finely."""

import numpy as np
import pytest

from dentalx.phantom.canvas import View, ribbon, smooth
from dentalx.phantom.teeth import FDI, tooth_shape

SQUARE = np.array([(2.0, 3.0), (6.0, 3.0), (6.0, 5.0), (2.0, 5.0)])


def view(scale: float = 1.0, size: tuple[int, int] = (10, 12)) -> View:
    return View(size, np.array([[scale, 0.0, 0.0], [0.0, scale, 0.0]]))


def test_a_square_of_eight_pixels():
    window = view().window(oversample=4)
    cover = window.reduce(window.fill(SQUARE))
    assert window.mask(SQUARE).sum() == 8
    assert window.mask(SQUARE)[3:5, 2:6].all()
    assert cover.sum() == pytest.approx(8, abs=1.7)


def test_millimetres_are_the_inverse_of_pixels():
    turned = View((7, 9), np.array([[1.9, 0.2, 3.0], [-0.1, 2.2, -4.0]]))
    x, y = turned.millimetres()
    pixels = turned.pixels(np.stack([x.ravel(), y.ravel()], 1).astype(float))
    columns, rows = np.meshgrid(np.arange(9) + 0.5, np.arange(7) + 0.5)
    assert np.allclose(pixels, np.stack([columns.ravel(), rows.ravel()], 1), atol=1e-4)


def test_a_window_draws_what_the_whole_picture_draws():
    whole = view().window(oversample=3)
    part = view().window(SQUARE, 1.0, oversample=3)
    plane = np.zeros((10, 12), bool)
    plane[part.place] = part.mask(SQUARE)
    assert np.array_equal(plane, whole.mask(SQUARE))
    assert part.height < 10 and part.width < 12


def test_no_window_outside_the_picture():
    assert view().window(SQUARE + 100) is None
    assert view().window(SQUARE - (100, 0)) is None


def test_a_thin_line_becomes_fainter_not_thicker():
    line = np.array([(0.0, 5.5), (12.0, 5.5)])
    window = view().window(oversample=1)
    thin, thick = window.stroke(line, 0.25), window.stroke(line, 1.0)
    assert thin.max() == pytest.approx(0.25 * thick.max(), rel=0.02)
    assert thin.sum() == pytest.approx(0.25 * thick.sum(), rel=0.05)


def test_a_smooth_curve_goes_through_its_points():
    points = np.array([(0.0, 0.0), (3.0, 1.0), (4.0, 5.0), (1.0, 4.0)])
    assert np.allclose(smooth(points, 5)[::5], points)
    assert np.allclose(smooth(points, 5, closed=False)[::5], points)


def test_a_ribbon_along_a_straight_line_is_a_rectangle():
    line = np.stack([np.linspace(0, 4, 5), np.zeros(5)], 1)
    outline = ribbon(line, np.ones(5))
    assert outline.min(0).tolist() == [0, -1] and outline.max(0).tolist() == [4, 1]


@pytest.mark.parametrize("fdi", FDI)
def test_shapes_have_the_parts_of_their_kind(fdi, rng):
    shape = tooth_shape(fdi, rng)
    assert shape.crown[:, 1].max() < 0.25 * shape.size[1]
    assert shape.crown[:, 1].min() == pytest.approx(-shape.size[1], rel=0.12)
    assert np.ptp(shape.crown[:, 0]) == pytest.approx(shape.size[0], rel=0.15)
    canals = {1: 1, 2: 1, 3: 1, 4: 2 if fdi in (14, 24) else 1, 5: 1}.get(fdi % 10, 3 if fdi < 30 else 2)
    assert len(shape.canals) in ({1, canals} if fdi in (14, 24) else {canals})
    assert np.abs(shape.core[:, 0]).max() < np.abs(shape.crown[:, 0]).max()
