"""The probability from which a pixel counts, chosen on validation pictures at their own size."""

from collections.abc import Mapping, Sequence
from typing import Any

from dentalx.evaluation.threshold import ThresholdSweep
from dentalx.files import write_json
from dentalx.inference import load_predictor
from dentalx.runs import Run
from dentalx.samples import Record, Source, labelling


def choose_threshold(run: Run, source: Source, records: Sequence[Record]) -> None:
    """Write thresholds.json; with several classes the largest probability wins and there is no threshold to choose."""
    if labelling(source).overlapping:
        choose_thresholds(run, source, records)
        return
    if len(source.classes) > 1:
        write_json(run.thresholds, {"rule": "largest probability", "chosen_on": None})
        return
    predictor, sweep = load_predictor(run), ThresholdSweep()
    for record in records:
        sample = source.load(record)
        sweep.add(sample.mask, predictor.probability(sample.image)[..., 0])
    chosen = {"rule": "foreground where probability >= value", "chosen_on": "val", **sweep.best().as_json()}
    write_json(run.thresholds, chosen)


def choose_thresholds(run: Run, source: Source, records: Sequence[Record]) -> None:
    """Write thresholds.json of overlapping classes: one a class, each chosen as if it were the only one."""
    predictor, sweeps = load_predictor(run), [ThresholdSweep() for _ in source.classes]
    for record in records:
        sample = source.load(record)
        truths = predictor.labelling.views(sample.mask, len(sweeps))
        answers = predictor.labelling.split(predictor.probability(sample.image))
        for sweep, truth, probability in zip(sweeps, truths, answers, strict=True):
            sweep.add(truth, probability)
    each = {name: sweep.best().as_json() for name, sweep in zip(source.classes, sweeps, strict=True)}
    write_thresholds(run, "val", each)


def write_thresholds(run: Run, chosen_on: str, classes: Mapping[str, Mapping[str, Any]]) -> None:
    """Write thresholds.json of overlapping classes, the `value` of each among what is said of it."""
    rule = "every class where its probability >= its value"
    write_json(run.thresholds, {"rule": rule, "chosen_on": chosen_on, "classes": classes})
