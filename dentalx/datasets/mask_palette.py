"""What the palettes of masks have in common, and which names they wait for."""

from collections.abc import Iterable, Sequence

from dentalx.datasets.mask_codes import BLACK, Code, shown
from dentalx.datasets.mask_looks import Look
from dentalx.samples import UNLABELLED

_SHOWN = 8  # indices in a message


def palettes_differ(looks: Iterable[Look]) -> bool:
    """Whether an index has another colour in another file."""
    colours: dict[int, Code] = {}
    return any(colours.setdefault(index, colour) != colour for look in looks for index, colour in look.palette.items())


def names_hint(looks: Sequence[Look], count: int) -> str:
    """What to give to `--classes` where palettes number 1… and fewer than that, `count`, are named; else ""."""
    colours = {index: code for look in looks for index, code in look.palette.items()}
    used = {index for look in looks for index in look.levels if isinstance(index, int)} - {0, UNLABELLED}
    top = max(used, default=0)
    moved = BLACK in colours.values() and colours.get(0) != BLACK
    if top <= count or moved or any(look.kind != "palette" for look in looks) or palettes_differ(looks):
        return ""
    listed = ", ".join(f"{index} {shown(colours[index])}" for index in sorted(used)[:_SHOWN])
    more = " …" if len(used) > _SHOWN else ""
    called = f"{count} class is" if count == 1 else f"{count} classes are"
    return (
        f"the palette's indices go to {top}, and {called} named: give --classes {top} names in the order of the indices"
        f" ({listed}{more}), or "
    )
