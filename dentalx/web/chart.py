"""The chart of teeth that dentists know: FDI numbers in their places, the found ones shaded by confidence. Inline SVG.

The patient's right is on the left, as in the radiograph. Found and not found differ in fill, line and weight of the
number, not in colour alone. A found tooth is a button that shows its outline; a screen reader hears its number,
confidence and size.
"""

from collections.abc import Mapping, Sequence
from html import escape

from dentalx.teeth import PERMANENT, PRIMARY, arch_place, is_upper
from dentalx.web.looked import Measured
from dentalx.web.words import many

_STEP, _MIDDLE = 26.0, 4.0  # units from tooth to tooth, and half of what is between the sides
_WIDTH = 16 * _STEP + 2 * _MIDDLE + 20
_WIDE = {1: 19, 2: 16, 3: 18, 4: 18, 5: 18, 6: 24, 7: 23, 8: 21}  # of the crowns, in the same units
SHADES = (0.5, 0.7, 0.9)  # confidences from which a tooth is shaded one step darker
_ROOTS = {(True, 4): 2, **{(upper, n): 3 if upper else 2 for upper in (True, False) for n in (6, 7, 8)}}


def tooth_chart(rows: Sequence[Measured], known: Sequence[int]) -> str:
    """The chart.

    Args:
        rows: what was found of each class; those that are no teeth are passed over.
        known: the FDI numbers that the model can say; where there are primary ones, their rows are drawn too.
    """
    found = {row.fdi: row for row in rows if row.fdi is not None and row.count}
    keys = {row.fdi: k for k, row in enumerate(rows, start=1) if row.fdi in found}
    primary = any(number in PRIMARY for number in known)
    teeth = PERMANENT + PRIMARY if primary else PERMANENT
    height = 232 if primary else 156
    drawn = "".join(_tooth(number, (found.get(number), keys.get(number)), number in known, primary) for number in teeth)
    middle, level = _WIDTH / 2, height / 2
    return (
        f'<svg class="teeth" viewBox="0 0 {_WIDTH:g} {height}" role="group" aria-label="{escape(_said(found), True)}">'
        f'<path class="axis" d="M{middle:g} 6V{height - 6}M14 {level:g}H{_WIDTH - 14:g}"/>'
        f'<text class="side" x="5" y="{level + 3.5:g}">R</text>'
        f'<text class="side" x="{_WIDTH - 5:g}" y="{level + 3.5:g}">L</text>{drawn}</svg>'
    )


def _said(found: Mapping[int, Measured]) -> str:
    numbers = ", ".join(str(number) for number in PERMANENT + PRIMARY if number in found)
    return f"Chart of teeth: {many(len(found), 'number')} found: {numbers}" if found else "Chart of teeth: none found"


def shade(confidence: float) -> int:
    """Return the step, 1…4, that a confidence in [0, 1] is shaded with.

    >>> shade(0.2), shade(0.5), shade(0.89), shade(0.9)
    (1, 2, 3, 4)
    """
    return 1 + sum(confidence >= limit for limit in SHADES)


def shades_legend() -> str:
    """Return the meaning of the shades, in HTML."""
    limits = [f"{limit:.2f}" for limit in SHADES]
    below = [f"{limit - 0.01:.2f}" for limit in SHADES]
    middle = [f"{low}–{high}" for low, high in zip(limits, below[1:], strict=False)]
    words = [f"below {limits[0]}", *middle, f"{limits[-1]} or more"]
    steps = "".join(f'<span><i class="shade{n}"></i>{each}</span>' for n, each in enumerate(words, start=1))
    return (
        f'<p class="legend"><span>Confidence:</span>{steps}<span><i class="absent"></i>not found</span>'
        "<span>The patient’s right is on the left.</span></p>"
    )


def _tooth(number: int, found: tuple[Measured | None, int | None], known: bool, primary: bool) -> str:
    """One tooth: crown towards the middle of the chart, roots away from it, its number in the crown."""
    row, key = found
    upper, small = is_upper(number), number > 50
    steps = arch_place(number)
    x = _WIDTH / 2 + steps * _STEP + (_MIDDLE if steps > 0 else -_MIDDLE)
    level = (116 if primary else 78) + (-1 if upper else 1) * (10 if small or not primary else 52)
    kind = f"found shade{shade(round(row.confidence or 0, 2))}" if row else ("absent" if known else "unknown")
    title = escape(_title(number, row, known))
    button = f' role="button" tabindex="-1" aria-pressed="false" data-key="{key}" aria-label="{title}"' if row else ""
    away = -1 if upper else 1
    several = f'<text class="many" y="{away * 54:g}">×{row.count}</text>' if row and row.count > 1 and not small else ""
    return (
        f'<g class="{kind}"{button} transform="translate({x:g} {level:g})"><title>{title}</title>'
        f'<path d="{_outline(number, away, small)}"/><text y="{away * 13 + 3.8:g}">{number}</text>{several}</g>'
    )


def _title(number: int, row: Measured | None, known: bool) -> str:
    if row is None:
        return f"Tooth {number}: not found" if known else f"Tooth {number}: not among this model’s classes"
    times = f" {row.count} times" if row.count > 1 else ""
    return f"Tooth {number}: found{times}, confidence {row.confidence or 0:.2f}, {row.area_px:,} px"


def _outline(number: int, away: int, small: bool) -> str:
    """A crown and its roots, around x = 0, from y = 0 in the direction `away`."""
    place = number % 10
    half = (16 if small else _WIDE[place]) / 2
    roots = (2 if place > 3 else 1) if small else _ROOTS.get((away < 0, place), 1)
    neck, tip = (22, 30) if small else (25, 45)
    ways = [f"M{-half:g} {away * 5}Q{-half:g} 0 {-half + 5:g} 0H{half - 5:g}Q{half:g} 0 {half:g} {away * 5}"]
    ways.append(f"V{away * (neck - 4)}Q{half:g} {away * neck} {half - 1:g} {away * neck}")
    width = (2 * half - 2) / roots
    for root in range(roots):
        right = half - 1 - root * width
        end = right - width
        ways.append(
            f"C{right - 0.5:g} {away * (tip - 8)} {(right + end) / 2 + 1.5:g} {away * tip} {(right + end) / 2:g} "
            f"{away * tip}S{end + 0.5:g} {away * (tip - 8)} {end:g} {away * neck}"
        )
    ways.append(f"Q{-half:g} {away * neck} {-half:g} {away * (neck - 4)}Z")
    return "".join(ways)
