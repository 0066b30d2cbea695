"""What a user with bad luck sees: one clear line, exit code 2, and nothing lost; through the real commands."""

import contextlib
import errno
import io
import json
import os
import resource
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from dentalx import cli
from dentalx.cli import main
from dentalx.errors import InputError
from dentalx.files import write_bytes
from dentalx.runs import Run
from dentalx.training.state import TrainingState, commit, restore

ROOT = Path(__file__).resolve().parents[1]
QUICK = ("--backbone", "resnet34", "--encoder-weights", "none", "--image-size", "64", "128", "--epochs", "1")
Capture = pytest.CaptureFixture[str]
Damage = Callable[[Path], object]


def refused(capfd: Capture, name: str, *words: object) -> str:
    """The one line with which a command refuses."""
    capfd.readouterr()
    code = cli.run(name, [str(word) for word in words])
    complaint = capfd.readouterr().err
    assert code == 2, complaint
    assert complaint.startswith("error: "), complaint
    assert complaint.count("\n") == 1, complaint
    assert "Traceback" not in complaint
    return complaint


def pixels(height: int = 40, width: int = 80, name: str = "") -> np.ndarray:
    """Noise, another for every name, since the same radiograph twice is told to the user."""
    return np.random.default_rng(zlib.crc32(name.encode())).integers(0, 256, (height, width), np.uint8)


def write_picture(path: Path, height: int = 40, width: int = 80) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels(height, width, path.name)).save(path)


def write_mask(path: Path, height: int = 40, width: int = 80, levels: tuple[int, ...] = (255,)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    mask = np.zeros((height, width), np.uint8)
    for i, level in enumerate(levels):
        mask[4 + 8 * i : 10 + 8 * i, 10:40] = level
    Image.fromarray(mask).save(path)


def truncated_jpeg(path: Path) -> None:
    whole = io.BytesIO()
    Image.fromarray(pixels()).save(whole, "JPEG", quality=95)
    path.write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])


def enormous_header(path: Path) -> None:
    """A PNG of 50,000 x 50,000 pixels that is 100 bytes long."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


BAD_FILES: dict[str, tuple[Damage, str]] = {
    "truncated JPEG": (truncated_jpeg, "is truncated or damaged, expected a whole JPEG"),
    "0 bytes": (lambda path: path.write_bytes(b""), "is empty (0 bytes)"),
    "text named .png": (lambda path: path.write_text("Dear colleague"), "is no picture"),
    "enormous header": (enormous_header, "says it is 50000×50000 pixels; at most"),
    "half a PNG": (
        lambda path: path.write_bytes(path.read_bytes()[: 2 * path.stat().st_size // 3]),
        "is truncated or damaged",
    ),
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with six good pictures and masks."""
    for i in range(6):
        write_picture(tmp_path / "data" / "images" / f"p{i}.png")
        write_mask(tmp_path / "data" / "masks" / f"p{i}.png")
    return tmp_path / "data"


@pytest.fixture
def broken_run(tiny_run: Path, tmp_path: Path) -> Path:
    """A copy of a finished run that may be broken."""
    folder = tmp_path / "broken"
    folder.mkdir()
    for name in ("config.json", "thresholds.json", "splits.csv"):
        (folder / name).write_bytes((tiny_run / name).read_bytes())
    (folder / "best.weights.h5").symlink_to(tiny_run / "best.weights.h5")
    return folder


