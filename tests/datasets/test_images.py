"""Every common kind of picture file into one grey plane."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from picture_files import GREY, colour, encoded, png, saved
from PIL import Image

from dentalx.datasets.images import image_size, luma, read_grey


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp"])
@pytest.mark.parametrize("make", [lambda g: g, colour], ids=["grey", "colour"])
def test_grey_comes_back_exactly_whether_stored_as_grey_or_as_colour(tmp_path, suffix, make):
    plane = read_grey(saved(tmp_path / f"x.{suffix}", make(GREY)))
    assert plane.dtype == np.float32
    assert np.array_equal(plane, GREY.astype(np.float32) / np.float32(255))


def test_luma_is_integer_arithmetic_by_hand(tmp_path):
    colours = np.uint8([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [10, 20, 30]]])
    expected = [76, 150, 29, 18]  # 76.245, 149.685, 29.07, 18.15
    assert luma(colours)[0].tolist() == expected
    assert np.array_equal(read_grey(saved(tmp_path / "x.png", colours))[0], np.float32(expected) / np.float32(255))


def test_luma_never_changes_a_grey():
    levels = np.arange(65_536, dtype=np.uint16)
    assert np.array_equal(luma(np.stack([levels] * 3, -1)), levels)
    assert luma(np.full((1, 3), 255, np.uint8)).dtype == np.uint8


@pytest.mark.parametrize("alpha", [255, 77, 0])
def test_alpha_is_dropped_not_multiplied(tmp_path, alpha):
    layer = np.full((*GREY.shape, 1), alpha, np.uint8)
    rgba = saved(tmp_path / "rgba.png", np.concatenate([colour(GREY), layer], 2))
    la = tmp_path / "la.png"
    Image.fromarray(np.concatenate([GREY[..., None], layer], 2), "LA").save(la)
    expected = GREY.astype(np.float32) / np.float32(255)
    assert np.array_equal(read_grey(rgba), expected)
    assert np.array_equal(read_grey(la), expected)


def test_palette_is_looked_up(tmp_path):
    image = Image.fromarray(np.uint8([[0, 1, 2]]), "P")
    image.putpalette([9, 9, 9, 200, 200, 200, 0, 255, 0])
    image.save(tmp_path / "p.png")
    assert (read_grey(tmp_path / "p.png") * 255).round().tolist() == [[9, 200, 150]]
    image.save(tmp_path / "t.png", transparency=0)
    assert (read_grey(tmp_path / "t.png") * 255).round().tolist() == [[9, 200, 150]]


def test_one_bit_is_black_and_white(tmp_path):
    for suffix in ("png", "tif", "bmp"):
        path = tmp_path / f"x.{suffix}"
        Image.fromarray(np.array([[True, False]])).save(path)
        assert read_grey(path).tolist() == [[1, 0]]


@pytest.mark.parametrize("suffix", ["png", "tiff"])
@pytest.mark.parametrize(
    ("high", "scale"), [(200, 255), (255, 255), (256, 1023), (1000, 1023), (4095, 4095), (9000, 16383), (65535, 65535)]
)
def test_sixteen_bits_are_scaled_by_the_bits_in_use_and_never_clipped(tmp_path, suffix, high, scale):
    levels = np.uint16([[0, high // 2, high]])
    plane = read_grey(saved(tmp_path / f"x.{suffix}", levels))
    assert np.allclose(plane, levels / scale, atol=1e-7) and plane.max() <= 1


@pytest.mark.parametrize("suffix", ["png", "tiff"])
@pytest.mark.parametrize("channels", [3, 4])
def test_sixteen_bit_colour_keeps_its_low_bits(tmp_path, suffix, channels):
    levels = np.uint16([[1000, 1001], [3, 4095]])
    path = tmp_path / f"x.{suffix}"
    path.write_bytes(cv2.imencode(f".{suffix}", np.repeat(levels[..., None], channels, 2))[1].tobytes())
    assert np.allclose(read_grey(path), levels / 4095, atol=1e-7)


def with_orientation(tiff, orientation):
    """A little-endian TIFF's bytes with the tag added to its only directory."""
    start = struct.unpack("<I", tiff[4:8])[0]
    count = struct.unpack("<H", tiff[start : start + 2])[0]
    entries = [tiff[start + 2 + 12 * i : start + 14 + 12 * i] for i in range(count)]
    entries.append(struct.pack("<HHIHH", 274, 3, 1, orientation, 0))
    entries.sort(key=lambda entry: struct.unpack("<H", entry[:2])[0])
    directory = struct.pack("<H", count + 1) + b"".join(entries) + b"\0" * 4
    return tiff[:4] + struct.pack("<I", len(tiff)) + tiff[8:] + directory


