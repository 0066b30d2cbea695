"""Masks against masks, picture by picture, at the picture's own size; only numbers are kept.

evaluation = SemanticEvaluation(("teeth",))
for …: evaluation.add(record.image_id, record.patient_id, sample.mask, prediction.mask)
result = evaluation.result(About(model=…, data=…, split="test"))
"""

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from dentalx.evaluation.aggregate import metrics_json
from dentalx.evaluation.bootstrap import DEFAULT, Resampling
from dentalx.evaluation.prior import stretch
from dentalx.evaluation.scores import UNSAID, About, ImageScore, Result
from dentalx.labelling import EXCLUSIVE, Labelling
from dentalx.metrics import SCORES, Counts, confusion, count, dice, from_confusion, summarise
from dentalx.samples import Mask


class SemanticEvaluation:
    """An evaluation under way; memory grows by about two kilobytes a picture, and a tenth of one for each class.

    Args:
        classes: K names.
        mean_shape: (H, W) uint8, `MeanShape.mask()` of the training masks, scored beside the model; any size.
        tolerance_px: of the normalised surface distance; by default 2 px for each 1,000 px of a picture's width.
    """

    def __init__(
        self, classes: tuple[str, ...], mean_shape: Mask | None = None, tolerance_px: float | None = None
    ) -> None:
        if not classes:
            raise ValueError("an evaluation needs at least one class, got none")
        self.classes = classes
        self._mean_shape = mean_shape
        self._tolerance_px = tolerance_px
        self._scores: list[ImageScore] = []
        self._guesses: list[ImageScore] = []
        self._seen: set[str] = set()

    def add(self, image_id: str, patient_id: str, truth: Mask, prediction: Mask) -> ImageScore:
        """Count one picture.

        Args:
            image_id: as in its `Record`; once only.
            patient_id: pictures of one patient are resampled together.
            truth: (H, W) uint8 of 0…K, 255 not counted, at the picture's own size.
            prediction: (H, W) uint8 of 0…K.

        Raises:
            ValueError: the masks do not fit each other or the classes, or the picture came before.
        """
        score = score_image(image_id, patient_id, truth, prediction, len(self.classes))
        score = score.with_boundary(truth, prediction, self._tolerance_px)
        guess = None if self._mean_shape is None else score_guess(score, truth, self._mean_shape)
        return self.add_scored(score, guess)

    def add_scored(self, score: ImageScore, guess: ImageScore | None = None) -> ImageScore:
        """Take one picture that is scored already, and what the mean shape scores in it.

        Raises:
            ValueError: the picture came before.
        """
        if score.image_id in self._seen:
            raise ValueError(f"image_id must be unique in an evaluation, got {score.image_id!r} twice")
        if guess is not None:
            self._guesses.append(guess)
        self._seen.add(score.image_id)
        self._scores.append(score)
        return score

    @property
    def scores(self) -> tuple[ImageScore, ...]:
        """What was added, in its order."""
        return tuple(self._scores)

    def result(self, about: About = UNSAID, resampling: Resampling = DEFAULT) -> Result:
        """All scores with intervals and baselines; may be asked at any time, and again."""
        scores = tuple(self._scores)
        metrics = metrics_json(self.classes, scores, tuple(self._guesses), about, resampling)
        metrics["boundary"]["tolerance_px"] = self._tolerance_px
        return Result(about, self.classes, scores, metrics)

    def without(self, image_ids: Collection[str], resampling: Resampling = DEFAULT) -> dict[str, Any]:
        """Scores over the foreground when some pictures are left out.

        Returns:
            `n_images` that are left, `n_left_out`, and, where any are left, every score as in `metrics.json`.
        """
        rest = tuple(score for score in self._scores if score.image_id not in image_ids)
        sizes = {"n_images": len(rest), "n_left_out": len(self._scores) - len(rest)}
        if not rest:
            return sizes
        metrics = metrics_json(self.classes, rest, (), UNSAID, resampling)
        return sizes | {name: metrics[name] for name in SCORES}


def score_image(
    image_id: str, patient_id: str, truth: Mask, prediction: Mask, classes: int, labelling: Labelling = EXCLUSIVE
) -> ImageScore:
    """One picture counted, its outlines not compared; masks (H, W) uint8 and errors as in `metrics.confusion`.

    Overlapping classes are counted one by one, each as if it were the only one.
    """
    agreed: int | None = None
    if labelling.overlapping:
        truths, found = (labelling.views(mask, classes) for mask in (truth, prediction))
        each = [count(one, two, 1) for one, two in zip(truths, found, strict=True)]
        counts = Counts(*(np.concatenate([getattr(c, name) for c in each]) for name in ("tp", "fp", "fn", "tn")))
    else:
        table = confusion(truth, prediction, classes)
        counts, agreed = from_confusion(table), int(np.trace(table))
    mean = summarise(dice(counts)).mean
    return ImageScore(image_id, patient_id, counts, agreed, float("nan") if mean is None else mean)


def score_guess(score: ImageScore, truth: Mask, mean_shape: Mask, labelling: Labelling = EXCLUSIVE) -> ImageScore:
    """What a mean shape, stretched to the picture, scores where the model has `score`; truth (H, W) uint8."""
    guess = stretch(mean_shape, (truth.shape[0], truth.shape[1]))
    return score_image(score.image_id, score.patient_id, truth, guess, len(score.counts.tp), labelling)


def evaluate(
    items: Iterable[tuple[str, str, Mask, Mask]],
    classes: tuple[str, ...],
    about: About = UNSAID,
    mean_shape: Mask | None = None,
) -> Result:
    """The result for (image_id, patient_id, truth, prediction) items; see `SemanticEvaluation`.

    >>> truth, prediction = np.array([[1, 1, 0]], np.uint8), np.array([[1, 0, 0]], np.uint8)
    >>> result = evaluate([("a", "a", truth, prediction)], ("teeth",))
    >>> round(result.metrics["dice"]["mean"], 4)
    0.6667
    """
    evaluation = SemanticEvaluation(classes, mean_shape)
    for image_id, patient_id, truth, prediction in items:
        evaluation.add(image_id, patient_id, truth, prediction)
    return evaluation.result(about)
