"""What Metrics Reloaded and its companion on pitfalls ask of a segmentation's scores, in our own words and numbering.

Sources: L. Maier-Hein et al., *Nature Methods* 21:195, 2024; A. Reinke et al., *Nature Methods* 21:182, 2024.
"""

from dentalx.report.checklist.item import (
    Item,
    Seen,
    Verdict,
    always,
    by_patient,
    has,
    interval,
    no,
    nobody,
    unknown,
    yes,
)  # fmt: skip


def _tolerance(seen: Seen) -> Verdict:
    given = seen.metrics.get("boundary", {}).get("tolerance_px")
    if given is not None:
        return unknown(f"{given:g} px were given; what two people differ by, a person must say")
    apart = seen.metrics.get("raters", {}).get("between", {}).get("assd", {}).get("mean")
    if apart is not None:
        return no(f"it goes by the picture's width; these two people lie {apart:.1f} px apart: give --tolerance")
    return no("it goes by the picture's width; measure two people with --raters, then give --tolerance")


def _threshold(seen: Seen) -> Verdict:
    if not seen.of_run:
        return unknown("only masks were seen")
    if seen.metrics.get("threshold", {}).get("values"):
        return yes("one a class, on validation pictures") if seen.metrics["split"] == "test" else no("not on test")
    if len(seen.metrics.get("classes", {})) > 1:
        return yes("none: the most probable class is taken")
    chosen, split = seen.metrics.get("threshold", {}).get("chosen_on"), seen.metrics["split"]
    if chosen is None:
        return yes("0.5, not chosen")
    return (
        yes("on validation pictures")
        if chosen == "val" and split == "test"
        else no(f"scored on {split}, chosen on {chosen}")
    )


def _looked_at(seen: Seen) -> Verdict:
    if seen.pictures:
        return yes("worst, middle and best with outlines; a person must look")
    return no("no picture is shown, as was asked or since none could be scored")


ITEMS = (
    Item("MR 1", "kind of problem chosen first: pixels, or objects told apart", nobody(
        "it depends on the question; neighbours that touch, as teeth do, need objects")),
    Item("MR 2", "overlap for each class", always("Dice and IoU by class")),
    Item("MR 3", "a boundary score beside overlap", has("nsd", "NSD, HD95, mean distance", "not measured")),
    Item("MR 4", "its tolerance from what people differ by", _tolerance),
    Item("MR 5", "centre lines for canals and other tubes", nobody(
        "whether a class is a tube is not in its masks; dentalx.metrics.cl_dice measures it")),
    Item("MR 6", "lesions and pieces counted as such", has(
        "froc", "FROC of connected pieces", "needs probabilities of a run of one class")),
    Item("MR 7", "each picture scored, then averaged; pooled apart", always("mean and pooled in columns of their own")),
    Item("MR 8", "pictures of one patient not taken for independent", by_patient),
    Item("MR 9", "spread, not means alone", always("median, quartiles, every picture as a dot")),
    Item("MR 10", "intervals", interval),
    Item("MR 11", "rule for empty pictures fixed before, and counted", always("stated; undefined scores are counted")),
    Item("MR 12", "prevalence said; scores that depend on it not alone", always("share of pixels by class; baselines")),
    Item("MR 13", "groups, small structures apart", has(
        "strata", "section Groups of pictures", "too few pictures; give --strata")),
    Item("MR 14", "calibration where probabilities are used", has(
        "calibration", "reliability, ECE, Brier score", "no probabilities were looked at")),
    Item("MR 15", "threshold not chosen on what is scored", _threshold),
    Item("MR 16", "guesses that ignore the picture beside it", has("baselines", "beside every score", "none")),
    Item("MR 17", "models compared in pairs, with size and p", has(
        "comparison", "section Comparison of two", "nothing was compared; give --against")),
    Item("MR 18", "pictures looked at, not numbers alone", _looked_at),
    Item("MR 19", "which mistakes are worse than others", nobody("it depends on what is done with the masks")),
    Item("MR 20", "definitions and code of the scores named", always("docs/metrics.md; tested against other programs")),
)  # fmt: skip
