"""Class names of annotated data as the user wants them: aliases merged, tooth numbers in FDI."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from dentalx import teeth
from dentalx.datasets.readers.annotated import AMBIGUOUS, Annotated, Picture
from dentalx.datasets.tooth_names import Reading, read, tooth_numbers
from dentalx.datasets.vocabulary import likely, offers, quoted
from dentalx.errors import InputError

_FDI = {str(number) for number in teeth.FDI}
_UNIVERSAL_ALONE = {str(number) for number in range(1, 33)} - _FDI
_WRITTEN = re.compile(
    r"(?:(?i:tooth|fdi|universal)[ _.#:-]*|#)?([0-9]{1,2})|(?:(?i:tooth|universal)[ _.#:-]+|#)?([A-T])"
)
_SHOWN = 6
_UNIVERSAL_FLAG = "--tooth-numbers universal"


def renamed(found: Annotated, aliases: tuple[str, ...] = (), tooth_numbers: str = "auto") -> Annotated:
    """Aliases first, in the data's own names, then tooth numbers; objects with an FDI number get their quadrant too.

    Args:
        found: what a reader gave.
        aliases: "OLD=NEW" each.
        tooth_numbers: "auto" (what the layout says, else FDI where the numbers can be nothing else), "fdi",
            "universal" or "palmer".

    Raises:
        InputError: an alias names no class or contradicts another, or a number is none of the system asked for.
    """
    merged = _with_aliases(found, aliases) if aliases else found
    uses = Counter(shape.labels[0] for picture in merged.pictures for shape in picture.shapes)
    numbered = _numbered(merged, tooth_numbers)
    return replace(numbered, notes=(*numbered.notes, *offers(merged.classes, uses)))


def _with_aliases(found: Annotated, aliases: tuple[str, ...]) -> Annotated:
    known, mapping = _labels(found), dict[str, str]()
    for alias in aliases:
        old, _, new = (part.strip() for part in alias.partition("="))
        if old not in known:
            near = likely(old, sorted(known))
            hint = f"did you mean {near!r}? " if near else ""
            raise InputError(f"--alias {quoted(alias)}: no class is called {old!r}; {hint}there are {_listed(known)}")
        if mapping.setdefault(old, new) != new:
            raise InputError(f"--alias calls {old} both {mapping[old]} and {new}; give one")
    said = ", ".join(f"{old} is called {new}" for old, new in mapping.items())
    return _relabelled(found, {old: (new,) for old, new in mapping.items()}, f"as --alias asks, {said}")


def _numbered(found: Annotated, asked: str) -> Annotated:
    labels = _labels(found)
    system = found.numbering if asked == "auto" and found.numbering else asked
    if asked == "universal" and found.numbering == "fdi":
        raise InputError(f"{_UNIVERSAL_FLAG} was asked for, but this layout gives FDI numbers; leave the flag out")
    if system == "universal":
        said = "as this layout's publisher writes them" if asked == "auto" else f"as {_UNIVERSAL_FLAG} says"
        return _in_fdi(found, _converted(labels, _from_universal), f"Universal numbers of teeth ({said}) became FDI")
    if system == "palmer":
        converted = _converted(labels, _from_palmer)
        if not converted:
            raise InputError(
                f"--tooth-numbers palmer: no class is written like UR8 or LLE; there are {_listed(labels)}"
            )
        return _in_fdi(found, converted, "Palmer's names of teeth became FDI numbers")
    if system == "fdi":
        return _in_fdi(found, _converted(labels, _from_fdi), _strangers(labels))
    return _judged(found, labels)


def _judged(found: Annotated, labels: set[str]) -> Annotated:
    """Numbers that nobody explained: FDI where they can be nothing else, or told and left alone."""
    numbers = {label for label in labels if re.fullmatch("[0-9]{1,2}", label)}
    lone = {label: read(label).numbers[0] for label in labels if read(label).is_tooth}
    teeth_of = {
        label: number
        for label, number in zip(sorted(labels), tooth_numbers(tuple(sorted(labels))), strict=True)
        if number is not None
    }
    doubtful = {label for label, number in lone.items() if str(number) in _UNIVERSAL_ALONE} - set(teeth_of)
    if doubtful:
        note = (
            f"classes {_listed(doubtful)} may be Universal tooth numbers, or numbers of something else; they are kept "
            f"as names; {_UNIVERSAL_FLAG} makes them FDI, --alias OLD=NEW renames one"
        )
        return replace(found, numbering=AMBIGUOUS, notes=(*found.notes, note))
    if numbers & _FDI:
        both = all(int(number) <= 32 for number in numbers)
        note = f"classes {_listed(numbers)} are read as FDI; if they are Universal: {_UNIVERSAL_FLAG}" if both else ""
        return _as_teeth_too(_in_fdi(found, {}, note or _strangers(labels)), teeth_of)
    written = {label for label in labels if len(label) > 1 and (read(label).is_tooth or label in teeth_of)}
    if written:
        flags = "palmer" if not written & set(lone) else "fdi (or universal)"
        note = f"classes {_listed(written)} look like tooth numbers; --tooth-numbers {flags} makes them FDI"
        return _as_teeth_too(replace(found, notes=(*found.notes, note)), teeth_of)
    return found


def _as_teeth_too(found: Annotated, teeth_of: Mapping[str, int]) -> Annotated:
    """Objects whose class is a tooth in other words keep its name, and are of that tooth's number and quadrant too."""
    extra = {
        label: (label, str(number), f"quadrant {(number // 10 - 1) % 4 + 1}")
        for label, number in teeth_of.items()
        if label != str(number)
    }
    return _relabelled(found, extra, "") if extra else found


