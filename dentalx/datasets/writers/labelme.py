"""LabelMe: a JSON file beside each picture, masks exact by its type mask (https://github.com/wkentaro/labelme)."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from dentalx.datasets.writers.scene import Drawn, Entries, Entry, Scene
from dentalx.files import write_text
from dentalx.geometry import mask_box
from dentalx.samples import UNLABELLED

_VERSION = "5.4.1"  # of LabelMe, the first line of whose files this is


@dataclass(frozen=True)
class LabelmeWriter:
    """SPLIT/NAME.json beside SPLIT/NAME.png, or all/… without splits; pictures are not put into the JSON."""

    classes: tuple[str, ...]
    name: str = ""

    def place(self, split: str | None) -> str:
        """The folder of a split's pictures."""
        return split or "all"

    def write(self, scene: Scene, target: Path) -> Entry:
        """The JSON file; one without shapes where there is no object."""
        shapes = [self._shape(drawn) for drawn in scene.objects if drawn.plane.any()]
        content: dict[str, Any] = {
            "version": _VERSION,
            "flags": {},
            "shapes": shapes,
            "imagePath": scene.picture,
            "imageData": None,
            "imageHeight": scene.size[0],
            "imageWidth": scene.size[1],
        }
        path = target / self.place(scene.split) / f"{scene.name}.json"
        write_text(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
        unlabelled = 0 if scene.unlabelled is None else int(np.count_nonzero(scene.unlabelled == UNLABELLED))
        crowds = sum("crowd" in shape["flags"] for shape in shapes)
        return {"found": sorted({shape["label"] for shape in shapes}), "unlabelled": unlabelled, "crowds": crowds}

    def _shape(self, drawn: Drawn) -> dict[str, Any]:
        top, left, bottom, right = (int(side) for side in mask_box(drawn.plane))
        _, png = cv2.imencode(".png", drawn.plane[top:bottom, left:right].astype(np.uint8))
        return {
            "label": self.classes[drawn.index - 1],
            "points": [[left, top], [right - 1, bottom - 1]],
            "group_id": None,
            "description": "",
            "shape_type": "mask",
            "flags": {"crowd": True} if drawn.crowd else {},
            "mask": base64.b64encode(png.tobytes()).decode("ascii"),
        }

    def finish(self, target: Path, entries: Entries) -> list[str]:
        """Nothing more is written: LabelMe has no list of classes."""
        found = {name for entry in entries() for name in entry["found"]}
        notes = []
        if absent := [name for name in self.classes if name not in found]:
            notes.append(f"classes without an object are not known to LabelMe files: {', '.join(absent)}")
        if crowds := sum(entry["crowds"] for entry in entries()):
            notes.append(f"{crowds} crowd(s) are marked by a flag that readers may not know")
        if unlabelled := sum(entry["unlabelled"] for entry in entries()):
            notes.append(f"{unlabelled} pixel(s) marked unlabelled become background")
        return notes
