"""Data sets with broken, missing and unpaired files, through the real commands."""

from pathlib import Path

import pytest
from faulty import BAD_FILES, QUICK, Capture, refused, truncated_jpeg, write_mask, write_picture

from dentalx import cli


def test_a_missing_folder(capfd: Capture, tmp_path: Path, data: Path) -> None:
    nowhere, output = tmp_path / "nowhere", tmp_path / "out"
    assert f"folder not found: {nowhere}" in refused(capfd, "train", "--data", nowhere, "--output", output)
    words = ("--images", nowhere, "--masks", data / "masks", "--output", output)
    assert f"folder not found: {nowhere}" in refused(capfd, "train", *words)
    assert f"{nowhere}; check the spelling" in refused(capfd, "predict", "--input", nowhere, "--output", output)
    words = ("--run", nowhere, "--input", data / "images", "--output", output)
    assert f"run folder not found: {nowhere}" in refused(capfd, "predict", *words)
    assert f"run folder not found: {nowhere}" in refused(capfd, "evaluate", "--run", nowhere)
    assert f"run folder not found: {nowhere}" in refused(capfd, "export", "--run", nowhere)
    assert f"run folder not found: {nowhere}" in refused(capfd, "train", "--resume", "--output", nowhere)
    assert not output.exists()


def test_an_empty_folder(capfd: Capture, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    words = ("--output", tmp_path / "out")
    assert f"{empty} holds no pair of folders" in refused(capfd, "train", "--data", empty, *words)
    assert f"{empty} holds no picture" in refused(capfd, "train", "--images", empty, "--masks", empty, *words)
    assert f"no pictures in {empty}; expected PNG, JPEG, TIFF, BMP or DICOM" in refused(
        capfd, "predict", "--input", empty, *words
    )


def test_half_a_data_set(capfd: Capture, data: Path) -> None:
    assert "--images was given without --masks" in refused(capfd, "train", "--images", data / "images")


def test_nothing_pairs(capfd: Capture, data: Path, tmp_path: Path) -> None:
    for mask in list((data / "masks").iterdir()):
        mask.rename(mask.with_name(f"other_{mask.name}"))
    line = refused(capfd, "train", "--data", data, "--output", tmp_path / "out")
    assert f"no picture of {data / 'images'} has a mask of the same name in {data / 'masks'}" in line


def test_what_is_unpaired_is_listed(capfd: Capture, data: Path, tmp_path: Path) -> None:
    (data / "masks" / "p0.png").unlink()
    write_mask(data / "masks" / "stranger.png")
    write_mask(data / "masks" / "p3.png", levels=(3, 7))
    assert cli.run("train", ["--data", str(data), *QUICK, "--output", str(tmp_path / "out")]) == 2
    said = capfd.readouterr()
    assert "1 picture(s) without a mask left out: p0.png" in said.out
    assert "1 mask(s) without a picture left out: stranger.png" in said.out
    assert f"error: mask {data / 'masks' / 'p3.png'} has values 0 (" in said.err
    assert "expected 0/1 or 0/255" in said.err


def test_a_mask_of_another_size(capfd: Capture, data: Path, tmp_path: Path) -> None:
    write_mask(data / "masks" / "p3.png", 41)
    line = refused(capfd, "train", "--data", data, "--output", tmp_path / "out")
    assert f"mask {data / 'masks' / 'p3.png'} is 41×80 but its picture" in line
    assert "is 40×80 (rows×columns); export the mask" in line


@pytest.mark.parametrize("where", ["images", "masks"])
@pytest.mark.parametrize("what", BAD_FILES)
def test_a_bad_file_in_a_data_set(capfd: Capture, data: Path, tmp_path: Path, what: str, where: str) -> None:
    damage, expected = BAD_FILES[what]
    damage(data / where / "p2.png")
    words = ("--data", data, *QUICK, "--fractions", 0.6, 0.4, 0, "--output", tmp_path / "out")
    line = refused(capfd, "train", *words)
    assert f"{data / where / 'p2.png'} {expected}" in line


def test_several_bad_files_are_all_named(capfd: Capture, data: Path, tmp_path: Path) -> None:
    for name in ("p1.png", "p4.png"):
        truncated_jpeg(data / "images" / name)
    words = ["--data", str(data), *QUICK, "--fractions", "0.6", "0.4", "0", "--output", str(tmp_path / "out")]
    assert cli.run("train", words) == 2
    complaint = capfd.readouterr().err
    assert complaint.count("error: ") == 1
    assert all(str(data / "images" / name) in complaint for name in ("p1.png", "p4.png"))


def test_the_rest_is_predicted(capfd: Capture, tiny_run: Path, tmp_path: Path) -> None:
    """Twenty good pictures of several sizes and five bad ones."""
    pictures, output = tmp_path / "in", tmp_path / "out"
    for i in range(20):
        write_picture(pictures / f"good{i:02}.png", 30 + i, 80 - i)
    for i, (damage, _) in enumerate(BAD_FILES.values()):
        write_picture(pictures / f"bad{i}.png")
        damage(pictures / f"bad{i}.png")
    assert cli.run("predict", ["--run", str(tiny_run), "--input", str(pictures), "--output", str(output)]) == 1
    said = capfd.readouterr()
    lines = [line for line in said.err.splitlines() if "named in predictions.csv" not in line]  # doubts about noise
    assert len(lines) == 5
    for i, (line, (_, expected)) in enumerate(zip(lines, BAD_FILES.values(), strict=True)):
        assert line.startswith(f"WARNING: {pictures / f'bad{i}.png'} {expected}")
    assert "20 of 25 pictures done" in said.out
    assert "5 failed, listed with their reasons in" in said.out
    table = (output / "predictions.csv").read_text("utf-8").splitlines()
    assert [line.split(",")[1] for line in table[1:]] == ["failed"] * 5 + ["ok"] * 20
    for folder in ("masks", "overlays"):
        assert sorted(p.name for p in (output / folder).iterdir()) == [f"good{i:02}.png" for i in range(20)]
    written = {"masks", "overlays", "predictions.csv", "predictions.json", "journal.jsonl"}
    assert {p.name for p in output.iterdir()} == written
