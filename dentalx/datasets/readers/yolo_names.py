"""The classes of a YOLO data set: data.yaml, or the lists that Label Studio, Darknet and LabelImg write."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from dentalx.datasets.readers.keys import mentions
from dentalx.datasets.readers.listing import Listing, shortened
from dentalx.errors import InputError
from dentalx.files import read_json, read_text

LARGEST = 16 * 2**20  # bytes of a text file
_LARGEST_YAML, _DEEPEST = 2**20, 16  # characters, and brackets inside each other
_LISTS = ("classes.txt", "obj.names", "_darknet.labels", "predefined_classes.txt")
_NOTES = "notes.json"  # Label Studio's


def name_files(listing: Listing) -> list[Path]:
    """Return the files that name the classes: those of the first kind that is there."""
    kinds: tuple[Callable[[Path], bool], ...] = (
        lambda path: path.suffix.lower() in (".yaml", ".yml") and mentions(path, "names", most=_LARGEST_YAML),
        lambda path: path.name.lower() in _LISTS,
        lambda path: path.name.lower() == _NOTES and {"categories"} <= listing.marks(path),
    )
    for kind in kinds:
        if found := [path for path in listing.files if kind(path)]:
            return found
    return []


def names_in(paths: list[Path]) -> dict[int, str]:
    """Return class number to name.

    Raises:
        InputError: a list is broken, or two differ; names them.
    """
    found = [_names(path) for path in paths]
    if any(each != found[0] for each in found):
        raise InputError(
            f"{shortened([str(path) for path in paths])} name different classes; keep one of them, or point --data at "
            "one data set"
        )
    return found[0]


def _names(path: Path) -> dict[int, str]:
    if path.suffix.lower() in (".yaml", ".yml"):
        pairs = _of_yaml(path)
    elif path.suffix.lower() == ".json":
        pairs = _of_notes(path)
    else:
        lines = [line.strip() for line in read_text(path, LARGEST).splitlines()]
        pairs = list(enumerate(line for line in lines if line))
    if not pairs:
        raise InputError(f"{path} names no class; list the classes, a line each")
    if len({name for _, name in pairs}) < len(pairs):
        raise InputError(f"{path} has two classes of one name; rename one")
    return dict(pairs)


def _of_notes(path: Path) -> list[tuple[int, str]]:
    content = read_json(path)
    listed = content.get("categories") if isinstance(content, dict) else None
    if not isinstance(listed, list) or not all(
        isinstance(c, dict) and type(c.get("id")) is int and isinstance(c.get("name"), str) for c in listed
    ):
        raise InputError(f"{path} must list categories with an id and a name each; correct it")
    return [(each["id"], each["name"]) for each in listed]


def _of_yaml(path: Path) -> list[tuple[int, str]]:
    """The `names` of data.yaml: a list, or an object with numbers as keys."""
    import yaml

    text = read_text(path, LARGEST)
    if len(text) > _LARGEST_YAML:
        raise InputError(f"{path} is longer than {_LARGEST_YAML} characters; this is no data.yaml of YOLO")
    try:
        _check_tokens(yaml.scan(text, Loader=yaml.SafeLoader), path)
        content: Any = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"{path} is not valid YAML; restore it") from error
    names = content.get("names") if isinstance(content, dict) else None
    if isinstance(content, dict) and "kpt_shape" in content:
        raise InputError(f"{path} has kpt_shape: its text files hold keypoints, which are not read; export outlines")
    pairs = (
        list(enumerate(names)) if isinstance(names, list) else list(names.items()) if isinstance(names, dict) else []
    )
    pairs = [
        (int(k) if isinstance(k, str) and k.isascii() and k.isdecimal() and len(k) < 9 else k, v) for k, v in pairs
    ]
    if not pairs or not all(type(k) is int and isinstance(v, (str, int, float)) for k, v in pairs):
        raise InputError(f"{path} must list the classes under names:, a list or numbers with names; correct it")
    return [(number, str(name)) for number, name in pairs]


def _check_tokens(tokens: Iterable[Any], path: Path) -> None:
    """Refuse aliases, which grow without end, and brackets within brackets, which take the parser that long."""
    depth = 0
    for token in tokens:
        kind = type(token).__name__
        if kind == "AliasToken":
            raise InputError(f"{path} uses YAML aliases, which data.yaml has no need of; write it out")
        depth += kind.startswith("Flow") and kind.endswith("StartToken")
        depth -= kind.startswith("Flow") and kind.endswith("EndToken")
        if depth > _DEEPEST:
            raise InputError(f"{path} has brackets nested deeper than {_DEEPEST}; this is no data.yaml of YOLO")
