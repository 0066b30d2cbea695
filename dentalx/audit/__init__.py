"""A data set looked over before anything is trained on it: what it holds, and what would spoil a score."""

from dentalx.audit.look import Audit, Task, audit
from dentalx.audit.page import markdown, screen
from dentalx.audit.pictures import PictureFolder
from dentalx.audit.write import write_audit

__all__ = ["Audit", "PictureFolder", "Task", "audit", "markdown", "screen", "write_audit"]
