"""What is typed after evaluate.py, what it answers, and what it leaves behind."""

import json
import sys
from pathlib import Path

import pytest

from dentalx import cli
from dentalx.datasets.phantoms import PhantomSource, write_folders

Capture = pytest.CaptureFixture[str]
N = 8


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Phantoms as folders `images` and `teeth`; the working folder is empty."""
    write_folders(tmp_path / "data", PhantomSource(N, 3, (48, 96)))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "data"


def typed(capfd: Capture, *words: object) -> tuple[int, str, str]:
    """(exit code, standard output, standard error)."""
    capfd.readouterr()
    code = cli.run("evaluate", [str(word) for word in words])
    said = capfd.readouterr()
    return code, said.out, said.err


def test_whole_predictions(capfd: Capture, data: Path, tmp_path: Path) -> None:
    truth = ("--images", data / "images", "--masks", data / "teeth")
    code, out, _ = typed(capfd, "--predictions", data / "teeth", *truth, "--output", tmp_path / "out")
    assert code == 0
    assert f"{N} of {N} predictions could be used" in out
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert (metrics["dice"]["mean"], metrics["kind"], metrics["schema"]) == (1, "predictions", 3)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"metrics.json", "per_image.csv", "report.md", "strata.csv", "froc.csv"} <= names
    assert not {"unfinished.jsonl", "problems.csv", "curves.csv"} & names


def test_what_is_wrong_is_named_and_a_clean_folder_forgets_it(capfd: Capture, data: Path, tmp_path: Path) -> None:
    predictions, out = tmp_path / "program", tmp_path / "out"
    predictions.mkdir()
    for path in (data / "teeth").iterdir():
        (predictions / path.name).write_bytes(path.read_bytes())
    first, second = sorted(predictions.iterdir())[:2]
    kept = first.read_bytes(), second.read_bytes()
    first.write_bytes(b"no picture")
    second.rename(predictions / "extra.png")
    words = ("--predictions", predictions, "--masks", data / "teeth", "--output", out)
    code, said, told = typed(capfd, *words)
    assert code == 1
    assert f"{N - 2} of {N} predictions could be used: 1 missing, 1 unreadable, 1 extra" in said
    for name in (first.name, second.stem, "extra.png"):
        assert name in told
    rows = (out / "problems.csv").read_text().splitlines()
    assert len(rows) == 4 and rows[0] == "name,problem,counted,reason"
    code, _, told = typed(capfd, *words, "--missing", "refuse")
    assert code == 2 and told.startswith("error: ") and told.count("\n") == 1
    assert "--missing zero counts it as empty" in told
    first.write_bytes(kept[0])
    (predictions / "extra.png").unlink()
    second.write_bytes(kept[1])
    assert typed(capfd, *words)[0] == 0
    assert not (out / "problems.csv").exists()


def test_two_people_and_no_network_library(capfd: Capture, data: Path, tmp_path: Path) -> None:
    code, out, _ = typed(capfd, "--raters", data / "teeth", data / "teeth", "--output", tmp_path / "out")
    assert code == 0
    assert f"raters, the same {N} pictures (0 not drawn by both):" in out
    program = "import sys, dentalx.scoring, dentalx.cli.evaluate; sys.exit('tensorflow' in sys.modules)"
    import subprocess

    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0


def test_resume_says_what_it_does(capfd: Capture, data: Path, tmp_path: Path) -> None:
    words = ("--predictions", data / "teeth", "--masks", data / "teeth", "--output", tmp_path / "out")
    assert "going on with" not in typed(capfd, *words, "--resume")[1]
    (tmp_path / "out" / "unfinished.jsonl").write_text("{}\n")
    code, _, told = typed(capfd, *words, "--resume")
    assert code == 2 and "start anew without --resume" in told
    assert "starting anew, without what" in typed(capfd, *words)[1]
    assert not (tmp_path / "out" / "unfinished.jsonl").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--predictions D/teeth", "scores need truth: give --data, or --masks (with --images or alone), or --run"),
        ("--predictions D/nowhere --masks D/teeth", "folder not found: D/nowhere; check the spelling"),
        ("--predictions D/teeth --masks D/teeth --against D", "D is not a run folder: it has no config.json; give"),
        ("--predictions D/teeth --masks D/teeth --consistent-numbers", "--consistent-numbers is for runs of --task"),
        ("--predictions D/teeth --masks D/teeth --tolerance -1", "--tolerance must be 0 or more pixels, got -1"),
        ("--predictions D/teeth --masks D/teeth --seed -1", "--seed must be 0 or more, got -1"),
        ("--predictions D/teeth --masks D/teeth --enhance clahe", "--enhance is for a run that predicts; masks"),
        ("--predictions D/teeth --masks D/teeth --missing nil", "Expected one of ('zero', 'skip', 'refuse')"),
        ("--predictions D/teeth --masks D/teeth --strata D/t.csv:a", "t.csv: No such file or directory; --strata"),
        ("--predictions D/teeth --masks D/teeth --split test", "has no picture of the test split: it is not divided"),
        ("--predictions D/images --masks D/teeth", "or choose --prediction-encoding"),
        ("--raters D/teeth", "--raters takes two folders, one of each person's masks, got 1"),
        ("--raters D/teeth D/nowhere", "folder not found: D/nowhere"),
        ("--raters D/teeth D/teeth --masks D/teeth", "--raters alone takes --images at most"),
        ("--raters D/teeth D/teeth --against-predictions D/teeth", "--against compares models; give --run or"),
        ("--classes a", "--classes is for --predictions and --raters without a run; a run knows its own"),
    ],
)
def test_one_line_says_what_to_do(capfd: Capture, data: Path, words: str, expected: str) -> None:
    code, _, told = typed(capfd, *words.replace("D/", f"{data}/").replace(" D", f" {data}").split())
    assert code == 2
    assert told.startswith("error: ") and told.count("\n") == 1
    assert expected.replace("D/", f"{data}/").replace("D is", f"{data} is") in told
    assert list(Path.cwd().iterdir()) == []  # nothing was written


def test_views_are_of_a_network(capfd: Capture, data: Path) -> None:
    """Masks are no network, and tiles have a least size; both are told before anything is loaded."""
    truth = ("--images", data / "images", "--masks", data / "teeth")
    code, _, complaint = typed(capfd, "--predictions", data / "teeth", *truth, "--tta", "flip")
    assert (code, complaint) == (
        2,
        "error: --tta and --tiles are for a run that predicts; masks are taken as they are\n",
    )
    code, _, complaint = typed(capfd, "--predictions", data / "teeth", *truth, "--tiles", 8, 8)
    assert (code, "--tiles must be off, auto, or two numbers of at least 32" in complaint) == (2, True)
