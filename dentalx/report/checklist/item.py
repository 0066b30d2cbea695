"""An item of a checklist, and what a program can say of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["satisfied", "not satisfied", "cannot be known"]


@dataclass(frozen=True)
class Seen:
    """What is looked at.

    Attributes:
        metrics: the contents of `metrics.json`.
        of_run: whether a run was scored, so that the model card says how it was trained.
        pictures: whether radiographs are shown.
    """

    metrics: dict[str, Any]
    of_run: bool = False
    pictures: bool = False


@dataclass(frozen=True)
class Verdict:
    """Whether an item is satisfied.

    Attributes:
        state: of the three.
        why: where it stands, what is missing, or why no program can know.
    """

    state: State
    why: str


Judge = Callable[[Seen], Verdict]


@dataclass(frozen=True)
class Item:
    """One item.

    Attributes:
        code: the list and the item's number in it.
        what: what it asks for, in our words.
        judge: what can be said of it.
    """

    code: str
    what: str
    judge: Judge


TRAINED_ON = "the ones the model was trained on"  # in a note of `scoring.tasks`


def own_data(metrics: dict[str, Any]) -> bool:
    """Whether a run was scored on the data set it was trained with; all of other data is called "all" too."""
    if metrics.get("kind", "run") != "run":
        return False
    return metrics["split"] in ("train", "val", "test") or any(TRAINED_ON in note for note in metrics["notes"])


def yes(why: str) -> Verdict:
    """It is satisfied."""
    return Verdict("satisfied", why)


def no(why: str) -> Verdict:
    """It is not."""
    return Verdict("not satisfied", why)


def unknown(why: str) -> Verdict:
    """No program can know."""
    return Verdict("cannot be known", why)


def nobody(why: str) -> Judge:
    """A judge of what stands in no file."""
    return lambda seen: unknown(why)


def always(why: str) -> Judge:
    """A judge of what every report has."""
    return lambda seen: yes(why)


def card(why: str) -> Judge:
    """A judge of what the model card of a run says, and nothing says of masks alone."""
    return lambda seen: yes(f"model card: {why}") if seen.of_run else unknown("only masks were seen, not their model")


def has(key: str, there: str, missing: str) -> Judge:
    """A judge of whether metrics.json has a block."""
    return lambda seen: yes(there) if seen.metrics.get(key) else no(missing)


def interval(seen: Seen) -> Verdict:
    """Whether the headline has its interval."""
    dice = seen.metrics.get("dice", {})
    if dice.get("ci95"):
        return yes("95 % intervals by patient beside every mean")
    return no(f"no interval: {dice.get('ci95_reason', 'there is no mean')}")


def by_patient(seen: Seen) -> Verdict:
    """Whether pictures of one patient are known to belong together."""
    if seen.metrics["n_patients"] < seen.metrics["n_images"]:
        return yes("pictures of one patient are kept and resampled together")
    return unknown("each picture was taken for another patient; if that is wrong, give --patient-pattern")
