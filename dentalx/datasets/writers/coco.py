"""COCO instance files: a JSON file a split, masks as exact compressed run lengths (https://cocodataset.org/#format-data).

A file is written picture by picture, so that memory does not grow with the data set.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from dentalx import __version__
from dentalx.datasets.readers.raster import compress
from dentalx.datasets.tooth_names import tooth_numbers
from dentalx.datasets.writers.scene import Drawn, Entries, Entry, Scene
from dentalx.files import replacing
from dentalx.geometry import box_to_coco, mask_box


@dataclass(frozen=True)
class CocoWriter:
    """images/SPLIT/… and annotations/instances_SPLIT.json; without splits images/… and annotations/instances.json."""

    classes: tuple[str, ...]
    name: str = ""

    def place(self, split: str | None) -> str:
        """The folder of a split's pictures."""
        return f"images/{split}" if split else "images"

    def write(self, scene: Scene, target: Path) -> Entry:
        """Nothing but what the JSON file will say of the picture."""
        found = [_annotation(drawn) for drawn in scene.objects]
        lost = 0 if scene.unlabelled is None else int((scene.unlabelled != 0).sum())
        image = {"id": scene.number, "file_name": scene.picture, "height": scene.size[0], "width": scene.size[1]}
        drawn = [item for item in found if item["area"]]
        return {"image": image, "annotations": drawn, "bare": len(found) - len(drawn), "unlabelled": lost}

    def finish(self, target: Path, entries: Entries) -> list[str]:
        """One JSON file for each split that is there."""
        splits = sorted({entry["split"] for entry in entries()}, key=str)
        for split in splits:
            path = target / "annotations" / (f"instances_{split}.json" if split else "instances.json")
            with replacing(path) as whole, whole.open("w", encoding="utf-8", errors="backslashreplace") as file:
                self._write(file, lambda split=split: (e for e in entries() if e["split"] == split))  # type: ignore[misc]
        notes = []
        if bare := sum(entry["bare"] for entry in entries()):
            notes.append(f"{bare} object(s) without a pixel left out")
        if unlabelled := [entry["unlabelled"] for entry in entries() if entry["unlabelled"]]:
            notes.append(
                f"{sum(unlabelled)} pixel(s) marked unlabelled in {len(unlabelled)} picture(s) become background: "
                "COCO cannot say that something is unknown"
            )
        return notes

    def _write(self, file: TextIO, entries: Entries) -> None:
        info = {"description": f"{self.name}, converted by dentalx {__version__}".removeprefix(", ")}
        file.write(f'{{"info":{_text(info)},"licenses":[],\n"categories":{_text(self._categories())},\n"images":[')
        _listed(file, (entry["image"] for entry in entries()))
        file.write('],\n"annotations":[')
        annotations = (
            {"id": 0, "image_id": entry["image"]["id"], **item} for entry in entries() for item in entry["annotations"]
        )
        _listed(file, ({**item, "id": number} for number, item in enumerate(annotations, start=1)))
        file.write("]}\n")

    def _categories(self) -> list[dict[str, Any]]:
        """Ids 1…K; a class without a group is its own, so that no reader takes it for a group of others."""
        return [
            {"id": number, "name": name, "supercategory": name if fdi is None else "tooth"}
            for number, (name, fdi) in enumerate(zip(self.classes, tooth_numbers(self.classes), strict=True), start=1)
        ]


def _annotation(drawn: Drawn) -> dict[str, Any]:
    found = {
        "category_id": drawn.index,
        "segmentation": {"size": list(drawn.plane.shape), "counts": compress(drawn.plane)},
        "bbox": box_to_coco(mask_box(drawn.plane)),
        "area": int(drawn.plane.sum()),
        "iscrowd": int(drawn.crowd),
    }
    return found | ({"labels": list(drawn.labels)} if len(drawn.labels) > 1 else {})


def _listed(file: TextIO, items: Iterator[dict[str, Any]]) -> None:
    for number, item in enumerate(items):
        file.write((",\n" if number else "\n") + _text(item))


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
