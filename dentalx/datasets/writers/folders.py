"""Pictures and masks in folders: images/ beside masks/, PNG files of class indices, their names in classes.json."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dentalx.covering import OF_WRITING, Canvas, Cover, vanished
from dentalx.datasets.folders import CLASS_LIST
from dentalx.datasets.mask_writing import write_mask
from dentalx.datasets.writers.scene import Entries, Entry, Scene
from dentalx.datasets.writers.tables import write_table
from dentalx.files import write_text
from dentalx.samples import UNLABELLED, Mask

LOSSES = "loss.csv"


@dataclass(frozen=True)
class FolderWriter:
    """SPLIT/images/ and SPLIT/masks/, or images/ and masks/ without splits; the later class lies above the earlier."""

    classes: tuple[str, ...]
    name: str = ""

    def place(self, split: str | None) -> str:
        """The folder of a split's pictures."""
        return f"{split}/images" if split else "images"

    def write(self, scene: Scene, target: Path) -> Entry:
        """The mask."""
        mask, entry = flattened(scene)
        write_mask(target / _masks(scene.split) / f"{scene.name}.png", mask, self.classes)
        return entry

    def finish(self, target: Path, entries: Entries) -> list[str]:
        """The names of the classes beside the masks, and what overlapping objects lost."""
        for split in {entry["split"] for entry in entries()}:
            names = json.dumps(["background", *self.classes], indent=2, ensure_ascii=False)
            write_text(target / _masks(split) / CLASS_LIST, names + "\n")
        return told_losses(target, entries, self.classes)


def _masks(split: str | None) -> str:
    return f"{split}/masks" if split else "masks"


def flattened(scene: Scene) -> tuple[Mask, Entry]:
    """The objects of a picture as one mask of classes, and what that loses.

    Returns:
        (H, W) uint8, 0…K and 255, and an entry: `objects`, and `painted` of each class; `kept` and `hidden`, pixels of
        each class on top and under another class; `shared`, objects that share their class with others.
    """
    canvas = Canvas(scene.size)
    for drawn in scene.objects:
        canvas.put(drawn.plane, drawn.index)
    mask, cover = canvas.mask, canvas.cover()
    if scene.unlabelled is not None:
        mask[(scene.unlabelled != 0) & (mask == 0)] = UNLABELLED
    counts = cover.objects.values()
    entry: dict[str, Any] = {"objects": sum(counts), "shared": sum(n for n in counts if n > 1)}
    of_classes = {"painted": cover.objects, "kept": cover.kept, "hidden": cover.hidden}
    return mask, entry | {what: {str(k): n for k, n in found.items()} for what, found in of_classes.items()}


def _cover(entry: Entry) -> Cover:
    return Cover(*({int(k): n for k, n in entry[what].items()} for what in ("painted", "kept", "hidden")))


def told_losses(target: Path, entries: Entries, classes: tuple[str, ...]) -> list[str]:
    """Write loss.csv where classes overlap, and say so; and that objects of one class are one area now."""
    notes, pixels, pictures, shared = [], 0, 0, 0
    for entry in entries():
        pixels += sum(entry["hidden"].values())
        pictures += bool(entry["hidden"])
        shared += entry["shared"]
    if pixels:
        rows = (
            (entry["name"], classes[int(index) - 1], entry["kept"].get(index, 0), lost)
            for entry in entries()
            for index, lost in entry["hidden"].items()
        )
        write_table(target / LOSSES, ("picture", "class", "pixels_kept", "pixels_lost"), rows)
        order = " < ".join(classes) if len(classes) <= 12 else f"{classes[0]} < … < {classes[-1]}, as in {CLASS_LIST}"
        notes.append(
            f"{pixels} pixel(s) in {pictures} picture(s) lie in several classes and keep only the one named last "
            f"({order}); {LOSSES} says how many of which; --classes changes the order"
        )
        notes += vanished(map(_cover, entries()), classes, OF_WRITING)
    if shared:
        notes.append(f"{shared} objects share class and picture with others: a mask does not tell them apart")
    return notes
