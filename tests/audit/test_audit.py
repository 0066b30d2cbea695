"""The audit from end to end: what is planted is told, names stay out of the files, what is written can be used."""

import csv
import json

import cv2
import numpy as np
import pytest

from dentalx.audit.names import guess_patients, roboflow_readme
from dentalx.audit.page import pair_kind
from dentalx.cli import main
from dentalx.datasets.folders import open_folder
from dentalx.datasets.phantoms import PhantomSource, write_coco
from dentalx.datasets.splits import read_splits
from dentalx.datasets.twins import Pair
from dentalx.evaluation.scores import short_hash
from dentalx.phantom import draw


def save(path, plane):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, np.ascontiguousarray(plane, np.float32).round().astype(np.uint8))[1])


def planted(folder, names, change=lambda plane: plane):
    for name, number in names.items():
        phantom = draw(0, number, (64, 128))
        save(folder / "images" / f"{name}.png", change(phantom.image * 255))
        save(folder / "masks" / f"{name}.png", change(phantom.mask(("teeth",)) * np.float32(255)))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Published splits; a mirrored copy of a training picture in the test, an empty mask, a full one."""
    folder = tmp_path_factory.mktemp("data") / "clinic"
    planted(folder / "train", {"Smith": 0, "b": 1, "c": 2, "d": 3})
    planted(folder / "valid", {"e": 4, "f": 5})
    planted(folder / "test", {"g": 6, "h": 7})
    planted(folder / "test", {"Jones": 0}, lambda plane: plane[:, ::-1])
    save(folder / "train" / "masks" / "b.png", np.zeros((64, 128)))
    save(folder / "train" / "masks" / "c.png", np.full((64, 128), 255))
    (folder / "README.roboflow.txt").write_text(
        "The following pre-processing was applied to each image:\n* Resize to 640x640 (Stretch)\n\n"
        "The following augmentation was applied to create 3 versions of each source image:\n* 50% flip\n"
    )
    return folder


def run(*words):
    return main(["audit", *map(str, words)])


def test_everything_planted_is_told(data, tmp_path, capsys):
    assert run(data, "--output", tmp_path) == 0
    said = capsys.readouterr().out
    assert "Jones and Smith: near" in said and "mirrored" in said
    assert "LEAK: 1 radiograph in several of them (Smith in train, Jones in test)" in said
    assert "1 of 3 test" in said and "cleaned: 5 train, 2 val, 2 test" in said
    assert "nothing in them: 1 (b)" in said and "one class everywhere: 1 (c)" in said
    assert said.startswith("read as          folders: it has folders of pictures and of masks\n")
    assert "9 of clinic; 64×128 (rows × columns); 8 bit" in said and "in 8 pictures" in said
    assert "the reader says  masks are read as black and white, 255 is foreground" in said
    assert "Resize to 640x640 (Stretch)" in said and "3 versions" in said and "were stretched" in said
    assert len(said.splitlines()) < 40
    kept = json.loads((tmp_path / "audit.json").read_text())
    assert kept["pictures"] == 9 and kept["sizes"] == [[64, 128, 9]] and kept["bits"] == {"8": 9}
    assert kept["groups"] == [[short_hash("Jones"), short_hash("Smith")]] and kept["twins"][0]["kind"] == "near"
    assert kept["cleaned"] == {"train": 5, "val": 2, "test": 2}
    assert cv2.imread(str(tmp_path / "pairs.png")).shape[1] > 1000
    source = open_folder(data)
    assert [len(part) for part in read_splits(tmp_path / "splits.csv", source.records).values()] == [5, 2, 2]
    table = {row["image_id"]: row for row in csv.DictReader((tmp_path / "splits.csv").read_text().splitlines())}
    assert table["Jones"]["split"] == "train" and table["Jones"]["short_hash"] == short_hash("Jones")
    assert table["Jones"]["twins"] == table["Smith"]["twins"] == "1" and table["b"]["twins"] == ""


def test_names_stay_out_of_the_files(data, tmp_path):
    assert run(data, "--output", tmp_path / "a") == 0 == run(data, "--output", tmp_path / "b", "--names")
    for name in ("audit.md", "audit.json"):
        assert "Smith" not in (tmp_path / "a" / name).read_text() and "Jones" in (tmp_path / "b" / name).read_text()


def test_what_the_reader_lists_stays_out_of_the_files_too(tmp_path, capsys):
    planted(tmp_path / "set", {name: number for number, name in enumerate(("Smith", "b", "c"))})
    (tmp_path / "set" / "masks" / "Smith.png").unlink()
    assert run(tmp_path / "set", "--output", tmp_path / "a") == 0
    assert "left out: Smith.png" in capsys.readouterr().out
    assert run(tmp_path / "set", "--output", tmp_path / "b", "--names") == 0
    page, named = ((tmp_path / folder / "audit.md").read_text() for folder in "ab")
    assert "1 picture(s) without a mask left out" in page and "Smith" not in page and "Smith.png" in named


def test_the_cleaned_splits_leak_no_more(data, tmp_path, capsys):
    run(data, "--output", tmp_path)
    capsys.readouterr()
    assert run(data, "--splits", tmp_path / "splits.csv") == 0
    said = capsys.readouterr().out
    assert "no radiograph and no known patient is in two of them" in said and "LEAK" not in said


def test_bad_files_are_listed_and_the_rest_is_done(tmp_path, capsys):
    planted(tmp_path / "set", {name: number for number, name in enumerate("abcde")})
    whole = (tmp_path / "set" / "images" / "b.png").read_bytes()
    (tmp_path / "set" / "images" / "b.png").write_bytes(whole[: len(whole) // 2])
    assert run("--images", tmp_path / "set" / "images", "--masks", tmp_path / "set" / "masks") == 1
    out, errors = capsys.readouterr()
    assert "b.png" in errors and "bad files" in out and "no radiograph" in out


def test_two_data_sets(data, tmp_path, capsys):
    save(tmp_path / "other" / "x.jpg", draw(0, 6, (64, 128)).image[2:, 4:] * 255)
    save(tmp_path / "other" / "y.jpg", draw(9, 9, (64, 128)).image * 255)
    assert run(data, "--against", tmp_path / "other") == 0
    said = capsys.readouterr().out
    assert "other, 2 pictures; 1 radiograph in both" in said and "g and x.jpg of other: near" in said


def test_patients_and_source_pictures_of_two_data_sets(tmp_path, capsys):
    planted(tmp_path / "set", {"P1_a": 0, "P1_b": 1, "P2_a": 2, f"P9_jpg.rf.{'a' * 32}": 3})
    other = {f"P9_jpg.rf.{'b' * 32}.png": 4, "P1_c.png": 5}
    for name, number in other.items():
        save(tmp_path / "other" / name, draw(0, number, (64, 128)).image * 255)
    assert run(tmp_path / "set", "--against", tmp_path / "other") == 0
    assert "1 patient, or source pictures of copies, in both (P9)" in capsys.readouterr().out
    pattern = ("--patient-pattern", "^(P[0-9])_")
    assert run(tmp_path / "set", "--against", tmp_path / "other", *pattern) == 0
    assert "2 patients, or source pictures of copies, in both (P1, P9)" in capsys.readouterr().out
    save(tmp_path / "other" / "nobody.png", draw(0, 6, (64, 128)).image * 255)
    assert run(tmp_path / "set", "--against", tmp_path / "other", *pattern) == 0
    out, errors = capsys.readouterr()
    assert "are not compared by their names" in errors and "1 patient, or" in out


def test_pictures_alone(data, capsys):
    assert run(data / "train" / "images", "--pictures") == 0
    assert "4 of images" in capsys.readouterr().out


def test_objects_layout_and_doubts_are_told(tmp_path, capsys):
    write_coco(tmp_path / "set", PhantomSource(3, 3, (64, 128)))
    negative = tmp_path / "set" / "images" / "phantom_00001.png"
    save(negative, 255.0 - cv2.imread(str(negative), cv2.IMREAD_GRAYSCALE))
    assert run(tmp_path / "set", "--classes", "teeth", "--output", tmp_path / "audit") == 0
    said = capsys.readouterr().out
    assert said.split("\n")[0].split("  ")[-1].strip() == "coco: annotations.json is a COCO file"
    assert "1: looks inverted (enamel dark) (phantom_00001)" in said
    written = json.loads((tmp_path / "set" / "annotations.json").read_text())
    numbers = {category["id"] for category in written["categories"] if category["name"].isdigit()}
    drawn = [drawing for drawing in written["annotations"] if drawing["category_id"] in numbers]
    kept = json.loads((tmp_path / "audit" / "audit.json").read_text())
    assert kept["classes"]["teeth"]["objects"] == len(drawn) and f"teeth: {len(drawn)} objects, " in said
    assert kept["doubtful"] == {"looks inverted (enamel dark)": [short_hash("phantom_00001")]}


def test_masks_that_need_a_map_are_looked_over_with_it(tmp_path, capsys):
    planted(tmp_path / "set", {name: number for number, name in enumerate("abcd")})
    levels = np.where(np.arange(128) < 64, 100, 200) * np.ones((64, 1))
    levels[:, :32] = 0
    for path in (tmp_path / "set" / "masks").iterdir():
        save(path, levels)
    assert run(tmp_path / "set") == 2
    assert "--class-map" in capsys.readouterr().err
    (tmp_path / "map.json").write_text('{"left": 100, "right": 200}')
    assert run(tmp_path / "set", "--class-map", tmp_path / "map.json", "--classes", "left,right") == 0
    said = capsys.readouterr().out
    assert "left: 25.0 % of the pixels, in 4 pictures" in said and "right: 50.0 %" in said


def test_copies_of_one_source_picture_are_a_leak(tmp_path, capsys):
    """Roboflow's copies NAME_jpg.rf.HASH.jpg, augmented until they do not look alike, on both sides of a division."""
    copies = {letter: f"case7_jpg.rf.{letter * 32}" for letter in "abc"}
    planted(tmp_path / "train", {copies["a"]: 0, copies["b"]: 1, "x": 2, "y": 3})
    planted(tmp_path / "valid", {copies["c"]: 4, "z": 5})
    assert run(tmp_path) == 0
    said = capsys.readouterr().out
    assert "3 pictures NAME_jpg.rf.HASH.jpg of 1 source picture" in said
    assert "LEAK" in said and "1 of 2 val" in said


