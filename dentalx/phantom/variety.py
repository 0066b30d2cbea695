"""How far devices and habits vary between clinics: what two images of the same patient may differ in."""

from dataclasses import dataclass, fields

Range = tuple[float, float]


@dataclass(frozen=True)
class Variety:
    """Ranges (low, high) that are drawn from evenly, and probabilities in [0, 1].

    The defaults are what panoramic devices in use do; `WIDE` goes beyond, so that a network trained on it has seen more
    than any one clinic shows.

    Attributes:
        zoom: 206 mm, the width of a usual panoramic, over the width that is shown.
        aspect: width of the field over its height, both in millimetres.
        below_mm: distance from the chin to the lower edge of the field; negative cuts the chin off.
        squash: probability that the image was resized to a square.
        stretch: natural logarithm of the horizontal against the vertical scale.
        shift_mm: distance from the middle of the field to the midline of the face.
        turn_degrees: rotation in the image plane.
        chin_mm, forward, yaw: see `dentalx.phantom.canvas.Warp`.
        border: probability of a border within the image: black, white, or feathered, up to `border_width` of its width.
        border_width: likewise.
        tissue: natural logarithm of the factors of soft tissue, bone, and teeth on the attenuation.
        random_grey: probability that each tissue's factor is drawn from three times that range.
        tone: how far grey percentiles may lie from those of a style, as a share of the way to random ones.
        gamma: natural logarithm of the exponent of a last tone curve.
        flatten: share of the slow changes of grey that the device takes out.
        unsharp: strength of the device's last unsharp mask.
        pixel_mm: pixels of the device, where they are larger than those of the image.
        jpeg: quality of the compression; 100 and more is none.
        grain: standard deviation of the noise in the image.
        motion: probability of a band blurred by motion.
        ghosts: probability that metal throws a ghost on the other side.
        dead_lines: probability of dead rows or columns of the detector.
    """

    zoom: Range = (0.92, 1.12)
    aspect: Range = (1.8, 2.8)
    below_mm: Range = (-3.0, 14.0)
    squash: float = 0.1
    stretch: Range = (-0.05, 0.05)
    shift_mm: Range = (-4.0, 4.0)
    turn_degrees: Range = (-2.0, 2.0)
    chin_mm: Range = (-3.0, 11.0)
    forward: Range = (-0.12, 0.12)
    yaw: Range = (-0.06, 0.06)
    border: float = 0.12
    border_width: Range = (0.005, 0.06)
    tissue: Range = (-0.2, 0.2)
    random_grey: float = 0.0
    tone: Range = (0.0, 0.4)
    gamma: Range = (-0.15, 0.15)
    flatten: Range = (0.0, 0.6)
    unsharp: Range = (0.0, 0.8)
    pixel_mm: Range = (0.08, 0.3)
    jpeg: Range = (60.0, 130.0)
    grain: Range = (0.0, 0.015)
    motion: float = 0.04
    ghosts: float = 0.5
    dead_lines: float = 0.02

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple):
                if not (len(value) == 2 and value[0] <= value[1]):
                    raise ValueError(f"{field.name} must be a range (low, high), got {value}")
            elif not 0 <= value <= 1:
                raise ValueError(f"{field.name} must lie in [0, 1], got {value}")
        for name in ("zoom", "aspect", "pixel_mm"):
            if getattr(self, name)[0] <= 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")


REALISTIC = Variety()
WIDE = Variety(
    zoom=(0.6, 1.6),
    aspect=(1.5, 2.8),
    below_mm=(-18.0, 35.0),
    squash=0.2,
    stretch=(-0.2, 0.2),
    shift_mm=(-14.0, 14.0),
    turn_degrees=(-7.0, 7.0),
    chin_mm=(-8.0, 16.0),
    forward=(-0.3, 0.3),
    yaw=(-0.18, 0.18),
    border=0.3,
    border_width=(0.005, 0.12),
    tissue=(-0.45, 0.45),
    random_grey=0.1,
    tone=(0.0, 1.0),
    gamma=(-0.5, 0.5),
    flatten=(0.0, 1.0),
    unsharp=(0.0, 2.0),
    pixel_mm=(0.08, 0.9),
    jpeg=(15.0, 130.0),
    grain=(0.0, 0.05),
    motion=0.1,
    ghosts=0.7,
    dead_lines=0.06,
)
