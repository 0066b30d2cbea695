"""DICOM files for tests, written with pydicom; among them a JPEG Lossless stream of known content."""

import struct

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from dentalx.datasets.images import read_grey
from dentalx.errors import InputError

PANORAMIC = "1.2.840.10008.5.1.4.1.1.1.1"
SECONDARY = "1.2.840.10008.5.1.4.1.1.7"
RAMP = np.arange(24, dtype=np.uint16).reshape(4, 6) * 170 + 5  # 5 … 3915 of 4095


def dataset(values, *, bits=12, photometric="MONOCHROME2", syntax=ExplicitVRLittleEndian, data=None, **attributes):
    """A radiograph whose stored values are `values`; `data` stands for them where they are compressed."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = attributes.pop("sop", PANORAMIC)
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    found = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    found.SOPClassUID, found.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3"
    found.PatientName, found.PatientID, found.Modality = "Secret^Sally", "P-4711", "PX"
    found.Rows, found.Columns = values.shape[:2]
    found.SamplesPerPixel = 1 if values.ndim == 2 else values.shape[2]
    if values.ndim == 3:
        found.PlanarConfiguration = 0
    found.PhotometricInterpretation = photometric
    found.BitsAllocated = 8 * values.dtype.itemsize
    found.BitsStored, found.HighBit = bits, bits - 1
    found.PixelRepresentation = int(values.dtype.kind == "i")
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    raw = values.astype(values.dtype.newbyteorder(order)).tobytes() if data is None else encapsulate([data])
    found.add_new("PixelData", "OB" if values.dtype.itemsize == 1 or data else "OW", raw + b"\0" * (len(raw) % 2))
    for keyword, value in attributes.items():
        setattr(found, keyword, value)
    return found


def saved(path, found):
    pydicom.dcmwrite(path, found, enforce_file_format=True)
    return path


def written(path, values, **options):
    return saved(path, dataset(values, **options))


def refused(path, *words, **options):
    with pytest.raises(InputError) as caught:
        read_grey(path, **options)
    message = str(caught.value)
    assert "\n" not in message and path.name in message
    assert "Secret" not in message and "4711" not in message
    for word in words:
        assert word in message, message


def window(centre, width, function=None):
    found = {"WindowCenter": centre, "WindowWidth": width}
    return {**found, "VOILUTFunction": function} if function else found


def table(first, entries, bits, *, as_bytes=False):
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries) % 65536, first % 65536, bits])
    data = np.array(entries, "<u2")
    if as_bytes:
        item.add_new("LUTData", "OW", data.tobytes())
    else:
        item.add_new("LUTData", "US", data.tolist())
    item.ModalityLUTType = "US"
    return Sequence([item])


def huffman_free_jpeg_lossless(values, bits):
    """JPEG Lossless (T.81 process 14, predictor 1), every category coded in 5 bits: a file of known content."""
    rows, columns = values.shape
    code = {category: f"{category:05b}" for category in range(17)}
    out = []
    for y in range(rows):
        for x in range(columns):
            before = int(values[y, x - 1]) if x else int(values[y - 1, 0]) if y else 1 << (bits - 1)
            step = (int(values[y, x]) - before + 32768) % 65536 - 32768
            category = abs(step).bit_length()
            out.append(code[category])
            if 0 < category < 16:
                out.append(f"{step if step > 0 else step + 2**category - 1:0{category}b}")
    stream = "".join(out)
    stream += "1" * (-len(stream) % 8)
    coded = bytes(int(stream[i : i + 8], 2) for i in range(0, len(stream), 8)).replace(b"\xff", b"\xff\0")

    def segment(marker, body):
        return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body

    lengths = bytes([0, 0, 0, 0, 17]) + bytes(11)
    return (
        b"\xff\xd8"
        + segment(0xC3, struct.pack(">BHHB", bits, rows, columns, 1) + b"\1\x11\0")
        + segment(0xC4, b"\0" + lengths + bytes(range(17)))
        + segment(0xDA, b"\1\1\0\1\0\0")
        + coded
        + b"\xff\xd9"
    )


JPEG_LS = (  # RAMP, 12 bit, by CharLS
    "ffd8fff7000b0c0004000601011100ffda0008010100000000490530530533454f00000001e0150d"
    "25414e05400000001e14c52948518d27f6511425013e5400ffd9"
)
