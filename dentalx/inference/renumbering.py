"""Objects whose tooth numbers are made to agree with each other, and what was changed for that."""

import numpy as np

from dentalx.datasets.instances import tooth_number
from dentalx.inference.instances import Found
from dentalx.inference.numbering import Change, consistent
from dentalx.metrics.objects import overlaps
from dentalx.samples import Instances


def renumbered(found: Found, classes: tuple[str, ...]) -> tuple[Found, list[Change]]:
    """One of each number, in the order of the arch; see `numbering.consistent`.

    Objects that are no numbered teeth stay as they are. A tooth whose new number is no class keeps its own.

    Args:
        found: the N objects of a picture.
        classes: K names.

    Returns:
        the objects that are left, in their order, and the changes, `index` among the N.
    """
    instances = found.instances
    known = {number: label for label, name in enumerate(classes, start=1) if (number := tooth_number(name)) is not None}
    number_of = {label: number for number, label in known.items()}
    teeth = np.flatnonzero(np.isin(instances.labels, list(number_of)))
    if not len(teeth):
        return found, []
    masks = instances.masks[teeth]
    columns = np.array([np.flatnonzero(mask.any(0)).mean() if mask.any() else 0.0 for mask in masks])
    numbers = np.array([number_of[label] for label in instances.labels[teeth].tolist()], np.int64)
    scores = instances.scores[teeth].astype(np.float64)
    given, changes = consistent(columns, numbers, scores, overlaps(masks, masks).iou)
    labels, kept = instances.labels.copy(), np.ones(len(instances), np.bool_)
    for index, number in zip(teeth, given, strict=True):
        kept[index] = number is not None
        labels[index] = labels[index] if number is None else known.get(number, labels[index])
    whole = Instances(instances.masks[kept], labels[kept], instances.scores[kept])
    told = [
        Change(int(teeth[c.index]), c.before, c.after, c.why) for c in changes if c.after is None or c.after in known
    ]
    return Found(whole, found.boxes[kept]), told
