"""The attributes that show a DICOM image, made anew from decoded pixels and from the grey chain that was understood.

Nothing is copied: look-up tables hold only the entries that a pixel reaches, bits that no pixel uses are zero, and
palettes become colours. What a file holds beyond that, text included, has no way into the output.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.dicom_chain import edge_padding, grey_chain
from dentalx.datasets.dicom_file import library
from dentalx.datasets.dicom_grey import Rescale, Table, Window
from dentalx.datasets.dicom_pixels import stored_values

Values = NDArray[np.integer[Any]]
FULL_SCALE = 65_535
_LUT_BITS = (8, 16)  # PS3.3 C.11.1.1 and C.11.2.1.1; digital X-ray images may have 10 to 16 (C.8.11.3)
_DX_LUT_BITS = range(10, 17)


def is_monochrome(header: Any) -> bool:
    """Whether an image has grey values, and neither colours nor a palette."""
    return bool(header.SamplesPerPixel == 1 and str(header.PhotometricInterpretation).startswith("MONOCHROME"))


def decoded_values(header: Any) -> Values:
    """Decode the pixels of a header that was checked before.

    Returns:
        (H, W) stored values of a grey image, signed where they are; else (H, W, 3) red, green, blue, of as many bits
        as `put_colour` writes.
    """
    if is_monochrome(header):
        return stored_values(header)
    pydicom = library()
    pixels: Values = pydicom.pixels.pixel_array(header, index=0)
    if header.PhotometricInterpretation == "PALETTE COLOR":
        return np.asarray(pydicom.pixels.apply_color_lut(pixels, header))
    return pixels & pixels.dtype.type(2**header.BitsStored - 1)


def put_grey(header: Any, made: Any, values: Values, digital_x_ray: bool) -> None:
    """Give `made` grey pixels and the steps that show them.

    Args:
        header: the source, for its grey chain and padding.
        made: the data set to fill.
        values: (H, W) stored values.
        digital_x_ray: whether `made` is a DX or intra-oral image, whose look-up tables and inversion are written
            otherwise.
    """
    chain = grey_chain(header)
    signed = header.get("PixelRepresentation") == 1
    _put_pixels(made, values, header.BitsStored, header.BitsAllocated, signed)
    made.PhotometricInterpretation = "MONOCHROME1" if chain.inverse else "MONOCHROME2"
    if digital_x_ray:
        made.PresentationLUTShape = "INVERSE" if chain.inverse else "IDENTITY"
    if edge_padding(values, header) is not None:
        for keyword in ("PixelPaddingValue", "PixelPaddingRangeLimit"):
            if isinstance(header.get(keyword), int):
                made.add_new(keyword, "SS" if signed else "US", header.get(keyword))
    levels = np.unique(values).astype(np.float64)
    if isinstance(chain.modality, Rescale):
        put_rescale(made, chain.modality.slope, chain.modality.intercept)
    elif isinstance(chain.modality, Table):
        item = _table_item(_reached(chain.modality, levels), 16)
        item.ModalityLUTType = "US"
        made.ModalityLUTSequence = [item]
    if isinstance(chain.voi, Window):
        made.WindowCenter, made.WindowWidth = decimal(chain.voi.centre), decimal(chain.voi.width)
        if chain.voi.function != "LINEAR":
            made.VOILUTFunction = chain.voi.function
    elif isinstance(chain.voi, Table):
        reached = _reached(chain.voi, levels if chain.modality is None else chain.modality(levels))
        bits = reached.maximum.bit_length()
        if bits not in (_DX_LUT_BITS if digital_x_ray else _LUT_BITS[1:]):
            reached, bits = _to_full_scale(reached), 16
        made.VOILUTSequence = [_table_item(reached, bits)]


def put_rescale(made: Any, slope: float, intercept: float) -> None:
    """Write a rescale; its type US is "unspecified" (PS3.3 C.11.1.1.2)."""
    made.RescaleSlope, made.RescaleIntercept, made.RescaleType = decimal(slope), decimal(intercept), "US"


def put_colour(header: Any, made: Any, values: Values) -> None:
    """Give `made` (H, W, 3) red, green, blue, pixel by pixel."""
    allocated = 8 * values.dtype.itemsize
    bits = allocated if header.PhotometricInterpretation == "PALETTE COLOR" else header.BitsStored
    _put_pixels(made, values, bits, allocated, signed=False)
    made.PhotometricInterpretation, made.PlanarConfiguration = "RGB", 0


def decimal(value: float) -> Any:
    """A number as DICOM's decimal string, of 16 characters at most."""
    return library().valuerep.DSfloat(value, auto_format=True)


def _put_pixels(made: Any, values: Values, bits: int, allocated: int, signed: bool) -> None:
    made.Rows, made.Columns = values.shape[:2]
    made.SamplesPerPixel = 1 if values.ndim == 2 else 3
    made.BitsAllocated, made.BitsStored, made.HighBit = allocated, bits, bits - 1
    made.PixelRepresentation = int(signed)
    whole = values.astype(np.int64) & (2**bits - 1)  # two's complement in the stored bits, zeros above
    if signed:
        whole = (whole ^ (1 << (bits - 1))) - (1 << (bits - 1))
    raw = whole.astype(f"<{'i' if signed else 'u'}{allocated // 8}").tobytes()
    made.add_new("PixelData", "OB" if allocated == 8 else "OW", raw + b"\0" * (len(raw) % 2))


def _reached(table: Table, inputs: NDArray[np.float64]) -> Table:
    """A table with the entries that `inputs` reach; each entry in between repeats the one below it.

    It covers all inputs, so that an entry can follow that none reaches, unless they are too many for a table.
    """
    places = np.unique(np.floor(inputs) - table.first)
    if places[-1] - places[0] >= FULL_SCALE:
        places = np.unique(np.clip(places, 0, len(table.entries) - 1))
    wanted = np.arange(places[0], places[-1] + 1)
    below = places[np.searchsorted(places, wanted, side="right") - 1]
    entries = table.entries[np.clip(below, 0, len(table.entries) - 1).astype(np.int64)]
    return Table(table.first + int(places[0]), entries, table.maximum)


def _to_full_scale(table: Table) -> Table:
    """A table of 16 bits; exact for 8 bits, within half a level of 16 bits for others."""
    scaled = np.rint(table.entries.astype(np.float64) * (FULL_SCALE / table.maximum))
    return Table(table.first, np.minimum(scaled, FULL_SCALE).astype(np.uint16), FULL_SCALE)


def _table_item(table: Table, bits: int) -> Any:
    """An item of a Modality or VOI LUT Sequence; a last entry that no pixel reaches shows the full scale."""
    entries = table.entries.astype("<u2")
    if int(entries.max()) < 2 ** (bits - 1) and len(entries) < FULL_SCALE:
        entries = np.append(entries, np.array([2**bits - 1], "<u2"))
    count, first = len(entries) % (FULL_SCALE + 1), table.first  # 65,536 entries are written as 0
    signed = first < 0 and count <= FULL_SCALE // 2
    item = library().dataset.Dataset()
    item.add_new("LUTDescriptor", "SS" if signed else "US", [count, first if signed else first & FULL_SCALE, bits])
    item.add_new("LUTData", "OW", entries.tobytes())
    return item