def test_a_folder_is_needed(capsys):
    assert run() == 2
    assert capsys.readouterr().err.startswith("error: audit needs a folder: python -m dentalx audit FOLDER")


@pytest.mark.parametrize(
    ("stems", "patients"),
    [
        (["P01_1", "P01_2", "P02_1", "P02_2", "P03_1"], 3),
        (["12-left", "12-right", "13-left", "14-left"], 3),
        (["anna_upper", "anna_lower", "ben_upper", "carl_upper"], 3),
        ([f"cate1-{i:05}" for i in range(60)], None),
        ([f"phantom_{i:05}" for i in range(60)], None),
        (["1", "2", "3"], None),
        (["a_1", "b_1", "c_1", "loose"], None),
        ([], None),
    ],
)
def test_guesses_of_patients(stems, patients):
    found = guess_patients(stems)
    assert (found.patients if found else None) == patients


def test_a_readme_from_outside(tmp_path):
    assert roboflow_readme(tmp_path) == {}
    (tmp_path / "README.dataset.txt").write_bytes(b"# x\xff\n\x1b[31mLicense: CC BY 4.0\n" + b"a" * 10**6)
    assert roboflow_readme(tmp_path) == {} or "licence" in roboflow_readme(tmp_path)
    (tmp_path / "README.dataset.txt").write_text("License: CC BY 4.0\n")
    assert roboflow_readme(tmp_path) == {"licence": ("CC BY 4.0",)}


def test_a_pair_in_words():
    assert pair_kind(Pair(0, 1, "same file")) == "same file"
