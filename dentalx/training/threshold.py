"""The probability from which a pixel counts, chosen on validation pictures at their own size."""

from collections.abc import Sequence

import keras
import numpy as np

from dentalx.evaluation.threshold import ThresholdSweep
from dentalx.files import write_json
from dentalx.models.segmenter import Segmenter
from dentalx.preprocess import to_uint8
from dentalx.runs import Run
from dentalx.samples import Record, Source


def choose_threshold(
    run: Run, model: keras.Model, size: tuple[int, int], source: Source, records: Sequence[Record]
) -> None:
    """Write thresholds.json; with several classes the largest probability wins and there is no threshold to choose."""
    if len(source.classes) > 1:
        write_json(run.thresholds, {"rule": "largest probability", "chosen_on": None})
        return
    segmenter, sweep = Segmenter(model, size), ThresholdSweep()
    for record in records:
        sample = source.load(record)
        image = to_uint8(sample.image)[np.newaxis, ..., np.newaxis]
        probability = segmenter.from_pixels(image)["probability"].numpy()[0, ..., 0]
        sweep.add(sample.mask, probability)
    chosen = {"rule": "foreground where probability >= value", "chosen_on": "val", **sweep.best().as_json()}
    write_json(run.thresholds, chosen)
