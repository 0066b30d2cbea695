"""Whole picture files of every kind that is read, small, to be damaged."""

import io

import numpy as np
from PIL import Image

SIZE = (24, 32)


def levels(channels: int = 0) -> np.ndarray:
    """Smooth and uneven levels, (24, 32) or (24, 32, channels)."""
    rows, columns = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    planes = [(7 * rows + 5 * columns + 40 * i + 3 * (rows * columns % 7)) % 256 for i in range(max(1, channels))]
    stacked = np.stack(planes, -1).astype(np.uint8)
    return stacked if channels else stacked[..., 0]


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """A file as Pillow writes it."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def pictures() -> dict[str, bytes]:
    """Every kind of picture file, by a name that ends in its suffix."""
    grey, colour = Image.fromarray(levels()), Image.fromarray(levels(3))
    deep = Image.fromarray(levels().astype(np.uint16) * 16)
    exif = Image.Exif()
    exif[274] = 6
    return {
        "grey.png": encoded(grey, "PNG"),
        "deep.png": encoded(deep, "PNG"),
        "colour.png": encoded(colour, "PNG", exif=exif),
        "alpha.png": encoded(Image.fromarray(levels(4)), "PNG"),
        "palette.png": encoded(colour.quantize(32), "PNG", transparency=0),
        "bits.png": encoded(Image.fromarray(levels() > 99), "PNG"),
        "interlaced.png": encoded(colour, "PNG", interlace=1),
        "grey.jpg": encoded(grey, "JPEG", quality=90),
        "colour.jpg": encoded(colour, "JPEG", quality=90, exif=exif),
        "progressive.jpg": encoded(colour, "JPEG", progressive=True, subsampling=2),
        "inks.jpg": encoded(colour.convert("CMYK"), "JPEG"),
        "raw.tif": encoded(grey, "TIFF"),
        "deep.tif": encoded(deep, "TIFF"),
        "lzw.tif": encoded(colour, "TIFF", compression="tiff_lzw"),
        "deflate.tif": encoded(deep, "TIFF", compression="tiff_adobe_deflate"),
        "jpeg.tif": encoded(colour, "TIFF", compression="jpeg"),
        "fax.tif": encoded(Image.fromarray(levels() > 99), "TIFF", compression="group4"),
        "grey.bmp": encoded(grey, "BMP"),
        "colour.bmp": encoded(colour, "BMP"),
        "web.webp": encoded(colour, "WEBP"),
    }


def dicoms() -> dict[str, bytes]:
    """A radiograph in several transfer syntaxes."""
    import pydicom
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.encaps import encapsulate

    raw = (levels().astype(np.uint16) * 16).astype("<u2")
    eight = Image.fromarray(levels())
    known = {
        "explicit": ("1.2.840.10008.1.2.1", raw.tobytes()),
        "implicit": ("1.2.840.10008.1.2", raw.tobytes()),
        "big": ("1.2.840.10008.1.2.2", raw.astype(">u2").tobytes()),
        "deflated": ("1.2.840.10008.1.2.1.99", raw.tobytes()),
        "jpeg": ("1.2.840.10008.1.2.4.50", encapsulate([encoded(eight, "JPEG")])),
        "j2k": ("1.2.840.10008.1.2.4.90", encapsulate([encoded(eight, "JPEG2000", no_jp2=True)])),
        "rle": ("1.2.840.10008.1.2.1", raw.tobytes()),
    }
    found = {}
    for name, (syntax, data) in known.items():
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = syntax
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.1", "1.2.3"
        one = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        one.SOPClassUID, one.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3"
        one.PatientID, one.Modality = "P1", "PX"
        one.Rows, one.Columns, one.SamplesPerPixel, one.PhotometricInterpretation = *SIZE, 1, "MONOCHROME2"
        wide = name not in ("jpeg", "j2k")
        one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = (
            (16, 12, 11, 0) if wide else (8, 8, 7, 0)
        )
        one.RescaleSlope, one.RescaleIntercept, one.WindowCenter, one.WindowWidth = 1, 0, 2000, 3000
        one.add_new("PixelData", "OW" if wide else "OB", data)
        if not wide:
            one["PixelData"].is_undefined_length = True
        if name == "rle":
            one.compress(pydicom.uid.RLELossless)
        file = io.BytesIO()
        pydicom.dcmwrite(file, one, enforce_file_format=True)
        found[f"{name}.dcm"] = file.getvalue()
    return found


def dicom_of_zeros(side: int, bits: int) -> bytes:
    """A square of zeros."""
    content = dicoms()["explicit.dcm"]
    start = content.index(b"\xe0\x7f\x10\x00OW")
    for tag, value in ((0x10, side), (0x11, side), (0x100, bits), (0x101, min(bits, 12)), (0x102, min(bits, 12) - 1)):
        place = content.index(b"\x28\x00" + tag.to_bytes(2, "little") + b"US\x02\x00") + 8
        content = content[:place] + value.to_bytes(2, "little") + content[place + 2 :]
    size = side * side * bits // 8
    return content[: start + 8] + (size + size % 2).to_bytes(4, "little") + bytes(size + size % 2)
