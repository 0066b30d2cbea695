"""Results as files made for reading: tables, pages and pictures; whole or absent, each of them."""

from dentalx.report.beside import beside
from dentalx.report.checklist import Seen, checklist
from dentalx.report.gallery import Pictures
from dentalx.report.headline import headline
from dentalx.report.tables import write_tables
from dentalx.report.write import write_curves, write_evaluation

__all__ = ["Pictures", "Seen", "beside", "checklist", "headline", "write_curves", "write_evaluation", "write_tables"]
