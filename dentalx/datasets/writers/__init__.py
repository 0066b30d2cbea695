"""Writers: a data set in another format."""

from dentalx.datasets.writers.coco import CocoWriter
from dentalx.datasets.writers.convert import Job, Outcome, convert
from dentalx.datasets.writers.folders import FolderWriter
from dentalx.datasets.writers.labelme import LabelmeWriter
from dentalx.datasets.writers.scene import Writer
from dentalx.datasets.writers.yolo import YoloWriter

WRITERS: dict[str, type[CocoWriter] | type[FolderWriter] | type[LabelmeWriter] | type[YoloWriter]] = {
    "coco": CocoWriter,
    "folders": FolderWriter,
    "yolo": YoloWriter,
    "labelme": LabelmeWriter,
}

__all__ = [
    "WRITERS",
    "CocoWriter",
    "FolderWriter",
    "Job",
    "LabelmeWriter",
    "Outcome",
    "Writer",
    "YoloWriter",
    "convert",
]
