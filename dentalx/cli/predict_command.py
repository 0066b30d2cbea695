"""The command `predict`, as `dentalx.cli.commands` has the others."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dentalx.config import Precision


@dataclass(frozen=True)
class Predict:
    """Segment a picture or a folder of pictures with a trained run."""

    input: Path
    """a picture, or a folder of pictures, whose tree masks/ and overlays/ mirror"""
    output: Path
    """folder for masks/, overlays/ and predictions.csv, of objects one by one also labels/, objects.csv and
    instances.json; nothing is written elsewhere"""
    run: Path | None = None
    """run folder, or what `export` wrote (default: the newest finished run in runs/)"""
    runtime: Literal["tensorflow", "onnx", "openvino", "litert", "auto"] = "tensorflow"
    """library that runs the network; a run is exported for it once; auto: the fastest of those it is exported for"""
    enhance: tuple[str, ...] = ()
    """another recipe than the run's, none among them; masks and overlays stay on the pictures as they are"""
    opacity: float = 0.35
    """of the colours in the overlays, 0 to 1"""
    score: float | None = None
    """of runs of --task instance: weaker objects are left out (default: the score chosen on validation)"""
    consistent_numbers: bool = False
    """of --task instance: one tooth of each number, in the order of the arch; numbering.csv says what changed"""
    precision: Precision = "float32"
    """arithmetic of the network"""
    resume: bool = False
    """go on in --output: results that are whole and of the same pictures, run and settings are not made again"""

    def __call__(self) -> int:
        from dentalx.cli.predict import predict

        return predict(self)
