"""A picture that came over the wire: bytes into grey, by way of a private folder that is empty again afterwards."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dentalx.config import GreyRule
from dentalx.datasets.decode import DEFAULT_LIMITS, ReadLimits
from dentalx.datasets.dicom_spacing import Spacing
from dentalx.datasets.image_warnings import read_grey_with_warnings
from dentalx.datasets.sniff import looks_like_dicom
from dentalx.errors import InputError
from dentalx.phantom import draw
from dentalx.samples import Grey

MOST_BYTES = 128 * 2**20  # a plane of 64 megapixels of 16 bits, uncompressed
OBJECT_LIMITS = ReadLimits(megapixels=24.0)  # a hundred objects' masks of a picture are in memory at once
SAMPLES = ((3, 0), (3, 1), (3, 4), (3, 8))  # series and number of the phantoms that are offered
SAMPLE_SIZE = (512, 1024)


@dataclass(frozen=True)
class Picture:
    """A radiograph without a name.

    Attributes:
        grey: (H, W) float32 in [0, 1].
        spacing: what a DICOM file says of millimetres; None of other files.
        dicom: the DICOM file itself; None of other files.
        rule: by which `grey` was made of it.
        warnings: of its file, a sentence each.
    """

    grey: Grey
    spacing: Spacing | None = None
    dicom: bytes | None = None
    rule: GreyRule = "voi"
    warnings: tuple[str, ...] = ()

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return self.grey.nbytes + len(self.dicom or b"")

    @property
    def pixel_mm2(self) -> float | None:
        """Square millimetres of a pixel, where its file says them so that they may be believed."""
        return None if self.spacing is None else self.spacing.pixel_mm2


def read_picture(data: bytes, folder: Path, rule: GreyRule = "voi", limits: ReadLimits = DEFAULT_LIMITS) -> Picture:
    """Decode the bytes of a PNG, JPEG, TIFF, BMP or DICOM file.

    The readers want a file: it has one for as long as they read, under a name that says nothing, for this user alone.

    Args:
        data: the whole file.
        folder: for it, this user's alone.
        rule: of DICOM's values to grey.
        limits: the largest picture.

    Raises:
        InputError: it is none of these, damaged, or too large; calls it "the file".
    """
    if len(data) > MOST_BYTES:
        raise InputError(f"the file has more than {MOST_BYTES >> 20} MiB; make it smaller")
    descriptor, name = tempfile.mkstemp(prefix="picture-", dir=folder)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        grey, warnings = read_grey_with_warnings(path, limits, rule)
        if not looks_like_dicom(path):
            return Picture(grey, warnings=warnings)
        from dentalx.datasets.dicom import dicom_facts

        return Picture(grey, dicom_facts(path, limits).spacing, data, rule, warnings)
    except InputError as error:
        raise InputError(str(error).replace(name, "the file")) from error
    finally:
        path.unlink(missing_ok=True)


def under(picture: Picture, rule: GreyRule, folder: Path) -> Picture:
    """The picture by another rule of DICOM's values to grey; itself where that makes no difference."""
    if picture.dicom is None or picture.rule == rule:
        return picture
    return read_picture(picture.dicom, folder, rule)


def sample(number: int, size: tuple[int, int] = SAMPLE_SIZE) -> Picture:
    """Phantom `number` of `SAMPLES`, drawn on the spot.

    Raises:
        InputError: there is no such sample.
    """
    if not 0 <= number < len(SAMPLES):
        raise InputError(f"there is no sample {number}; they are 0…{len(SAMPLES) - 1}")
    return Picture(draw(*SAMPLES[number], size=size).image)
