"""From counted pictures to `metrics.json`: means with intervals, medians, pooled scores, baselines."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx import DISCLAIMER
from dentalx.evaluation.bootstrap import LEVEL, Interval, Resampling, cluster_intervals
from dentalx.evaluation.scores import About, ImageScore
from dentalx.metrics import SCORES, Counts, ratio, stack, summarise

Floats = NDArray[np.float64]

SCHEMA = 1
EMPTY_RULE = (
    "A class that is neither in truth nor predicted has no score in that picture (n_undefined); predicted where there "
    "is none it scores 0 (a false alarm); missed altogether it scores 0 (a miss)."
)


def metrics_json(
    classes: tuple[str, ...],
    scores: Sequence[ImageScore],
    mean_shape: Sequence[ImageScore],
    about: About,
    resampling: Resampling,
) -> dict[str, Any]:
    """The contents of `metrics.json`: over the foreground at the top, then per class, then baselines.

    Args:
        classes: K names.
        scores: N pictures.
        mean_shape: the mean shape's guess for the same N pictures, or none.
        about: goes in as it is.
        resampling: how the intervals are made.
    """
    patients = [score.patient_id for score in scores]
    counts = _stacked([score.counts for score in scores], len(classes))
    agreed = np.array([score.agreed for score in scores], np.int64)
    tables = _tables(counts, agreed)
    columns = [(place, name) for place in tables for name in SCORES]
    values = np.stack([tables[place][name] for place, name in columns], 1)
    intervals = dict(zip(columns, cluster_intervals(values, patients, resampling), strict=True))
    pooled = {-1: _pooled(counts, agreed), **{k: _pooled(counts[:, [k]], None) for k in range(len(classes))}}

    def block(place: int) -> dict[str, Any]:
        return {name: _entry(tables[place][name], intervals[place, name], pooled[place][name]) for name in SCORES} | {
            "image_level": _image_level(counts if place < 0 else counts[:, [place]])
        }

    return {
        "schema": SCHEMA,
        "model": about.model,
        "data": about.data,
        "split": about.split,
        "threshold": {key: value for key, value in about.threshold.items() if key != "curve"},
        "n_images": len(scores),
        "n_patients": len(set(patients)),
        **block(-1),
        "classes": {name: block(k) for k, name in enumerate(classes)},
        "baselines": _baselines(counts, mean_shape, classes),
        "counts": {name: _count_json(counts[:, k].sum()) for k, name in enumerate(classes)},
        "interval": {"method": "percentile cluster bootstrap by patient", "level": LEVEL, **vars(resampling)},
        "empty_rule": EMPTY_RULE,
        "notes": [*about.notes, *_suspicions(counts, classes)],
        "disclaimer": DISCLAIMER,
    }


def foreground(counts: Counts, agreed: NDArray[np.int64]) -> dict[str, Floats]:
    """Each score over the foreground, one a picture.

    The mean over the classes in which the score is defined; for pixel accuracy the share of pixels, background
    included, given their own class.

    Args:
        counts: (N, K).
        agreed: (N,) pixels given their own class.

    Returns:
        score's name to (N,) float64, NaN where undefined.
    """
    result = {}
    for name, score in SCORES.items():
        values = score(counts)
        known = ~np.isnan(values)
        result[name] = ratio(np.where(known, values, 0.0).sum(1), known.sum(1))
    result["pixel_accuracy"] = ratio(agreed, counts.pixels[:, 0])
    return result


def _stacked(counts: list[Counts], classes: int) -> Counts:
    if counts:
        return stack(counts)
    nothing = np.zeros((0, classes), np.int64)
    return Counts(nothing, nothing, nothing, nothing)


def _tables(counts: Counts, agreed: NDArray[np.int64]) -> dict[int, dict[str, Floats]]:
    """Per-picture scores: under -1 over the foreground, under k of class k + 1."""
    per_class = {name: score(counts) for name, score in SCORES.items()}
    classes = {k: {name: values[:, k] for name, values in per_class.items()} for k in range(counts.tp.shape[1])}
    return {-1: foreground(counts, agreed), **classes}


def _pooled(counts: Counts, agreed: NDArray[np.int64] | None) -> dict[str, float]:
    total = counts.sum()
    result = {name: float(score(total)) for name, score in SCORES.items()}
    if agreed is not None:
        result["pixel_accuracy"] = float(ratio(agreed.sum(), counts.pixels[:, 0].sum()))
    return result


def _entry(values: Floats, interval: Interval, pooled: float) -> dict[str, Any]:
    summary = summarise(values)
    entry = {
        "mean": summary.mean,
        "ci95": None if interval.low is None else [interval.low, interval.high],
        "median": summary.median,
        "quartiles": None if summary.quartiles is None else list(summary.quartiles),
        "pooled": number(pooled),
        "n": summary.n,
        "n_undefined": summary.n_undefined,
    }
    return entry | ({"ci95_reason": interval.reason} if interval.reason else {})


def _image_level(counts: Counts) -> dict[str, Any]:
    """Whole pictures: is anything of the classes there, and was anything predicted?"""
    there, said = counts.truth.sum(1) > 0, counts.prediction.sum(1) > 0
    found, missed = int((there & said).sum()), int((there & ~said).sum())
    alarms, silent = int((~there & said).sum()), int((~there & ~said).sum())
    return {
        "sensitivity": number(float(ratio(found, found + missed))),
        "specificity": number(float(ratio(silent, silent + alarms))),
        "true_positive_images": found,
        "missed_images": missed,
        "false_alarm_images": alarms,
        "true_negative_images": silent,
    }


def _suspicions(counts: Counts, classes: tuple[str, ...]) -> list[str]:
    """What a person should look at: truth that fills whole pictures is rarely meant."""
    full = ((counts.truth == counts.pixels) & (counts.pixels > 0)).sum(0)
    return [
        f"in {n} of {len(counts.tp)} pictures the truth says {name} everywhere: look at these masks "
        "(tn and fp are 0 in per_image.csv)"
        for n, name in zip(full.tolist(), classes, strict=True)
        if n
    ]


def _baselines(counts: Counts, mean_shape: Sequence[ImageScore], classes: tuple[str, ...]) -> dict[str, Any]:
    """Guesses made without looking at the picture; a score means something by how far it lies above theirs."""
    truth, pixels = counts.truth, counts.pixels
    commonest = int(truth.sum(0).argmax())
    said = np.zeros_like(truth)
    said[:, commonest] = pixels[:, commonest]
    tp = np.minimum(truth, said)
    nothing = Counts(np.zeros_like(truth), np.zeros_like(truth), truth, pixels - truth)
    everything = Counts(tp, said - tp, truth - tp, pixels - truth - said + tp)
    baselines = {
        "all_background": _baseline("every pixel background", nothing, pixels[:, 0] - truth.sum(1)),
        "all_foreground": _baseline(f"every pixel {classes[commonest]}", everything, tp.sum(1)),
    }
    if mean_shape:
        guess = _stacked([score.counts for score in mean_shape], len(classes))
        agreed = np.array([score.agreed for score in mean_shape], np.int64)
        what = "the mean shape of the training masks, stretched to each picture"
        baselines["mean_shape"] = _baseline(what, guess, agreed)
    return baselines


def _baseline(what: str, counts: Counts, agreed: NDArray[np.int64]) -> dict[str, Any]:
    values, pooled = foreground(counts, agreed), _pooled(counts, agreed)
    scores = {name: {"mean": summarise(values[name]).mean, "pooled": number(pooled[name])} for name in SCORES}
    return {"what": what, **scores}


def _count_json(counts: Counts) -> dict[str, int]:
    return {name: int(getattr(counts, name)) for name in ("tp", "fp", "fn", "tn")}


def number(value: float) -> float | None:
    """JSON's number, or null for NaN."""
    return None if np.isnan(value) else float(value)
