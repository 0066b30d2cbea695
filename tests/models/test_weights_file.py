"""Weights of strangers: links, numbers in other files, more numbers than a file can hold, pipes."""

import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from dentalx.errors import InputError
from dentalx.models.encoder_weights import read_keras2_weights
from dentalx.models.weights_file import check_weights


def test_plain_weights_pass(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["layers/conv/vars/0"] = np.zeros((3, 3, 1, 4), np.float32)
        file.create_dataset("packed", data=np.zeros(10**5), compression="gzip")
    check_weights(tmp_path / "a.h5")


@pytest.mark.parametrize("kind", ["external", "soft", "raw", "virtual", "huge", "deep"])
def test_what_no_weights_of_ours_hold(kind: str, tmp_path: Path) -> None:
    path, other = tmp_path / "a.h5", tmp_path / "other"
    os.mkfifo(other)  # whoever opens it waits for ever
    with h5py.File(path, "w") as file:
        if kind == "external":
            file["w"] = h5py.ExternalLink(str(other), "/w")
        elif kind == "soft":
            file["w"] = h5py.SoftLink("/w")
        elif kind == "raw":
            file.create_dataset("w", (4,), "u1", external=[(str(other), 0, 4)])
        elif kind == "virtual":
            layout = h5py.VirtualLayout((4,), "u1")
            layout[:] = h5py.VirtualSource(str(other), "w", (4,))
            file.create_virtual_dataset("w", layout)
        elif kind == "huge":
            file.create_dataset("w", (10**6, 10**6), "f4", chunks=(64, 64))
        else:
            group = file.create_group("a")
            group["a"] = group
    with pytest.raises(InputError, match="do not use it"):
        check_weights(path)
    with pytest.raises(InputError, match="do not use it"):
        read_keras2_weights(path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "w.h5")
    for path in (tmp_path / "w.h5", tmp_path):
        with pytest.raises(InputError, match="is a folder, a device or a pipe"):
            read_keras2_weights(path)
