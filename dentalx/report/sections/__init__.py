"""The sections of a report, in their order. Each is a function that makes one, or says that there is nothing to say.

Another kind of evaluation adds its own functions to `PARTS`; those that find none of their numbers keep quiet.
"""

from dentalx.report.sections.closing import checked, files, left_out, limits, method
from dentalx.report.sections.material import Material, Part
from dentalx.report.sections.opening import headline, subject
from dentalx.report.sections.probabilities import probabilities
from dentalx.report.sections.rivals import comparison, people
from dentalx.report.sections.scores import classes, groups, pictures, scores, whole_pictures, worst

PARTS: tuple[Part, ...] = (
    headline, subject, scores, people, comparison, classes, pictures, worst, whole_pictures, groups, probabilities,
    left_out, limits, method, checked, files,
)  # fmt: skip

__all__ = ["PARTS", "Material", "Part"]
