"""What a package needs: lists that metadata can hold, and lock files that satisfy them."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
LISTS = sorted(path for path in ROOT.glob("requirements*.txt") if path.name != "requirements-dev.txt")
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^ \\;]+)", re.MULTILINE)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(path: Path) -> list[Requirement]:
    lines = [line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines()]
    return [Requirement(line) for line in lines if line]


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_a_list_is_satisfied_by_the_lock_of_development(path: Path) -> None:
    locked: dict[str, set[str]] = {}
    for name, version in LOCKED.findall((ROOT / "requirements-dev.lock").read_text("utf-8")):
        locked.setdefault(normal(name), set()).add(version)
    for wanted in requirements(path):
        versions = locked.get(normal(wanted.name), set())
        assert versions, f"requirements-dev.lock lacks {wanted.name}; make lock"
        assert all(wanted.specifier.contains(version) for version in versions), f"{wanted}: {versions}; make lock"


def test_both_locks_agree_and_hold_hashes() -> None:
    texts = [(ROOT / name).read_text("utf-8") for name in ("requirements.lock", "requirements-dev.lock")]
    plain, all_of_it = (set(LOCKED.findall(text)) for text in texts)
    assert plain and plain <= all_of_it
    for text in texts:
        assert text.count("--hash=sha256:") >= len(LOCKED.findall(text))


def test_every_list_is_in_the_metadata() -> None:
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["dynamic"]
    files = [*metadata["dependencies"]["file"]]
    files += [name for extra in metadata["optional-dependencies"].values() for name in extra["file"]]
    assert sorted(files) == [path.name for path in LISTS]
