"""Cleaning up radiographs: frames, polarity, contrast, noise, size. Pure functions of grey planes; no disk.

Whether it helps a network is a question of measuring: docs/enhance.md.
"""

import cv2
import numpy as np
from PIL import Image

from dentalx.preprocess import from_uint8, to_uint8
from dentalx.recipe import EnhanceConfig
from dentalx.samples import Grey, check_grey

_LOOK_PX = 256  # polarity is judged on a picture of this width
_EDGE = 0.08  # share of each side that is compared with the middle
_THIN_PX = 9  # of _LOOK_PX: about a tooth's width
_INVERTED = 0.05
_EVEN = 0.02  # a picture of less contrast says nothing of its polarity
_BLACK, _WHITE = 0.04, 0.96  # a frame's line is darker or brighter everywhere, the odd pixel apart
_STRAY = 0.01
LARGE_FRAME = 0.35
MOST_UPSCALED = 8


def apply(plane: Grey, recipe: EnhanceConfig) -> Grey:
    """Every step of the recipe that is on.

    Returns:
        (H, W) float32 in [0, 1], a new array; (k·H, k·W) with a whole k where `upscale` enlarged it.

    >>> apply(np.float32([[0.2, 0.4, 0.6]]), EnhanceConfig(tails=(0, 100))).round(3).tolist()
    [[0.0, 0.5, 1.0]]
    """
    check_grey(plane)
    found = np.zeros_like(plane)
    inside = window(without_frame(plane)) if recipe.frame else window((0, 0, *plane.shape))
    found[inside] = _clean(plane[inside], recipe, inverted=is_to_be_inverted(plane, recipe))
    return upscale(found, recipe.upscale) if recipe.upscale else found


def _clean(plane: Grey, recipe: EnhanceConfig, *, inverted: bool) -> Grey:
    found = np.subtract(np.float32(1), plane) if inverted else plane.copy()
    if recipe.tails is not None:
        found = stretch(found, *recipe.tails)
    if recipe.median:
        found = median(found, recipe.median)
    if recipe.bilateral:
        found = bilateral(found, recipe.bilateral)
    if recipe.nlm:
        found = non_local_means(found, recipe.nlm)
    return clahe(found, recipe.clahe, recipe.clahe_tiles) if recipe.clahe else found


def doubts(plane: Grey, recipe: EnhanceConfig) -> tuple[str, ...]:
    """What a person should look at in an (H, W) picture before trusting a prediction of it; a sentence each.

    What the recipe puts right is not doubted, except that an inversion by guess is told.
    """
    found = []
    box = without_frame(plane)
    if recipe.polarity != "invert" and darkness(plane[window(box)]) > _INVERTED:
        corrected = "; it was inverted for the network" if recipe.polarity == "auto" else ""
        found.append(f"looks inverted (enamel dark){corrected}")
    if not recipe.frame and 1 - area(box) / plane.size >= LARGE_FRAME:
        found.append(f"an empty frame takes {100 * LARGE_FRAME:.0f} % of the picture or more")
    return tuple(found)


def is_to_be_inverted(plane: Grey, recipe: EnhanceConfig) -> bool:
    """Whether the recipe inverts this (H, W) picture."""
    return recipe.polarity == "invert" or (recipe.polarity == "auto" and looks_inverted(plane))


def window(box: tuple[int, int, int, int]) -> tuple[slice, slice]:
    """The rows and columns of (y1, x1, y2, x2), end excluded."""
    return slice(box[0], box[2]), slice(box[1], box[3])


def area(box: tuple[int, int, int, int]) -> int:
    """Pixels in (y1, x1, y2, x2).

    >>> area((1, 2, 3, 5))
    6
    """
    return (box[2] - box[0]) * (box[3] - box[1])


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
    """(y1, x1, y2, x2) of what a black or white frame leaves, end excluded; the whole picture where there is no frame.

    A line belongs to the frame if all but 1 % of its pixels are darker than 0.04 or brighter than 0.96, and so are all
    lines outside it.

    >>> without_frame(np.pad(np.full((2, 3), 0.5, np.float32), ((1, 0), (2, 4))))
    (1, 2, 3, 5)
    """
    grey = (plane > _BLACK) & (plane < _WHITE)
    rows = np.flatnonzero(grey.mean(axis=1) > _STRAY)
    columns = np.flatnonzero(grey.mean(axis=0) > _STRAY)
    if not len(rows) or not len(columns):
        return 0, 0, *plane.shape
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def looks_inverted(plane: Grey) -> bool:
    """Whether enamel is dark: `darkness` inside the frame is positive beyond doubt.

    A hint to look; nothing is inverted unless a recipe asks for it.

    >>> middle = np.pad(np.full((20, 20), 0.7, np.float32), 10, constant_values=0.1)
    >>> looks_inverted(middle), looks_inverted(1 - middle)
    (False, True)
    """
    return darkness(plane[window(without_frame(plane))]) > _INVERTED


def darkness(plane: Grey) -> float:
    """How much a picture looks like a negative: four hints, each of which changes its sign when it is inverted.

    The edges (air, soft tissue) are brighter than the middle (bone, teeth); thin dark structures outdo thin bright ones
    (teeth, fillings, canal walls); the dark tail of the middle's levels is longer than the bright one; the whole is
    brighter than middle grey. The weights were set by hand; docs/results.md says how often it errs.

    Args:
        plane: (H, W) float32 in [0, 1], without its frame.

    Returns:
        about -1…1; 0 for a picture without contrast.
    """
    height, width = plane.shape
    small = cv2.resize(plane, (_LOOK_PX, max(8, round(_LOOK_PX * height / width))), interpolation=cv2.INTER_AREA)
    low, high = np.percentile(small, (2, 98))
    if high - low < _EVEN:
        return 0.0
    rows, columns = (max(1, round(_EDGE * side)) for side in small.shape)
    edges = [small[:rows], small[-rows:], small[:, :columns], small[:, -columns:]]
    core = tuple(slice(side // 4, side - side // 4) for side in small.shape)
    middle = float(np.median(small[core]))
    edge = float(np.median(np.concatenate([part.ravel() for part in edges])))
    thin = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_THIN_PX, _THIN_PX))
    bright = float((small - cv2.morphologyEx(small, cv2.MORPH_OPEN, thin))[core].mean())
    dark = float((cv2.morphologyEx(small, cv2.MORPH_CLOSE, thin) - small)[core].mean())
    least, most = np.percentile(small[core], (2, 98))
    longer = (2 * middle - least - most) / (most - least) if most > least else 0.0
    thinner = (dark - bright) / (dark + bright) if dark + bright > 0 else 0.0
    return float((edge - middle) / (high - low) + thinner + 0.3 * longer + np.median(small) - 0.5)


def upscale(plane: Grey, least_px: int) -> Grey:
    """Lanczos (three lobes) by the least whole factor, 8 at most, that gives the shorter side `least_px` pixels.

    A whole factor keeps the aspect to the last pixel, so that the letterbox of the enlarged picture is that of the
    picture, and a mask need not be enlarged with it.

    Returns:
        (k·H, k·W) float32, clipped to the range of `plane`: Lanczos overshoots at edges.

    >>> upscale(np.zeros((20, 50), np.float32), 55).shape
    (60, 150)
    """
    factor = min(MOST_UPSCALED, -(-least_px // min(plane.shape)))
    if factor <= 1:
        return plane.copy()
    rows, columns = (side * factor for side in plane.shape)
    image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
    found = np.array(image.resize((columns, rows), Image.Resampling.LANCZOS))
    return np.clip(found, plane.min(), plane.max(), out=found)
