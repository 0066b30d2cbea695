"""XML read as a stream by expat; document types and entities, which no annotation needs, are refused."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from dentalx.errors import InputError

_LARGEST = 2**28  # bytes
_DEEPEST = 32  # elements inside each other
_LONGEST_VALUE = 2**20  # characters of an attribute: outlines, run lengths
_LONGEST_TEXT = 1000  # characters between elements; longer text is cut


@dataclass(frozen=True)
class Events:
    """What is called for each element; both are given the names of the open elements, the innermost last.

    Attributes:
        start: with the attributes, as an element begins.
        end: with the text since the last element began or ended, as an element ends.
    """

    start: Callable[[list[str], dict[str, str]], None]
    end: Callable[[list[str], str], None]


class _Follower:
    """Follows the elements of one file."""

    def __init__(self, path: Path, events: Events) -> None:
        self._path, self._events = path, events
        self._open: list[str] = []
        self._text = ""

    def start(self, name: str, values: dict[str, str]) -> None:
        self._open.append(name)
        if any(len(value) > _LONGEST_VALUE for value in values.values()):
            raise InputError(f"{self._path} has a {name[:40]} with a value over {_LONGEST_VALUE} characters; remove it")
        if len(self._open) > _DEEPEST:
            raise InputError(f"{self._path} has elements nested deeper than {_DEEPEST}; these are no annotations")
        self._events.start(self._open, values)
        self._text = ""

    def end(self, name: str) -> None:
        self._events.end(self._open, self._text.strip())
        self._open.pop()
        self._text = ""

    def characters(self, text: str) -> None:
        if len(self._text) < _LONGEST_TEXT:
            self._text += text

    def refuse(self, *_: object) -> int:
        raise InputError(f"{self._path} declares a document type or entities, which annotations need not; remove them")


def follow(path: Path, events: Events) -> None:
    """Read a file, calling `events`.

    Raises:
        InputError: it is too large, no XML, or declares a document type.
    """
    follower, parser = _Follower(path, events), expat.ParserCreate()
    parser.StartElementHandler = follower.start
    parser.EndElementHandler = follower.end
    parser.CharacterDataHandler = follower.characters
    parser.StartDoctypeDeclHandler = follower.refuse
    parser.EntityDeclHandler = follower.refuse
    parser.ExternalEntityRefHandler = follower.refuse
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path} is larger than {_LARGEST} bytes; export it in parts")
        with path.open("rb") as file:
            parser.Parse(file.read(), True)  # whole: older expats take long over long values in pieces
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two from odd encodings
        raise InputError(f"{path} is not valid XML ({error}); export it again") from error
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
