"""Whatever is in a file from outside, it is read, or refused in one line: quickly, in little memory, and nowhere else.

A sample of what `benchmarks/fuzz.py` tries; `-m slow` tries more than 2,000.
"""

from collections.abc import Iterator

import fuzz_cases
import fuzz_guard
import fuzz_hostile
import pytest
from fuzz_guard import HARMS, Guard

pytest.importorskip("pydicom")
FINE = ("read", "refused", "remarked")
SLOW_ONLY = {  # takes a second or more each
    *("dicom-deflated-bomb", "png-long-data", "tiff-zip-bomb", "tiff-zip-lie", "jpeg-scans", "json-digits"),
    *("bitmap-bomb", "png-text-bomb", "png-profile-bomb", "many-objects", "objects-50000", "parts-2000"),
    *("weights-zeros", "weights-many", "weights-lists", "weights-too-many-lists", "safe-again"),
}


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guard]:
    guard = Guard(tmp_path_factory.mktemp("fuzz") / "now")
    yield guard
    guard.close()


def wrong(guard: Guard, work: list[tuple[str, int]]) -> list[str]:
    """What came of cases that did not end well."""
    found = [(kind, number, guard.read(kind, number)) for kind, number in work]
    return [f"{kind} {number}: {result}" for kind, number, result in found if result["outcome"] not in FINE]


@pytest.mark.parametrize("kind", fuzz_cases.kinds())
def test_whole_files_are_read(guard: Guard, kind: str) -> None:
    """Else the damaged ones would be refused for nothing."""
    result = guard.read(kind, 0)
    unread = kind == "picture:web.webp"
    assert result["outcome"] == ("refused" if unread else "read"), result


@pytest.mark.parametrize("kind", fuzz_cases.kinds())
def test_damaged_files_are_read_or_refused(guard: Guard, kind: str) -> None:
    assert wrong(guard, [(kind, number) for number in range(1, 9)]) == []


def test_hostile_files_are_read_or_refused(guard: Guard) -> None:
    assert (
        wrong(
            guard, [(f"hostile:{name}", 0) for name in fuzz_hostile.CASES if name not in SLOW_ONLY | fuzz_hostile.LARGE]
        )
        == []
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", fuzz_cases.kinds())
def test_many_damaged_files(guard: Guard, kind: str) -> None:
    assert wrong(guard, [(kind, number) for number in range(9, 60)]) == []


@pytest.mark.slow
def test_every_hostile_file(guard: Guard) -> None:
    assert wrong(guard, [(f"hostile:{name}", 0) for name in fuzz_hostile.CASES]) == []


@pytest.mark.parametrize("harm", HARMS)
def test_harm_would_be_seen(guard: Guard, harm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard itself: what hangs, dies, eats memory, prints, opens another file or raises is no refusal."""
    monkeypatch.setattr(fuzz_guard, "SECONDS", 1.0 if harm == "hang" else 5.0)
    assert guard.read(f"harm:{harm}", 0)["outcome"] == harm
