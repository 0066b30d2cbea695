"""predictions.json: the rows of predictions.csv, with what they are of and how they came about."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dentalx import DISCLAIMER, __version__
from dentalx.files import write_json
from dentalx.inference.rows import Row

NAME = "predictions.json"


def write_summary(folder: Path, rows: Sequence[Row], classes: Sequence[str], settings: Mapping[str, Any]) -> None:
    """Write predictions.json.

    Args:
        folder: of the results.
        rows: one a picture.
        classes: K names.
        settings: JSON values of what the results depend on beside the pictures.

    Raises:
        InputError: it cannot be written.
    """
    content = {
        "dentalx": __version__,
        "disclaimer": DISCLAIMER,
        "settings": dict(settings),
        "pictures": [entry(row, classes) for row in rows],
    }
    write_json(folder / NAME, content)


def entry(row: Row, classes: Sequence[str]) -> dict[str, Any]:
    """One row; what it does not know is left out.

    >>> entry(Row("a.png", "ok", areas=(3,), counts=(1,), pixels=12, confidence=0.75), ["teeth"])["classes"]
    {'teeth': {'area_px': 3, 'share': 0.25, 'count': 1}}
    """
    found: dict[str, Any] = {"file": row.file, "status": row.status}
    if row.status == "ok":
        found["classes"] = {
            name: {"area_px": area, "share": round(area / row.pixels, 6), "count": count}
            for name, area, count in zip(classes, row.areas, row.counts, strict=True)
        }
        for name, area in zip(classes, row.mm2, strict=False):
            found["classes"][name]["area_mm2"] = area
        found["mean_confidence"] = None if row.confidence is None else round(row.confidence, 4)
    if row.spacing is not None:
        found["spacing"] = row.spacing
    if row.uncertain is not None:
        found["uncertain_share"] = round(row.uncertain, 6)
    return {**found, "warnings": list(row.warnings), **({"reason": row.reason} if row.reason else {})}
