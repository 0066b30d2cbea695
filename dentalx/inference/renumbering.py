"""Objects whose tooth numbers are made to agree with each other, and what was changed for that."""

import numpy as np

from dentalx.datasets.instances import tooth_numbers
from dentalx.inference.instances import Found
from dentalx.inference.numbering import Change, consistent
from dentalx.metrics.objects import overlaps
from dentalx.samples import Instances


def renumbered(found: Found, classes: tuple[str, ...]) -> tuple[Found, list[Change]]:
    """One of each number, in the order of the arch; see `numbering.consistent`.

    Only numbers that are classes are given. Objects that are no numbered teeth stay as they are.

    Args:
        found: the N objects of a picture.
        classes: K names.

    Returns:
        the objects that are left, in their order, and the changes, `index` among the N.
    """
    instances = found.instances
    number_of = {label: number for label, number in enumerate(tooth_numbers(classes), start=1) if number is not None}
    known = {number: label for label, number in reversed(number_of.items())}
    teeth = np.flatnonzero(np.isin(instances.labels, list(number_of)))
    if not len(teeth):
        return found, []
    masks = instances.masks[teeth]
    columns = np.array([np.flatnonzero(mask.any(0)).mean() if mask.any() else 0.0 for mask in masks])
    numbers = np.array([number_of[label] for label in instances.labels[teeth].tolist()], np.int64)
    scores = instances.scores[teeth].astype(np.float64)
    given, changes = consistent(columns, numbers, scores, overlaps(masks, masks).iou, tuple(known))
    labels, kept = instances.labels.copy(), np.ones(len(instances), np.bool_)
    for index, number in zip(teeth, given, strict=True):
        kept[index] = number is not None
        if number is not None and number != number_of[int(labels[index])]:
            labels[index] = known[number]
    whole = Instances(instances.masks[kept], labels[kept], instances.scores[kept])
    told = [Change(int(teeth[c.index]), c.before, c.after, c.why) for c in changes]
    return Found(whole, found.boxes[kept]), told
