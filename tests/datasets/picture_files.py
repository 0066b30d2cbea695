"""Picture files for tests."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from dentalx.datasets.images import read_grey
from dentalx.errors import InputError

GREY = np.arange(0, 240, 4, dtype=np.uint8).reshape(6, 10)


def saved(path, array, **options):
    Image.fromarray(array).save(path, **options)
    return path


def encoded(suffix, array, **options):
    """A file's bytes as Pillow writes them."""
    file = io.BytesIO()
    Image.fromarray(array).save(file, format=suffix, **options)
    return file.getvalue()


def colour(grey):
    return np.repeat(grey[..., None], 3, axis=2)


def refused(path, *words, **options):
    with pytest.raises(InputError) as caught:
        read_grey(path, **options)
    message = str(caught.value)
    assert "\n" not in message and path.name in message
    for word in words:
        assert word in message, message
    return message


def png(header, rows, *, before=b""):
    """A PNG made by hand: (width, height, depth, colour type) and raw rows."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    ihdr = chunk(b"IHDR", struct.pack(">IIBBBBB", *header, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + ihdr + before + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
