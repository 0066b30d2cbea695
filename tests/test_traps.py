"""docs/traps.md names tests: each of them exists, and each row says what is done or that nothing is."""

import ast
import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parent
PAGE = TESTS.parent / "docs" / "traps.md"
NAMED = re.compile(r"([\w/]+\.py)::(test_\w+)")


@cache
def functions_of(file: str) -> frozenset[str]:
    """The names of a file's test functions; none where there is no such file."""
    path = TESTS / file
    if not path.is_file():
        return frozenset()
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef))


def rows() -> list[str]:
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("|")]
    return [line for line in lines if not re.match(r"\|(---|.*\| test \|$)", line)]


def test_every_test_that_is_named_exists() -> None:
    named = NAMED.findall(PAGE.read_text("utf-8"))
    assert len(named) > 100
    assert [f"{file}::{name}" for file, name in named if name not in functions_of(file)] == []
    assert "test_nowhere" not in functions_of("test_traps.py") and functions_of("nowhere.py") == frozenset()


def test_every_trap_has_a_test_or_is_said_not_to_be_handled() -> None:
    assert len(rows()) > 80
    bare = [row for row in rows() if not NAMED.search(row) and "**not handled**" not in row and "none:" not in row]
    assert bare == []
