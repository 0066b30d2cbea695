"""Every score in the house, from counted pixels. Only `metrics.streaming`, the Keras twins, needs TensorFlow."""

from dentalx.metrics.counts import Counts, confusion, count, from_confusion, stack
from dentalx.metrics.ratios import (
    SCORES,
    dice,
    f_beta,
    iou,
    overall_accuracy,
    pixel_accuracy,
    precision,
    ratio,
    recall,
    specificity,
)
from dentalx.metrics.summary import Summary, summarise

__all__ = [
    "SCORES",
    "Counts",
    "Summary",
    "confusion",
    "count",
    "dice",
    "f_beta",
    "from_confusion",
    "iou",
    "overall_accuracy",
    "pixel_accuracy",
    "precision",
    "ratio",
    "recall",
    "specificity",
    "stack",
    "summarise",
]
