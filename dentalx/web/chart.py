"""The chart of teeth that dentists know: FDI numbers in their places, the found ones filled. Inline SVG, no script.

The patient's right is on the left, as in the radiograph. Found and not found differ in fill, line and weight of the
number, not in colour alone; a screen reader is told in one sentence.
"""

from collections.abc import Mapping, Sequence
from html import escape

from dentalx.teeth import PERMANENT, PRIMARY, arch_place, is_upper
from dentalx.web.looked import Measured

_STEP, _MIDDLE = 26.0, 4.0  # units from tooth to tooth, and half of what is between the sides
_WIDTH = 16 * _STEP + 2 * _MIDDLE + 20
_WIDE = {1: 19, 2: 16, 3: 18, 4: 18, 5: 18, 6: 24, 7: 23, 8: 21}  # of the crowns, in the same units
_ROOTS = {(True, 4): 2, **{(upper, n): 3 if upper else 2 for upper in (True, False) for n in (6, 7, 8)}}


def tooth_chart(rows: Sequence[Measured], known: Sequence[int]) -> str:
    """The chart.

    Args:
        rows: what was found of each class; those that are no teeth are passed over.
        known: the FDI numbers that the model can say; where there are primary ones, their rows are drawn too.
    """
    found = {row.fdi: row for row in rows if row.fdi is not None and row.count}
    primary = any(number in PRIMARY for number in known)
    teeth = PERMANENT + PRIMARY if primary else PERMANENT
    height = 232 if primary else 156
    drawn = "".join(_tooth(number, found.get(number), number in known, primary) for number in teeth)
    middle, level = _WIDTH / 2, height / 2
    return (
        f'<svg class="teeth" viewBox="0 0 {_WIDTH:g} {height}" role="img" aria-label="{escape(_said(found), True)}">'
        f'<path class="axis" d="M{middle:g} 6V{height - 6}M14 {level:g}H{_WIDTH - 14:g}"/>'
        f'<text class="side" x="5" y="{level + 3.5:g}">R</text>'
        f'<text class="side" x="{_WIDTH - 5:g}" y="{level + 3.5:g}">L</text>{drawn}</svg>'
    )


def _said(found: Mapping[int, Measured]) -> str:
    numbers = ", ".join(str(number) for number in PERMANENT + PRIMARY if number in found)
    return f"Chart of teeth: {len(found)} numbers found: {numbers}" if found else "Chart of teeth: none found"


def _tooth(number: int, row: Measured | None, known: bool, primary: bool) -> str:
    """One tooth: crown towards the middle of the chart, roots away from it, its number in the crown."""
    upper, small = is_upper(number), number > 50
    steps = arch_place(number)
    x = _WIDTH / 2 + steps * _STEP + (_MIDDLE if steps > 0 else -_MIDDLE)
    level = (116 if primary else 78) + (-1 if upper else 1) * (10 if small or not primary else 52)
    kind = "found" if row else ("absent" if known else "unknown")
    away = -1 if upper else 1
    several = f'<text class="many" y="{away * 54:g}">×{row.count}</text>' if row and row.count > 1 and not small else ""
    return (
        f'<g class="{kind}" transform="translate({x:g} {level:g})"><title>{escape(_title(number, row, known))}</title>'
        f'<path d="{_outline(number, away, small)}"/><text y="{away * 13 + 3.8:g}">{number}</text>{several}</g>'
    )


def _title(number: int, row: Measured | None, known: bool) -> str:
    if row is None:
        return f"{number}: not found" if known else f"{number}: the model does not know this tooth"
    times = f", {row.count} times" if row.count > 1 else ""
    return f"{number}: found{times}, confidence {row.confidence or 0:.2f}, {row.area_px:,} px"


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
