"""What was found, in formats that annotation programs read: by the writers of data sets, beside no pictures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dentalx.datasets.writers.coco import CocoWriter
from dentalx.datasets.writers.cvat import CvatWriter
from dentalx.datasets.writers.labelme import LabelmeWriter
from dentalx.datasets.writers.scene import Drawn, Entries, Scene, Writer
from dentalx.datasets.writers.yolo import YoloWriter
from dentalx.predict_config import Format

WRITERS: dict[Format, Any] = {"coco": CocoWriter, "cvat": CvatWriter, "labelme": LabelmeWriter, "yolo": YoloWriter}
_OF_A_PICTURE: dict[Format, str] = {"labelme": "all/{}.json", "yolo": "labels/{}.txt"}  # the others: one file for all


@dataclass(frozen=True)
class Annotations:
    """The writers that are asked for.

    Attributes:
        output: folder of results; each format has its own folder in annotations/ there.
        classes: K names.
        formats: which.
    """

    output: Path
    classes: tuple[str, ...]
    formats: tuple[Format, ...]

    def add(
        self, name: str, picture: str, size: tuple[int, int], objects: Iterable[Drawn], scores: Sequence[float]
    ) -> tuple[list[str], dict[str, Any]]:
        """Write what belongs to one picture.

        Args:
            name: of its results.
            picture: its path among the pictures.
            size: (H, W).
            objects: painted one at a time; gone through once for each format.
            scores: of the objects.

        Returns:
            the files within the output, and what `finish` needs, as JSON has it.
        """
        files, entries = list[str](), dict[str, Any]()
        drawn = list(objects) if len(self.formats) > 1 else objects
        shown = Path(picture).name
        for kind in self.formats:
            scene = Scene(0, name, shown if kind in _OF_A_PICTURE else picture, None, size, drawn)
            entry = self._writer(kind).write(scene, self.output / "annotations" / kind)
            if kind == "coco":
                for annotation, score in zip(entry["annotations"], scores, strict=True):
                    annotation["score"] = round(score, 4)
            if kind in _OF_A_PICTURE:
                files.append(f"annotations/{kind}/{_OF_A_PICTURE[kind].format(name)}")
            entries[kind] = {**entry, "id": name, "name": name, "split": None}
        return files, entries

    def finish(self, entries: Sequence[dict[str, Any]]) -> list[str]:
        """Write what belongs to all pictures; what was lost in each format, a sentence each."""
        notes = []
        for kind in self.formats:
            told = self._writer(kind).finish(self.output / "annotations" / kind, _numbered(entries, kind))
            told = [note for note in told if not note.startswith("data.yaml")]  # of training, which is not to be done
            notes += [f"annotations/{kind}: {note}" for note in told]
        return notes

    def _writer(self, kind: Format) -> Writer:
        writer: Writer = WRITERS[kind](self.classes, "found by a network, to be looked over")
        return writer


def _numbered(entries: Sequence[dict[str, Any]], kind: Format) -> Entries:
    """The entries of one format, COCO's pictures numbered from 1."""

    def give() -> Any:
        for number, entry in enumerate((each[kind] for each in entries), start=1):
            yield {**entry, "image": {**entry["image"], "id": number}} if "image" in entry else entry

    return give
