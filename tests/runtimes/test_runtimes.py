"""One network in every format says the same, and files that are not what they say are refused in one line."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small import CLASSES, SIZE, carded, network, pictures

from dentalx.errors import InputError
from dentalx.export.convert import CONVERTERS, whole
from dentalx.runtimes import Exported, find, framed
from dentalx.runtimes import network as load
from dentalx.runtimes.card import FILES
from dentalx.runtimes.tensorflow import FunctionNetwork

FORMATS = ("onnx", "openvino", "litert")


@pytest.fixture(scope="module")
def function() -> object:
    return whole([(network(), SIZE)])[0]


@pytest.fixture(scope="module")
def exports(function: object, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Exported]:
    made = {}
    for kind, precision in [*((kind, "fp32") for kind in FORMATS), ("onnx", "int8"), ("litert", "int8")]:
        folder = tmp_path_factory.mktemp(f"{kind}-{precision}")
        CONVERTERS[kind](function, SIZE, folder / FILES[kind][0], precision, pictures(8))
        made[kind, precision] = carded(folder, kind, precision)
    return made


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_says_what_the_network_says(function: object, exports: dict, kind: str) -> None:
    batch = np.concatenate(pictures(2))
    expected = FunctionNetwork(function, SIZE)(batch)
    found = load(exports[kind, "fp32"])(batch)
    assert found.shape == (2, *SIZE, 3)
    assert found.dtype == np.float32
    assert np.abs(found - expected).max() < 1e-4
    assert np.abs(found[0] - found[1]).max() > 1e-2  # else the comparison would say nothing
    assert sorted(path.name for path in exports[kind, "fp32"].folder.iterdir()) == sorted([*FILES[kind], "export.json"])


def test_repeating_is_one_operation(exports: dict) -> None:
    written = exports["onnx", "fp32"].main.read_bytes()
    assert b"Resize" in written
    assert b"Tile" not in written


@pytest.mark.parametrize("kind", ["onnx", "litert"])
def test_eight_bits_are_near_and_are_eight_bits(function: object, exports: dict, kind: str) -> None:
    (picture,) = pictures(1)
    difference = np.abs(load(exports[kind, "int8"])(picture) - FunctionNetwork(function, SIZE)(picture)).max()
    assert 1e-4 < difference < 0.1


def test_pictures_of_any_size(exports: dict) -> None:
    whole_picture = framed(exports["litert", "fp32"])(np.full((70, 41), 9, np.uint8))
    assert whole_picture.shape == (70, 41, 3)
    assert np.allclose(whole_picture.sum(-1), 1, atol=1e-5)


@pytest.mark.parametrize("kind", FORMATS)
def test_what_a_path_means(exports: dict, tmp_path: Path, kind: str) -> None:
    exported = exports[kind, "fp32"]
    assert find(exported.folder) == exported
    assert find(exported.main) == exported
    assert find(tmp_path) is None


@pytest.mark.parametrize("kind", FORMATS)
def test_another_network_than_its_card_says(exports: dict, kind: str) -> None:
    from dataclasses import replace

    exported = exports[kind, "fp32"]
    for wrong in ({"classes": CLASSES[:1]}, {"size": (32, 96)}):
        with pytest.raises(InputError, match="its card says B×32×"):
            load(Exported(exported.folder, replace(exported.card, **wrong)))


@pytest.mark.parametrize("kind", FORMATS)
def test_a_broken_file(exports: dict, tmp_path: Path, kind: str) -> None:
    for name in FILES[kind]:
        (tmp_path / name).write_bytes((exports[kind, "fp32"].folder / name).read_bytes()[:150])
    exported = carded(tmp_path, kind)
    with pytest.raises(InputError, match="export it again") as caught:
        load(exported)
    assert "\n" not in str(caught.value)


def test_a_changed_file_is_told_from_the_one_that_was_written(exports: dict, tmp_path: Path) -> None:
    (tmp_path / "model.tflite").write_bytes(exports["litert", "fp32"].main.read_bytes())
    carded(tmp_path, "litert")
    assert find(tmp_path) is not None
    with (tmp_path / "model.tflite").open("ab") as file:
        file.write(b"x")
    with pytest.raises(InputError, match=r"is not the file that export.json was written with"):
        find(tmp_path)
    (tmp_path / "export.json").unlink()
    with pytest.raises(InputError, match=r"has no export.json"):
        find(tmp_path / "model.tflite")


def test_only_openvino_calculates_in_bfloat16(exports: dict) -> None:
    with pytest.raises(InputError, match="--precision mixed_bfloat16 cannot be had of an export for onnx"):
        load(exports["onnx", "fp32"], "mixed_bfloat16")


def test_nothing_leaves_the_machine() -> None:
    """OpenVINO would report its own import; every way out is closed, and would tell that it was tried."""
    program = """
import socket, sys, threading
tried = []
def closed(*words, **more):
    tried.append(words)
    raise OSError("closed")
socket.getaddrinfo = socket.create_connection = closed
socket.socket.connect = closed
import dentalx.runtimes.openvino
import dentalx.runtimes.onnx
assert sys.modules["openvino_telemetry"] is None
for thread in threading.enumerate():
    if thread is not threading.main_thread() and not thread.daemon:
        thread.join(5)
assert not tried, tried
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-500:]
