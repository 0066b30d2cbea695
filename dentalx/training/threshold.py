"""The probability from which a pixel counts, chosen on validation pictures at their own size."""

from collections.abc import Sequence

import keras

from dentalx.config import TrainConfig
from dentalx.evaluation.threshold import ThresholdSweep
from dentalx.files import write_json
from dentalx.inference import Predictor
from dentalx.models.segmenter import Segmenter
from dentalx.runs import Run
from dentalx.samples import Record, Source


def choose_threshold(
    run: Run, model: keras.Model, config: TrainConfig, source: Source, records: Sequence[Record]
) -> None:
    """Write thresholds.json; with several classes the largest probability wins and there is no threshold to choose."""
    if len(source.classes) > 1:
        write_json(run.thresholds, {"rule": "largest probability", "chosen_on": None})
        return
    segmenter, sweep = Segmenter(model, config.model.image_size), ThresholdSweep()
    predictor = Predictor(segmenter, source.classes, 0.5, run.folder.name, enhance=config.enhance)
    for record in records:
        sample = source.load(record)
        sweep.add(sample.mask, predictor.probability(sample.image)[..., 0])
    chosen = {"rule": "foreground where probability >= value", "chosen_on": "val", **sweep.best().as_json()}
    write_json(run.thresholds, chosen)
