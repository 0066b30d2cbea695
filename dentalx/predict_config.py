"""What is asked of predict, beyond the run and the pictures: frozen, judged at birth."""

from dataclasses import dataclass
from typing import Literal

Format = Literal["coco", "cvat", "labelme", "yolo"]
SegmentationKind = Literal["binary", "fractional", "labelmap"]
Grey = Literal["voi", "percentile", "full"]  # as `config.GreyRule`, which stands a floor higher
FOLDERS = ("masks", "overlays", "labels", "side_by_side", "uncertain", "annotations", "seg")  # within the output
LEAST_TILE = 32  # pixels


@dataclass(frozen=True)
class PredictConfig:
    """How results are made and written.

    Attributes:
        overlays: draw and write overlays.
        opacity: of the colours in the overlays, 0…1.
        consistent: make tooth numbers agree; of objects one by one.
        strict: refuse pictures with a grave warning.
        fill_holes: background that a class encloses becomes that class.
        min_area: smaller pieces are left out, in pixels.
        largest: keep of each class the largest piece.
        split_teeth: tell touching teeth apart, where a class is called teeth or tooth.
        objects: list every piece, or tooth, with its place and confidence.
        side_by_side: write the picture beside its overlay.
        uncertain: the probabilities of being any class, low included and high not, between which a pixel is not sure.
        to: formats in which to write what was found, for annotation programs.
        tta: flip: average with what the network says of the mirror image.
        dicom_seg: of DICOM pictures also write a segmentation object of this kind.
        grey: what spreads DICOM's stored values over black to white; None: the rule of the run's own training images.
        tiles: (H, W) of the tiles in which larger pictures are seen; auto: the size of the training pictures.
    """

    overlays: bool = True
    opacity: float = 0.35
    consistent: bool = False
    strict: bool = False
    fill_holes: bool = False
    min_area: int = 0
    largest: bool = False
    split_teeth: bool = False
    objects: bool = False
    side_by_side: bool = False
    uncertain: tuple[float, float] | None = None
    to: tuple[Format, ...] = ()
    dicom_seg: SegmentationKind | None = None
    grey: Grey | None = None
    tta: Literal["none", "flip"] = "none"
    tiles: Literal["off", "auto"] | tuple[int, int] = "off"

    def __post_init__(self) -> None:
        if not 0 <= self.opacity <= 1:
            raise ValueError(f"--opacity must lie in 0…1, got {self.opacity}")
        if isinstance(self.tiles, tuple) and min(self.tiles) < LEAST_TILE:
            raise ValueError(f"--tiles must be off, auto, or two numbers of at least {LEAST_TILE}, got {self.tiles}")
        if self.min_area < 0:
            raise ValueError(f"--min-area must not be negative, got {self.min_area}")
        if self.uncertain is not None and not 0 <= self.uncertain[0] < self.uncertain[1] <= 1:
            raise ValueError(
                f"--uncertain must be two rising numbers in 0…1, got {self.uncertain[0]} {self.uncertain[1]}"
            )

    @property
    def apart(self) -> bool:
        """Whether pieces must be told apart, beyond counting them."""
        return self.split_teeth or self.objects or bool(self.to)

    @property
    def views(self) -> tuple[str, ...]:
        """The views that are asked for, as words.

        >>> PredictConfig(tta="flip", tiles=(512, 1024)).views
        ('tta flip', 'tiles 512 1024')
        """
        tiles = " ".join(map(str, self.tiles)) if isinstance(self.tiles, tuple) else self.tiles
        found = (("tta", self.tta, "none"), ("tiles", tiles, "off"))
        return tuple(f"{name} {value}" for name, value, nothing in found if value != nothing)

    @property
    def of_masks(self) -> tuple[str, ...]:
        """The flags given that are for masks of classes alone."""
        given = {
            "--fill-holes": self.fill_holes,
            "--min-area": self.min_area > 0,
            "--largest": self.largest,
            "--split-teeth": self.split_teeth,
            "--uncertain": self.uncertain is not None,
            "--dicom-seg fractional": self.dicom_seg == "fractional",
            "--tta": self.tta != "none",
            "--tiles": self.tiles != "off",
        }
        return tuple(flag for flag, there in given.items() if there)


PLAIN = PredictConfig()
