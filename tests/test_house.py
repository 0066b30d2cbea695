"""The rules of docs/design.md and CONTRIBUTING.md that a program can check."""

import ast
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dentalx import DISCLAIMER, __version__

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "dentalx"
FLOORS = (
    ("dentalx",),  # the version and the disclaimer
    ("class_sets",),  # of labelling
    ("recipe", "loss_terms", "balance", "labelling", "presets", "jsonable", "predict_config"),  # parts of the config
    ("foreign_text", "covering"),  # of errors and files; of samples
    ("samples", "config", "geometry", "errors", "teeth"),
    ("files", "memory", "cluster"),  # the ground floor has two steps
    ("runs", "salt", "journal"),
    ("lettering",),  # of overlay
    ("phantom", "preprocess", "metrics", "losses", "overlay", "postprocess"),
    ("enhance", "text", "notes"),  # of preprocess
    ("quality",),  # of enhance
    ("datasets", "models", "evaluation"),
    ("runtimes",),  # of models
    ("inference", "export", "report", "deidentify", "audit"),
    ("training", "scoring", "web"),
    ("cli",),
    ("__main__",),
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
ONE_IMPORTER = {
    "csv": "foreign_text.py",
    "segmentation_models": "models/backbones.py",
    "albumentations": "datasets/augment.py",
    "matplotlib": "report/figures/canvas.py",
    "pycocotools": "datasets/readers/raster.py",
    "pydicom": "datasets/dicom_file.py",
    "highdicom": "datasets/writers/dicom_seg.py",
    "fastapi": "web/api.py",
    "onnxruntime": "runtimes/onnx.py",
    "openvino": "runtimes/openvino.py",
    "ai_edge_litert": "runtimes/litert.py",
    "tf2onnx": "export/convert.py",
    "gradio": "web/page.py",
    "uvicorn": "web/server.py",
}
HEAVY = ("tensorflow", "keras", "matplotlib", "albumentations", "segmentation_models", "sklearn", "pydicom", "gradio")
MOST_LINES, MOST_FUNCTION_LINES = 300, 60
HELP_SECONDS = 1.0  # of the processor: what else the machine does is no fault of ours
COMMANDS = (
    "train",
    "predict",
    "evaluate",
    "phantoms",
    "export",
    "ensemble",
    "cross-validate",
    "convert",
    "download",
    "deidentify",
    "audit",
    "serve",
)

MODULES = sorted(PACKAGE.rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def unit(path: Path) -> str:
    """The module or folder of the package that a file belongs to."""
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "dentalx" if first == "__init__" else first


def is_module(name: str) -> bool:
    return (PACKAGE / f"{name}.py").is_file() or (PACKAGE / name).is_dir()


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything imported anywhere in a file, for type checking and in functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import; write the whole name"
            assert node.module is not None
            for alias in node.names:
                whole = node.module == "dentalx" and is_module(alias.name)
                yield node.lineno, f"dentalx.{alias.name}" if whole else node.module


def uphill(path: Path, source: str) -> list[str]:
    """What a file imports from its own floor or a higher one, its own folder apart."""
    own = unit(path)
    found = []
    for line, name in imports(ast.parse(source)):
        if name.split(".")[0] == "dentalx":
            other = name.split(".")[1] if "." in name else "dentalx"
            if other != own and FLOOR[other] >= FLOOR[own]:
                found.append(f"{relative(path)}:{line} imports {name}")
    return found


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_every_module_has_a_floor() -> None:
    assert {unit(path) for path in MODULES} == set(FLOOR)


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_imports_go_downhill(path: Path) -> None:
    assert uphill(path, path.read_text("utf-8")) == []


def test_uphill_imports_would_be_found() -> None:
    path = PACKAGE / "datasets" / "images.py"
    assert uphill(path, "from dentalx.models import build_network") == ["datasets/images.py:1 imports dentalx.models"]
    assert uphill(path, "def f():\n    from dentalx import training") == [
        "datasets/images.py:2 imports dentalx.training"
    ]
    assert uphill(path, "from dentalx import DISCLAIMER\nfrom dentalx.datasets import masks\nimport tensorflow") == []


@pytest.mark.parametrize(("package", "importer"), ONE_IMPORTER.items())
def test_one_importer_each(package: str, importer: str | None) -> None:
    found = {relative(p) for p in MODULES for _, name in imports(parsed(p)) if name.split(".")[0] == package}
    assert found == ({importer} if importer else set())


def test_light_modules_load_nothing_heavy() -> None:
    light_units = {name for floor in FLOORS[:6] for name in floor}
    light_units |= {"phantom", "preprocess", "overlay", "datasets", "cli"}
    light = [p for p in MODULES if unit(p) in light_units and relative(p) != "datasets/augment.py"]
    names = [".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for p in light]
    assert {"dentalx.cli", "dentalx.datasets.pipeline"} <= set(names)
    program = (
        "import importlib, sys\n"
        f"for name in {names}:\n"
        "    importlib.import_module(name)\n"
        f"    heavy = sorted(set(sys.modules) & set({HEAVY}))\n"
        "    assert not heavy, f'{name} loads {heavy}'\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr.splitlines()[-1]


@pytest.mark.parametrize("command", ["dentalx", *COMMANDS])
def test_help_answers_at_once(command: str) -> None:
    script = ROOT / f"{command}.py"
    words = [str(script)] if script.is_file() else ["-m", "dentalx", *([command] if command in COMMANDS else [])]
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ended = subprocess.run(
            [sys.executable, *words, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
        assert ended.returncode == 0
        assert "usage" in ended.stdout
        assert ended.stderr == ""
        if seconds[-1] < HELP_SECONDS:
            break
    assert min(seconds) < HELP_SECONDS


def test_version_says_what_this_is_not() -> None:
    words = [sys.executable, "-m", "dentalx", "--version"]
    ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == f"dentalx {__version__}\n{DISCLAIMER}\n"
    assert "not a medical device" in DISCLAIMER


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_rooms_are_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES
    for node in ast.walk(parsed(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= MOST_FUNCTION_LINES, f"{relative(path)}:{node.lineno} {node.name} has {lines} lines"


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_public_things_are_described(path: Path) -> None:
    tree = parsed(path)
    assert ast.get_docstring(tree), f"{relative(path)} does not say what it is for"
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{relative(path)}:{node.lineno} {node.name} has no docstring"


def test_no_machine_paths_and_nothing_unfinished() -> None:
    marks = "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3, "NotImplemented" + "Error"])
    pattern = re.compile(rf"(?<![\w.~])/(?:work|farm|root|home|Users)/[a-z.]|\b(?:{marks})\b")
    found = []
    for path in tracked():
        if path.suffix in {".py", ".md", ".toml", ".txt", ".yml", ".yaml", ".cfg"} or path.name in {"Makefile", "run"}:
            for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
                if pattern.search(line):
                    found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert found == []


def test_no_large_files() -> None:
    assert [str(p) for p in tracked() if p.stat().st_size > 2_000_000] == []


def test_test_files_are_told_apart_by_name() -> None:
    """pytest knows them by name alone, and refuses the second one."""
    names = [path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_shown_files_exist() -> None:
    """Every relative link of the pages for people leads somewhere."""
    link = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
    pages = [path for path in tracked() if path.suffix == ".md"]
    assert pages
    missing = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in link.findall(page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert missing == []
