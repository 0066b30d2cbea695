"""Writers: a data set in another format."""

from collections.abc import Callable

from dentalx.datasets.writers.coco import CocoWriter
from dentalx.datasets.writers.convert import Job, Outcome, convert
from dentalx.datasets.writers.cvat import CvatWriter
from dentalx.datasets.writers.folders import FolderWriter
from dentalx.datasets.writers.labelme import LabelmeWriter
from dentalx.datasets.writers.roboflow import RoboflowWriter
from dentalx.datasets.writers.scene import Writer
from dentalx.datasets.writers.yolo import YoloWriter

WRITERS: dict[str, Callable[[tuple[str, ...], str], Writer]] = {
    "coco": CocoWriter,
    "folders": FolderWriter,
    "yolo": YoloWriter,
    "labelme": LabelmeWriter,
    "cvat": CvatWriter,
    "roboflow-masks": RoboflowWriter,
}

__all__ = [
    "WRITERS",
    "CocoWriter",
    "CvatWriter",
    "FolderWriter",
    "Job",
    "LabelmeWriter",
    "Outcome",
    "RoboflowWriter",
    "Writer",
    "YoloWriter",
    "convert",
]
