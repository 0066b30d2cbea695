"""CVAT for images 1.1: one XML file (https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/).

Exact: an object that one outline describes is a polygon along the borders of its pixels; one with holes or several
parts, for which a polygon has no word, is a mask in CVAT's run lengths. The file is written picture by picture.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from dentalx.datasets.readers.raster import Plane
from dentalx.datasets.writers.outlines import trace
from dentalx.datasets.writers.scene import Drawn, Entries, Entry, Scene
from dentalx.files import replacing
from dentalx.geometry import mask_box, rle_encode
from dentalx.overlay import PALETTE
from dentalx.samples import UNLABELLED

NAME = "annotations.xml"


@dataclass(frozen=True)
class CvatWriter:
    """images/SPLIT/…, or images/… without splits, and annotations.xml, where a split is a picture's subset."""

    classes: tuple[str, ...]
    name: str = ""

    def place(self, split: str | None) -> str:
        """The folder of a split's pictures."""
        return f"images/{split}" if split else "images"

    def write(self, scene: Scene, target: Path) -> Entry:
        """Nothing but what the XML file will say of the picture."""
        drawn = [(each, _shape(each)) for each in scene.objects if each.plane.any()]
        unlabelled = 0 if scene.unlabelled is None else int(np.count_nonzero(scene.unlabelled == UNLABELLED))
        return {
            "picture": {"name": scene.picture, "width": scene.size[1], "height": scene.size[0]},
            "shapes": [shape for _, shape in drawn],
            "crowds": sum(each.crowd for each, _ in drawn),
            "unlabelled": unlabelled,
        }

    def finish(self, target: Path, entries: Entries) -> list[str]:
        """annotations.xml."""
        count = sum(1 for _ in entries())
        with replacing(target / NAME) as whole, whole.open("w", encoding="utf-8") as file:
            file.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n')
            self._write_task(file, count)
            for number, entry in enumerate(entries()):
                self._write_picture(file, number, entry)
            file.write("</annotations>\n")
        notes = []
        if masks := sum(shape["kind"] == "mask" for entry in entries() for shape in entry["shapes"]):
            notes.append(f"{masks} object(s) with holes or of several parts are masks, all others polygons")
        if crowds := sum(entry["crowds"] for entry in entries()):
            notes.append(f"{crowds} crowd(s) are written as single objects")
        if unlabelled := sum(entry["unlabelled"] for entry in entries()):
            notes.append(f"{unlabelled} pixel(s) marked unlabelled become background")
        return notes

    def _write_task(self, file: TextIO, count: int) -> None:
        file.write(f"  <meta>\n    <task>\n      <name>{escape(_text(self.name))}</name>\n      <size>{count}</size>\n")
        file.write("      <mode>annotation</mode>\n      <labels>\n")
        for number, name in enumerate(self.classes, start=1):
            colour = "".join(f"{level:02x}" for level in PALETTE[number].tolist())
            file.write(
                f"        <label>\n          <name>{escape(_text(name))}</name>\n          <color>#{colour}</color>\n"
                "          <type>any</type>\n          <attributes></attributes>\n        </label>\n"
            )
        file.write("      </labels>\n    </task>\n  </meta>\n")

    def _write_picture(self, file: TextIO, number: int, entry: Entry) -> None:
        subset = {"subset": entry["split"]} if entry.get("split") else {}
        file.write(f"  <image{_attributes({'id': number, **entry['picture'], **subset})}>\n")
        for shape in entry["shapes"]:
            values = {"label": self.classes[shape["index"] - 1], "source": "auto", "occluded": 0, **shape["values"]}
            kind = shape["kind"]
            file.write(f"    <{kind}{_attributes({**values, 'z_order': 0})}>\n    </{kind}>\n")
        file.write("  </image>\n")


def _shape(drawn: Drawn) -> dict[str, Any]:
    """One object: its class, and the polygon or mask that it is, as CVAT's attributes have it."""
    outlines = trace(drawn.plane)
    if len(outlines.parts) == 1 and not outlines.holes:
        points = ";".join(f"{x}.00,{y}.00" for x, y in outlines.parts[0].tolist())
        return {"index": drawn.index, "kind": "polygon", "values": {"points": points}}
    return {"index": drawn.index, "kind": "mask", "values": _run_lengths(drawn.plane)}


def _run_lengths(plane: Plane) -> dict[str, Any]:
    """Row by row inside a mask's box, zeros first."""
    top, left, bottom, right = (int(side) for side in mask_box(plane))
    runs = rle_encode(plane[top:bottom, left:right].T)
    place = {"left": left, "top": top, "width": right - left, "height": bottom - top}
    return {"rle": ", ".join(map(str, runs)), **place}


def _attributes(values: Mapping[str, Any]) -> str:
    return "".join(f" {name}={quoteattr(_text(str(value)))}" for name, value in values.items())


def _text(value: str) -> str:
    r"""What XML can hold: control characters, and bytes of a file name that are no text, by their escapes.

    >>> _text("a\x01b\udcff"), _text("Zahn ä")
    ('a\\x01b\\udcff', 'Zahn ä')
    """
    return "".join(letter if _allowed(letter) else letter.encode("unicode_escape").decode() for letter in value)


def _allowed(letter: str) -> bool:
    """Whether XML 1.0 has the character (production 2, Char)."""
    code = ord(letter)
    return code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or code > 0xFFFF
