"""How a report ends: what was left out, what the numbers cannot say, how they were made, which files there are."""

from collections.abc import Iterator
from typing import Any

from dentalx.report.blocks import Bullets, Line, Link, Section, Strong, Table, text
from dentalx.report.checklist import Seen, judged, own_data, tally
from dentalx.report.sections.material import Material
from dentalx.report.sections.opening import known_baselines
from dentalx.report.words import many, percent

FEW_PATIENTS = 20
PROBLEMS = {
    "missing": "there is no prediction",
    "unreadable": "the prediction cannot be read",
    "wrong_size": "the prediction has another size than the picture",
    "extra": "a prediction without a picture",
    "resized": "the prediction was stretched to the picture's size",
}


def left_out(material: Material) -> Section | None:
    """Whatever was not scored, or not as it came, and why."""
    metrics = material.metrics
    rows = list(_left_out(material))
    if not rows:
        return Section("Left out", (text("Nothing: every picture was read and scored."),))
    said = text("Pictures go by six letters made from their names; problems.csv has names and reasons.", kind="quiet")
    named = [said] if metrics.get("unreadable") or any(metrics.get("predictions", {}).get(k) for k in PROBLEMS) else []
    return Section(
        "Left out", (Table(("what", "pictures", "what became of it", "which"), tuple(rows), words=True), *named)
    )


def _left_out(material: Material) -> Iterator[tuple[str, str, str, str]]:
    metrics = material.metrics
    if found := metrics.get("unreadable"):
        yield "picture or truth cannot be read", str(found["n"]), "left out", _some(found["pictures"])
    found = metrics.get("predictions", {})
    for kind, what in PROBLEMS.items():
        if found.get(kind):
            counted = {"zero": "counts as empty", "skip": "left out"}.get(found["rule"], "refused")
            counted = {"extra": "not used", "resized": "used"}.get(kind, counted)
            yield what, str(found[kind]), counted, _some(found["pictures"].get(kind, ()))
    undefined = metrics.get("dice", {}).get("n_undefined")
    if undefined:
        yield "nothing there, nothing predicted", str(undefined), "no Dice; left out of its mean", "see per_image.csv"


def _some(hashes: list[str], most: int = 12) -> str:
    more = f" and {len(hashes) - most} more" if len(hashes) > most else ""
    return ", ".join(hashes[:most]) + more


def limits(material: Material) -> Section | None:
    """What the numbers do not say."""
    return Section("Limits", (Bullets(tuple(_limits(material))),))


def _limits(material: Material) -> Iterator[Line]:
    metrics = material.metrics
    yield (Strong("Not a medical device."), " Nothing here says that it is safe or useful for a patient.")
    if "interval" in metrics:
        yield from _of_intervals(metrics)
    if material.of_run and own_data(metrics):
        yield ("The pictures come from the same data set as those it learnt from: elsewhere it may do worse.",)
    if material.of_run:
        yield ("One training was scored. Another seed gives another model, and other numbers.",)
    if "raters" in metrics:
        yield ("The two people's agreement is theirs: other people, or clearer instructions, agree otherwise.",)
    else:
        yield ("The truth is what its authors drew. How far two people would agree is not known here.",)
    yield ("Overlap says nothing of what a dentist would have decided with it.",)


def _of_intervals(metrics: dict[str, Any]) -> Iterator[Line]:
    if "ci95_reason" in metrics.get("dice", {}):
        yield (f"No interval for Dice: {metrics['dice']['ci95_reason']}.",)
    elif metrics["n_patients"] < FEW_PATIENTS:
        yield (f"With {many(metrics['n_patients'], 'patient')} alone the intervals are rough, and rather too narrow.",)
    if metrics["n_patients"] == metrics["n_images"]:
        yield ("Each picture is taken to be of another patient; if some share one, the intervals are too narrow.",)
    yield ("Intervals speak of other patients like these, pictured in the same way; not of other clinics or devices.",)


def checked(material: Material) -> Section | None:
    """What two checklists ask for, and whether it is here."""
    verdicts = judged(Seen(material.metrics, material.of_run, bool(material.views)))
    rows = tuple((item.code, item.what, verdict.state, verdict.why) for item, verdict in verdicts)
    lists = "CLAIM, 2024 update, and Metrics Reloaded (MR), in our own words: "
    said = text(lists, Strong(tally(verdicts)), ". What no program can know, a person must add.")
    return Section("Checklist", (said, Table(("item", "asks for", "", "why"), rows, words=True)), folded=True)


def method(material: Material) -> Section | None:
    """How the numbers were made."""
    metrics = material.metrics
    if "dice" not in metrics:
        return None
    how = metrics["interval"]
    lines = [
        "Everything is counted at the pictures' own size.",
        "Mean: each picture counts the same. Pooled: each pixel counts the same, so large objects weigh more; the two "
        "are different numbers.",
        metrics["empty_rule"],
        f"[ ]: {percent(how['level'], 0)} interval for the mean, from {how['resamples']:,} resamples of patients, "
        f"each with all pictures (seed {how['seed']}).",
        *([f"Outlines: {metrics['boundary']['what']}."] if "nsd" in metrics else []),
        *(f"{name.capitalize()}: {metrics['baselines'][key]['what']}." for key, name in known_baselines(metrics)),
    ]
    return Section("How the numbers were made", (Bullets(tuple((line,) for line in lines)),), folded=True)


def files(material: Material) -> Section | None:
    """What lies beside the page."""
    rows = [
        ("per_image.csv", "every picture and class: counts, scores, names"),
        ("metrics.json", "everything on this page, for programs"),
        ("results.csv", "a table of the scores, a row each"),
        ("results.tex", "the same as a table for a paper"),
        *([("model_card.md", "what the model is")] if not material.people_alone else []),
        ("data_card.md", "what the pictures are"),
        ("figures", "the figures, for slides"),
    ]
    items = tuple((Link(name, f"{name}/" if name == "figures" else name), f": {what}") for name, what in rows)
    return Section("Beside this page", (Bullets(items),), folded=True)
