"""Cleaning up radiographs: contrast, noise, frames, polarity, size. Pure functions of grey planes; no disk.

Whether any of this helps a network is not measured yet, so no command uses it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from dentalx.preprocess import from_uint8, to_uint8
from dentalx.samples import Grey, check_grey

_EDGE = 0.08  # share of each side whose median is compared with the middle
_DARK = 0.04  # a frame's line is at most this bright everywhere, the odd pixel apart
_STRAY = 0.01


@dataclass(frozen=True)
class EnhanceConfig:
    """A recipe; every step is off by default and the steps are made in this order.

    Attributes:
        tails: (low, high) percentiles that become black and white; None leaves the levels alone.
        median: side of the median's window, 3 or 5 pixels; 0 is off.
        bilateral: grey distance over which neighbours are mixed, 0 (off) to 1.
        nlm: strength of non-local means in grey, 0 (off) to 1.
        clahe: clip limit of CLAHE; 0 is off.
        clahe_tiles: tiles along each side.
    """

    tails: tuple[float, float] | None = None
    median: int = 0
    bilateral: float = 0.0
    nlm: float = 0.0
    clahe: float = 0.0
    clahe_tiles: int = 8

    def __post_init__(self) -> None:
        if self.tails is not None and not 0 <= self.tails[0] < self.tails[1] <= 100:
            raise ValueError(f"tails must be two rising percentiles in 0…100, got {self.tails}")
        if self.median not in (0, 3, 5):
            raise ValueError(f"median must be 0, 3 or 5, got {self.median}")
        for name in ("bilateral", "nlm"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in 0…1, got {getattr(self, name)}")
        if not 0 <= self.clahe <= 100 or not 1 <= self.clahe_tiles <= 64:
            raise ValueError(f"clahe must lie in 0…100 with 1…64 tiles, got {self.clahe} and {self.clahe_tiles}")


def apply(plane: Grey, config: EnhanceConfig) -> Grey:
    """Every step of the recipe that is on.

    Returns:
        (H, W) float32 in [0, 1], a new array.

    >>> apply(np.float32([[0.2, 0.4, 0.6]]), EnhanceConfig(tails=(0, 100))).round(3).tolist()
    [[0.0, 0.5, 1.0]]
    """
    check_grey(plane)
    found = plane.copy()
    if config.tails is not None:
        found = stretch(found, *config.tails)
    if config.median:
        found = median(found, config.median)
    if config.bilateral:
        found = bilateral(found, config.bilateral)
    if config.nlm:
        found = non_local_means(found, config.nlm)
    return clahe(found, config.clahe, config.clahe_tiles) if config.clahe else found


def stretch(plane: Grey, low: float, high: float) -> Grey:
    """The `low`-th percentile to 0 and the `high`-th to 1, clipped; an even plane stays as it is."""
    black, white = np.percentile(plane, (low, high))
    if black == white:
        return plane.copy()
    found: Grey = np.clip((plane - black) / (white - black), 0, 1).astype(np.float32)
    return found


def median(plane: Grey, side: int) -> Grey:
    """Each pixel the median of `side` × `side` around it (3 or 5), the edge repeated outwards."""
    return np.asarray(cv2.medianBlur(np.ascontiguousarray(plane), side), np.float32)


def bilateral(plane: Grey, grey: float, radius_px: float = 3.0) -> Grey:
    """Neighbours mixed by nearness and by likeness (Tomasi and Manduchi 1998); edges above `grey` stay."""
    found = cv2.bilateralFilter(np.ascontiguousarray(plane), -1, grey, radius_px)
    mixed: Grey = np.clip(np.asarray(found, np.float32), 0, 1)
    return mixed


def non_local_means(plane: Grey, strength: float) -> Grey:
    """Mean over alike 7×7 patches in 21×21 (Buades 2005); on 256 levels, since that is what is implemented."""
    return from_uint8(np.asarray(cv2.fastNlMeansDenoising(to_uint8(plane), None, 255 * strength, 7, 21), np.uint8))


def clahe(plane: Grey, clip: float, tiles: int = 8) -> Grey:
    """Contrast-limited adaptive histogram equalisation (Zuiderveld 1994).

    On 256 levels: with 65536 a tile holds fewer pixels than levels, every count is clipped, and little happens.
    """
    return from_uint8(np.asarray(cv2.createCLAHE(clip, (tiles, tiles)).apply(to_uint8(plane)), np.uint8))


def without_frame(plane: Grey) -> tuple[int, int, int, int]:
    """(y1, x1, y2, x2) of what a black frame leaves, end excluded; the whole picture where there is no frame.

    A line belongs to the frame if all but 1 % of its pixels are darker than 0.04, and so are all lines outside it.

    >>> without_frame(np.pad(np.ones((2, 3), np.float32), ((1, 0), (2, 4))))
    (1, 2, 3, 5)
    """
    bright = plane > _DARK
    rows = np.flatnonzero(bright.mean(axis=1) > _STRAY)
    columns = np.flatnonzero(bright.mean(axis=0) > _STRAY)
    if not len(rows) or not len(columns):
        return 0, 0, *plane.shape
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def looks_inverted(plane: Grey) -> bool:
    """Whether air is bright: the edges' median is well above the middle's. Cut a black frame off first.

    A hint to look, never a reason to invert by itself: soft tissue and the spine are at the edges too.

    >>> middle = np.pad(np.full((20, 20), 0.7, np.float32), 10)
    >>> looks_inverted(middle), looks_inverted(1 - middle)
    (False, True)
    """
    rows, columns = (max(1, round(_EDGE * side)) for side in plane.shape)
    edges = [plane[:rows], plane[-rows:], plane[:, :columns], plane[:, -columns:]]
    edge = float(np.median(np.concatenate([part.ravel() for part in edges])))
    height, width = plane.shape
    top, left = height // 4, width // 4
    middle = plane[top : height - top, left : width - left]
    return edge > float(np.median(middle)) + 0.15


def upscale(plane: Grey, least_px: int) -> Grey:
    """Lanczos (three lobes) until the shorter side has `least_px` pixels; larger pictures stay as they are.

    Returns:
        (H, W) float32, clipped to the range of `plane`: Lanczos overshoots at edges.
    """
    shorter = min(plane.shape)
    if shorter >= least_px:
        return plane.copy()
    rows, columns = (round(side * least_px / shorter) for side in plane.shape)
    image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
    found = np.array(image.resize((columns, rows), Image.Resampling.LANCZOS))
    return np.clip(found, plane.min(), plane.max(), out=found)
