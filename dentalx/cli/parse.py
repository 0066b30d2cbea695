"""From words on the command line to a command; what is wrong with them is said in one line."""

import contextlib
import dataclasses
import difflib
import io
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import tyro

from dentalx.errors import InputError
from dentalx.presets import Preset

_FRAME = "│╭╰╮╯─- "  # what tyro draws around its messages; bare hyphens where the terminal knows no lines


def parse(kind: Callable[..., Any], prog: str, words: Sequence[str]) -> Any:
    """The command that `words` ask for; prints help and leaves where they ask for that.

    Args:
        kind: a dataclass of `dentalx.cli.commands`.
        prog: how the command was called, for messages.
        words: options and values.

    Raises:
        InputError: an option is unknown or missing, or a value cannot be read.
    """
    words = respelled(words, getattr(kind, "synonyms", {}))
    given = _options(words)
    if not {"-h", "--help"} & set(words):
        _check_options(kind, prog, given)
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            command = tyro.cli(kind, prog=prog, args=words, default=_defaults(kind, words, given))
    except SystemExit as ended:
        if not ended.code:
            sys.stderr.write(said.getvalue())
            raise
        reason = unframed(said.getvalue()).replace("error parsing", "cannot read")
        raise InputError(f"{reason}; see {prog} --help") from ended
    classes = getattr(command, "classes", None)
    return dataclasses.replace(command, classes=apart(classes)) if classes else command


def apart(names: Sequence[str]) -> tuple[str, ...]:
    """Names of classes, also where they were typed with commas; a comma before a space belongs to the name.

    >>> apart(["caries,crown", "Caries, deep"])
    ('caries', 'crown', 'Caries, deep')
    """
    return tuple(part for name in names for part in re.split(r",(?! )", name) if part)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant: by its letters, or by its initials.

    >>> nearest("epoch", ["epochs", "batch-size"]), nearest("bs", ["epochs", "batch-size"]), nearest("x", ["epochs"])
    ('epochs', 'batch-size', None)
    """
    names = list(known)
    initials = [name for name in names if "".join(part[0] for part in name.split("-")) == word]
    return next(iter([*initials, *difflib.get_close_matches(word, names, 1, 0.5)]), None)


def unframed(message: str) -> str:
    """The first paragraph of a message that tyro drew a frame around, in one line.

    >>> unframed("╭─ Title ─╮\\n│ one       │\\n│ two.      │\\n│ ───────── │\\n│ more      │\\n╰───────────╯")
    'one two'
    >>> unframed(" Title\\n ------\\n  one\\n  --two\\n ------\\n  more\\n")
    'one --two'
    """
    body = [line.strip("│ ") if line.strip(_FRAME) else "" for line in message.splitlines()[1:]]
    while body and not body[0]:
        body.pop(0)
    paragraph = body[: body.index("")] if "" in body else body
    text = " ".join(paragraph).rstrip(".") or "the options were not understood"
    return text[0].lower() + text[1:]


def respelled(words: Sequence[str], synonyms: Mapping[str, str]) -> list[str]:
    """Options and values that other programs know by other names, in ours.

    >>> respelled(["--path_to_images", "x", "--model", "plus", "plus"], {"--path-to-images": "--images"})
    ['--images', 'x', '--model', 'plus', 'plus']
    >>> respelled(["--model", "plus", "--model=plus"], {"--model=plus": "--model=++"})
    ['--model', '++', '--model=++']
    """
    found: list[str] = []
    before = ""
    for word in words:
        name, equals, value = word.partition("=")
        option = name.replace("_", "-") if name.startswith("--") else name
        if f"{before}={word}" in synonyms:
            found.append(synonyms[f"{before}={word}"].partition("=")[2])
        elif f"{option}={value}" in synonyms:
            found.append(synonyms[f"{option}={value}"])
        else:
            found.append(synonyms[option] + equals + value if option in synonyms else word)
        before = option
    return found


def _options(words: Sequence[str]) -> list[str]:
    """The options among the words: long ones by their names, then short ones as they were typed.

    >>> _options(["--image_size", "64", "-1", "-x", "--seed=3"])
    ['image-size', 'seed', '-x']
    """
    long = [found[1].replace("_", "-") for word in words if (found := re.match(r"--([A-Za-z][\w-]*)", word))]
    return long + [found[0] for word in words if (found := re.match(r"-[A-Za-z][\w-]*", word))]


def _defaults(kind: Callable[..., Any], words: Sequence[str], given: Collection[str]) -> Any:
    """The command with the values of `--preset NAME`, which all `given` options override; None without one."""
    presets: Mapping[str, Preset] = getattr(kind, "presets", {})
    asked = [word.partition("=")[2] for word in words if word.startswith("--preset=")]
    asked += [value for word, value in pairwise(words) if word == "--preset"]
    chosen = next((presets[name] for name in reversed(asked) if name in presets), None)
    if chosen is None:
        return None
    planned = tuple(name for name in chosen.planned if name.replace("_", "-") not in given)
    return kind(**chosen.values, planned=planned)


def _check_options(kind: Callable[..., Any], prog: str, given: Collection[str]) -> None:
    """Refuse options that the command does not have, and those without which it cannot be."""
    fields = [field for field in dataclasses.fields(kind) if field.name != "planned"]  # type: ignore[arg-type]
    known = [field.name.replace("_", "-") for field in fields]
    switches = [f"no-{name}" for name, field in zip(known, fields, strict=True) if isinstance(field.default, bool)]
    for name in given:
        if name not in (*known, *switches) and not name.startswith("tyro-"):
            near = nearest(name.lstrip("-"), [*known, *switches])
            hint = f"did you mean --{near}?" if near else "it has " + ", ".join(f"--{other}" for other in known)
            raise InputError(f"{prog} has no option {name if name[0] == '-' else f'--{name}'}; {hint}")
    required = [name for name, field in zip(known, fields, strict=True) if field.default is dataclasses.MISSING]
    if missing := [f"--{name}" for name in required if name not in given]:
        raise InputError(f"{prog} needs {' and '.join(missing)}; see {prog} --help")
