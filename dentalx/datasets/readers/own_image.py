"""Which image an annotation file belongs to, where each image has a file of its own."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dentalx.datasets.readers.listing import Listing, named_parts, shortened, split_of
from dentalx.datasets.readers.objects import shown
from dentalx.errors import InputError


@dataclass
class OwnImages:
    """Finds the image of each file, and remembers what should be said of them."""

    listing: Listing
    _missing: list[str] = field(default_factory=list)
    _others: list[str] = field(default_factory=list)
    _renamed: list[str] = field(default_factory=list)

    def find(self, path: Path, named: Any) -> Path | None:
        """The image of a file's own name next to it, or else the one that it names, of which the last part counts.

        Programs write a file under its image's name, so that is believed where the file says something else.

        Raises:
            InputError: several images may be meant.
        """
        split = split_of(path.relative_to(self.listing.root).parent)
        name = _last_part(named, path)
        agree = Path(name).stem.casefold() == path.stem.casefold()
        own = self.listing.beside(path, path.stem)
        if own is not None and agree:
            own = self.listing.picture(name, path, split) or own
        elif own is None and name:
            own = self.listing.picture(name, path, split)
        if own is None:
            own = self.listing.picture(path.stem, path, split)
        if own is None:
            self._missing.append(f"{path.name} ({shown(name)})" if name else path.name)
        elif name and not agree and own.stem.casefold() == path.stem.casefold():
            there = self.listing.beside(path, name) is not None
            (self._others if there else self._renamed).append(f"{path.name} → {shown(name)}")
        return own

    def notes(self) -> list[str]:
        """What the user should know, a sentence each."""
        sentences = (
            (self._missing, "file(s) without their picture left out"),
            (self._others, "file(s) name another image than that of their own name, which is read"),
            (self._renamed, "file(s) name an image that is not there; that of their own name is read"),
        )
        return [f"{len(names)} {what}: {shortened(names)}" for names, what in sentences if names]


def _last_part(named: Any, path: Path) -> str:
    """The file name in a path; nothing where there is none."""
    try:
        return named_parts(named, path)[-1]
    except InputError:
        return ""
