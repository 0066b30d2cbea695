"""What the probabilities are worth: thresholds, curves, calibration."""

from collections.abc import Iterator, Mapping
from typing import Any

from dentalx.report.blocks import Section, Table, text
from dentalx.report.sections.material import Material
from dentalx.report.words import number


def probabilities(material: Material) -> Section | None:
    """Figures of the probabilities and a table of their scores; nothing where masks alone were seen."""
    drawn = tuple(material.drawn("threshold", "precision_recall", "roc", "reliability", "froc"))
    rows = tuple(_rows(material))
    if not drawn and not rows:
        return None
    said = "How sure the model is, and what another threshold would have done. Read after the scores, never instead."
    return Section("Probabilities", (text(said), *drawn, *((Table(("", "value"), rows),) if rows else ())))


def _rows(material: Material) -> Iterator[tuple[str, str]]:
    yield from _of(material.metrics)
    for name, blocks in material.metrics.get("one_by_one", {}).items():
        yield from ((f"{name}: {what}", value) for what, value in _of(blocks))


def _of(blocks: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if found := blocks.get("calibration"):
        yield "Expected calibration error (ECE)", number(found["ece"])
        yield "Largest calibration error (MCE)", number(found["mce"])
        yield "Brier score", number(found["brier"])
        after = found.get("after_temperature")
        if after:
            yield (
                f"ECE with the temperature {found['temperature']['value']:.3g}, fitted on validation",
                number(after["ece"]),
            )
            yield "Brier score with it", number(after["brier"])
    if found := blocks.get("curves"):
        yield "Average precision, pooled pixels", number(found["average_precision"])
        yield "Area under the ROC, pooled pixels", number(found["auc"])
