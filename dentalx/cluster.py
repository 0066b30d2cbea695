"""Which processes train together, and on which devices, as the environment and a flag say; no TensorFlow."""

import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dentalx.errors import InputError

JOBS = ("chief", "worker")
FIRST_PORT, PORTS = 20_000, 12_000  # below those that Linux gives to connections going out
PER_NODE = 16  # ports kept for the processes of one step on one node
_PART = re.compile(r"(?:[^\[\],]|\[[^\[\]]*\])+")
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_REPEATED = re.compile(r"(\d+)(?:\(x(\d+)\))?")


@dataclass(frozen=True)
class Cluster:
    """Processes that train together.

    Attributes:
        addresses: "host:port" of each, the chief's first.
        index: which of them this process is.
    """

    addresses: tuple[str, ...]
    index: int

    @property
    def chief(self) -> bool:
        """Whether this process is the one that speaks and writes."""
        return self.index == 0


@dataclass(frozen=True)
class Devices:
    """What one process computes on.

    Attributes:
        kind: "auto" is every GPU, or the CPU where there is none.
        count: how many; of "auto" it says nothing.
    """

    kind: Literal["auto", "cpu", "gpu"] = "auto"
    count: int = 1


def read_devices(text: str) -> Devices:
    """What `--devices` says.

    Raises:
        InputError: it says nothing that is known.

    >>> read_devices("cpu:2")
    Devices(kind='cpu', count=2)
    """
    kind, _, count = text.partition(":")
    if text == "auto":
        return Devices()
    if kind in ("cpu", "gpu") and (count or "1").isdecimal() and 1 <= int(count or "1") <= 64:
        return Devices("cpu" if kind == "cpu" else "gpu", int(count or "1"))
    raise InputError(f"--devices must be auto, cpu, cpu:N, gpu or gpu:N with N in 1…64, got {text!r}")


def find_cluster(environment: Mapping[str, str]) -> Cluster | None:
    """The processes that this one trains together with, by TF_CONFIG or else by Slurm; None where it is alone.

    Args:
        environment: variables and their values.

    Raises:
        InputError: the variables are there and cannot be understood.
    """
    if environment.get("TF_CONFIG", "").strip() not in ("", "{}"):
        cluster = of_tf_config(environment["TF_CONFIG"])
    elif environment.get("SLURM_STEP_NUM_TASKS", "1") != "1":  # of srun alone: a batch script by itself is one process
        cluster = of_slurm(environment)
    else:
        return None
    return cluster if len(cluster.addresses) > 1 else None


def of_tf_config(text: str) -> Cluster:
    """What the variable TF_CONFIG says.

    Raises:
        InputError: it is not what TensorFlow's documentation describes.

    >>> of_tf_config('{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 1}}')
    Cluster(addresses=('a:1', 'b:1'), index=1)
    """
    try:
        said = json.loads(text)
        jobs, task = said["cluster"], said["task"]
        addresses = [(name, number) for name in JOBS for number in range(len(jobs.get(name, ())))]
        listed = tuple(str(jobs[name][number]) for name, number in addresses)
        index = addresses.index((str(task["type"]), int(task["index"])))
        if set(jobs) - set(JOBS) or not all(re.fullmatch(r".+:\d+", address) for address in listed):
            raise ValueError("jobs other than chief and worker, or an address without a port")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            'TF_CONFIG must be like {"cluster": {"worker": ["host1:port", "host2:port"]}, "task": {"type": "worker", '
            f'"index": 0}}}}, with the jobs chief and worker alone and an index that is one of them; got {text[:200]}'
        ) from error
    return Cluster(listed, index)


def of_slurm(environment: Mapping[str, str]) -> Cluster:
    """The tasks of a step that srun started, node after node; the port follows from the job and the step.

    Raises:
        InputError: a variable is missing or not what Slurm writes, or tasks are not laid out block by block.
    """
    try:
        hosts = expand_hosts(environment["SLURM_STEP_NODELIST"])
        tasks = expand_counts(environment["SLURM_STEP_TASKS_PER_NODE"])
        index, node, local = (int(environment[f"SLURM_{name}"]) for name in ("PROCID", "NODEID", "LOCALID"))
        job, step = (int(environment[f"SLURM_{name}"]) for name in ("JOB_ID", "STEP_ID"))
        places = [(n, at) for n, count in enumerate(tasks) for at in range(count)]
        if len(hosts) != len(tasks) or str(len(places)) != environment["SLURM_STEP_NUM_TASKS"]:
            raise ValueError(f"{len(hosts)} nodes and tasks on {len(tasks)}")
    except (KeyError, ValueError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise InputError(f"Slurm's variables cannot be understood ({what}); set TF_CONFIG instead") from error
    if index >= len(places) or places[index] != (node, local):
        raise InputError("Slurm does not fill one node after the other; start with srun --distribution=block")
    first = FIRST_PORT + PER_NODE * (17 * job + step) % PORTS
    return Cluster(tuple(f"{hosts[n]}:{first + at}" for n, at in places), index)


def expand_hosts(text: str) -> tuple[str, ...]:
    """Slurm's list of nodes.

    Raises:
        ValueError: it is none.

    >>> expand_hosts("gpu[08-10],login,r[1,3]n[1-2]")
    ('gpu08', 'gpu09', 'gpu10', 'login', 'r1n1', 'r1n2', 'r3n1', 'r3n2')
    """
    parts = _PART.findall(text)
    if ",".join(parts) != text or not parts:
        raise ValueError(f"no list of nodes: {text!r}")
    found: list[str] = []
    for part in parts:
        pieces = re.split(r"\[([^\]]*)\]", part)
        choices = [_numbers(piece) if at % 2 else [piece] for at, piece in enumerate(pieces)]
        found += ["".join(chosen) for chosen in itertools.product(*choices)]
    return tuple(found)


def expand_counts(text: str) -> tuple[int, ...]:
    """Slurm's list of tasks on each node.

    Raises:
        ValueError: it is none.

    >>> expand_counts("2(x3),1")
    (2, 2, 2, 1)
    """
    return tuple(
        int(count)
        for count, times in (_matched(_REPEATED, part) for part in text.split(","))
        for _ in range(int(times or 1))
    )


def _numbers(text: str) -> list[str]:
    """The numbers of a range, with the zeros they are written with."""
    found: list[str] = []
    for part in text.split(","):
        first, last = _matched(_RANGE, part)
        found += [str(number).zfill(len(first)) for number in range(int(first), int(last or first) + 1)]
    return found


def _matched(pattern: re.Pattern[str], text: str) -> tuple[Any, ...]:
    match = pattern.fullmatch(text)
    if match is None:
        raise ValueError(f"not understood: {text!r}")
    return match.groups()
