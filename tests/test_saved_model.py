"""The exported model, loaded by TensorFlow alone, says what predict.py says."""

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from dentalx.datasets.images import read_grey
from dentalx.inference import Predictor, load_predictor
from dentalx.preprocess import to_uint8
from dentalx.runs import Run

TOLERANCE = 1e-4
SIZES = ((64, 128), (97, 131), (20, 30), (1, 1), (150, 70), (70, 300), (128, 256))
SERVE = """
import sys
import numpy as np
import tensorflow as tf

assert "dentalx" not in sys.modules
model = tf.saved_model.load(sys.argv[1])
pixels, files = model.signatures["serving_default"], model.signatures["serving_bytes"]
given, found = np.load(sys.argv[2], allow_pickle=False), {}
for name in given.files:
    value = given[name]
    if name.startswith("pixels"):
        found[name] = pixels(image=tf.constant(value))["probability"].numpy()
    else:
        content = tf.constant([row.tobytes() for row in np.atleast_2d(value)])
        found[name] = files(image_bytes=content)["probability"].numpy()
np.savez(sys.argv[3], **found)
"""


def picture(height: int, width: int, channels: int = 0, seed: int = 0) -> np.ndarray:
    """Smooth grey or colour, so that compression keeps it and thresholds are crossed."""
    rows, columns = np.mgrid[0:height, 0:width] / 40
    planes = [127 + 120 * np.sin(rows * (1 + i) + seed) * np.cos(columns + i) for i in range(max(1, channels))]
    values = np.stack(planes, -1).round().astype(np.uint8)
    return values if channels else values[..., 0]


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


FILES: dict[str, Callable[[], bytes]] = {
    "grey.png": lambda: encoded(Image.fromarray(picture(50, 90)), "PNG"),
    "sixteen.png": lambda: encoded(Image.fromarray(picture(50, 90).astype(np.uint16) * 257), "PNG"),
    "twelve.png": lambda: encoded(Image.fromarray(picture(50, 90).astype(np.uint16) * 16), "PNG"),
    "ten.png": lambda: encoded(Image.fromarray(picture(50, 90).astype(np.uint16) * 4 + 1), "PNG"),
    "sixteen-rgb.png": cv2.imencode(".png", picture(50, 90, 3).astype(np.uint16) * 200)[1].tobytes,
    "rgb.png": lambda: encoded(Image.fromarray(picture(51, 90, 3)), "PNG"),
    "rgba.png": lambda: encoded(Image.fromarray(picture(50, 91, 4)), "PNG"),
    "grey-alpha.png": lambda: encoded(Image.fromarray(picture(50, 90, 2), "LA"), "PNG"),
    "palette.png": lambda: encoded(Image.fromarray(picture(50, 90, 3)).quantize(64), "PNG"),
    "bits.png": lambda: encoded(Image.fromarray(picture(50, 90) > 127), "PNG"),
    "interlaced.png": lambda: encoded(Image.fromarray(picture(50, 90)), "PNG", interlace=1),
    "grey.jpg": lambda: encoded(Image.fromarray(picture(50, 90)), "JPEG", quality=90),
    "colour.jpg": lambda: encoded(Image.fromarray(picture(50, 90, 3)), "JPEG", quality=90),
    "subsampled.jpg": lambda: encoded(Image.fromarray(picture(51, 91, 3)), "JPEG", quality=60, subsampling=2),
    "progressive.jpg": lambda: encoded(Image.fromarray(picture(50, 90, 3)), "JPEG", quality=90, progressive=True),
}


@pytest.fixture(scope="module")
def predictor(tiny_run: Path) -> Predictor:
    return load_predictor(Run(tiny_run))


@pytest.fixture(scope="module")
def served(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """What the SavedModel says, asked once in a process that imports TensorFlow alone."""
    folder = tmp_path_factory.mktemp("served")
    given = {f"pixels {h} {w}": picture(h, w)[None, ..., None] for h, w in SIZES}
    given["pixels batch"] = np.stack([picture(80, 60, seed=seed)[..., None] for seed in (1, 2)])
    pair = [encoded(Image.fromarray(picture(80, 60, seed=seed)), "PNG") for seed in (1, 2)]
    given["bytes batch"] = np.stack([np.frombuffer(data.ljust(20_000, b"\0"), np.uint8) for data in pair])
    for name, make in FILES.items():
        given[name] = np.frombuffer(make(), np.uint8)
    np.savez(folder / "given.npz", **given)
    words = [sys.executable, "-I", "-c", SERVE, tiny_run / "saved_model", folder / "given.npz", folder / "found.npz"]
    ended = subprocess.run(list(map(str, words)), cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    with np.load(folder / "found.npz") as found:
        return dict(found)


def predicted(predictor: Predictor, levels: np.ndarray) -> np.ndarray:
    """What predict.py finds in (H, W) uint8 grey."""
    return predictor("a", levels.astype(np.float32) / np.float32(255)).probability


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_pixels_of_any_size(served: dict[str, np.ndarray], predictor: Predictor, height: int, width: int) -> None:
    found = served[f"pixels {height} {width}"]
    assert found.shape == (1, height, width, 1)
    assert found.dtype == np.float32
    assert np.abs(found[0] - predicted(predictor, picture(height, width))).max() <= TOLERANCE


@pytest.mark.parametrize("of", ["pixels", "bytes"])
def test_a_batch_is_its_pictures(served: dict[str, np.ndarray], predictor: Predictor, of: str) -> None:
    found = served[f"{of} batch"]
    assert found.shape == (2, 80, 60, 1)
    for row, seed in enumerate((1, 2)):
        assert np.abs(found[row] - predicted(predictor, picture(80, 60, seed=seed))).max() <= TOLERANCE
    assert np.abs(found[0] - found[1]).max() > 100 * TOLERANCE  # else the comparison would say nothing


@pytest.mark.parametrize("name", FILES)
def test_bytes_of_files(served: dict[str, np.ndarray], predictor: Predictor, tmp_path: Path, name: str) -> None:
    """The file as predict.py reads it with Pillow and NumPy, and as the graph decodes it by itself."""
    path = tmp_path / name
    path.write_bytes(FILES[name]())
    image = read_grey(path)
    assert len(np.unique(to_uint8(image))) > 1
    truth = predictor("a", image).probability
    assert served[name].shape == (1, *truth.shape)
    assert np.abs(served[name][0] - truth).max() <= TOLERANCE
