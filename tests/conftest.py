"""A trained run that several test files share."""

from pathlib import Path

import pytest
from tiny import TINY

from dentalx.cli import run as command


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of a small ResNet18 U-Net on four phantoms; not to be changed."""
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    assert command("train", [*TINY, "--output", str(folder)]) == 0
    return folder
