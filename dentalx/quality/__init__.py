"""Quality: whether a picture is one that the model can be trusted with, and its mask one that can be believed."""

from dentalx.quality.judge import STORED_MIRRORED, grave, judge_colour, judge_picture, judge_shapes
from dentalx.quality.looks import Looks, look
from dentalx.quality.seen import LEAST_PICTURES, Seen, gather, read_seen, seen_of, write_seen
from dentalx.quality.shapes import Shape, object_shapes, shapes

__all__ = [
    "LEAST_PICTURES",
    "STORED_MIRRORED",
    "Looks",
    "Seen",
    "Shape",
    "gather",
    "grave",
    "judge_colour",
    "judge_picture",
    "judge_shapes",
    "look",
    "object_shapes",
    "read_seen",
    "seen_of",
    "shapes",
    "write_seen",
]
