"""What the command writes and prints: the report with and without pictures, and the checklist."""

import re
from pathlib import Path

import pytest
from mask_sets import write_masks, write_set

from dentalx.cli.evaluate_command import Evaluate

N = 9


@pytest.fixture
def command(tmp_path: Path):
    data, predictions = write_set(tmp_path / "data", N), write_masks(tmp_path / "program", N)

    def run(**options) -> Path:
        output = tmp_path / "out"
        asked = Evaluate(predictions=predictions, images=data.images, masks=data.masks, output=output, **options)
        assert asked() == 0
        return output

    return run


def test_everything_is_in_the_folder(command, capsys) -> None:
    output = command()
    names = {path.name for path in output.iterdir()}
    assert names >= {
        "report.html", "report.md", "model_card.md", "data_card.md", "results.csv", "results.tex", "metrics.json",
        "per_image.csv", "figures",
    }  # fmt: skip
    page = (output / "report.html").read_text("utf-8")
    assert page.count("data:image/jpeg;base64,") == 9
    for target in re.findall(r'href="([^"#:]+)"', page):
        assert (output / target).exists(), target
    for target in re.findall(r"\]\(([^)]+)\)", (output / "report.md").read_text("utf-8")):
        assert (output / target).exists(), target
    said = capsys.readouterr().out.replace("\n", "")
    assert "report.html" in said and "CLAIM" not in said


def test_without_pictures_none_is_anywhere(command) -> None:
    command()
    output = command(pictures=False)
    assert "data:image" not in (output / "report.html").read_text("utf-8")
    assert not (output / "figures" / "gallery.png").exists()
    assert "gallery" not in (output / "report.md").read_text("utf-8")
    assert (output / "figures" / "dice_per_image.png").is_file()


def test_the_checklist_is_printed(command, capsys) -> None:
    command(checklist=True)
    said = " ".join(capsys.readouterr().out.split())
    for words in ("satisfied, ", "CLAIM 18", "give --raters", "MR 20", "cannot be known:"):
        assert words in said
