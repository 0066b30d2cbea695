"""Writers: a data set in another format."""

from collections.abc import Callable

from dentalx.datasets.writers.coco import CocoWriter
from dentalx.datasets.writers.convert import Job, Outcome, convert
from dentalx.datasets.writers.folders import FolderWriter
from dentalx.datasets.writers.scene import Writer

WRITERS: dict[str, Callable[[tuple[str, ...], str], Writer]] = {"coco": CocoWriter, "folders": FolderWriter}

__all__ = ["WRITERS", "CocoWriter", "FolderWriter", "Job", "Outcome", "Writer", "convert"]
