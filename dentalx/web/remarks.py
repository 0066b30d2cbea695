"""Warnings beneath the radiograph: those about the whole image in the open, those about classes counted and folded."""

from collections.abc import Sequence
from html import escape

from dentalx.datasets.tooth_names import tooth_numbers
from dentalx.web.looked import Looked, View
from dentalx.web.words import many


def remarks(looked: Looked, view: View) -> str:
    """Return the warnings about a result, in HTML; "" where there are none."""
    classes = looked.card.classes
    of_class, of_image = sorted_out(looked.warnings, classes)
    if not any(row.count for row in view.rows):
        of_image.append("nothing found at this confidence threshold")
    lines = "".join(f"<li>{escape(_sentence(text))}</li>" for text in of_image)
    said = f'<ul class="warning">{lines}</ul>' if lines else ""
    return said + (_folded(of_class, looked) if of_class else "")


def sorted_out(warnings: Sequence[str], classes: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Separate warnings about a class, which begin with its name and a colon, from those about the whole image.

    >>> sorted_out(["blank", "36: higher up", "36: in more pieces"], ["36", "37"])
    ({'36': ['higher up', 'in more pieces']}, ['blank'])
    """
    of_class: dict[str, list[str]] = {}
    of_image: list[str] = []
    for text in warnings:
        name = max((name for name in classes if text.startswith(f"{name}: ")), key=len, default=None)
        if name is None:
            of_image.append(text)
        else:
            of_class.setdefault(name, []).append(text.removeprefix(f"{name}: "))
    return of_class, of_image


def _folded(of_class: dict[str, list[str]], looked: Looked) -> str:
    teeth = dict(zip(looked.card.classes, tooth_numbers(looked.card.classes), strict=True))
    numbered = sum(1 for name in of_class if teeth.get(name) is not None)
    others = len(of_class) - numbered
    counted = [many(numbered, "tooth", "teeth")] if numbered else []
    counted += [many(others, "other class" if numbered else "class", "other classes" if numbered else "classes")] * (
        others > 0
    )
    looks = "looks" if len(of_class) == 1 else "look"
    lines = "".join(f"<li><b>{escape(name)}</b>: {escape('; '.join(each))}</li>" for name, each in of_class.items())
    return (
        f'<details class="warning" data-fold="unusual"><summary>{" and ".join(counted)} {looks} unusual</summary>'
        f"<p>Compared with the masks that the model was trained on:</p><ul>{lines}</ul></details>"
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
