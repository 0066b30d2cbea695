"""Cases read in a process of their own, which is watched: time, memory, what it opens, and what it prints.

    python fuzz_guard.py REPOSITORY FOLDER

is the process that is watched: it takes "KIND NUMBER" lines and answers each with a JSON line.
"""

import contextlib
import importlib
import json
import os
import re
import resource
import select
import shutil
import subprocess
import sys
import time
import types
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SECONDS, MEMORY = 5.0, 2**30
_FENCE = 3 * 2**30  # a process that wants more is refused it: the machine is shared
_START_SECONDS = 120.0
_IDLE = 3  # times as long it may wait for something without running; other work may run beside
_GLANCE = 0.2  # seconds


# libtiff says on stderr what is broken, and nobody can ask it through Pillow not to.
_LIBTIFF = re.compile(
    r"tempfile\.tif|More samples per pixel|_?TIFF\w*|(JPEG|ZIP|LZW|Fax|ZSTD|LZMA|LERC|PackBits)\w*: |\w+: .*(tag|strip)"
)
HARMS: dict[str, Callable[[], object]] = {  # for trying the guard itself, as the kind "harm:NAME"
    "hang": lambda: time.sleep(60),
    "crash": os.abort,
    "memory": lambda: len(b"1" * (MEMORY + 2**26)),
    "prints": lambda: os.write(2, b"noise of a library"),
    "escape": lambda: Path("/etc/hosts").read_bytes(),
    "error": lambda: 1 / 0,
    "read": lambda: "fine",
}


class Guard:
    """One watched process, started again when it hangs or dies."""

    def __init__(self, folder: Path) -> None:
        """`folder` is where cases are laid out."""
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, kind: str, number: int) -> dict[str, Any]:
        """What came of one case: "outcome" is "read" or "refused", or what went wrong; with "why" and "seconds"."""
        if self._process is None:
            self._start()
        process = self._process
        assert process is not None and process.stdin is not None
        process.stdin.write(f"{kind} {number}\n".encode())
        process.stdin.flush()
        made = self._line(_START_SECONDS)
        answer = self._answer(process.pid) if made else None
        if answer is not None:
            if answer["outcome"] in ("read", "refused") and answer["seconds"] > SECONDS:
                answer["outcome"] = "slow"
            return answer
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1)
        died = process.poll()
        self.close()
        if died is None:
            return {"outcome": "hang", "why": f"no answer within {SECONDS:g} s", "seconds": SECONDS}
        return {"outcome": "crash", "why": f"the process ended with {died}", "seconds": 0.0}

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _start(self) -> None:
        words = [sys.executable, str(Path(__file__).resolve()), str(HERE.parents[1]), str(self._folder)]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        assert self._line(_START_SECONDS) == {"outcome": "ready"}

    def _answer(self, pid: int) -> dict[str, Any] | None:
        """What it answers within the seconds of the processor that it has; None once they are over, or it sleeps."""
        start, idle = _spent(pid)[0], 0.0
        while True:
            assert self._process is not None and self._process.stdout is not None
            if select.select([self._process.stdout], [], [], _GLANCE)[0]:
                return self._line(0)
            spent, runs = _spent(pid)
            idle += 0 if runs else _GLANCE
            if spent - start > SECONDS + 1 or idle > _IDLE * SECONDS:
                return None

    def _line(self, seconds: float) -> dict[str, Any] | None:
        assert self._process is not None and self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        line = self._process.stdout.readline() if ready else b""
        found: dict[str, Any] | None = json.loads(line) if line else None
        return found


