"""Inference: from a run folder and pictures to masks, or to objects one by one."""

from dentalx.inference.folder import Place, predict_folder
from dentalx.inference.instances import InstancePredictor, load_instance_predictor
from dentalx.inference.objects import predict_objects
from dentalx.inference.predictor import Predictor, classify, load_exported, load_predictor
from dentalx.inference.rows import Row, doubtful

__all__ = [
    "InstancePredictor",
    "Place",
    "Predictor",
    "Row",
    "classify",
    "doubtful",
    "load_exported",
    "load_instance_predictor",
    "load_predictor",
    "predict_folder",
    "predict_objects",
]
