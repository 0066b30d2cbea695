"""Every broken picture file into one line."""

import os
import struct

import cv2
import numpy as np
import pytest
from picture_files import GREY, encoded, png, refused, saved
from PIL import Image

from dentalx.datasets.decode import ReadLimits
from dentalx.datasets.images import image_size, read_grey
from dentalx.errors import InputError


def test_missing_file_and_folder(tmp_path):
    refused(tmp_path / "no.png", "No such file")
    refused(tmp_path, "is a folder")
    refused(tmp_path / "no" / "way.png", "No such file")


def test_broken_link(tmp_path):
    (tmp_path / "link.png").symlink_to(tmp_path / "gone.png")
    refused(tmp_path / "link.png", "No such file")


def test_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    refused(tmp_path / "pipe.png", "pipe")


def test_empty_file(tmp_path):
    (tmp_path / "x.png").touch()
    refused(tmp_path / "x.png", "0 bytes")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"hello, I am text\n", "text"),
        (b"GIF89a\1\0\1\0", "GIF"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\3\4zzzz", "ZIP"),
        (b"<!DOCTYPE html><html>not found", "HTML"),
        (b'{"a": 1}', "JSON"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"\xde\xad\xbe\xef", "something else"),
        (b"B", "text"),
    ],
)
def test_other_content_under_a_picture_name(tmp_path, content, word):
    (tmp_path / "x.png").write_bytes(content)
    refused(tmp_path / "x.png", "expected PNG, JPEG, TIFF, BMP or DICOM", word)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP"])
@pytest.mark.parametrize("keep", [0.3, 0.7, 0.95])
def test_truncated_file(tmp_path, kind, keep):
    noise = np.random.default_rng(1).integers(0, 256, (64, 64)).astype(np.uint8)
    data = encoded(kind, noise)
    path = tmp_path / f"x.{kind.lower()}"
    path.write_bytes(data[: int(len(data) * keep)])
    refused(path, "truncated or damaged", f"whole {kind}")


def test_truncated_sixteen_bit_colour(tmp_path):
    noise = np.random.default_rng(1).integers(0, 65536, (64, 64, 3)).astype(np.uint16)
    for suffix in ("png", "tiff"):
        data = cv2.imencode(f".{suffix}", noise)[1].tobytes()
        (tmp_path / f"x.{suffix}").write_bytes(data[: len(data) // 2])
        refused(tmp_path / f"x.{suffix}", "truncated or damaged")


def test_a_header_of_50000_by_50000_is_refused_before_decoding(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(png((50_000, 50_000, 8, 0), b""))
    refused(path, "50000×50000", "64 megapixels")
    with pytest.raises(InputError, match="50000×50000"):
        image_size(path)


def test_headers_of_other_kinds_are_judged_too(tmp_path):
    bmp = bytearray(encoded("BMP", GREY))
    bmp[18:26] = struct.pack("<ii", 40_000, 40_000)
    jpeg = bytearray(encoded("JPEG", GREY))
    start = jpeg.index(b"\xff\xc0") + 5
    jpeg[start : start + 4] = struct.pack(">HH", 65_000, 65_000)
    for name, data in (("x.bmp", bmp), ("x.jpg", jpeg)):
        (tmp_path / name).write_bytes(bytes(data))
        refused(tmp_path / name, "megapixels")


def test_limits_can_be_chosen(tmp_path):
    path = saved(tmp_path / "x.png", GREY)
    refused(path, "6×10", limits=ReadLimits(megapixels=59e-6))
    refused(path, "sides of 9", limits=ReadLimits(side_px=9))
    assert read_grey(path, ReadLimits(megapixels=60e-6, side_px=10)).shape == (6, 10)


@pytest.mark.parametrize(
    ("count", "depth", "each"), [(1, np.uint8, 1), (3, np.uint8, 3), (4, np.uint8, 4), (3, np.uint16, 6)]
)
def test_colour_and_depth_count_by_their_bytes(tmp_path, count, depth, each):
    """What is decoded takes memory, not pixels: 6 by 10 of them, of so many bytes each."""
    cv2.imwrite(str(tmp_path / "x.png"), np.zeros((6, 10) if count == 1 else (6, 10, count), depth))
    most = ReadLimits(megabytes=60e-6 * each)
    assert read_grey(tmp_path / "x.png", most).shape == image_size(tmp_path / "x.png", most) == (6, 10)
    message = f"6×10 pixels of {each} bytes each" if each > 1 else "6×10"
    refused(tmp_path / "x.png", message, limits=ReadLimits(megabytes=59e-6 * each))


def test_zero_by_zero_header(tmp_path):
    (tmp_path / "x.png").write_bytes(png((0, 5, 8, 0), b""))
    refused(tmp_path / "x.png", "x.png")


def test_several_pages(tmp_path):
    frames = [Image.fromarray(GREY), Image.fromarray(GREY)]
    frames[0].save(tmp_path / "x.tif", save_all=True, append_images=frames[1:])
    refused(tmp_path / "x.tif", "2 pages")


def test_floating_point_tiff(tmp_path):
    refused(saved(tmp_path / "x.tif", GREY.astype(np.float32)), "floating-point pixels")


def test_signed_levels(tmp_path):
    refused(saved(tmp_path / "x.tif", np.int32([[-5, 70_000]])), "-5…70000")


def test_no_permission(tmp_path, monkeypatch):
    """Root may read everything, so the refusal is played by the file system's own error."""
    path = saved(tmp_path / "x.png", GREY)

    def deny(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", deny)
    refused(path, "no permission")


def test_damaged_files_never_do_anything_but_read_or_refuse(tmp_path):
    """Random damage to every kind of file: a plane or an InputError, nothing else."""
    rng = np.random.default_rng(5)
    noise = cv2.GaussianBlur(rng.integers(0, 256, (24, 32, 3)).astype(np.uint8), (0, 0), 1)
    seeds = [encoded(kind, array) for kind in ("PNG", "JPEG", "TIFF", "BMP") for array in (noise, noise[..., 0])]
    seeds.append(cv2.imencode(".png", noise.astype(np.uint16) * 257)[1].tobytes())
    seeds.append(encoded("TIFF", noise, compression="tiff_lzw"))
    path, outcomes = tmp_path / "x.png", {"read": 0, "refused": 0}
    for number in range(1000):
        data = bytearray(seeds[number % len(seeds)])
        for _ in range(rng.integers(1, 6)):
            data[rng.integers(0, min(len(data), 400 if number % 2 else len(data)))] = rng.integers(0, 256)
        path.write_bytes(bytes(data[: rng.integers(1, len(data) + 1)] if number % 3 == 0 else data))
        try:
            plane = read_grey(path, ReadLimits(megapixels=4))
        except InputError as error:
            assert str(path) in str(error) and "\n" not in str(error)
            outcomes["refused"] += 1
        else:
            assert plane.dtype == np.float32 and plane.ndim == 2 and plane.min() >= 0 and plane.max() <= 1
            outcomes["read"] += 1
    assert min(outcomes.values()) > 100, outcomes
