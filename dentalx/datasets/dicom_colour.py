"""DICOM's colours and palettes as grey, and a small copy that shows whether they are any."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.dicom_file import library
from dentalx.datasets.dicom_pixels import frame_facts, read_stored
from dentalx.datasets.planes import luma
from dentalx.samples import Grey


def colour_plane(header: Any) -> tuple[Grey, NDArray[np.uint8] | None]:
    """Return grey of red, green and blue, palettes looked up, at the full scale of their bits.

    Args:
        header: as `dicom_pixels.check_pixel_data` leaves it.

    Returns:
        (rows, columns) float32 in [0, 1]; and (h, w, 3), every eighth row and column, None without colours.
    """
    pydicom = library()
    if header.PhotometricInterpretation == "PALETTE COLOR":
        pixels = pydicom.pixels.apply_color_lut(read_stored(header)[0], header)
        return _scaled(pixels, max(8, int(pixels.max()).bit_length()))
    stream = frame_facts(header)
    bits = header.BitsStored if stream is None else max(header.BitsStored, stream.precision)
    pixels = pydicom.pixels.pixel_array(header, index=0)
    if header.PhotometricInterpretation.startswith("YBR_PARTIAL"):  # which pydicom leaves: luma, from 16 to 235 of 255
        unit = 2 ** (bits - 8)
        plane: Grey = np.clip((pixels[..., 0].astype(np.float32) - 16 * unit) / (219 * unit), 0, 1)
        return plane, None
    return _scaled(pixels, bits)


def _scaled(pixels: Any, bits: int) -> tuple[Grey, NDArray[np.uint8]]:
    full = np.float32(2**bits - 1)
    plane: Grey = np.clip(luma(pixels) / full, 0, 1, dtype=np.float32)
    copy: NDArray[np.uint8] = np.clip(pixels[::8, ::8] * (255 / full), 0, 255).astype(np.uint8)
    return plane, copy
