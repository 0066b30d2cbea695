"""Inference: from a run folder and pictures to masks."""

from dentalx.inference.folder import Row, doubtful, predict_folder
from dentalx.inference.predictor import Predictor, classify, load_predictor

__all__ = ["Predictor", "Row", "classify", "doubtful", "load_predictor", "predict_folder"]
