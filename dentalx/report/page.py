"""An evaluation as a page, whatever it will be written in."""

from dentalx.report.blocks import Page
from dentalx.report.sections import PARTS, Material
from dentalx.report.words import many


def page_of(material: Material) -> Page:
    """All that a report says."""
    metrics = material.metrics
    where = " · ".join(part for part in (metrics["model"], metrics["data"], metrics["split"]) if part)
    counted = f"{many(metrics['n_images'], 'picture')}, {many(metrics['n_patients'], 'patient')}"
    made = (part(material) for part in PARTS)
    title = f"{'Two people' if material.people_alone else 'Evaluation'}: {', '.join(material.result.classes)}"
    return Page(title, f"{where} · {counted}" if where else counted, tuple(section for section in made if section))
