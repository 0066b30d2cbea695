"""Inference: from a run folder and pictures to masks."""

from dentalx.inference.folder import Row, find_pictures, predict_folder
from dentalx.inference.predictor import Predictor, classify, load_predictor

__all__ = ["Predictor", "Row", "classify", "find_pictures", "load_predictor", "predict_folder"]