def _strangers(labels: Iterable[str]) -> str:
    """A sentence on two-figure names that are no FDI number; nothing where there are none."""
    strange = {label for label in labels if re.fullmatch("[0-9]{1,2}", label)} - _FDI
    supernumerary = " (91 is used for supernumerary teeth in some sets)" if "91" in strange else ""
    return f"classes {_listed(strange)} are no FDI numbers and not among teeth{supernumerary}" if strange else ""


def _in_fdi(found: Annotated, mapping: Mapping[str, str], note: str) -> Annotated:
    """Labels mapped, and the quadrant beside every FDI number; primary teeth belong to the quadrant they lie in."""
    after = {label: mapping.get(label, label) for label in _labels(found)}
    labels = {
        old: (new, f"quadrant {(int(new[0]) - 1) % 4 + 1}") if new in _FDI else (new,) for old, new in after.items()
    }
    return replace(_relabelled(found, labels, note), numbering="fdi")


def _relabelled(found: Annotated, labels: Mapping[str, tuple[str, ...]], note: str) -> Annotated:
    """Every label replaced; a class by the first of what replaces it."""
    memory: dict[tuple[str, ...], tuple[str, ...]] = {}

    def fresh(old: tuple[str, ...]) -> tuple[str, ...]:
        if old not in memory:
            memory[old] = tuple(dict.fromkeys(new for label in old for new in labels.get(label, (label,))))
        return memory[old]

    def picture(each: Picture) -> Picture:
        shapes = tuple(replace(shape, labels=fresh(shape.labels)) for shape in each.shapes)
        return replace(each, shapes=shapes, lost=tuple(replace(one, labels=fresh(one.labels)) for one in each.lost))

    classes = dict.fromkeys(labels.get(name, (name,))[0] for name in found.classes)
    notes = (*found.notes, note) if note else found.notes
    return replace(found, pictures=tuple(map(picture, found.pictures)), classes=tuple(classes), notes=notes)


def _labels(found: Annotated) -> set[str]:
    return {
        *found.classes,
        *(label for each in found.pictures for one in each.objects for label in one.labels),
    }


def _converted(labels: Iterable[str], convert: Callable[[str], int | None]) -> dict[str, str]:
    """Label to its FDI number, for those that are teeth."""
    return {label: str(number) for label in sorted(labels) if (number := convert(label)) is not None}


def _from_universal(label: str) -> int | None:
    """FDI of a Universal number; None for what is no number.

    Raises:
        InputError: a number that is not 1…32.
    """
    reading, written = read(label), _WRITTEN.fullmatch(label)
    if written is None and not reading.is_tooth:
        return reading.said
    try:
        return teeth.from_universal(written[2] if written and written[2] else str(_lone(reading, written)))
    except ValueError as error:
        raise InputError(f"class {label!r}: {error}; rename it with --alias, or leave {_UNIVERSAL_FLAG} out") from error


def _from_fdi(label: str) -> int | None:
    """An FDI number; None for what is no number, or one that no tooth numbering has.

    Raises:
        InputError: a number of 1…32 that is not FDI: the data mean something else.
    """
    reading, written = read(label), _WRITTEN.fullmatch(label)
    if (written is None or written[1] is None) and not reading.is_tooth:
        return reading.said
    number = str(_lone(reading, written))
    if number in _UNIVERSAL_ALONE:
        raise InputError(f"class {label!r} is no FDI number; is it Universal ({_UNIVERSAL_FLAG}), or an index?")
    return int(number) if number in _FDI else None


def _lone(reading: Reading, written: re.Match[str] | None) -> int:
    """The number that a name holds."""
    return int(written[1]) if written and written[1] else reading.numbers[0]


def _from_palmer(label: str) -> int | None:
    return None if read(label).numbers else read(label).said


def _listed(names: Iterable[str]) -> str:
    ordered = sorted(names, key=lambda name: (not name.isdecimal(), int(name) if name.isdecimal() else 0, name))
    return ", ".join(ordered[:_SHOWN]) + (" …" if len(ordered) > _SHOWN else "")
