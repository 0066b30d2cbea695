"""How much memory can be had: the system, and the container's limit; and garbage left alone for a while."""

import gc

import pytest

from dentalx import memory
from dentalx.memory import free_memory, uncollected


def test_free_memory_is_a_sensible_number() -> None:
    free = free_memory()
    assert free is None or 2**20 < free < 2**50


def test_free_memory_heeds_a_container_limit_and_its_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "/proc/meminfo": [("MemTotal:", 9000), ("MemAvailable:", 8000)],
        "/sys/fs/cgroup/memory.max": [("", 5_000_000)],
        "/sys/fs/cgroup/memory.current": [("", 4_000_000)],
        "/sys/fs/cgroup/memory.stat": [("anon", 1), ("inactive_file", 700_000)],
    }
    monkeypatch.setattr(memory, "_numbers", lambda path: files.get(path.as_posix(), []))
    assert free_memory() == 1_700_000
    files["/sys/fs/cgroup/memory.max"] = []  # the word max
    assert free_memory() == 8000 * 1024
    files.clear()
    assert free_memory() is None


def test_garbage_is_searched_for_again_afterwards() -> None:
    assert gc.isenabled()
    with pytest.raises(KeyError), uncollected():
        assert not gc.isenabled()
        with uncollected():
            pass
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()
