"""What Roboflow's README files say was done to the pictures of an export."""

import re
from pathlib import Path

from dentalx.datasets.readers.listing import Listing

NAMES = ("readme.roboflow.txt", "readme.dataset.txt")
_LARGEST = 2**16  # characters
_HEADINGS = {"pre-processing": "prepared", "augmentation": "augmented"}
_SHOWN = 8
_STRETCHED = re.compile(r"resize to \d+ ?x ?\d+ \(stretch\)", re.IGNORECASE)


def notes(listing: Listing) -> list[str]:
    """A sentence for each list of changes in an export's README files; none where there are no such files."""
    texts = [_text(path) for path in listing.with_suffix(".txt") if path.name.lower() in NAMES]
    found = [f"Roboflow {done} the pictures: {'; '.join(steps[:_SHOWN])}" for done, steps in _changes(texts)]
    if any(_STRETCHED.search(text) for text in texts):
        found.append(
            "pictures were stretched: their sides are out of proportion, and teeth wider or narrower than they were"
        )
    return list(dict.fromkeys(found))


def _changes(texts: list[str]) -> list[tuple[str, list[str]]]:
    """(what, steps) of every heading that is followed by steps."""
    found: list[tuple[str, list[str]]] = []
    steps: list[str] | None = None
    for line in "\n".join(texts).splitlines():
        heading = re.search(r"following (pre-processing|augmentation) was applied", line)
        if heading:
            steps = []
            found.append((_HEADINGS[heading[1]], steps))
        elif steps is not None and line.startswith("* "):
            steps.append("".join(c for c in line[2:102] if c.isprintable()))
        elif line.strip() or steps:
            steps = None
    return [(done, listed) for done, listed in found if listed]


def _text(path: Path) -> str:
    try:
        with path.open("r", encoding="utf-8", errors="replace") as file:
            return file.read(_LARGEST)
    except OSError:
        return ""  # a README says nothing that reading depends on
