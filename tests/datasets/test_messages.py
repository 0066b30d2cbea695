"""What messages about images and masks ask of a person."""

import ast
import re
from pathlib import Path

import dentalx.datasets

FOLDER = Path(dentalx.datasets.__file__).parent
HARM = re.compile(r"\b(remove|delete|erase|discard|throw|take (it|them|one) away)\b", re.IGNORECASE)
OF_TABLES = re.compile(r"remove (its|one) row")  # of a splits.csv


def test_nobody_is_asked_to_remove_an_image_or_its_mask():
    """A file may be the only one that a patient has."""
    found = []
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Raise):
                texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
                found += [f"{path.name}: {text}" for text in texts if HARM.search(OF_TABLES.sub("", text))]
    assert found == []
