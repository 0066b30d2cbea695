"""The command: codes for names, a private table, text found or covered, bad files listed."""

import csv
import json
import re
import stat

import numpy as np
import planted
import pydicom
import pytest
from PIL import Image, ImageDraw, ImageFont
from places_dicom import radiograph, written
from planted import GREY, TEXT

from dentalx.cli import main
from dentalx.datasets.folders import open_folder
from dentalx.datasets.images import read_grey

CODED = re.compile(r"(images/|masks/|[0-9a-f]{16}/)*[0-9a-f]{16}(_mask)?\.(png|jpg|tif|bmp)")


@pytest.fixture
def source(tmp_path):
    """images/ and masks/ with names, a folder called by a name, an annotation file, a broken and a hidden one."""
    root = tmp_path / "in"
    for folder in ("images", "masks", TEXT):
        (root / folder).mkdir(parents=True)
    page = Image.fromarray(np.full((120, 320), 40, np.uint8))
    ImageDraw.Draw(page).text((10, 8), "SECRET Sally 1947", fill=255, font=ImageFont.load_default(18))
    planted.jpeg(root / "images" / f"{TEXT}.jpg", page, quality=95)
    Image.fromarray(np.zeros((120, 320), np.uint8)).save(root / "masks" / f"{TEXT}_mask.png")
    planted.tiff(root / TEXT / f"{TEXT}.tif", Image.fromarray(GREY))
    (root / "images" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"x" * 40)
    (root / f"{TEXT}.json").write_text(json.dumps({"patient": TEXT}))
    (root / ".hidden").write_text(TEXT)
    return root


def run(source, *words):
    output = source.parent / "out"
    salt = ["--salt", str(source.parent / "salt")]
    return output, main(["deidentify", "--input", str(source), "--output", str(output), *salt, *words])


def table(output):
    with (output.parent / "out-PRIVATE.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def names(output):
    return sorted(path.relative_to(output).as_posix() for path in output.rglob("*") if path.is_file())


def test_names_are_codes_and_the_table_leads_back(source, capsys):
    output, code = run(source)
    assert code == 1  # one is broken, the others are done
    assert len(names(output)) == 3 and all(CODED.fullmatch(name) for name in names(output))
    assert not any(b"Secret" in path.read_bytes() for path in output.rglob("*") if path.is_file())
    rows = {row["output"]: row for row in table(output)}
    assert sorted(name for name in rows if name) == names(output)
    assert all(TEXT in rows[name]["original"] for name in names(output))
    private = output.parent / "out-PRIVATE.csv"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    said = "".join(capsys.readouterr())
    assert "1 .json" in said and "look at every image" in said and "still there" in said
    assert TEXT not in said and "broken.png" in said


def test_pictures_and_masks_still_pair(source):
    output, _ = run(source)
    (source / "images" / "broken.png").unlink()
    assert len(open_folder(output).records) == 1


def test_text_is_covered_when_asked(source):
    output, _ = run(source, "--text", "cover")
    (image,) = (output / "images").iterdir()
    assert image.suffix == ".png"
    plane = read_grey(image)
    assert plane[:40].max() < 0.25 and np.abs(plane[60:] - 40 / 255).max() < 0.02


def test_going_on_does_nothing_twice_and_another_mode_leaves_nothing_behind(source):
    output, _ = run(source)
    before = {name: (output / name).stat().st_mtime_ns for name in names(output)}
    run(source)
    assert {name: (output / name).stat().st_mtime_ns for name in names(output)} == before
    run(source, "--text", "cover")
    assert len(names(output)) == 3 and not list(output.rglob("*.jpg"))


def test_places_that_would_be_shared_by_accident_are_refused(source, capsys):
    inside = str(source.parent / "out" / "x" / "file")
    for words in (["--table", inside], ["--salt", inside], ["--output", str(source / "out")]):
        _, code = run(source, *words)
        assert code == 2
    said = capsys.readouterr().err
    assert "--table" in said and "--salt" in said and not (source.parent / "out").exists()
    (source.parent / "out-PRIVATE.csv").write_text("not,ours\n1,2\n")
    assert run(source)[1] == 2
    assert "is not a table of this command" in capsys.readouterr().err


def test_one_file(source):
    output, code = run(source / TEXT / f"{TEXT}.tif")
    assert code == 0 and len(names(output)) == 1
    assert np.array_equal(np.asarray(Image.open(output / names(output)[0])), GREY)


@pytest.mark.filterwarnings("ignore")
def test_text_that_a_window_hides_is_found_and_covered(tmp_path):
    values = Image.fromarray(np.full((120, 320), 2600, np.int32))
    ImageDraw.Draw(values).text((10, 8), "SECRET Sally 1947", fill=3600, font=ImageFont.load_default(18))
    levels = np.asarray(values).astype(np.uint16)
    levels[60:] = np.linspace(0, 2000, 320).astype(np.uint16)
    found = radiograph(levels)
    found.WindowCenter, found.WindowWidth = 1000, 2000
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.dcm").write_bytes(written(found))
    assert read_grey(tmp_path / "in" / "x.dcm")[:60].min() == 1.0  # nobody sees it
    output, _ = run(tmp_path / "in", "--text", "cover")
    (copy,) = output.iterdir()
    assert pydicom.dcmread(copy).pixel_array.max() == 2600
