"""DENTEX (https://huggingface.co/datasets/ibrahimhamamci/DENTEX): COCO with up to three lists of categories.

It has three tiers, which name different things and repeat pictures: quadrants, quadrants with tooth numbers, and
those with findings. Each is a format of its own here, so that `--format` chooses where a folder holds several.
The test set's labels are LabelMe files.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dentalx.datasets.readers.coco import coco_files, levels, read_files
from dentalx.datasets.readers.coco_objects import Naming, identity, items_of, key_of, named
from dentalx.datasets.readers.listing import Listing
from dentalx.datasets.readers.objects import Annotated, shown
from dentalx.errors import InputError


def recognises(listing: Listing, tier: int) -> str | None:
    """What makes the folder look like one tier of DENTEX; None where nothing does."""
    found = next(iter(_files(listing, tier)), None)
    return f"{found.relative_to(listing.root)} has DENTEX's categories of {tier} level(s)" if found else None


def read(listing: Listing, tier: int) -> Annotated:
    """Every file of one tier, training and validation alike.

    Raises:
        InputError: none is there, or one is broken.
    """
    files = _files(listing, tier)
    if not files:
        raise InputError(f"{listing.root} holds no file with DENTEX's categories of {tier} level(s); check --data")
    found = read_files(listing, files, _categories)
    return replace(found, numbering="fdi" if tier > 1 else "")


def _files(listing: Listing, tier: int) -> list[Path]:
    return [path for path in coco_files(listing) if levels(listing, path) == tier]


def _categories(content: Mapping[str, Any], path: Path, notes: list[str]) -> tuple[Naming, tuple[str, ...]]:
    """Annotations by finding, FDI number and quadrant, as many of them as the file has; the first is the class."""
    keys = [f"categories_{n}" for n in (1, 2, 3) if f"categories_{n}" in content] or ["categories"]
    names = [named(items_of(content, key, path), path) for key in keys]
    if len(names) > 1 and not all(name.isdigit() for level in names[:2] for name in level.values()):
        raise InputError(f"{path}: {keys[0]} and {keys[1]} must be named by numbers; correct the file")

    def naming(item: Mapping[str, Any]) -> tuple[str, ...]:
        found = []
        for n, level in enumerate(names, start=1):
            key = f"category_id_{n}" if f"category_id_{n}" in item else "category_id"
            number = identity(item, key, path)
            if number not in level:
                said = f"{path}: {key_of(item)} has {key} {shown(number)}, which is not listed"
                raise InputError(f"{said}; correct the file")
            found.append(level[number])
        teeth = [found[0] + found[1]] if len(found) > 1 else []
        return (*found[2:], *teeth, f"quadrant {found[0]}")

    first = names[0].values()
    if len(names) == 1:
        return naming, tuple(f"quadrant {name}" for name in first)
    if len(names) == 2:
        return naming, tuple(f"{quadrant}{tooth}" for quadrant in first for tooth in names[1].values())
    return naming, tuple(names[2].values())
