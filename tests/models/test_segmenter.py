"""The graph from any picture to its probabilities: the same arithmetic as in NumPy."""

import io

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from dentalx.datasets.images import read_grey
from dentalx.models.segmenter import Segmenter, decode_grey, letterbox, resize
from dentalx.preprocess import Letterbox, to_uint8


class Echo(keras.Model):
    """A network whose logit is the grey level, centred: its probability tells what the network was shown."""

    def call(self, image: tf.Tensor, training: bool = False) -> tf.Tensor:
        return (tf.cast(image, tf.float32) - 128) / 32


def sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-(values.astype(np.float64) - 128) / 32))


@pytest.mark.parametrize("size", [(64, 128), (50, 100), (97, 33), (32, 300), (200, 128), (1, 1)])
def test_the_geometry_is_the_letterbox_of_preprocess(size: tuple[int, int]) -> None:
    inner, offset = letterbox(tf.constant(size[0]), tf.constant(size[1]), (64, 128))
    twin = Letterbox(size, (64, 128))
    assert tuple(int(side) for side in inner) == twin.inner
    assert tuple(int(side) for side in offset) == twin.offset


@pytest.mark.parametrize("size", [(64, 128), (150, 290), (97, 33), (20, 41)])
def test_probabilities_are_those_of_the_numpy_way(size: tuple[int, int], rng: np.random.Generator) -> None:
    """Letterboxed, shown to the network, undone; resampling by another library, rounded to bytes in between."""
    image = cv_smooth(rng, size)
    shown = to_uint8(Letterbox(size, (64, 128)).apply_image(image.astype(np.float32) / 255))
    expected = Letterbox(size, (64, 128)).undo(sigmoid(shown)[..., None].astype(np.float32))
    segmenter = Segmenter((Echo(), (64, 128)))
    got = segmenter.from_pixels(image[None, ..., None])["probability"].numpy()[0]
    assert got.shape == (*size, 1)
    assert np.abs(got - expected).max() < 0.01  # a grey level more or less where rounding decides
    assert np.abs(got - expected).mean() < 1e-3


@pytest.mark.parametrize("size", [(64, 128), (150, 290), (97, 33), (20, 41), (331, 700), (1, 1)])
def test_the_network_is_shown_the_same_bytes(size: tuple[int, int], rng: np.random.Generator) -> None:
    """Noise: a sum in another order would be rounded otherwise somewhere."""
    image = rng.integers(0, 256, size, dtype=np.uint8)
    inner, _ = letterbox(tf.constant(size[0]), tf.constant(size[1]), (64, 128))
    there = tf.floor(resize(tf.cast(image[None, ..., None], tf.float32), inner) + 0.5).numpy()[0, ..., 0]
    frame = Letterbox(size, (64, 128))
    assert np.array_equal(frame.apply_levels(image)[frame.window], there)


def cv_smooth(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    coarse = Image.fromarray(rng.integers(0, 256, (6, 8)).astype(np.uint8))
    return np.asarray(coarse.resize(size[::-1], Image.Resampling.BICUBIC))


def _file(picture: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


def _pictures() -> dict[str, bytes]:
    rng = np.random.default_rng(3)
    colour = rng.integers(0, 256, (21, 34, 3)).astype(np.uint8)
    grey = colour[..., 0]
    rgba = np.dstack([colour, rng.integers(0, 256, (21, 34)).astype(np.uint8)])
    twelve = (rng.integers(0, 4096, (21, 34))).astype(np.uint16)
    full = (rng.integers(0, 65536, (21, 34))).astype(np.uint16)
    return {
        "grey.png": _file(Image.fromarray(grey), "PNG"),
        "rgb.png": _file(Image.fromarray(colour), "PNG"),
        "rgba.png": _file(Image.fromarray(rgba), "PNG"),
        "palette.png": _file(Image.fromarray(colour).quantize(16), "PNG"),
        "twelve_bits.png": _file(Image.fromarray(twelve), "PNG"),
        "sixteen_bits.png": _file(Image.fromarray(full), "PNG"),
        "grey.jpg": _file(Image.fromarray(grey), "JPEG"),
        "colour.jpg": _file(Image.fromarray(colour), "JPEG"),
    }


@pytest.mark.parametrize("name", list(_pictures()))
def test_the_graph_reads_files_as_the_readers_do(name: str, tmp_path: pytest.TempPathFactory) -> None:
    data = _pictures()[name]
    path = tmp_path / name  # type: ignore[operator]
    path.write_bytes(data)
    assert np.array_equal(decode_grey(tf.constant(data)).numpy()[..., 0], to_uint8(read_grey(path)))


def test_bytes_and_pixels_agree(rng: np.random.Generator) -> None:
    segmenter = Segmenter((Echo(), (32, 64)))
    pictures = rng.integers(0, 256, (2, 40, 70)).astype(np.uint8)
    files = tf.constant([_file(Image.fromarray(picture), "PNG") for picture in pictures])
    from_bytes = segmenter.from_bytes(files)["probability"].numpy()
    assert np.array_equal(from_bytes, segmenter.from_pixels(pictures[..., None])["probability"].numpy())
