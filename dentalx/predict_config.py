"""What is asked of predict, beyond the run and the pictures: frozen, judged at birth."""

from dataclasses import dataclass

FOLDERS = ("masks", "overlays", "labels")  # of results, within the output


@dataclass(frozen=True)
class PredictConfig:
    """How results are made and written.

    Attributes:
        opacity: of the colours in the overlays, 0…1.
        consistent: make tooth numbers agree; of objects one by one.
    """

    opacity: float = 0.35
    consistent: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.opacity <= 1:
            raise ValueError(f"--opacity must lie in 0…1, got {self.opacity}")