def test_sixteen_bit_colour_is_turned_too(tmp_path, rng):
    levels = rng.integers(0, 65536, (4, 6)).astype(np.uint16)
    wide = np.repeat(levels[..., None], 3, 2)
    turned = np.rot90(levels, -1).astype(np.float32) / np.float32(65535)
    tiff = with_orientation(cv2.imencode(".tiff", wide)[1].tobytes(), 6)
    exif = Image.Exif()
    exif[274] = 6
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(block)) + b"eXIf" + block + struct.pack(">I", zlib.crc32(b"eXIf" + block))
    plain = cv2.imencode(".png", wide)[1].tobytes()
    for name, data in (("x.tif", tiff), ("x.png", plain[:33] + chunk + plain[33:])):
        (tmp_path / name).write_bytes(data)
        assert image_size(tmp_path / name) == (6, 4)
        assert np.array_equal(read_grey(tmp_path / name), turned), name


def test_sixteen_bit_grey_with_alpha(tmp_path):
    row = b"\0" + struct.pack(">HHHH", 1000, 65535, 4095, 0)
    path = tmp_path / "la16.png"
    path.write_bytes(png((2, 1, 16, 4), row))
    assert np.allclose(read_grey(path), [[1000 / 4095, 1]], atol=1e-7)


def test_few_bits_fill_the_range(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(png((4, 1, 2, 0), bytes([0, 0b00_01_10_11])))
    assert np.allclose(read_grey(path), [[0, 1 / 3, 2 / 3, 1]], atol=1e-6)


def test_big_endian_and_white_is_zero_tiffs(tmp_path):
    levels = np.uint16([[0, 1000], [4095, 17]])
    data = levels.astype(">u2").tobytes()

    def tiff(photometric):
        tags = [(256, 3, 2), (257, 3, 2), (258, 3, 16), (259, 3, 1), (262, 3, photometric), (273, 4, 8), (277, 3, 1)]
        tags += [(278, 3, 2), (279, 4, 8)]
        entries = b"".join(
            struct.pack(">HHI", tag, kind, 1)
            + (struct.pack(">HH", value, 0) if kind == 3 else struct.pack(">I", value))
            for tag, kind, value in tags
        )
        return b"MM\0*" + struct.pack(">I", 16) + data + struct.pack(">H", len(tags)) + entries + b"\0" * 4

    (tmp_path / "black.tif").write_bytes(tiff(1))
    assert np.allclose(read_grey(tmp_path / "black.tif"), levels / 4095, atol=1e-7)
    little = Image.fromarray(levels)
    little.save(tmp_path / "white.tif", tiffinfo={262: 0})
    with Image.open(tmp_path / "white.tif") as check:
        assert check.tag_v2[262] == 0
    assert np.allclose(read_grey(tmp_path / "white.tif"), 1 - levels / 4095, atol=1e-6)


def test_jpeg_grey_and_colour(tmp_path):
    smooth = np.tile(np.linspace(20, 230, 64).astype(np.uint8), (32, 1))
    grey = read_grey(saved(tmp_path / "g.jpg", smooth, quality=95))
    coloured = read_grey(saved(tmp_path / "c.jpg", colour(smooth), quality=95))
    assert np.abs(grey * 255 - smooth).max() <= 3
    assert np.abs(coloured * 255 - smooth).max() <= 3


def test_the_grey_of_a_colour_jpeg_is_the_plane_it_stores(tmp_path):
    """The exported model takes the same plane inside its graph; mixing decoded colours again rounds a second time."""
    rng = np.random.default_rng(3)
    picture = cv2.GaussianBlur(rng.integers(0, 256, (40, 56, 3)).astype(np.uint8), (0, 0), 2)
    for subsampling in (0, 2):
        path = saved(tmp_path / "c.jpg", picture, quality=90, subsampling=subsampling)
        stored = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE)
        assert np.array_equal(read_grey(path), stored.astype(np.float32) / np.float32(255))
        with Image.open(path) as opened:
            mixed = luma(np.array(opened.convert("RGB")))
        assert np.abs(stored.astype(int) - mixed).max() <= 1


