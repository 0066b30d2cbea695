"""How much memory can be had, and when the search for garbage must wait."""

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def uncollected() -> Iterator[None]:
    """Make many objects that are all kept, without Python looking through them for garbage again and again.

    Reading 160,000 outlines takes twice as long with it.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def free_memory() -> int | None:
    """Bytes of memory that can be had, by the system and by the container's limit; None where nobody says."""
    found = [kib * 1024 for name, kib in _numbers(Path("/proc/meminfo")) if name == "MemAvailable:"]
    group = Path("/sys/fs/cgroup")
    limit, used = (_numbers(group / name) for name in ("memory.max", "memory.current"))
    if limit and used:  # what the system caches for the container counts as used, and can be had all the same
        cached = sum(size for name, size in _numbers(group / "memory.stat") if name == "inactive_file")
        found.append(max(0, limit[0][1] - used[0][1] + cached))
    return min(found, default=None)


def _numbers(path: Path) -> list[tuple[str, int]]:
    """The (name, number) of each line of a file of the system, the name "" where there is none; [] without the file."""
    try:
        lines = path.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    found = re.findall(r"^(?:(\S+) +)?(\d+)\b", "\n".join(lines), re.MULTILINE)
    return [(name, int(number)) for name, number in found]
