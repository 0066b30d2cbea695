"""The numbers of the machine, with the defaults of the reference implementations (detectron2, torchvision)."""

from dataclasses import dataclass


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


@dataclass(frozen=True)
class ProposalSettings:
    """The region proposal network.

    Attributes:
        high, low: an anchor is an object from the first overlap on, background below the second.
        drawn: anchors a picture that a step learns from.
        positive_share: at most so much of them objects.
        before: best anchors of each level that suppression looks at, in training and inference.
        after: proposals a picture that it leaves, in training and inference.
        overlap: of two proposals that overlap more, the better stays.
        least_px: narrower proposals are dropped.
    """

    high: float = 0.7
    low: float = 0.3
    drawn: int = 256
    positive_share: float = 0.5
    before: tuple[int, int] = (2000, 1000)
    after: tuple[int, int] = (2000, 1000)
    overlap: float = 0.7
    least_px: float = 1e-3

    def __post_init__(self) -> None:
        _require(0 <= self.low <= self.high <= 1, f"low ≤ high must lie in 0…1, got {self.low} and {self.high}")
        _require(self.drawn >= 2, f"drawn must be at least 2, got {self.drawn}")
        _require(min(*self.before, *self.after) >= 1, "before and after must be at least 1")


@dataclass(frozen=True)
class RegionSettings:
    """The box and mask heads.

    Attributes:
        overlap: a region answers for an object from this overlap on; below it is background.
        drawn: regions a picture that a step learns from.
        positive_share: at most so much of them objects; only these reach the mask head.
        box_size, mask_size: bins a side of the regions' features; masks come out twice as fine.
        weights: of the box regression.
        beta: where the box losses turn from square to straight.
        least_score: weaker detections are dropped.
        suppression: of two detections of one class that overlap more, the better stays.
        detections: most a picture.
        least_px: narrower detections are dropped.
    """

    overlap: float = 0.5
    drawn: int = 512
    positive_share: float = 0.25
    box_size: int = 7
    mask_size: int = 14
    weights: tuple[float, float, float, float] = (10.0, 10.0, 5.0, 5.0)
    beta: float = 1 / 9
    least_score: float = 0.05
    suppression: float = 0.5
    detections: int = 100
    least_px: float = 1e-2

    def __post_init__(self) -> None:
        _require(0 < self.overlap < 1, f"overlap must lie in (0, 1), got {self.overlap}")
        _require(self.drawn >= 4, f"drawn must be at least 4, got {self.drawn}")
        _require(self.detections >= 1, f"detections must be at least 1, got {self.detections}")
        _require(0 <= self.least_score < 1, f"least_score must lie in [0, 1), got {self.least_score}")
