"""Phantoms: parametric panoramic radiographs, drawn on the spot, with exact truth for every pixel.

>>> phantom = draw(seed=1, index=0, size=(64, 128))
>>> phantom.mask(("mandible", "teeth")).shape
(64, 128)
"""

from dentalx.phantom.compose import draw
from dentalx.phantom.film import STYLES
from dentalx.phantom.options import PRESETS, PhantomConfig
from dentalx.phantom.truth import CLASSES, FINDINGS, STRUCTURES, Phantom

__all__ = ["CLASSES", "FINDINGS", "PRESETS", "STRUCTURES", "STYLES", "Phantom", "PhantomConfig", "draw"]
