"""Text that is planted in any place of a file does not survive the command, and the image does."""

from pathlib import Path

import numpy as np
import places_dicom
import places_pictures
import pytest
from views import shows_mark

from dentalx.cli import main
from dentalx.datasets.images import read_colour
from dentalx.deidentify.table import Row, read_table

PLACES = [
    f"{suffix}-{place}"
    for suffix, places in (
        ("png", places_pictures.PNG),
        ("jpg", places_pictures.JPEG),
        ("tif", places_pictures.TIFF),
        ("bmp", places_pictures.BMP),
        ("dicom", places_dicom.PLACES),
    )
    for place in places
]


Run = tuple[dict[str, Path], Path, dict[str, Row]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Sources by place, the output folder and its rows by place."""
    folder = tmp_path_factory.mktemp("planted")
    (folder / "in").mkdir()
    sources = places_pictures.write_all(folder / "in") | places_dicom.write_all(folder / "in")
    words = ["--input", folder / "in", "--output", folder / "out", "--salt", folder / "salt", "--text", "ignore"]
    main(["deidentify", *map(str, words)])
    rows = read_table(folder / "out-PRIVATE.csv")
    return sources, folder / "out", {Path(row.original).stem: row for row in rows}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("place", PLACES)
def test_planted_text_is_gone_and_the_image_is_the_same(run: Run, place: str) -> None:
    sources, output, rows = run
    assert shows_mark(sources[place]), "the test plants nothing"
    assert rows[place].reason == ""
    assert not shows_mark(output / rows[place].output)
    before, after = (read_colour(path) for path in (sources[place], output / rows[place].output))
    assert np.array_equal(before, after)
