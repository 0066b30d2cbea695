"""How good predictions are, in numbers with intervals; knows no data set and no model."""

from dentalx.evaluation.aggregate import entries, image_values
from dentalx.evaluation.agreement import AGREEMENT, agreement, agreement_of
from dentalx.evaluation.bootstrap import Interval, Resampling, cluster_intervals
from dentalx.evaluation.calibration import (
    Calibration,
    CalibrationCounts,
    Temperature,
    TemperatureFit,
    with_temperature,
)
from dentalx.evaluation.curves import CurveCounts, Curves
from dentalx.evaluation.paired import COMPARED, Comparison, compare, compare_results
from dentalx.evaluation.prior import MeanShape
from dentalx.evaluation.scores import About, ImageScore, Result
from dentalx.evaluation.semantic import SemanticEvaluation, evaluate
from dentalx.evaluation.strata import by_quantiles, prevalence, strata
from dentalx.evaluation.threshold import Threshold, ThresholdSweep, best_threshold

__all__ = [
    "AGREEMENT",
    "COMPARED",
    "About",
    "Calibration",
    "CalibrationCounts",
    "Comparison",
    "CurveCounts",
    "Curves",
    "ImageScore",
    "Interval",
    "MeanShape",
    "Resampling",
    "Result",
    "SemanticEvaluation",
    "Temperature",
    "TemperatureFit",
    "Threshold",
    "ThresholdSweep",
    "agreement",
    "agreement_of",
    "best_threshold",
    "by_quantiles",
    "cluster_intervals",
    "compare",
    "compare_results",
    "entries",
    "evaluate",
    "image_values",
    "prevalence",
    "strata",
    "with_temperature",
]
