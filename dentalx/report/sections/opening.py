"""How a report begins: the number that counts with what stands beside it, and what was measured on what."""

from collections.abc import Iterator
from typing import Any

from dentalx.report.blocks import Block, Bullets, Facts, Inline, Link, Section, Strong, Text, Tiles, text
from dentalx.report.checklist import own_data
from dentalx.report.sections.material import Material
from dentalx.report.words import BASELINES, SPLITS, interval, many, number, percent, score_text

KINDS = {
    "run": "a trained model",
    "predictions": "masks in a folder, whoever made them",
    "raters": "one person's masks against another's",
}
SUSPICIOUS = " everywhere: look at these masks"  # in a note of `evaluation.aggregate`
SEEN = {
    "train": "These are the pictures the model was trained on: this is no measure of how it does on new ones.",
    "all": "The pictures the model was trained on are among these: this is no measure of how it does on new ones.",
    "val": "Epoch and threshold were chosen on these pictures: the scores are a little too good.",
}


def headline(material: Material) -> Section | None:
    """The score, its interval, the ceiling and the guesses; and whatever forbids to believe it."""
    metrics = material.metrics
    if "dice" not in metrics:
        return None
    if metrics["dice"]["mean"] is None:
        said = text(Strong("No Dice"), ": in no picture was anything of the classes there or predicted.", kind="lead")
        return Section("", (said, *_warnings(metrics)))
    return Section("", (_lead(material), Tiles(tuple(_tiles(material))), *_warnings(metrics)))


def _lead(material: Material) -> Text:
    metrics = material.metrics
    dice = metrics["dice"]
    over = f", the mean over {many(dice['n'], 'picture')} of {many(metrics['n_patients'], 'patient')}"
    left_out = dice["n_undefined"]
    undefined = f" ({many(left_out, 'picture')} left out: nothing there, nothing predicted)" if left_out else ""
    parts: list[Inline] = [Strong(f"Dice {interval(dice)}"), f"{over}{undefined}."]
    if material.people_alone:
        return text(*parts, " That is how far two people agree; neither is right.", kind="lead")
    people = _people(metrics)
    if people is not None:
        parts.append(f" Two people reach {interval(people)} against each other.")
    guesses = {name: metrics["baselines"][key]["dice"]["mean"] for key, name in known_baselines(metrics)}
    beside = [f"{number(value)} ({name})" for name, value in sorted(guesses.items(), key=lambda item: -(item[1] or 0))]
    parts.append(f" Guesses that ignore the picture reach {', '.join(beside)}.")
    return text(*parts, kind="lead")


def known_baselines(metrics: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The guesses that there are, with their names."""
    return ((key, name) for key, name in BASELINES.items() if key in metrics.get("baselines", {}))


def _people(metrics: dict[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] | None = metrics.get("raters", {}).get("between", {}).get("dice")
    return found if found and found["mean"] is not None else None


def _tiles(material: Material) -> Iterator[tuple[str, str, str]]:
    metrics = material.metrics
    for name, title in (("dice", "Dice"), ("nsd", "Outlines within tolerance (NSD)"), ("hd95", "HD95")):
        entry = metrics.get(name)
        if entry and entry["mean"] is not None:
            limits = [score_text(name, limit).removesuffix(" px") for limit in entry["ci95"] or ()]
            below = f"95 %: {' to '.join(limits)}" if limits else f"median {score_text(name, entry['median'])}"
            yield title, score_text(name, entry["mean"]), below
    people = _people(metrics)
    if people is not None and not material.people_alone:
        yield "Two people", number(people["mean"]), f"Dice, {many(people['n'], 'picture')}"
    guesses = [(metrics["baselines"][key]["dice"]["mean"] or 0.0, name) for key, name in known_baselines(metrics)]
    if guesses and not material.people_alone:
        best, name = max(guesses)
        yield "Without looking", number(best), f"Dice, {name}"


def _warnings(metrics: dict[str, Any]) -> Iterator[Block]:
    if own_data(metrics) and metrics["split"] in SEEN:
        yield text(SEEN[metrics["split"]], kind="warning")
    rest = metrics.get("without_leaks")
    if rest is not None:
        left = f"Without them, on {rest['n_images']}: Dice {interval(rest['dice'])}." if rest["n_images"] else ""
        told = f"{many(rest['n_left_out'], 'picture')} of these, or of their patients, are in an earlier split too. "
        yield text(Strong("Leak: "), told, left or "None is left without them.", kind="warning")
    yield from (text(note, kind="warning") for note in metrics["notes"] if SUSPICIOUS in note)
    everywhere = metrics.get("raters", {}).get("n_everywhere") if metrics.get("kind") != "raters" else 0
    if everywhere:
        yield text(f"In {everywhere} pictures both people's masks fill everything: look at these.", kind="warning")
    unusable = metrics.get("predictions", {})
    if unusable and unusable["usable"] < unusable["expected"]:
        missing = many(unusable["expected"] - unusable["usable"], "prediction")
        yield text(f"{missing} of {unusable['expected']} cannot be used: {unusable['what']}.", kind="warning")


def subject(material: Material) -> Section | None:
    """What was measured on what, and what the sources said of themselves."""
    metrics = material.metrics
    blocks: list[Block] = [Facts(tuple((name, value) for name, value in _facts(material) if value))]
    notes = [note for note in metrics["notes"] if SUSPICIOUS not in note]
    if notes:
        blocks.append(Bullets(tuple((note,) for note in notes)))
    blocks.append(text("More of it: ", *_cards(material), ".", kind="quiet"))
    return Section("What was measured", tuple(blocks))


def _cards(material: Material) -> tuple[Inline, ...]:
    model: tuple[Inline, ...] = (Link("model card", "model_card.md"), ", ") if not material.people_alone else ()
    return (*model, Link("data card", "data_card.md"))


def _facts(material: Material) -> Iterator[tuple[str, str]]:
    metrics = material.metrics
    yield "What", KINDS.get(metrics.get("kind", ""), "")
    alone = material.people_alone
    yield ("Second person" if alone else "Model"), metrics["model"].removeprefix("rater " if alone else "")
    yield ("First person" if alone else "Data"), metrics["data"].removeprefix("rater " if alone else "")
    yield "Split", metrics["split"]
    yield "Pictures", f"{metrics['n_images']:,} of {many(metrics['n_patients'], 'patient')}"
    yield "Classes", ", ".join(_prevalence(material))
    value = metrics["threshold"].get("value")
    if value is not None:
        chosen = metrics["threshold"].get("chosen_on")
        yield "Threshold", f"probability ≥ {value:g}" + (f", chosen on {SPLITS.get(chosen, chosen)}" if chosen else "")
    if values := metrics["threshold"].get("values"):
        each = ", ".join(f"{name} ≥ {limit:g}" for name, limit in values.items())
        yield "Thresholds", f"classes may overlap; probability of {each}, chosen on validation"
    if metrics.get("nsd"):
        tolerance = metrics["boundary"].get("tolerance_px")
        yield (
            "Tolerance",
            f"{tolerance:g} px" if tolerance is not None else "2 px for each 1,000 px of a picture's width",
        )
    how = metrics["interval"]
    yield (
        "Intervals",
        f"{percent(how['level'], 0)}, {how['method']}, {how['resamples']:,} resamples, seed {how['seed']}",
    )


def _prevalence(material: Material) -> Iterator[str]:
    """Each class with the share of all pixels that truth gives to it."""
    for name in material.result.classes:
        counts = material.metrics["counts"][name]
        total = sum(counts.values())
        yield f"{name} ({percent((counts['tp'] + counts['fn']) / total)} of all pixels)" if total else name
