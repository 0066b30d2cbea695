"""Which files an audit leaves: a page, JSON, the pairs to look at, and splits that can be used."""

import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dentalx import files
from dentalx.audit.look import Audit
from dentalx.audit.page import Label, as_json, markdown, pair_kind, pair_names
from dentalx.datasets.images import read_grey
from dentalx.datasets.splits_table import COLUMNS
from dentalx.datasets.twins import Pair
from dentalx.evaluation.scores import short_hash
from dentalx.foreign_text import TableWriter
from dentalx.overlay import Picture
from dentalx.preprocess import to_uint8

PAIRS = 6
_CELL = (260, 520)  # rows, columns
_CAPTION, _GAP = 26, 8
_PAPER, _INK = 255, (40, 40, 40)


def write_audit(folder: Path, found: Audit, names: bool = False) -> None:
    """Write `pairs.png`, `splits.csv`, `audit.md` and, last, `audit.json` into a folder.

    Args:
        folder: made where missing; files of an earlier audit are replaced.
        found: the audit.
        names: whether pictures go by their names. `splits.csv` has them in any case, since it is there to be used.

    Raises:
        InputError: no permission or no space.
    """
    label: Label = str if names else short_hash
    chosen = worst_pairs(found, PAIRS)
    if chosen:
        picture = side_by_side(found, chosen, label)
        with files.replacing(folder / "pairs.png") as temporary:
            Image.fromarray(picture).save(temporary, "PNG")
    else:
        (folder / "pairs.png").unlink(missing_ok=True)
    if found.cleaned:
        files.write_text(folder / "splits.csv", splits_table(found))
    else:
        (folder / "splits.csv").unlink(missing_ok=True)
    files.write_text(folder / "audit.md", markdown(found, names, bool(chosen)))
    files.write_json(folder / "audit.json", as_json(found, names))


def splits_table(found: Audit) -> str:
    """The cleaned splits as CSV for --splits, with the letters that stand for a picture, and the group it is in."""
    group = {name: str(number) for number, names in enumerate(found.groups, 1) for name in names}
    text = io.StringIO()
    table = TableWriter(text)
    table.writerow([*COLUMNS, "short_hash", "twins"])
    rows = [(r.image_id, r.patient_id, name) for name, part in (found.cleaned or {}).items() for r in part]
    table.writerows([*row, short_hash(row[0]), group.get(row[0], "")] for row in sorted(rows))
    return text.getvalue()


def worst_pairs(found: Audit, n: int) -> list[Pair]:
    """The pairs to look at first: those between splits or data sets, then near ones, the least alike first."""
    home = {image_id: split for leak in found.leaks for image_id, split in leak.pictures}

    def key(pair: Pair) -> tuple[bool, bool, float]:
        one, other = (found.records[i].image_id for i in (pair.first, pair.second))
        apart = (pair.first < found.own) != (pair.second < found.own) or home.get(one) != home.get(other)
        return not apart, pair.kind != "near", pair.likeness

    return sorted(found.search.pairs, key=key)[:n]


def side_by_side(found: Audit, pairs: list[Pair], label: Label) -> Picture:
    """Two pictures a row under a line that says what they are; (H, W, 3) uint8."""
    rows, columns = _CELL
    height = len(pairs) * (rows + _CAPTION + _GAP) + _GAP
    canvas = np.full((height, 2 * columns + 3 * _GAP, 3), _PAPER, np.uint8)
    for number, pair in enumerate(pairs):
        top = _GAP + number * (rows + _CAPTION + _GAP) + _CAPTION
        for side, place in enumerate((pair.first, pair.second)):
            small = _fitted(found.records[place].image)
            left = _GAP + side * (columns + _GAP)
            canvas[top : top + small.shape[0], left : left + small.shape[1]] = small[..., None]
    image = Image.fromarray(canvas)
    draw = ImageDraw.Draw(image)
    for number, pair in enumerate(pairs):
        first, second = pair_names(found, pair, label)
        top = _GAP + number * (rows + _CAPTION + _GAP)
        text = f"{number + 1}. {first}  and  {second}: {pair_kind(pair)}"
        draw.text((_GAP, top + _CAPTION // 2), text, fill=_INK, font=ImageFont.load_default(15), anchor="lm")
    return np.array(image)


def _fitted(path: Path | None) -> Picture:
    """A picture in a cell, its aspect kept; grey where it cannot be read any more."""
    assert path is not None
    try:
        plane = read_grey(path)
    except Exception:  # the reason is in the report
        return np.full(_CELL, 128, np.uint8)
    scale = min(_CELL[0] / plane.shape[0], _CELL[1] / plane.shape[1])
    size = (max(1, round(plane.shape[1] * scale)), max(1, round(plane.shape[0] * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return to_uint8(np.asarray(cv2.resize(plane, size, interpolation=method), np.float32).clip(0, 1))
