"""Results as files made for reading: tables, pages and pictures; whole or absent, each of them."""

from dentalx.report.headline import headline
from dentalx.report.write import Pictures, write_curves, write_evaluation

__all__ = ["Pictures", "headline", "write_curves", "write_evaluation"]
