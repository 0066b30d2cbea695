"""What one mask file shows of how its data set writes classes: its levels, indices or colours, and how they lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.decode import Pixels
from dentalx.datasets.images import grey_levels
from dentalx.datasets.mask_codes import BLACK, Code, shown
from dentalx.datasets.planes import Levels

# Grey between black and white, as JPEG and smoothing leave it at edges, relative to white; and of it, what lies
# away from edges, relative to the foreground. 230 real masks saved so: up to 0.22 and 0.03; times their picture: from
# 4.7 and 0.7.
SOFT_EDGE_SHARE = 0.5
SOFT_INNER_SHARE = 0.05
SOFT_LEVELS = 8  # without loss, smoothed edges have many levels; few levels are classes under another name
_COLOUR_NOISE = 3  # levels by which the channels of a grey JPEG differ
_LISTED = 12
_ROWS = 512  # at a time, where whole pictures would take several bytes a pixel
_MOST_COLOURS = 2**18
_AGREEING = 0.001  # share of the pixels where alpha and colour may say different things
_COPIED_SHARE = 0.9  # of the pixels that are not ground, those that a picture times its mask has of its picture

Kind = Literal["grey", "palette", "colour"]
Alpha = Literal["opaque", "agrees", "alone", "differs"]


@dataclass(frozen=True)
class Look:
    """What one mask shows.

    Attributes:
        path: its file.
        kind: what its numbers are; colour with equal channels is grey, and so is a palette of black and white.
        counts: pixels of each level, index or colour, the lowest first.
        palette: colours of the indices that occur.
        alpha: what transparency adds: nothing; the same as the colours; all there is; something else.
        soft: whether grey clusters at black and white so that a threshold loses only edges.
        copied: the share of its bright pixels that equal its picture, where the picture was compared, else None.
        lossy: whether it is a JPEG.
        indexed: whether it is a palette of black and white, of which the levels are those of the colours.
        turned: whether, in such a palette, a lower index is the lighter one, as ImageJ writes it.
    """

    path: Path
    kind: Kind
    counts: Mapping[Code, int]
    palette: Mapping[int, tuple[int, int, int]]
    alpha: Alpha
    soft: bool
    lossy: bool
    copied: float | None = None
    indexed: bool = False
    turned: bool = False

    @property
    def is_product(self) -> bool:
        """Whether it is its picture times a mask."""
        return self.copied is not None and self.copied >= _COPIED_SHARE

    @property
    def levels(self) -> frozenset[Code]:
        """The levels, indices or colours that occur."""
        return frozenset(self.counts)


def look(path: Path, pixels: Pixels) -> Look:
    """What a decoded mask shows; its picture is not looked at."""
    alpha = alpha_says(pixels)
    kind, values = plane(pixels, alpha)
    counts = count_colours(values) if kind == "colour" else count_levels(values)
    palette = {}
    if kind == "palette" and pixels.palette is not None:
        palette = {int(i): _colour(pixels.palette[int(i)]) for i in counts if isinstance(i, int)}
    lossy = pixels.format == "JPEG"
    soft = kind == "grey" and values.dtype == np.uint8 and is_soft(values, lossy)
    indexed = kind == "grey" and pixels.palette is not None
    turned = indexed and pixels.palette is not None and _descends(pixels.palette, pixels.values)
    return Look(path, kind, counts, palette, alpha, soft, lossy, indexed=indexed, turned=turned)


def _descends(palette: NDArray[np.uint8], indices: Levels) -> bool:
    """Whether the lowest index that occurs is white and another one is black."""
    used = palette[np.unique(indices)][:, 0]
    return bool(used[0] > used[-1])


def plane(pixels: Pixels, alpha: Alpha = "opaque") -> tuple[Kind, Levels]:
    """What a mask's numbers are, and they: (H, W) levels or indices, or (H, W, 3) colours.

    Args:
        pixels: as decoded.
        alpha: as `alpha_says`; where it agrees with the colours, what is transparent becomes black.
    """
    if pixels.palette is not None:
        used = pixels.palette[np.unique(pixels.values)]
        grey = bool((used == used[:, :1]).all())
        if grey and set(used[:, 0].tolist()) <= {0, 255}:
            return "grey", pixels.palette[pixels.values][..., 0]
        return "palette", pixels.values
    if pixels.values.ndim == 2:
        return "grey", _blackened(pixels.values, pixels, alpha)
    noise = _COLOUR_NOISE if pixels.format == "JPEG" else 0
    if _is_coloured(pixels.values, noise):
        return "colour", _blackened(pixels.values, pixels, alpha)
    return "grey", _blackened(grey_levels(pixels), pixels, alpha)


def _is_coloured(values: Levels, noise: int) -> bool:
    """Whether the channels of (H, W, 3) differ somewhere by more than `noise` levels."""
    for start in range(0, len(values), _ROWS):
        channels = cv2.split(values[start : start + _ROWS])
        if any(cv2.absdiff(a, b).max() > noise for a, b in combinations(channels, 2)):
            return True
    return False


def alpha_says(pixels: Pixels) -> Alpha:
    """What the transparency of a mask adds to its colours.

    "agrees" where what is transparent has one colour that what is opaque has not; "alone" where either has one colour.
    """
    if pixels.alpha is None or pixels.alpha.min() == pixels.alpha.max():
        return "opaque"
    inside = opaque(pixels.alpha)
    if inside.all():
        return "opaque"
    values = pixels.values if pixels.values.ndim == 3 else pixels.values[..., None]
    ground = values[np.unravel_index(inside.argmin(), inside.shape)]
    colour = values[np.unravel_index(inside.argmax(), inside.shape)]
    one, painted_one, black, agreeing = True, True, False, 0
    for start in range(0, len(values), _ROWS):
        part, within = values[start : start + _ROWS], inside[start : start + _ROWS]
        painted = part[within]
        one = one and bool((part == values[0, 0]).all())
        painted_one = painted_one and bool((painted == colour).all())
        black = black or not painted.any(1).all()
        agreeing += int(np.count_nonzero((part == ground).all(2) == within))
    if one:
        return "alone"
    if agreeing > _AGREEING * inside.size:
        return "differs"
    if painted_one:
        return "alone"
    return "differs" if ground.any() and black else "agrees"  # black is painted on another ground


def opaque(alpha: Levels) -> NDArray[np.bool_]:
    """(H, W) bool: more than half as opaque as the most opaque pixel."""
    return np.asarray(alpha > alpha.max() // 2, bool)


def is_soft(values: Levels, lossy: bool) -> bool:
    """Whether (H, W) uint8 levels cluster at black and white so that a threshold loses only edges."""
    counts = _level_counts(values)
    white, between = counts[224:256].sum(), counts[32:224].sum()
    if counts[32:256].sum() == 0:
        return lossy and counts[8:32].sum() == 0  # an empty mask with the specks that JPEG leaves
    if between > SOFT_EDGE_SHARE * white or not (lossy or np.count_nonzero(counts[1:255]) >= SOFT_LEVELS):
        return False
    foreground = (values > 127).astype(np.uint8)
    inner = np.count_nonzero((values >= 32) & (values < 224) & ~borders(foreground, 2))
    return bool(inner <= SOFT_INNER_SHARE * np.count_nonzero(foreground))


def borders(labels: NDArray[np.uint8], radius: int) -> NDArray[np.bool_]:
    """(H, W) bool: another label lies within `radius` rows and columns."""
    around = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    return np.asarray(cv2.dilate(labels, around) != cv2.erode(labels, around), bool)


def count_levels(values: Levels) -> dict[Code, int]:
    """Pixels of each level of an (H, W) plane, the lowest first."""
    counts = _level_counts(values)
    return {int(level): int(counts[level]) for level in np.flatnonzero(counts)}


def _level_counts(values: Levels) -> NDArray[np.int64]:
    """Pixels of each level, a few rows at a time: NumPy counts in integers of eight bytes."""
    size = np.iinfo(values.dtype).max + 1
    counts = np.zeros(size, np.int64)
    for start in range(0, len(values), _ROWS):
        counts += np.bincount(values[start : start + _ROWS].ravel(), minlength=size)
    return counts


def count_colours(values: Levels) -> dict[Code, int]:
    """Pixels of each colour of an (H, W, 3) picture, the darkest first; 16 bits are cut to 8.

    Where there are more than 262,144, which no mask has, a few of the most frequent in the first rows stand for all.
    """
    colours: NDArray[np.uint32] = np.zeros(0, np.uint32)
    counts: NDArray[np.float64] = np.zeros(0)
    for start in range(0, len(values), _ROWS):
        packed = pack(values[start : start + _ROWS]).ravel()
        starts = _run_starts(packed)  # masks have few runs
        if len(starts) > packed.size // 8:
            packed.sort()
            starts = _run_starts(packed)
        found = np.concatenate((colours, packed[starts]))
        weights = np.concatenate((counts, np.diff(np.append(starts, packed.size))))
        colours, which = np.unique(found, return_inverse=True)
        counts = np.bincount(which, weights=weights).astype(np.float64)
        if len(colours) > _MOST_COLOURS:
            kept = np.sort(np.argsort(-counts, kind="stable")[:_MOST_COLOURS])
            colours, counts = colours[kept], counts[kept]
            break
    return {(int(c) >> 16, int(c) >> 8 & 255, int(c) & 255): int(n) for c, n in zip(colours, counts, strict=True)}


def _run_starts(packed: NDArray[np.uint32]) -> NDArray[np.intp]:
    """Where (N,) values change, and 0."""
    return np.flatnonzero(np.concatenate(([True], packed[1:] != packed[:-1])))


def pack(values: Levels) -> NDArray[np.uint32]:
    """(..., 3) colours as (...) numbers 0xRRGGBB.

    >>> hex(pack(np.uint8([53, 119, 181])))
    '0x3577b5'
    """
    small = values if values.dtype == np.uint8 else (values >> 8).astype(np.uint8)
    pixels = small if small.ndim == 3 else small.reshape(1, -1, 3)
    packed = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGRA).view("<u4")  # one pass; the fourth byte is 255
    packed &= np.uint32(0xFFFFFF)
    return np.asarray(packed.reshape(values.shape[:-1]), np.uint32)


def histogram(counts: Mapping[Code, int]) -> str:
    """The levels or colours found, in short.

    >>> histogram({0: 900, 2: 99, 3: 1})
    'values 0 (90%), 2 (10%), 3 (<1%)'
    >>> histogram({(0, 0, 0): 3, (255, 0, 0): 1})
    '2 colours: #000000 (75%), #FF0000 (25%)'
    """
    if not counts:
        return "no pixels"
    coloured = not isinstance(next(iter(counts)), int)
    total = sum(counts.values())
    kept = sorted(counts, key=lambda code: -counts[code])[:_LISTED] if coloured else list(counts)[:_LISTED]
    if coloured and BLACK in kept:
        kept = [BLACK, *(code for code in kept if code != BLACK)]
    shares = [(code, 100 * counts[code] / total) for code in kept]
    listed = ", ".join(f"{shown(c)} ({share:.0f}%)" if share >= 1 else f"{shown(c)} (<1%)" for c, share in shares)
    if coloured:
        return f"{len(counts)} colours: {listed}{' …' if len(counts) > _LISTED else ''}"
    if len(counts) > _LISTED:
        levels = [code for code in counts if isinstance(code, int)]
        eighths = _eighths(counts, max(255, *levels))
        return f"{len(counts)} different values from {min(levels)} to {max(levels)} ({eighths})"
    return f"values {listed}"


def _eighths(counts: Mapping[Code, int], most: int) -> str:
    """Shares of the pixels in eight equal bins of levels, as text."""
    bins = [0] * 8
    for code, count in counts.items():
        if isinstance(code, int):
            bins[min(7, 8 * code // (most + 1))] += count
    return "eighths of the scale " + " ".join(f"{100 * n / sum(bins):.0f}%" for n in bins)


def _blackened(values: Levels, pixels: Pixels, alpha: Alpha) -> Levels:
    if alpha != "agrees" or pixels.alpha is None:
        return values
    inside = opaque(pixels.alpha)
    kept: Levels = np.where(inside if values.ndim == 2 else inside[..., None], values, values.dtype.type(0))
    return kept


def _colour(row: NDArray[np.uint8]) -> tuple[int, int, int]:
    return int(row[0]), int(row[1]), int(row[2])
