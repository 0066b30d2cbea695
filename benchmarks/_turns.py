"""Engines that take turns: each in a process of its own that waits while the others work. Standard library alone."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Worker:
    """An engine in a process of its own."""

    name: str
    process: subprocess.Popen[str]

    def ask(self, what: str) -> float:
        """The seconds that one of its actions takes."""
        assert self.process.stdin is not None
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        return float(self.read()["seconds"])

    def read(self) -> dict[str, Any]:
        """The next answer."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                return dict(json.loads(line))
        raise SystemExit(f"{self.name} ended without an answer")

    def end(self) -> None:
        """Stop the process."""
        self.process.kill()
        self.process.communicate()


def start(name: str, words: Sequence[str]) -> Worker:
    """Start a worker, wait until it is ready."""
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    worker = Worker(name, process)
    worker.read()
    sys.stderr.write(f"ready: {name}\n")
    return worker


def answer(actions: Mapping[str, Callable[[], object]]) -> None:
    """In the worker: say that it is ready, then do what each line of standard input names and say how long it took."""
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        started = time.perf_counter()
        actions[line.strip()]()
        print(json.dumps({"seconds": time.perf_counter() - started}), flush=True)
