"""Roboflow's "Semantic Segmentation Masks": x.jpg beside x_mask.png, class indices that `_classes.csv` names."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from dentalx.datasets.writers.folders import flattened, told_losses
from dentalx.datasets.writers.scene import Entries, Entry, Scene
from dentalx.datasets.writers.tables import write_table
from dentalx.errors import InputError
from dentalx.files import replacing
from dentalx.samples import UNLABELLED

_PLACES = {"train": "train", "val": "valid", "test": "test", None: "all"}


@dataclass(frozen=True)
class RoboflowWriter:
    """train/, valid/ and test/, or all/ without splits; the later class lies above the earlier."""

    classes: tuple[str, ...]
    name: str = ""

    def place(self, split: str | None) -> str:
        """The folder of a split's pictures."""
        return _PLACES[split]

    def write(self, scene: Scene, target: Path) -> Entry:
        """The mask; what is unlabelled becomes background, which the format has no other word for.

        Raises:
            InputError: the picture is called like a mask.
        """
        if scene.name.lower().endswith("_mask"):
            raise InputError(f"a picture is called {scene.name}, which this layout takes for a mask; rename it")
        mask, entry = flattened(scene)
        unknown = mask == UNLABELLED
        mask[unknown] = 0
        path = target / self.place(scene.split) / f"{scene.name}_mask.png"
        with replacing(path) as temporary:
            Image.fromarray(mask).save(temporary, format="PNG", compress_level=3)
        return entry | {"unlabelled": int(unknown.sum())}

    def finish(self, target: Path, entries: Entries) -> list[str]:
        """The list of classes in each folder, and what overlapping objects lost."""
        for split in {entry["split"] for entry in entries()}:
            rows = [(0, " background"), *((number, f" {name}") for number, name in enumerate(self.classes, start=1))]
            write_table(target / self.place(split) / "_classes.csv", ("Pixel Value", " Class"), rows)
        notes = told_losses(target, entries, self.classes)
        if unlabelled := sum(entry["unlabelled"] for entry in entries()):
            notes.append(f"{unlabelled} pixel(s) marked unlabelled become background")
        return notes
