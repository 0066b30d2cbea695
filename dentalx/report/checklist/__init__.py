"""Which items of CLAIM (2024) and Metrics Reloaded a report satisfies, and which no program can know."""

from collections import Counter
from typing import get_args

from dentalx.report.checklist import claim, reloaded
from dentalx.report.checklist.item import Item, Seen, State, Verdict, own_data

__all__ = ["ITEMS", "Item", "Seen", "State", "Verdict", "checklist", "judged", "own_data", "tally"]

ITEMS: tuple[Item, ...] = (*claim.ITEMS, *reloaded.ITEMS)


def judged(seen: Seen) -> list[tuple[Item, Verdict]]:
    """Every item with what can be said of it, in the lists' order."""
    return [(item, item.judge(seen)) for item in ITEMS]


def tally(verdicts: list[tuple[Item, Verdict]]) -> str:
    """How many items are in which state, in words."""
    counted = Counter(verdict.state for _, verdict in verdicts)
    return ", ".join(f"{counted[state]} {state}" for state in get_args(State))


def checklist(seen: Seen) -> list[str]:
    """The items as lines for a terminal, by state."""
    verdicts = judged(seen)
    width = max(len(item.code) for item, _ in verdicts)
    lines = [f"CLAIM (2024 update) and Metrics Reloaded: {tally(verdicts)}"]
    for state in get_args(State):
        lines.append(f"{state}:")
        found = [(item, verdict) for item, verdict in verdicts if verdict.state == state]
        lines += [f"  {item.code.ljust(width)}  {item.what}: {verdict.why}" for item, verdict in found]
    return lines