class _Watch:
    """Notes what Python opens, starts or connects to outside the case's folder."""

    def __init__(self, repository: Path) -> None:
        self.inside: str | None = None
        self.seen: list[str] = []
        places = {sys.prefix, sys.base_prefix, str(repository), "/proc", "/sys", "/usr/share/zoneinfo", "/dev/null"}
        self._allowed = tuple(_real(place) for place in places)

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """Python's audit hook."""
        if self.inside is None:
            return
        if event in ("subprocess.Popen", "os.system", "socket.connect", "os.exec", "os.fork"):
            self.seen.append(event)
        if event != "open" or not isinstance(args[0], (str, bytes, os.PathLike)):
            return
        inside, self.inside = self.inside, None
        path = _real(os.fsdecode(args[0]))
        writes = isinstance(args[2], int) and bool(args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        cached = path.endswith((".pyc", ".py")) or ".pyc." in path
        if not path.startswith(inside) and not cached and (writes or not path.startswith(self._allowed)):
            self.seen.append(f"opens {path}")
        self.inside = inside


def _spent(pid: int) -> tuple[float, bool]:
    """Seconds of the processor that a process has had, and whether it runs or could."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), fields[0] == "R"


def _real(path: str | Path) -> str:
    return os.path.realpath(path)


def _peak() -> int:
    """The most memory this process held since it was last asked."""
    status = Path("/proc/self/status").read_text()
    peak = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return peak


@cache
def _checkpoint() -> Any:
    """The reader of weight files, without TensorFlow, which its folder loads."""
    folder = HERE.parents[1] / "dentalx" / "models" / "maskrcnn"
    for name in ("dentalx.models", "dentalx.models.maskrcnn"):
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__path__ = [str(folder)]
    return importlib.import_module("dentalx.models.maskrcnn.checkpoint")


def _through(door: str, path: Path, folder: Path) -> str:
    """Read one case as a user would."""
    from dentalx.config import DataConfig
    from dentalx.datasets import open_source
    from dentalx.datasets.images import image_size, read_grey
    from dentalx.datasets.mask_codes import read_class_map
    from dentalx.datasets.splits import read_splits
    from dentalx.samples import Record

    if door == "harm":
        return str(HARMS[path.name]())
    if door == "picture":
        size = image_size(path)
        plane = read_grey(path)
        assert plane.shape == size, (plane.shape, size)
        assert plane.min() >= 0 and plane.max() <= 1
        return f"{plane.shape}"
    if door == "splits":
        splits = read_splits(path, [Record(name, name) for name in "abc"])
        return f"{ {name: len(part) for name, part in splits.items()} }"
    if door == "weights":
        return f"{len(_checkpoint().read_checkpoint(path))} tensors"
    entries = read_class_map(path).entries() if door == "map" else ()
    given = path.parent / "set" if door == "map" else path
    source = open_source(DataConfig(data=given, salt=folder / "salt", class_map=entries), (64, 128))
    samples = [source.load(record) for record in source.records]
    assert all(int(sample.mask.max()) <= len(source.classes) or sample.mask.max() == 255 for sample in samples)
    return f"{len(samples)} picture(s)"


def _judge(kind: str, number: int, folder: Path, watch: _Watch, made: Callable[[], object]) -> dict[str, Any]:
    import fuzz_cases

    from dentalx.errors import InputError

    shutil.rmtree(folder, ignore_errors=True)
    (folder / "case").mkdir(parents=True)
    if kind.startswith("harm:"):
        case = fuzz_cases.Case("harm", folder / kind.removeprefix("harm:"))
    else:
        case = fuzz_cases.make(kind, number, folder / "case")
    made()
    printed = os.fstat(2).st_size
    _peak()
    watch.seen.clear()
    watch.inside = _real(folder / "case")
    start = time.process_time()
    try:
        outcome, why = "read", _through(case.door, case.path, folder / "case")
    except InputError as error:
        outcome, why = "refused", str(error)
        said = why.replace(str(case.path), "")
        if not said or "\n" in why or len(said) > 2000 or "not enough memory" in why:
            outcome = "said badly"
    except BaseException as error:  # whatever it is, it is what we look for
        outcome, why = "error", f"{type(error).__name__}: {error}"
    watch.inside = None
    seconds, peak = time.process_time() - start, _peak()
    outside = [each.name for each in folder.iterdir() if each.name not in ("case", "secret.png")]
    if watch.seen or outside:
        outcome, why = "escape", "; ".join([*watch.seen, *outside])
    elif peak > MEMORY:
        outcome, why = "memory", f"{peak / 2**20:.0f} MiB; {outcome}: {why}"
    elif noise := os.pread(2, 300, printed).decode("utf-8", "replace"):
        outcome, why = ("remarked" if _LIBTIFF.match(noise) else "prints"), f"{noise.strip()}; {outcome}: {why}"
    return {"outcome": outcome, "why": why[:600], "seconds": round(seconds, 3), "mib": peak // 2**20}


def main() -> None:
    """Answer until nothing more is asked."""
    repository, folder = Path(sys.argv[1]), Path(sys.argv[2])
    sys.path[:0] = [str(repository), str(HERE)]
    resource.setrlimit(resource.RLIMIT_DATA, (_FENCE, _FENCE))
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    folder.mkdir(parents=True, exist_ok=True)
    noise = os.open(folder.with_suffix(".stderr"), os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    os.dup2(noise, 2)
    os.dup2(noise, 1)
    watch = _Watch(repository)
    sys.addaudithook(watch)
    import dentalx.datasets.readers  # noqa: F401 (before the clock runs)

    _checkpoint()

    with contextlib.suppress(ImportError):
        import pydicom  # noqa: F401
    answers.write(b'{"outcome": "ready"}\n')
    for line in sys.stdin:
        kind, number = line.split()
        result = _judge(kind, int(number), folder, watch, lambda: answers.write(b'{"outcome": "made"}\n'))
        answers.write(json.dumps(result).encode() + b"\n")


if __name__ == "__main__":
    main()
