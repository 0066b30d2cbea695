"""Two people who outlined the same pictures: the height up to which a model can be measured."""

from collections.abc import Iterable, Sequence
from typing import Any

from dentalx.evaluation.aggregate import entries, image_values
from dentalx.evaluation.bootstrap import DEFAULT, Resampling
from dentalx.evaluation.scores import ImageScore
from dentalx.evaluation.semantic import score_image
from dentalx.labelling import EXCLUSIVE, Labelling
from dentalx.samples import Mask

AGREEMENT = ("dice", "iou", "kappa", "volumetric_similarity", "nsd", "hd95", "assd")  # the same both ways


def agreement(
    items: Iterable[tuple[str, str, Mask, Mask]], classes: tuple[str, ...], how: Resampling = DEFAULT
) -> dict[str, Any]:
    """How far two raters agree, neither being right.

    Args:
        items: (image_id, patient_id, one rater's mask, the other's), masks (H, W) uint8 of 0…K. A pixel that either
            marks 255 does not count.
        classes: K names.
        how: resampling of the intervals.

    Returns:
        plain JSON values: `n_images`, `n_patients`, an entry for each score of `AGREEMENT` over the foreground, and
        the same per class under `classes`.

    >>> mask = np.array([[1, 1, 0]], np.uint8)
    >>> agreement([("a", "a", mask, mask)], ("teeth",))["dice"]["mean"]
    1.0
    """
    return agreement_of([score_raters(*item, len(classes)) for item in items], classes, how)


def agreement_of(scores: Sequence[ImageScore], classes: tuple[str, ...], how: Resampling = DEFAULT) -> dict[str, Any]:
    """As `agreement`, of pictures that are scored already."""
    patients = [score.patient_id for score in scores]

    def block(place: int | None) -> dict[str, Any]:
        return entries({name: image_values(scores, name, place) for name in AGREEMENT}, patients, how)

    per_class = {name: block(k) for k, name in enumerate(classes)}
    return {"n_images": len(scores), "n_patients": len(set(patients)), **block(None), "classes": per_class}


def score_raters(
    image_id: str,
    patient_id: str,
    one: Mask,
    other: Mask,
    classes: int,
    tolerance_px: float | None = None,
    labelling: Labelling = EXCLUSIVE,
) -> ImageScore:
    """One picture of `agreement`: what either marks 255 is not counted; the tolerance as in `boundary_scores`."""
    hidden = other == 255
    if hidden.any():
        one, other = one.copy(), other.copy()
        one[hidden], other[hidden] = 255, 0
    score = score_image(image_id, patient_id, one, other, classes, labelling)
    return score.with_boundary(one, other, tolerance_px, labelling)
