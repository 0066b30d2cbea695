"""However a file stores its pixels, the same come out, and as many as it promises."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from dentalx.datasets import planes
from dentalx.datasets.decode import read_pixels
from dentalx.errors import InputError

ROWS, COLUMNS = 300, 7  # more rows than are copied at a time, and rows of an odd length
SHAPES = {"L": (ROWS, COLUMNS), "RGB": (ROWS, COLUMNS, 3), "RGBA": (ROWS, COLUMNS, 4), "I;16": (ROWS, COLUMNS)}


def levels(mode, rng):
    wide = mode == "I;16"
    return rng.integers(0, 65_536 if wide else 256, SHAPES[mode]).astype(np.uint16 if wide else np.uint8)


def whole(pixels):
    return pixels.values if pixels.alpha is None else np.dstack([pixels.values, pixels.alpha])


WAYS = {
    "png": ("png", {}),
    "interlaced": ("png", {"interlace": 1}),
    "bmp": ("bmp", {}),
    "raw": ("tif", {}),
    "strips": ("tif", {"strip_size": 3 * COLUMNS}),
    "lzw": ("tif", {"compression": "tiff_lzw"}),
    "deflate": ("tif", {"compression": "tiff_adobe_deflate"}),
}


@pytest.mark.parametrize("mode", SHAPES)
@pytest.mark.parametrize("way", WAYS)
def test_pixels_come_back_whatever_stores_them(tmp_path, rng, mode, way):
    if way == "bmp" and mode in ("I;16", "RGBA"):
        pytest.skip("a BMP cannot hold it")
    suffix, options = WAYS[way]
    written, path = levels(mode, rng), tmp_path / f"x.{suffix}"
    Image.fromarray(written).save(path, **options)
    pixels = read_pixels(path)
    assert np.array_equal(whole(pixels), written)
    assert pixels.values.dtype == written.dtype
    grey = read_pixels(path, grey=True)
    assert grey.alpha is None
    assert np.array_equal(grey.values, written if written.ndim == 2 else planes.luma(written[..., :3]))


@pytest.mark.parametrize("mode", SHAPES)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_tiff_is_turned_once(tmp_path, rng, mode, orientation):
    written = levels(mode, rng)
    Image.fromarray(written).save(tmp_path / "x.tif", tiffinfo={274: orientation})
    expected = written.swapaxes(0, 1) if orientation >= 5 else written
    expected = expected[::-1] if orientation in (3, 4, 7, 8) else expected
    expected = expected[:, ::-1] if orientation in (2, 3, 6, 7) else expected
    assert np.array_equal(whole(read_pixels(tmp_path / "x.tif")), expected)


@pytest.mark.parametrize("mode", ["LA", "CMYK", "YCbCr", "P", "1"])
def test_pixels_that_are_kept_otherwise(tmp_path, rng, mode):
    """Copied a few rows at a time, they are what Pillow gives of the whole."""
    shape = {"LA": (ROWS, COLUMNS, 2), "P": (ROWS, COLUMNS), "1": (ROWS, COLUMNS)}.get(mode, (ROWS, COLUMNS, 3))
    written = Image.fromarray(rng.integers(0, 256, shape).astype(np.uint8))
    written.convert(mode).save(tmp_path / "x.tif", compression="tiff_lzw")
    with Image.open(tmp_path / "x.tif") as image:
        expected = np.array(image.convert({"LA": "LA", "P": "P", "1": "L"}.get(mode, "RGB")))
    assert np.array_equal(whole(read_pixels(tmp_path / "x.tif")), expected)


def tiff(parts, order, tags):
    """A TIFF of strips; `tags` go before those of its size and strips."""
    start, behind = 8 + 8 * len(parts), 8 + 8 * len(parts) + sum(map(len, parts))
    offsets = [start + sum(map(len, parts[:i])) for i in range(len(parts))]
    lengths = [len(part) for part in parts]
    place = [offsets[0], lengths[0]] if len(parts) == 1 else [8, 8 + 4 * len(parts)]
    listed = struct.pack(f"{order}{2 * len(parts)}I", *offsets, *lengths)
    found = {
        256: (1, COLUMNS),
        257: (1, ROWS),
        278: (1, ROWS),
        273: (len(parts), place[0]),
        279: (len(parts), place[1]),
    }
    found |= {tag: (1, value) for tag, value in tags.items()}
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, *found[tag]) for tag in sorted(found))
    magic = b"II*\0" if order == "<" else b"MM\0*"
    head = magic + struct.pack(f"{order}I", behind) + listed + b"".join(parts)
    return head + struct.pack(f"{order}H", len(found)) + entries + bytes(4)


def planar(values, compression):
    parts = [values[..., i].tobytes() for i in range(3)]
    packed = parts if compression == 1 else [zlib.compress(part) for part in parts]
    return tiff(packed, "<", {258: 8, 259: compression, 262: 2, 277: 3, 284: 2})


def test_the_other_byte_order(tmp_path, rng):
    written = levels("I;16", rng)
    tags = {258: 16, 259: 1, 262: 1, 277: 1}
    (tmp_path / "x.tif").write_bytes(tiff([written.astype(">u2").tobytes()], ">", tags))
    assert np.array_equal(read_pixels(tmp_path / "x.tif").values, written)


@pytest.mark.parametrize("compression", [1, 8], ids=["raw", "deflate"])
def test_planes_that_lie_apart(tmp_path, rng, compression):
    """The red of all pixels, then the green, then the blue."""
    written = levels("RGB", rng)
    (tmp_path / "x.tif").write_bytes(planar(written, compression))
    assert np.array_equal(read_pixels(tmp_path / "x.tif").values, written)


@pytest.mark.parametrize("mode", SHAPES)
@pytest.mark.parametrize("options", [{}, {"strip_size": 64}], ids=["one strip", "strips"])
def test_rows_that_are_missing_are_told(tmp_path, rng, mode, options):
    path = tmp_path / "x.tif"
    Image.fromarray(levels(mode, rng)).save(path, **options)
    content = path.read_bytes()
    with Image.open(path) as image:
        last = image.tag_v2[273][-1]
    lost = content.replace(struct.pack("<I", last), struct.pack("<I", len(content) - 5), 1)
    assert lost != content
    path.write_bytes(lost)
    with pytest.raises(InputError, match="truncated"):
        read_pixels(path)
