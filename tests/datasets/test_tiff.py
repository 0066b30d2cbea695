"""TIFF files of many kinds, written here tag by tag: read rightly, or refused for the right reason."""

import struct
import zlib

import numpy as np
import pytest
from picture_files import refused

from dentalx.datasets.decode import header_size, read_pixels
from dentalx.datasets.images import read_grey

ROWS, COLUMNS = 18, 30
SMOOTH = np.add.outer(np.linspace(0, 0.6, ROWS), np.linspace(0, 0.4, COLUMNS))
NONE, DEFLATE = 1, 8


def tiff(path, pixels, order, photometric, *, compression=NONE, predictor=1, **tags):
    """(H, W) or (H, W, C) integers as one strip, in this byte order; tags by number, over those that follow."""
    rows, columns = pixels.shape[:2]
    samples = 1 if pixels.ndim == 2 else pixels.shape[2]
    bits = 8 * pixels.dtype.itemsize
    if predictor == 2:
        pixels = np.diff(pixels, axis=1, prepend=np.zeros_like(pixels[:, :1]))
    data = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()
    data = zlib.compress(data) if compression == DEFLATE else data
    found = {256: columns, 257: rows, 258: (bits,) * samples, 259: compression, 262: photometric, 273: 8, 277: samples,
             278: rows, 279: len(data), 284: 1, 317: predictor}  # fmt: skip
    found = {
        tag: value for tag, value in {**found, **{int(k[1:]): v for k, v in tags.items()}}.items() if value is not None
    }
    extra, entries = b"", b""
    place = 8 + len(data) + len(data) % 2
    extra_place = place + 2 + 12 * len(found) + 4
    for tag, value in sorted(found.items()):
        values = value if isinstance(value, tuple) else (value,)
        kind = "I" if tag in (273, 279) else "H"
        packed = struct.pack(f"{order}{len(values)}{kind}", *values)
        if len(packed) > 4:
            packed, extra = struct.pack(order + "I", extra_place + len(extra)), extra + packed
        entries += struct.pack(order + "HHI", tag, 4 if kind == "I" else 3, len(values)) + packed.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", place)
    directory = struct.pack(order + "H", len(found)) + entries + bytes(4)
    path.write_bytes(head + data + b"\0" * (len(data) % 2) + directory + extra)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.tif"


@pytest.mark.parametrize(("compression", "predictor"), [(NONE, 1), (DEFLATE, 1), (DEFLATE, 2)])
@pytest.mark.parametrize("white_is_zero", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_grey(path, bits, order, white_is_zero, compression, predictor):
    """Twelve bits stand in sixteen, as everywhere."""
    levels = np.round(SMOOTH * (2**bits - 1)).astype(np.uint8 if bits == 8 else np.uint16)
    stored = (2**bits - 1 - levels).astype(levels.dtype) if white_is_zero else levels
    tiff(path, stored, order, 0 if white_is_zero else 1, compression=compression, predictor=predictor)
    assert header_size(path) == (ROWS, COLUMNS)
    assert np.array_equal(read_pixels(path).values, levels)
    assert np.allclose(read_grey(path), levels / (2**bits - 1), atol=1e-6)


def test_white_is_zero_turned(path):
    levels = np.round(SMOOTH * 65_535).astype(np.uint16)
    tiff(path, np.ascontiguousarray(np.rot90(65_535 - levels)), ">", 0, t274=6)
    assert header_size(path) == (ROWS, COLUMNS) and np.array_equal(read_pixels(path).values, levels)


@pytest.mark.parametrize("extra", [0, 1, 2])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_second_sample_is_no_grey(path, order, extra):
    levels = np.round(SMOOTH * 255).astype(np.uint8)
    tiff(path, np.stack([levels, np.full_like(levels, 200)], -1), order, 1, t338=extra)
    assert np.array_equal(read_pixels(path).values, levels)
    assert np.allclose(read_grey(path), levels / 255, atol=1e-6)


def test_what_is_not_read_is_named(path):
    levels = np.round(SMOOTH * 4095).astype(np.uint16)
    for packed in (10, 14):
        refused(tiff(path, levels, ">", 1, t258=packed), f"TIFF of {packed} bits (grey)")
    refused(tiff(path, levels.astype(np.float16).view(np.uint16), "<", 1, t339=3), "16 floating-point bits")
    refused(tiff(path, levels.astype(np.uint32), ">", 1), "32 bits (grey)")
    refused(tiff(path, levels, "<", 1, compression=34712), "compression 34712")
    refused(tiff(path, np.stack([levels] * 2, -1), "<", 1, t338=2), "2 numbers a pixel of 16 bits")
    refused(tiff(path, levels, "<", 32_844), "photometric interpretation 32844")
    refused(tiff(path, levels.astype(np.uint8), "<", None), "lacks PhotometricInterpretation")
    big = b"MM\0+\0\x08\0\0" + struct.pack(">Q", 16) + bytes(64)
    path.write_bytes(big)
    refused(path, "BigTIFF in big-endian order")


def chained(path, kinds):
    """One image, and behind it directories of these kinds, which all show the same pixels."""
    levels = np.round(SMOOTH * 255).astype(np.uint8)
    data = tiff(path, levels, "<", 1, t254=kinds[0]).read_bytes()
    (start,) = struct.unpack("<I", data[4:8])
    (count,) = struct.unpack("<H", data[start : start + 2])
    directory = data[start : start + 2 + 12 * count]
    found = data[:start]
    for n, kind in enumerate(kinds):
        one = directory.replace(
            struct.pack("<HHIHH", 254, 3, 1, kinds[0], 0), struct.pack("<HHIHH", 254, 3, 1, kind, 0)
        )
        after = len(found) + len(one) + 4 if n + 1 < len(kinds) else 0
        found += one + struct.pack("<I", after)
    path.write_bytes(found)
    return levels


def test_previews_are_no_pages(path):
    for kinds in ((0,), (0, 1), (0, 1, 4, 5)):
        levels = chained(path, kinds)
        assert np.array_equal(read_pixels(path).values, levels)
    chained(path, (0, 0, 1))
    refused(path, "holds 2 pages")
    chained(path, (1, 0))
    refused(path, "begins with a preview")


def test_many_pages_cost_little(path, monkeypatch):
    chained(path, (0,) * 300)
    monkeypatch.setattr("PIL.TiffImagePlugin.TiffImageFile.seek", None)  # Pillow is not asked to count them
    refused(path, "more than 100 pages")


def test_a_circle_of_pages_ends(path):
    levels = chained(path, (0, 1))
    data = bytearray(path.read_bytes())
    data[-4:] = data[4:8]
    path.write_bytes(data)
    assert np.array_equal(read_pixels(path).values, levels)


def test_wide_colour_in_separate_planes_is_refused(path):
    """What cv2 makes of them is a picture, but another one."""
    planes = np.round(np.stack([SMOOTH, SMOOTH[::-1], SMOOTH[:, ::-1]]) * 65_535).astype(np.uint16)
    size = 2 * ROWS * COLUMNS
    refused(
        tiff(path, planes.reshape(3 * ROWS, COLUMNS), "<", 2, t257=ROWS, t258=(16, 16, 16), t277=3, t278=ROWS, t284=2,
             t273=(8, 8 + size, 8 + 2 * size), t279=(size,) * 3), "separate planes"
    )  # fmt: skip
    pixels = np.ascontiguousarray(np.moveaxis(planes, 0, -1))
    plane = read_grey(tiff(path, pixels, ">", 2))
    assert np.allclose(plane, pixels @ [0.299, 0.587, 0.114] / 65_535, atol=1e-4)
