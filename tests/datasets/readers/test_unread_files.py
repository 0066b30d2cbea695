"""Files that are not read are named with the way out, where nothing else is read."""

import pytest

from dentalx.config import DataConfig
from dentalx.datasets.readers import open_data
from dentalx.errors import InputError


@pytest.mark.parametrize(
    ("suffix", "said"),
    [
        ("webp", r"masks.0\.webp \(images that are not read; save them as PNG\)"),
        ("mp4", r"masks.0\.mp4 \(videos; save their frames and masks as PNG\)"),
        ("nii.gz", r"masks.0\.nii\.gz \(volumes; save images and masks as PNG\)"),
    ],
)
def test_they_are_named_with_the_way_out(tmp_path, suffix, said):
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / f"0.{suffix}").write_bytes(b"x")
    with pytest.raises(InputError, match=said):
        open_data(tmp_path, DataConfig(data=tmp_path))
