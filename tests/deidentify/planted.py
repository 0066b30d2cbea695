"""Pictures with a patient's name in every place that a format has for one."""

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, PngImagePlugin

NAME = b"Secret^Sally"
TEXT = NAME.decode()
GREY = (np.arange(40 * 60).reshape(40, 60) % 251).astype(np.uint8)


def exif(orientation: int = 1) -> Image.Exif:
    """Exif with the name as artist and description, and an orientation."""
    found = Image.Exif()
    found[274], found[315], found[270] = orientation, TEXT, TEXT
    return found


def png(path: Path, image: Image.Image, orientation: int = 1) -> Path:
    """A PNG with text chunks, Exif, a profile, a chunk of its own, and something after its end."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Patient", TEXT)
    info.add_text("Patient", TEXT, zip=True)
    info.add_itxt("XML:com.adobe.xmp", f"<x>{TEXT}</x>")
    file = io.BytesIO()
    image.save(file, "PNG", pnginfo=info, exif=exif(orientation), icc_profile=NAME)
    data = file.getvalue()
    own = struct.pack(">I", len(NAME)) + b"prVt" + NAME + struct.pack(">I", zlib.crc32(b"prVt" + NAME))
    path.write_bytes(data[:33] + own + data[33:] + NAME)
    return path


def jpeg(path: Path, image: Image.Image, orientation: int = 1, **options: object) -> Path:
    """A JPEG with Exif, XMP, IPTC, a profile, a comment, a JFIF thumbnail, and something after its end."""
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif(orientation), comment=NAME, icc_profile=NAME, xmp=NAME, **options)
    data = file.getvalue()
    iptc = b"\xff\xed" + struct.pack(">H", 2 + 14 + len(NAME)) + b"Photoshop 3.0\0" + NAME
    data = data[:2] + iptc + data[2:]
    path.write_bytes(data + NAME + b"\xff\xd8\xff\xd9")
    return path


def tiff(path: Path, image: Image.Image) -> Path:
    """A TIFF with the name in several tags."""
    image.save(path, "TIFF", tiffinfo={270: TEXT, 315: TEXT, 305: TEXT, 700: NAME}, icc_profile=NAME)
    return path


def bmp(path: Path, image: Image.Image) -> Path:
    """A BMP with something after its end."""
    image.save(path, "BMP")
    path.write_bytes(path.read_bytes() + NAME)
    return path


def deep(path: Path, colours: np.ndarray) -> Path:
    """Colours of 16 bits, or with transparency, which Pillow does not write; something after the end."""
    cv2.imwrite(str(path), colours)
    path.write_bytes(path.read_bytes() + NAME)
    return path
