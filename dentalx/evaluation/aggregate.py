"""From counted pictures to `metrics.json`: means with intervals, medians, pooled scores, baselines."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx import DISCLAIMER
from dentalx.evaluation.bootstrap import LEVEL, Interval, Resampling, cluster_intervals
from dentalx.evaluation.scores import About, ImageScore
from dentalx.metrics import BOUNDARY_SCORES, SCORES, Counts, ratio, stack, summarise

Floats = NDArray[np.float64]

SCHEMA = 3  # 1 had no boundary scores, 2 no kind
BOUNDARY_UNIT = (
    "hd95 and assd are in pixels, the picture's diagonal where truth or prediction alone is empty (n_one_empty); "
    "nsd counts what lies within tolerance_px, by default 2 px for each 1,000 px of a picture's width"
)
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
    agreed = _agreed(scores)
    pooled: dict[int | None, dict[str, float]] = {None: _pooled(counts, agreed)}
    pooled |= {k: _pooled(counts[:, [k]], None) for k in range(len(classes))}
    measured = [name for name in BOUNDARY_SCORES if all(score.boundary for score in scores)]
    places = (None, *range(len(classes)))
    names = [(place, name) for place in places for name in (*SCORES, *measured)]
    made = entries({key: image_values(scores, key[1], key[0]) for key in names}, patients, resampling)

    def block(place: int | None) -> dict[str, Any]:
        found = {name: made[place, name] | {"pooled": number(pooled[place][name])} for name in SCORES}
        empty = {"n_one_empty": _one_empty(scores, place)}
        found |= {name: made[place, name] | empty for name in measured}
        return found | {"image_level": _image_level(counts if place is None else counts[:, [place]])}

    return {
        "schema": SCHEMA,
        "model": about.model,
        "data": about.data,
        "split": about.split,
        "threshold": {key: value for key, value in about.threshold.items() if key != "curve"},
        "n_images": len(scores),
        "n_patients": len(set(patients)),
        **block(None),
        "classes": {name: block(k) for k, name in enumerate(classes)},
        "baselines": _baselines(counts, mean_shape, classes, agreed is None),
        "counts": {name: _count_json(counts[:, k].sum()) for k, name in enumerate(classes)},
        "interval": {"method": "percentile cluster bootstrap by patient", "level": LEVEL, **vars(resampling)},
        "boundary": {"tolerance_px": None, "what": BOUNDARY_UNIT},
        "empty_rule": EMPTY_RULE,
        "notes": [*about.notes, *_suspicions(counts, classes)],
        "disclaimer": DISCLAIMER,
    }


def image_values(scores: Sequence[ImageScore], name: str, place: int | None = None) -> Floats:
    """A score of each picture.

    Args:
        scores: N pictures of one evaluation.
        name: in `metrics.SCORES` or `metrics.BOUNDARY_SCORES`.
        place: number of the class, from 0; None is over the foreground, see `foreground`.

    Returns:
        (N,) float64, NaN where undefined.

    Raises:
        ValueError: there is no such score, or outlines were not measured.
    """
    if name not in SCORES and name not in BOUNDARY_SCORES:
        raise ValueError(f"score must be one of {', '.join((*SCORES, *BOUNDARY_SCORES))}, got {name!r}")
    if not scores:
        return np.zeros(0)
    if name in SCORES:
        counts = stack([score.counts for score in scores])
        if name == "pixel_accuracy" and place is None and (agreed := _agreed(scores)) is not None:
            return ratio(agreed, counts.pixels[:, 0])
        return _over_classes(SCORES[name](counts), place)
    measured = [score.boundary for score in scores]
    if None in measured:
        raise ValueError(f"{name} was not measured in every picture; see ImageScore.with_boundary")
    return _over_classes(np.stack([boundary.values[name] for boundary in measured if boundary]), place)


def entries(values: Mapping[Any, Floats], patients: Sequence[str], resampling: Resampling) -> dict[Any, dict[str, Any]]:
    """What is said of each score: mean, interval, median, quartiles, how many are defined and how many are not.

    Args:
        values: any key to (N,) float64.
        patients: N names.
        resampling: the same draws for all keys.

    Returns:
        the keys to plain JSON values.
    """
    if not values:
        return {}
    intervals = cluster_intervals(np.stack(list(values.values()), 1), patients, resampling)
    return {key: _entry(column, interval) for (key, column), interval in zip(values.items(), intervals, strict=True)}


def foreground(counts: Counts, agreed: NDArray[np.int64] | None) -> dict[str, Floats]:
    """Each score over the foreground, one a picture.

    The mean over the classes in which the score is defined; for pixel accuracy of exclusive classes the share of
    pixels, background included, given their own class.

    Args:
        counts: (N, K).
        agreed: (N,) pixels given their own class; None where classes overlap.

    Returns:
        score's name to (N,) float64, NaN where undefined.
    """
    result = {name: _over_classes(score(counts), None) for name, score in SCORES.items()}
    if agreed is not None:
        result["pixel_accuracy"] = ratio(agreed, counts.pixels[:, 0])
    return result


def _agreed(scores: Sequence[ImageScore]) -> NDArray[np.int64] | None:
    """(N,) pixels given their own class; None where classes overlap."""
    each = [score.agreed for score in scores]
    return None if None in each else np.array(each, np.int64)


def _over_classes(values: Floats, place: int | None) -> Floats:
    """One column of (N, K), or the mean of those that are defined."""
    if place is not None:
        return values[:, place]
    known = ~np.isnan(values)
    return ratio(np.where(known, values, 0.0).sum(1), known.sum(1))


def _one_empty(scores: Sequence[ImageScore], place: int | None) -> int:
    """Pictures in which the class, or any of them, is in truth alone or in the prediction alone."""
    empty = [score.boundary.one_empty for score in scores if score.boundary]
    return sum(bool(flags.any() if place is None else flags[place]) for flags in empty)


def _stacked(counts: list[Counts], classes: int) -> Counts:
    if counts:
        return stack(counts)
    nothing = np.zeros((0, classes), np.int64)
    return Counts(nothing, nothing, nothing, nothing)


def _pooled(counts: Counts, agreed: NDArray[np.int64] | None) -> dict[str, float]:
    total = counts.sum()
    result = {name: float(score(total)) for name, score in SCORES.items()}
    if agreed is not None:
        result["pixel_accuracy"] = float(ratio(agreed.sum(), counts.pixels[:, 0].sum()))
    return result


def _entry(values: Floats, interval: Interval) -> dict[str, Any]:
    summary = summarise(values)
    entry = {
        "mean": summary.mean,
        "ci95": None if interval.low is None else [interval.low, interval.high],
        "median": summary.median,
        "quartiles": None if summary.quartiles is None else list(summary.quartiles),
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


def _baselines(
    counts: Counts, mean_shape: Sequence[ImageScore], classes: tuple[str, ...], overlapping: bool
) -> dict[str, Any]:
    """Guesses made without looking at the picture; a score means something by how far it lies above theirs."""
    truth, pixels = counts.truth, counts.pixels
    commonest = int(truth.sum(0).argmax())
    said = np.zeros_like(truth)
    said[:, commonest] = pixels[:, commonest]
    tp = np.minimum(truth, said)
    nothing = Counts(np.zeros_like(truth), np.zeros_like(truth), truth, pixels - truth)
    everything = Counts(tp, said - tp, truth - tp, pixels - truth - said + tp)
    background, right = (None, None) if overlapping else (pixels[:, 0] - truth.sum(1), tp.sum(1))
    baselines = {
        "all_background": _baseline("every pixel background", nothing, background),
        "all_foreground": _baseline(f"every pixel {classes[commonest]}", everything, right),
    }
    if mean_shape:
        guess = _stacked([score.counts for score in mean_shape], len(classes))
        what = "the mean shape of the training masks, stretched to each picture"
        baselines["mean_shape"] = _baseline(what, guess, _agreed(mean_shape))
    return baselines


def _baseline(what: str, counts: Counts, agreed: NDArray[np.int64] | None) -> dict[str, Any]:
    values, pooled = foreground(counts, agreed), _pooled(counts, agreed)
    scores = {name: {"mean": summarise(values[name]).mean, "pooled": number(pooled[name])} for name in SCORES}
    return {"what": what, **scores}


def _count_json(counts: Counts) -> dict[str, int]:
    return {name: int(getattr(counts, name)) for name in ("tp", "fp", "fn", "tn")}


def number(value: float) -> float | None:
    """JSON's number, or null for NaN."""
    return None if np.isnan(value) else float(value)
