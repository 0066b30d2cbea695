"""The attributes that show a DICOM image, made anew from decoded pixels and from the grey chain that was understood.

Nothing is copied: look-up tables hold only the entries that a pixel reaches, bits that no pixel uses are zero, and
palettes become colours. What a file holds beyond that, text included, has no way into the output.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dentalx.datasets.dicom_chain import edge_padding, grey_chain
from dentalx.datasets.dicom_file import library
from dentalx.datasets.dicom_grey import Chain, Rescale, Table, Window, render
from dentalx.datasets.dicom_pixels import stored_values
from dentalx.samples import Grey
from dentalx.text import Box, covered

Values = NDArray[np.integer[Any]]
FULL_SCALE = 65_535
_LUT_BITS = 16  # of 8 and 16, which PS3.3 C.11.1.1 and C.11.2.1.1 allow; digital X-ray images have 10 to 16 (C.8.11.3)
_DX_LUT_BITS = range(10, 17)


@dataclass(frozen=True)
class Understood:
    """What was read of an image.

    Attributes:
        values: (H, W) stored values of a grey image, signed where they are; else (H, W, 3) red, green, blue.
        bits: that a value has.
        signed: whether values have a sign.
        chain: from grey values to what is shown, with the one window or table that is used; None of colours.
        padding: (H, W), true where padding touches the edge, which has one level throughout; None where none does.
    """

    values: Values
    bits: int
    signed: bool = False
    chain: Chain | None = None
    padding: NDArray[np.bool_] | None = None


def understood(header: Any) -> Understood:
    """Decode the image of a header that was checked before, as `read_dicom` does."""
    pydicom = library()
    photometric = header.PhotometricInterpretation
    if photometric.startswith("MONOCHROME"):
        values, chain = stored_values(header), grey_chain(header)
        padding = edge_padding(values, header)
        if padding is not None:  # whatever its levels draw: nobody sees it, and it is no image
            values = np.where(padding, values[padding].min(), values)
        fitting = (step for step in chain.voi if _fits(values, replace(chain, voi=(step,), named=True), padding))
        chain = replace(chain, voi=next(((step,) for step in fitting), ()))
        return Understood(values, _bits(header, values), header.PixelRepresentation == 1, chain, padding)
    if photometric == "PALETTE COLOR":
        colours: Values = np.asarray(pydicom.pixels.apply_color_lut(stored_values(header), header))
        return Understood(colours, max(8, int(colours.max()).bit_length()))
    pixels: Values = np.asarray(pydicom.pixels.pixel_array(header, index=0))
    return Understood(pixels, max(header.BitsStored, int(pixels.max()).bit_length()))


def put_image(made: Any, image: Understood, digital_x_ray: bool) -> None:
    """Give `made` pixels and the steps that show them.

    Args:
        made: the data set to fill.
        image: what was read of it, perhaps with boxes covered.
        digital_x_ray: whether `made` is a DX or intra-oral image, whose look-up tables and inversion are written
            otherwise.
    """
    _put_pixels(made, image)
    if image.chain is None:
        made.PhotometricInterpretation, made.PlanarConfiguration = "RGB", 0
        return
    chain, values = image.chain, image.values
    made.PhotometricInterpretation = "MONOCHROME1" if chain.inverse else "MONOCHROME2"
    if digital_x_ray:
        made.PresentationLUTShape = "INVERSE" if chain.inverse else "IDENTITY"
    if image.padding is not None:
        made.add_new("PixelPaddingValue", "SS" if image.signed else "US", int(values[image.padding].min()))
    levels = np.unique(values).astype(np.float64)
    if isinstance(chain.modality, Rescale):
        put_rescale(made, chain.modality.slope, chain.modality.intercept)
    elif isinstance(chain.modality, Table):
        item = _table_item(_reached(chain.modality, levels), _LUT_BITS)
        item.ModalityLUTType = "US"
        made.ModalityLUTSequence = [item]
    for step in chain.voi:
        if isinstance(step, Window):
            made.WindowCenter, made.WindowWidth = decimal(step.centre), decimal(step.width)
            if step.function != "LINEAR":
                made.VOILUTFunction = step.function
        else:
            reached = _reached(step, levels if chain.modality is None else chain.modality(levels))
            bits = step.maximum.bit_length()
            if bits not in _DX_LUT_BITS or not (digital_x_ray or bits == _LUT_BITS):
                reached, bits = _to_full_scale(reached), _LUT_BITS
            made.VOILUTSequence = [_table_item(reached, bits)]


def _fits(values: Values, chain: Chain, padding: NDArray[np.bool_] | None) -> bool:
    return render(values, chain, "voi", padding)[1]


def _bits(header: Any, values: Values) -> int:
    """The bits of stored values: those that the header says, or more where values are wider."""
    low, high = int(values.min()), int(values.max())
    if header.PixelRepresentation == 1:
        return max(int(header.BitsStored), high.bit_length() + 1, (-1 - low).bit_length() + 1)
    return max(int(header.BitsStored), high.bit_length())


def blackened(image: Understood, boxes: Sequence[Box], shown: Grey) -> Understood:
    """The image with the value of its darkest pixel in every box, padding left as it is.

    Args:
        image: as it was understood.
        boxes: what to cover.
        shown: (H, W) the image as it is shown, in [0, 1].
    """
    outside = shown if image.padding is None or image.padding.all() else np.where(image.padding, np.inf, shown)
    dark = image.values[np.unravel_index(int(outside.argmin()), shown.shape)]
    values = np.asarray(covered(image.values, boxes, dark), image.values.dtype)
    if image.padding is not None:
        values[image.padding] = image.values[image.padding].min()
    return replace(image, values=values)


def put_rescale(made: Any, slope: float, intercept: float) -> None:
    """Write a rescale; its type US is "unspecified" (PS3.3 C.11.1.1.2)."""
    made.RescaleSlope, made.RescaleIntercept, made.RescaleType = decimal(slope), decimal(intercept), "US"


def decimal(value: float) -> Any:
    """A number as DICOM's decimal string, of 16 characters at most."""
    return library().valuerep.DSfloat(value, auto_format=True)


def _put_pixels(made: Any, image: Understood) -> None:
    """Write each value in as many bits as it has, lowest first, with zeros or its sign above."""
    made.Rows, made.Columns = image.values.shape[:2]
    made.SamplesPerPixel = 1 if image.values.ndim == 2 else 3
    allocated = 8 if image.bits <= 8 else 16
    made.BitsAllocated, made.BitsStored, made.HighBit = allocated, image.bits, image.bits - 1
    made.PixelRepresentation = int(image.signed)
    raw = image.values.astype(f"<{'i' if image.signed else 'u'}{allocated // 8}").tobytes()
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
    count, kind = len(entries) % (FULL_SCALE + 1), "US"  # 65,536 entries are written as 0
    if table.first < 0:
        count, kind = count - (FULL_SCALE + 1) * (count > FULL_SCALE // 2), "SS"
    item = library().dataset.Dataset()
    item.add_new("LUTDescriptor", kind, [count, table.first, bits])
    item.add_new("LUTData", "OW", entries.tobytes())
    return item
