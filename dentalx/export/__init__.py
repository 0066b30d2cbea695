"""Runs turned into files that other programs load, each compared with the run before it is put in place."""

from dentalx.export.cards import weights_digest
from dentalx.export.saved_model import ENHANCED, TOLERANCE, export_saved_model, hint
from dentalx.export.write import Wishes, Written, export_network, folder_of

__all__ = [
    "ENHANCED",
    "TOLERANCE",
    "Wishes",
    "Written",
    "export_network",
    "export_saved_model",
    "folder_of",
    "hint",
    "weights_digest",
]