@contextlib.contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """The nearest thing to a full disk that any user may make: writing beyond `size` fails, in every library."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


# ---- what was typed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words", "expected"),
    [
        ("train", "--epoch 3", "train.py has no option --epoch; did you mean --epochs?"),
        ("train", "--lr 1e-3", "did you mean --learning-rate?"),
        ("train", "-epochs 3", "has no option -epochs; did you mean --epochs?"),
        ("train", "--epochs many", "cannot read --epochs: invalid literal for int() with base 10: 'many'; see"),
        ("train", "--epochs 0", "epochs must be at least 1, got 0"),
        ("train", "--image-size 8 8", "image_size sides must lie in 32…8192, got 8×8"),
        ("train", "--image-size 64", "missing value for argument '--image-size'"),
        ("train", "--backbone vgg17", "invalid choice 'vgg17' for argument '--backbone'"),
        ("train", "--learning-rate nan", "learning_rate must be positive, got nan"),
        ("train", "--weight-decay -1", "weight_decay must not be negative, got -1.0"),
        ("train", "--seed -1", "seed must lie in 0…4294967295, got -1"),
        ("train", "--seed 4294967296", "seed must lie in 0…4294967295"),
        ("train", "--fractions 0.5 0.1 0.1", "fractions must sum to 1"),
        ("train", "--phantoms 2", "phantoms must be at least 3"),
        ("train", "--classes a a", "classes must differ, got a, a"),
        ("train", "everything", "unrecognized options: everything"),
        ("predict", "", "predict.py needs --input and --output; see predict.py --help"),
        ("predict", "--outptu out", "did you mean --output?"),
        ("evaluate", "--split tset", "invalid choice 'tset'"),
        ("phantoms", "--output out --count 0", "--count must be at least 1"),
    ],
)  # fmt: skip
def test_what_was_typed_wrong(capfd: Capture, name: str, words: str, expected: str) -> None:
    assert expected in refused(capfd, name, *words.split())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "a command is missing; choose one of train, predict, evaluate, phantoms, export"),
        (["trian"], "there is no command 'trian'; did you mean train?"),
        (["predict", "--outptu", "out"], "dentalx predict has no option --outptu; did you mean --output?"),
    ],
)
def test_a_wrong_command(capfd: Capture, words: list[str], expected: str) -> None:
    assert main(words) == 2
    assert capfd.readouterr().err == f"error: {expected}\n"


def test_the_shell_sees_the_exit_code_and_the_line() -> None:
    for words in (["train.py", "--epoch", "3"], ["-m", "dentalx", "train", "--epoch", "3"]):
        ended = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False)
        assert ended.returncode == 2
        assert ended.stdout == ""
        assert ended.stderr.endswith("has no option --epoch; did you mean --epochs?\n")
        assert ended.stderr.count("\n") == 1


def test_hyphens_and_underscores(capfd: Capture) -> None:
    assert "got 8×8" in refused(capfd, "train", "--image_size", 8, 8)


# ---- folders and files of a data set ---------------------------------------------------------------------------------


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
    lines = said.err.splitlines()
    assert len(lines) == 5
    for i, (line, (_, expected)) in enumerate(zip(lines, BAD_FILES.values(), strict=True)):
        assert line.startswith(f"WARNING: {pictures / f'bad{i}.png'} {expected}")
    assert "20 of 25 pictures done" in said.out
    assert "5 failed, listed with their reasons in" in said.out
    table = (output / "predictions.csv").read_text("utf-8").splitlines()
    assert [line.split(",")[1] for line in table[1:]] == ["failed"] * 5 + ["ok"] * 20
    for folder in ("masks", "overlays"):
        assert sorted(p.name for p in (output / folder).iterdir()) == [f"good{i:02}.png" for i in range(20)]
    assert {p.name for p in output.iterdir()} == {"masks", "overlays", "predictions.csv"}


# ---- where nothing can be written ------------------------------------------------------------------------------------


def test_a_file_stands_in_the_way(capfd: Capture, data: Path, tiny_run: Path, tmp_path: Path) -> None:
    """No permission looks the same to us, and this holds for the superuser too."""
    file = tmp_path / "file"
    file.write_text("precious")
    below = file / "out"
    assert str(below) in refused(capfd, "train", "--data", data, "--output", below)
    assert f"--output {file} is a file" in refused(capfd, "train", "--data", data, "--output", file)
    predict = ("predict", "--run", tiny_run, "--input", data / "images", "--output")
    for output in (below, file):
        assert f"cannot make the folder {output}: " in refused(capfd, *predict, output)
        assert f"cannot make the folder {output}: " in refused(capfd, "evaluate", "--run", tiny_run, "--output", output)
        for form in ("folders", "coco"):
            words = ("--output", output, "--count", 1, "--size", 64, 128, "--format", form)
            assert str(output) in refused(capfd, "phantoms", *words)
    assert file.read_text() == "precious"


def test_no_permission(
    capfd: Capture, data: Path, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbid(path: Path, *args: object, **kwargs: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "mkdir", forbid)
    output = tmp_path / "out"
    line = refused(capfd, "predict", "--run", tiny_run, "--input", data / "images", "--output", output)
    assert line == (
        f"error: cannot make the folder {output}: Permission denied; choose another, or check permissions\n"
    )
    line = refused(capfd, "train", "--data", data, "--output", output)
    assert "Permission denied; check permissions and free space" in line


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_bytes(path, b"old")

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match=r"cannot write .*file: No space left on device; check permissions and free"):
        write_bytes(path, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"


def test_a_full_disk_while_predicting(capfd: Capture, tiny_run: Path, tmp_path: Path) -> None:
    """What was written before stays whole; the result that did not fit leaves nothing."""
    pictures, output = tmp_path / "in", tmp_path / "out"
    write_picture(pictures / "a.png", 8, 8)
    write_picture(pictures / "b.png", 200, 300)
    with no_file_larger_than(20_000):
        line = refused(capfd, "predict", "--run", tiny_run, "--input", pictures, "--output", output)
    assert f"cannot write {output / 'overlays' / 'b.png'}: File too large; check permissions and free space" in line
    assert [p.name for p in (output / "overlays").iterdir()] == ["a.png"]
    table = (output / "predictions.csv").read_text().splitlines()
    assert len(table) == 2
    assert f"{pictures / 'a.png'},ok" in table[1]


def test_a_full_disk_while_exporting(capfd: Capture, tiny_run: Path, tmp_path: Path) -> None:
    output = tmp_path / "model"
    output.mkdir()
    (output / "before").write_text("stays")
    with no_file_larger_than(1_000_000):
        line = refused(capfd, "export", "--run", tiny_run, "--output", output)
    assert f"cannot write the SavedModel to {output}: " in line
    assert [p.name for p in tmp_path.iterdir()] == ["model"]
    assert (output / "before").read_text() == "stays"


def test_a_full_disk_while_training_keeps_the_last_epoch(tmp_path: Path) -> None:
    image = keras.Input((4,))
    model = keras.Model(image, keras.layers.Dense(200)(image))
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    run, first = Run(tmp_path), TrainingState(epoch=1)
    commit(run, model, first)
    before = run.last.read_bytes()
    with no_file_larger_than(5000), pytest.raises(InputError, match=r"cannot write .*last\.weights\.h5: "):
        commit(run, model, TrainingState(epoch=2))
    assert run.last.read_bytes() == before
    assert not list(tmp_path.glob(".part*"))
    assert restore(run, model) == first


# ---- run folders that are none ---------------------------------------------------------------------------------------


def test_a_folder_that_is_no_run(capfd: Capture, data: Path, tmp_path: Path) -> None:
    words = ("--run", data, "--input", data / "images", "--output", tmp_path / "out")
    expected = f"{data} is not a run folder: it has no config.json; give a folder that train.py wrote"
    assert expected in refused(capfd, "predict", *words)
    assert expected in refused(capfd, "evaluate", "--run", data)
    assert expected in refused(capfd, "train", "--resume", "--output", data)
    assert not (data / "evaluation").exists()


def test_no_run_at_all(capfd: Capture, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("--input", data / "images", "--output", tmp_path / "out")
    assert "no finished run in runs/; train one with train.py" in refused(capfd, "predict", *words)
    assert "no finished run in runs/" in refused(capfd, "evaluate")
    assert "no unfinished run in runs/" in refused(capfd, "train", "--resume")


def test_a_run_is_not_overwritten(capfd: Capture, tiny_run: Path) -> None:
    line = refused(capfd, "train", "--output", tiny_run)
    assert f"{tiny_run} already holds a run; go on with --resume, or choose another --output" in line
    line = refused(capfd, "train", "--resume", "--output", tiny_run, "--epochs", 7)
    assert "--resume keeps the settings the run began with: epochs 1 (asked for now: 7)" in line


def configurations() -> dict[str, Callable[[dict[str, object]], object]]:
    """What may have happened to config.json."""
    return {
        "a list": lambda raw: [],
        "nothing in it": lambda raw: {},
        "of the future": lambda raw: {**raw, "format": 9},
        "no classes": lambda raw: {**raw, "classes": []},
        "a number for classes": lambda raw: {**raw, "classes": 5},
        "an unknown setting": lambda raw: {**raw, "config": {"oops": 1}},
        "words for numbers": lambda raw: {**raw, "config": {"epochs": "many"}},
        "one side": lambda raw: {**raw, "config": {"model": {"image_size": [64]}}},
        "no model": lambda raw: {**raw, "config": {"model": None}},
    }


@pytest.mark.parametrize("what", configurations())
def test_a_broken_config(capfd: Capture, broken_run: Path, data: Path, tmp_path: Path, what: str) -> None:
    config = broken_run / "config.json"
    config.write_text(json.dumps(configurations()[what](json.loads(config.read_text()))))
    line = refused(capfd, "predict", "--run", broken_run, "--input", data / "images", "--output", tmp_path / "out")
    assert str(config) in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00"])
def test_a_config_that_is_no_json(capfd: Capture, broken_run: Path, content: bytes) -> None:
    (broken_run / "config.json").write_bytes(content)
    line = refused(capfd, "evaluate", "--run", broken_run)
    assert f"{broken_run / 'config.json'} is not valid JSON" in line


@pytest.mark.parametrize("content", ["[]", "null", '{"value": 7}', '{"value": "x"}', '{"value": NaN}', "{"])
def test_broken_thresholds(broken_run: Path, content: str) -> None:
    from dentalx import runs

    (broken_run / "thresholds.json").write_text(content)
    with pytest.raises(InputError, match=r"thresholds\.json .*; (delete|restore) it"):
        runs.threshold(Run(broken_run))


@pytest.mark.parametrize("what", ["missing", "text", "truncated", "of another network"])
def test_broken_weights(capfd: Capture, broken_run: Path, data: Path, tmp_path: Path, what: str) -> None:
    weights = broken_run / "best.weights.h5"
    head = weights.read_bytes()[:1_000_000]
    weights.unlink()
    if what == "text":
        weights.write_text("hello")
    elif what == "truncated":
        weights.write_bytes(head)
    elif what == "of another network":
        image = keras.Input((4, 4, 1))
        keras.Model(image, keras.layers.Conv2D(1, 3, name="logits")(image)).save_weights(weights)
    line = refused(capfd, "predict", "--run", broken_run, "--input", data / "images", "--output", tmp_path / "out")
    if what == "missing":
        assert f"{broken_run} has no best.weights.h5 yet; let train.py finish an epoch" in line
    else:
        assert f"cannot load {weights}: " in line
        assert "the file is broken or of another network" in line


@pytest.mark.parametrize("content", ["hello", "image_id,patient_id,split\nghost,ghost,train\n", None])
def test_broken_splits(capfd: Capture, broken_run: Path, tmp_path: Path, content: str | None) -> None:
    splits = broken_run / "splits.csv"
    if content is None:
        splits.unlink()
    else:
        splits.write_text(content)
    assert str(splits) in refused(capfd, "evaluate", "--run", broken_run, "--output", tmp_path / "out")
