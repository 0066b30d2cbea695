"""Several processes of one program, which find each other by TF_CONFIG."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PROGRAM = str(Path(__file__).with_name("small_train.py"))
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 3600  # a loaded machine is no failure


def free_addresses(count: int) -> list[str]:
    """So many of this machine, that nobody uses."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]


@contextlib.contextmanager
def crew(count: int, words: tuple[str, ...]) -> Iterator[list[subprocess.Popen[str]]]:
    """So many Pythons that are given `words`, the chief first; killed at the latest on leaving."""
    addresses = free_addresses(count)
    found = []
    for index in range(count):
        said = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        environment = {**os.environ, "TF_CONFIG": json.dumps(said)} if count > 1 else dict(os.environ)
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        found.append(process)
    try:
        yield found
    finally:
        for process in found:
            process.kill()
            process.communicate()
