"""An ensemble of runs whose splits leak says so itself."""

import pytest

from dentalx.datasets.leaks import Leak, as_json, read_leaks
from dentalx.errors import InputError
from dentalx.files import write_json
from dentalx.runs import Run
from dentalx.samples import Record
from dentalx.training.ensemble import common_leaks

A, B, C = (Record(name, name) for name in "abc")
SPLITS = {"train": (A,), "val": (C,), "test": (B,)}


def member(folder, *leaks: Leak) -> Run:
    folder.mkdir()
    if leaks:
        write_json(Run(folder).leaks, as_json(leaks))
    return Run(folder)


def test_twins_that_a_member_knows_are_found_in_the_common_splits(tmp_path) -> None:
    knowing = member(tmp_path / "one", Leak("twin", (("b", "train"), ("a", "val"))))
    assert common_leaks([knowing, member(tmp_path / "two")], SPLITS) == (Leak("twin", (("a", "train"), ("b", "test"))),)


def test_twins_that_come_together_leak_no_more(tmp_path) -> None:
    knowing = member(tmp_path / "one", Leak("twin", (("b", "train"), ("a", "val"))))
    assert common_leaks([knowing], {"train": (A, B), "val": (C,), "test": ()}) == ()
    assert common_leaks([member(tmp_path / "two")], SPLITS) == ()


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"leaks": 3},
        {"leaks": [{"reason": "twin"}]},
        {"leaks": [{"reason": ["twin"], "pictures": [["a", "train"], ["b", "test"]]}]},
        {"leaks": [{"reason": "twins", "pictures": [["a", "train"], ["b", "test"]]}]},
        {"leaks": [{"reason": "twin", "pictures": [["a", "train"], ["b", "tests"]]}]},
        {"leaks": [{"reason": "twin", "pictures": [["a", "train", "b"]]}]},
    ],
)
def test_a_file_that_is_something_else(tmp_path, content) -> None:
    broken = member(tmp_path / "one")
    write_json(broken.leaks, content)
    with pytest.raises(InputError, match=r"leaks.json is not what train.py writes"):
        common_leaks([broken], SPLITS)


def test_leaks_are_read_back(tmp_path) -> None:
    leaks = (Leak("twin", (("b", "train"), ("a", "val"))), Leak("patient", (("c", "val"), ("d", "test"))))
    assert read_leaks(member(tmp_path / "one", *leaks).leaks) == leaks
    assert read_leaks(member(tmp_path / "two").leaks) == ()
