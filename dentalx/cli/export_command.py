"""The command `export`, as `dentalx.cli.commands` has the others."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Export:
    """Write a run's network for other programs, compared with the run on pictures first."""

    run: Path | None = None
    """run folder, or an ensemble's (default: the newest finished run in runs/)"""
    format: Literal["saved_model", "onnx", "openvino", "litert"] = "saved_model"
    """saved_model takes pictures of any size; the others the letterboxed picture, uint8 (B, H, W, 1)"""
    precision: Literal["fp32", "fp16", "int8"] = "fp32"
    """of weights, and with int8 of the arithmetic"""
    check: Path | None = None
    """folder of pictures to compare on (default: the run's validation pictures, else phantoms)"""
    calibrate: Path | None = None
    """folder of radiographs that int8 takes its ranges from (default: the run's training pictures, else phantoms)"""
    tolerance: float | None = None
    """share of pixels that may be given another class (default: 0.0001, of fp16 0.001, of int8 0.01)"""
    serving: str | None = None
    """of saved_model: write NAME/1/ under --output as TensorFlow Serving wants it, or the next number"""
    output: Path | None = None
    """folder to write (default: RUN/saved_model, or RUN/exports/FORMAT-PRECISION)"""

    def __call__(self) -> int:
        from dentalx.cli.export import export

        return export(self)