def test_the_quick_ways_to_luma_are_exact(tmp_path):
    """Every pair of red and green, for blues from end to end."""
    red, green = np.mgrid[0:256, 0:256]
    for blue in (0, 1, 2, 50, 127, 128, 250, 255):
        colours = np.stack([red, green, np.full_like(red, blue)], 2)
        expected = (9798 * red + 19235 * green + 3735 * blue + 16384) // 32768
        assert np.array_equal(luma(colours.astype(np.uint8)), expected)
        path = saved(tmp_path / "x.png", colours.astype(np.uint8))
        assert np.array_equal(read_grey(path), expected.astype(np.float32) / np.float32(255))
        assert np.array_equal(luma(colours.astype(np.uint8).reshape(-1, 3)), expected.ravel())
        deep = colours * 257
        expected = (9798 * deep[..., 0] + 19235 * deep[..., 1] + 3735 * deep[..., 2] + 16384) // 32768
        assert np.array_equal(luma(deep.astype(np.uint16)), expected)


def test_cmyk_jpeg(tmp_path):
    Image.fromarray(colour(np.full((8, 8), 128, np.uint8))).convert("CMYK").save(tmp_path / "x.jpg", quality=95)
    assert np.abs(read_grey(tmp_path / "x.jpg") * 255 - 128).max() <= 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
def test_exif_orientation_is_applied_and_known_from_the_header(tmp_path, orientation, suffix):
    levels = np.zeros((16, 24), np.uint8)
    levels[:8, :8], levels[:8, 16:] = 250, 120  # bright top left, grey top right
    exif = Image.Exif()
    exif[274] = orientation
    path = saved(tmp_path / f"x.{suffix}", levels, exif=exif)
    turns = {1: lambda a: a, 2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud, 5: np.transpose}
    turns |= {6: lambda a: np.rot90(a, -1), 7: lambda a: np.rot90(a, 2).T, 8: np.rot90}
    expected = turns[orientation](levels)
    plane = read_grey(path)
    assert plane.shape == expected.shape == image_size(path)
    assert np.abs(plane * 255 - expected).max() <= 12  # JPEG


def test_a_broken_orientation_is_ignored(tmp_path):
    path = saved(tmp_path / "x.png", GREY, exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert read_grey(path).shape == GREY.shape
    exif = Image.Exif()
    exif[274] = 99
    assert read_grey(saved(tmp_path / "y.png", GREY, exif=exif)).shape == GREY.shape


def test_content_decides_not_the_suffix(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(encoded("BMP", GREY))
    assert np.array_equal(read_grey(path) * 255, GREY)


@pytest.mark.parametrize("name", ["Zähne çürük.png", "歯.png", "with space.png", "e\u0301.png", "%20;$(x).png"])
def test_any_name_is_read(tmp_path, name):
    wide = tmp_path / f"wide {name}"
    wide.write_bytes(cv2.imencode(".png", np.full((2, 2, 3), 4095, np.uint16))[1].tobytes())
    assert np.array_equal(read_grey(saved(tmp_path / name, GREY)) * 255, GREY)
    assert read_grey(wide).tolist() == [[1, 1], [1, 1]]


def test_what_is_read_is_ours_to_keep(tmp_path):
    path = saved(tmp_path / "x.png", GREY)
    plane = read_grey(path)
    assert plane.flags.writeable and plane.flags.c_contiguous
    path.unlink()  # no handle is left open, and nothing is read later
    assert plane.shape == GREY.shape
