"""dentalx: segmentation of dental radiographs. Research software, not a medical device."""

__version__ = "0.1.0"

DISCLAIMER = (
    "Research software, not a medical device: not for diagnosis, treatment or triage. "
    "A qualified clinician must review the original radiograph."
)
