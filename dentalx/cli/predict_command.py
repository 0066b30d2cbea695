"""The command `predict`, as `dentalx.cli.commands` has the others."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dentalx.cli.result_flags import ResultFlags
from dentalx.config import Precision


@dataclass(frozen=True, kw_only=True)
class Predict(ResultFlags):
    """Segment a picture or a folder of pictures with a trained run."""

    input: Path
    """a picture, or a folder of pictures, whose tree masks/ and overlays/ mirror"""
    output: Path
    """folder for masks/, overlays/, predictions.csv and predictions.json, of objects one by one also labels/,
    objects.csv and instances.json; nothing is written elsewhere"""
    run: Path | None = None
    """run folder, or what `export` wrote (default: the newest finished run in runs/)"""
    runtime: Literal["tensorflow", "onnx", "openvino", "litert", "auto"] = "tensorflow"
    """library that runs the network; a run is exported for it once; auto: the fastest of those it is exported for"""
    enhance: tuple[str, ...] = ()
    """another recipe than the run's, none among them; masks and overlays stay on the pictures as they are"""
    score: float | None = None
    """of runs of --task instance: weaker objects are left out (default: the score chosen on validation)"""
    precision: Precision = "float32"
    """arithmetic of the network"""

    def __call__(self) -> int:
        from dentalx.cli.predict import predict

        return predict(self)
