"""CLAIM, the Checklist for Artificial Intelligence in Medical Imaging, 2024 update, item by item, in our own words.

Source: A. S. Tejani et al., *Radiology: Artificial Intelligence* 6(4):e240300, 2024.
"""

from dentalx.report.checklist.item import (
    Item,
    Seen,
    Verdict,
    always,
    by_patient,
    card,
    has,
    interval,
    no,
    nobody,
    own_data,
    unknown,
    yes,
)  # fmt: skip

_PAPER = nobody("it is written in the paper, not in files")
_DATA = "files do not say it; to be added to the data card"


def _disjoint(seen: Seen) -> Verdict:
    if not seen.of_run:
        return unknown("only masks were seen; what their model was trained on is not known")
    if "without_leaks" in seen.metrics:
        return no("some of these pictures, or their patients, are in an earlier split; see the leak in the report")
    return by_patient(seen)


def _variability(seen: Seen) -> Verdict:
    if seen.metrics.get("raters"):
        return yes("between two people: section Two people; within one person is not measured")
    return no("give --raters: two people's masks of the same pictures")


def _internal(seen: Seen) -> Verdict:
    if not seen.of_run:
        return unknown("whether the model was made with data like these is not known")
    split = seen.metrics["split"]
    if split == "test":
        return yes("the test split of the data it was trained with")
    return no(f"these pictures are not its test split ({split})")


def _external(seen: Seen) -> Verdict:
    if not seen.of_run:
        return unknown("whether the model was made with data like these is not known")
    if own_data(seen.metrics):
        return no("the pictures are of the data set it was trained with; give --data of another clinic or device")
    return unknown("these are other pictures than it was trained with; from elsewhere? A person must say")


def _sensitivity(seen: Seen) -> Verdict:
    looked = [
        what for key, what in (("strata", "groups of pictures"), ("curves", "every threshold")) if key in seen.metrics
    ]
    return (
        yes(" and ".join(looked)) if looked else no("too few pictures to be divided, no probabilities; give --strata")
    )


def _failures(seen: Seen) -> Verdict:
    if "image_level" not in seen.metrics:
        return no("misses and false alarms are not counted by picture")
    shown = "the worst pictures are shown" if seen.pictures else "the worst pictures are named by letters"
    return yes(f"{shown}, misses and false alarms counted; why they fail a person must say")


ITEMS = (
    Item("CLAIM 1", "title names AI and the kind of method", _PAPER),
    Item("CLAIM 2", "structured abstract", _PAPER),
    Item("CLAIM 3", "background, and what it is meant to be used for", _PAPER),
    Item("CLAIM 4", "aims and hypotheses", _PAPER),
    Item("CLAIM 5", "prospective or retrospective", nobody("files do not say why they were made")),
    Item("CLAIM 6", "goal of the study", _PAPER),
    Item("CLAIM 7", "where the data come from", nobody("the data card names the set; its origin a person must add")),
    Item("CLAIM 8", "who was included and excluded", nobody(_DATA)),
    Item("CLAIM 9", "what is done to the pictures first", card("Input, Before the network")),
    Item("CLAIM 10", "which part of the data is used", always("split, pictures, and what was left out")),
    Item("CLAIM 11", "de-identification", nobody(_DATA)),
    Item("CLAIM 12", "what becomes of missing data", always("section Left out, and the rule for empty pictures")),
    Item("CLAIM 13", "how the pictures were taken", nobody(_DATA)),
    Item("CLAIM 14", "what the reference standard is", nobody("masks do not say how they were drawn")),
    Item("CLAIM 15", "why this reference standard", _PAPER),
    Item("CLAIM 16", "who drew it, and how qualified", nobody(_DATA)),
    Item("CLAIM 17", "how the test set was annotated, with which tools", nobody(_DATA)),
    Item("CLAIM 18", "how much people differ", _variability),
    Item("CLAIM 19", "how data were divided", card("Split")),
    Item("CLAIM 20", "at which level the parts are disjoint", _disjoint),
    Item("CLAIM 21", "how many test pictures were planned", nobody("the interval says what was reached, not planned")),
    Item("CLAIM 22", "the model in detail", card("Model")),
    Item("CLAIM 23", "software and versions", card("Made with")),
    Item("CLAIM 24", "first weights", card("Encoder's weights")),
    Item("CLAIM 25", "training in detail", card("Training")),
    Item("CLAIM 26", "how the final model was chosen", card("Epochs: by validation Dice; threshold by validation")),
    Item("CLAIM 27", "ensembles", card("Network, and Ensemble where there are several")),
    Item("CLAIM 28", "which scores", always("section Scores; docs/metrics.md defines each")),
    Item("CLAIM 29", "significance and uncertainty", interval),
    Item("CLAIM 30", "robustness or sensitivity", _sensitivity),
    Item("CLAIM 31", "explanations of what the model does", lambda seen: no("no maps of attention")),
    Item("CLAIM 32", "tested on internal data", _internal),
    Item("CLAIM 33", "tested on external data", _external),
    Item("CLAIM 34", "registration of a trial", _PAPER),
    Item("CLAIM 35", "how many were included and excluded", always("pictures, patients, and section Left out")),
    Item("CLAIM 36", "age, sex, disease in each part", nobody(_DATA)),
    Item("CLAIM 37", "performance with its uncertainty", interval),
    Item("CLAIM 38", "diagnostic accuracy with its precision", has(
        "recall", "precision, recall, specificity of pixels with intervals", "no recall")),
    Item("CLAIM 39", "analysis of failures", _failures),
    Item("CLAIM 40", "limits", always("section Limits, as far as numbers show them")),
    Item("CLAIM 41", "what it means for practice", _PAPER),
    Item("CLAIM 42", "where protocol and technical details are", nobody("cards have the technical ones")),
    Item("CLAIM 43", "whether code, model and data can be had", nobody("a person decides")),
    Item("CLAIM 44", "who paid", _PAPER),
)  # fmt: skip
