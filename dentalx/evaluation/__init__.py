"""How good predictions are, in numbers with intervals; knows no data set and no model."""

from dentalx.evaluation.bootstrap import Interval, Resampling, cluster_intervals
from dentalx.evaluation.prior import MeanShape
from dentalx.evaluation.scores import About, ImageScore, Result
from dentalx.evaluation.semantic import SemanticEvaluation, evaluate
from dentalx.evaluation.threshold import Threshold, ThresholdSweep, best_threshold

__all__ = [
    "About",
    "ImageScore",
    "Interval",
    "MeanShape",
    "Resampling",
    "Result",
    "SemanticEvaluation",
    "Threshold",
    "ThresholdSweep",
    "best_threshold",
    "cluster_intervals",
    "evaluate",
]
