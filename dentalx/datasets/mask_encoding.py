"""One decision for a data set: how its masks write classes, from what its files show. What is ambiguous is refused."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dentalx.datasets.mask_codes import (
    BACKGROUND,
    BLACK,
    ClassMap,
    Code,
    Coding,
    Encoding,
    coding,
    example_map,
    plain_coding,
    shown,
)
from dentalx.datasets.mask_inverted import check_palettes
from dentalx.datasets.mask_looks import Look, histogram
from dentalx.datasets.mask_palette import names_hint, palettes_differ
from dentalx.errors import InputError
from dentalx.samples import UNLABELLED

_WHITE = frozenset({1, UNLABELLED, 65_535})
_EXAMPLES = 12  # codes in an example of a class map
_ALIKE, _RARE = 40, 0.002  # colours left out of it: levels from another one, share of the most frequent one


@dataclass(frozen=True)
class Wanted:
    """What the user or the layout says of a data set's masks.

    Attributes:
        classes: the K class names.
        chosen: class name to the names of the map that it takes in.
        encoding: None to find it out.
        class_map: which code is which class; None where the files' order of levels is that of the classes.
    """

    classes: tuple[str, ...]
    chosen: Mapping[str, frozenset[str]]
    encoding: Encoding | None = None
    class_map: ClassMap | None = None


def decide(looks: Sequence[Look], wanted: Wanted) -> tuple[Coding, str]:
    """How the masks of a data set are read, and a sentence that says so.

    Args:
        looks: what its masks show, at least one; a sample will do.
        wanted: what is known without looking.

    Raises:
        InputError: no encoding fits most of the files; says what they hold and which flag decides.
    """
    if wanted.encoding is not None:
        found = _forced(wanted.encoding, looks, wanted)
        return found, _sentence(found, looks, "by the class map" if wanted.class_map else "as asked for")
    if wanted.class_map is not None:
        check_palettes(looks, wanted.class_map.coloured)
        _refuse_white_alone(looks, wanted.class_map)
        encoding = Encoding.COLOUR if wanted.class_map.coloured else Encoding.INDEX
        found = coding(wanted.class_map, wanted.chosen, encoding)
        return found, _sentence(found, looks, "by the class map")
    telling = [look for look in looks if look.levels - {0, BLACK} or look.alpha == "alone"] or looks
    claims = [_claims(look, len(wanted.classes)) for look in telling]
    votes = Counter(encoding for claim in claims for encoding in claim)
    needed = {encoding for claim in claims for encoding in claim if len(claim) == 1}
    best = [e for e in _ORDER if votes[e] == max(votes.values(), default=0)]
    best.sort(key=lambda encoding: encoding not in needed)  # where two fit alike, the one that some file insists on
    if not best or 2 * votes[best[0]] < len(telling):
        raise InputError(_refusal(telling, wanted))
    found = _forced(best[0], telling, wanted)
    fitting = len(looks) - len(telling) + votes[best[0]]
    return found, _sentence(found, telling, f"{fitting} of {len(looks)} files looked at")


def _refuse_white_alone(looks: Sequence[Look], class_map: ClassMap) -> None:
    """Refuse masks of 0 and 255 alone where the class map names neither: all objects would be unlabelled.

    Raises:
        InputError: says which class map reads them.
    """
    levels = frozenset(code for look in looks for code in look.levels)
    named = {code for name, code in class_map.pairs if name.casefold() != BACKGROUND}
    if UNLABELLED in levels and levels <= {0, UNLABELLED} and not named & {0, UNLABELLED} and not class_map.coloured:
        listed = ", ".join(f"{shown(code)} {name}" for name, code in class_map.pairs)
        one = f"give --class-map FILE with {example_map([UNLABELLED], class_map.classes)}"
        way = one if len(class_map.classes) == 1 else "write the level of its class to each pixel"
        raise InputError(
            f"{_where(looks)}: 0 and 255 only, of which the class map ({listed}) does not name 255, so no pixel "
            f"would be of a class; {way}"
        )


# What is preferred where several fit alike; the second to the fourth write several classes.
_ORDER = (Encoding.BINARY, Encoding.INDEX, Encoding.PALETTE, Encoding.COLOUR, Encoding.ALPHA, Encoding.PICTURE)


def _claims(look: Look, count: int) -> frozenset[Encoding]:
    """The encodings that one mask fits, for `count` classes; a mask without any class fits all."""
    levels = look.levels - {0, BLACK}
    if look.alpha == "differs":
        return frozenset()
    if look.alpha == "alone":
        return frozenset({Encoding.ALPHA})
    if not levels:
        return frozenset(_ORDER if count == 1 else _ORDER[1:4])
    if look.kind == "grey":
        return _one_class(look) if count == 1 else _index(look, count, Encoding.INDEX)
    colours = frozenset(look.palette.values()) if look.kind == "palette" else look.levels
    alone = count == 1 and len(colours - {BLACK}) == 1
    by_colour = frozenset({Encoding.COLOUR} if alone else ())
    return by_colour | (_index(look, count, Encoding.PALETTE) if look.kind == "palette" else frozenset())


def _one_class(look: Look) -> frozenset[Encoding]:
    levels = look.levels - {0}
    if levels == {1, UNLABELLED}:
        return frozenset({Encoding.INDEX})
    if levels == {65_535}:
        return frozenset({Encoding.BINARY})
    if len(levels) == 1 and levels <= _WHITE:
        return frozenset({Encoding.BINARY, Encoding.INDEX})
    if look.is_product:
        return frozenset({Encoding.PICTURE})
    return frozenset({Encoding.BINARY} if look.soft else ())


def _index(look: Look, count: int, encoding: Encoding) -> frozenset[Encoding]:
    """Whether levels or indices are the numbers of `count` classes; 255 alone is not: it may be white."""
    known = frozenset({*range(count + 1), UNLABELLED})
    only_white = encoding is Encoding.INDEX and look.levels - {0} == {UNLABELLED}
    black = [index for index, colour in look.palette.items() if colour == BLACK]
    moved = bool(black) and 0 not in black
    return frozenset({encoding} if look.levels <= known and not only_white and not moved else ())


def _forced(encoding: Encoding, looks: Sequence[Look], wanted: Wanted) -> Coding:
    """The coding of one encoding.

    Raises:
        InputError: it needs names or colours that are not given.
    """
    several, one = len(wanted.classes) > 1, f"--mask-encoding {encoding.value} gives one class"
    if encoding in (Encoding.BINARY, Encoding.ALPHA, Encoding.PICTURE):
        if several:
            raise InputError(f"{one}, but {len(wanted.classes)} are named: {', '.join(wanted.classes)}; name one")
        if encoding is Encoding.BINARY and wanted.encoding is encoding:
            levels = [code for look in looks for code in look.counts if isinstance(code, int)]
            return Coding(encoding, wanted.classes, ((max(levels, default=1) // 2 + max(levels, default=1) % 2, 1),))
        return plain_coding(encoding, wanted.classes)
    if wanted.class_map is not None:
        if wanted.class_map.coloured != (encoding is Encoding.COLOUR):
            written = "colours" if wanted.class_map.coloured else "levels"
            raise InputError(f"the class map gives {written}, which --mask-encoding {encoding.value} does not use")
        return coding(wanted.class_map, wanted.chosen, encoding)
    if encoding is not Encoding.COLOUR:
        if encoding is Encoding.PALETTE and palettes_differ(looks):
            raise InputError(
                f"{_where(looks)}: the palettes differ from file to file, so an index has no one meaning; "
                f"read the colours: {_map_hint(_pooled_colours(looks), wanted)}"
            )
        return plain_coding(encoding, wanted.classes)
    colours = [colour for colour in _pooled_colours(looks) if colour != BLACK]
    if several or len(colours) != 1:
        raise InputError(
            f"{_where(looks)}: {histogram(_pooled_colours(looks))}; {_map_hint(_pooled_colours(looks), wanted)}"
        )
    return Coding(Encoding.COLOUR, wanted.classes, ((BLACK, 0), (colours[0], 1)))


def _pooled(looks: Iterable[Look]) -> dict[Code, int]:
    total: Counter[Code] = Counter()
    for look in looks:
        total.update(look.counts)
    return dict(sorted(total.items(), key=str))


def _pooled_colours(looks: Iterable[Look]) -> dict[Code, int]:
    """Pixels of every colour; grey levels and palette indices as their colours."""
    total: Counter[Code] = Counter()
    for look in looks:
        for code, count in look.counts.items():
            colour = look.palette.get(code, (min(code, 255),) * 3) if isinstance(code, int) else code
            total[colour] += count
    return dict(sorted(total.items()))


def _refusal(looks: Sequence[Look], wanted: Wanted) -> str:
    """Why no encoding fits, with what the files hold and what would decide."""
    count = len(wanted.classes)
    if unclear := [look for look in looks if look.alpha == "differs"]:
        return (
            f"{_where(unclear)}: partly transparent, and the colours say something else ({_held(unclear)}); choose "
            f"--mask-encoding alpha (what is opaque is the class) or {_other(unclear)} (alpha is not looked at)"
        )
    odd = [look for look in looks if not _claims(look, count)]
    coloured = [look for look in odd if look.kind != "grey"]
    if coloured:
        colours = _pooled_colours(coloured)
        return f"{_where(coloured)}: {_held(coloured)}; {names_hint(odd, count)}{_map_hint(colours, wanted)}"
    levels = _pooled(odd)
    if count > 1 and set(levels) <= {0, UNLABELLED}:
        return (
            f"{_where(odd)}: 0 and 255 only, as masks of one class do, but {count} classes are named; "
            f"write the class index 0…{count}, or name one class"
        )
    expected = (
        "0/1 or 0/255 for one class"
        if count == 1
        else f"the class index 0…{count} for {', '.join(wanted.classes)}, and 255 for unlabelled"
    )
    if len(levels) > _EXAMPLES:
        return (
            f"{_where(odd)}: {histogram(levels)}, expected {expected}; neither black and white with soft edges nor "
            f"{_share_copied(odd)}; export the masks as PNG, or choose --mask-encoding binary (cut at the middle)"
        )
    codes = [code for code in levels if code not in (0, UNLABELLED)] or list(levels)
    return (
        f"{_where(odd)}: {histogram(levels)}, expected {expected}; name the classes with --class-map FILE, a JSON file "
        f"such as {example_map(codes, wanted.classes)}, or choose --mask-encoding binary (all above the middle)"
    )


def _other(looks: Sequence[Look]) -> str:
    return "colour" if any(look.kind == "colour" for look in looks) else "binary or index"


def _share_copied(looks: Sequence[Look]) -> str:
    shares = [look.copied for look in looks if look.copied is not None]
    low = f" (only {100 * min(shares):.0f}% of the bright pixels equal it)" if shares else ""
    return f"the picture times a mask{low}"


def _map_hint(colours: Mapping[Code, int], wanted: Wanted) -> str:
    codes = _distinct(colours)
    return f"say which is which with --class-map FILE, a JSON file such as {example_map(codes, wanted.classes)}"


def _distinct(colours: Mapping[Code, int]) -> list[Code]:
    """The most frequent colours but black, each far from those before it: what JPEG makes of one colour counts once."""
    found: list[tuple[int, int, int]] = [BLACK]
    most = max((count for code, count in colours.items() if code != BLACK), default=0)
    for code in sorted(colours, key=lambda code: -colours[code]):
        frequent = not isinstance(code, int) and colours[code] >= _RARE * most and len(found) <= _EXAMPLES
        if frequent and not isinstance(code, int) and all(_apart(code, other) > _ALIKE for other in found):
            found.append(code)
    return list(found[1:])


def _apart(a: tuple[int, int, int], b: tuple[int, int, int]) -> int:
    return max(abs(x - y) for x, y in zip(a, b, strict=True))


def _held(looks: Sequence[Look]) -> str:
    return histogram(_pooled_colours(looks) if any(look.kind != "grey" for look in looks) else _pooled(looks))


def _where(looks: Sequence[Look]) -> str:
    """The first file in full, so that it can be found, and how many more."""
    more = f" and {len(looks) - 1} more" if len(looks) > 1 else ""
    return f"mask {looks[0].path}{more} cannot be read"


def _sentence(found: Coding, looks: Sequence[Look], why: str) -> str:
    """How the masks are read, for the user."""
    one = found.classes[0]
    pooled = _pooled(looks) if all(look.kind == "grey" for look in looks) else {}
    bright = [shown(code) for code in pooled if code != 0]
    cut = (
        f"{shown(found.codes[0][0])} and above is {one}" if found.codes else f"bright is {one}, edges cut at the middle"
    )
    seen = "white" if any(look.indexed for look in looks) else bright[0] if bright else ""
    white = f"{seen} is {one}" if len(bright) == 1 else cut
    names = {0: "background", UNLABELLED: "unlabelled"} | dict(enumerate(found.classes, start=1))
    taken = dict(found.codes).get(0, 0) or dict(found.codes).get(BLACK, 0)  # then what is background is said, too
    listed = ", ".join(
        f"{shown(code)} {names[number]}"
        for code, number in found.codes
        if (number or taken) and (number != UNLABELLED or UNLABELLED in pooled)
    )
    what = {
        Encoding.BINARY: f"black and white, {white}",
        Encoding.INDEX: f"class indices: {listed}",
        Encoding.PALETTE: f"palette indices: {listed}",
        Encoding.COLOUR: f"colours: {listed}",
        Encoding.ALPHA: f"transparency, what is opaque is {one}",
        Encoding.PICTURE: f"the radiograph times the mask of {one}, black patches of the picture filled in",
    }[found.encoding]
    return f"masks are read as {what} ({why}); --mask-encoding and --class-map change that"
