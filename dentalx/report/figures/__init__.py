"""Every figure of a report: what is drawn, and how it is drawn for slides and for pages."""

from dentalx.report.figures.canvas import Chart, png, svg
from dentalx.report.figures.probability import probability_charts
from dentalx.report.figures.scores import score_charts
from dentalx.report.figures.sheet import sheet
from dentalx.report.figures.training import curves

__all__ = ["Chart", "curves", "png", "probability_charts", "score_charts", "sheet", "svg"]
