"""Which processes train together, as the environment says."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dentalx.cluster import Cluster, Devices, expand_counts, expand_hosts, find_cluster, read_devices
from dentalx.errors import InputError

STEP = {
    "SLURM_JOB_ID": "4711",
    "SLURM_STEP_ID": "0",
    "SLURM_STEP_NUM_TASKS": "3",
    "SLURM_STEP_NODELIST": "gpu[2,10]",
    "SLURM_STEP_TASKS_PER_NODE": "2,1",
    "SLURM_PROCID": "2",
    "SLURM_NODEID": "1",
    "SLURM_LOCALID": "0",
}


def tf_config(jobs: dict[str, list[str]], kind: str, index: int) -> dict[str, str]:
    return {"TF_CONFIG": json.dumps({"cluster": jobs, "task": {"type": kind, "index": index}})}


@pytest.mark.parametrize("environment", [{}, {"TF_CONFIG": ""}, {"TF_CONFIG": "{}"}, {"SLURM_JOB_ID": "1"}])
def test_alone(environment: dict[str, str]) -> None:
    assert find_cluster(environment) is None


def test_a_batch_script_of_slurm_by_itself_is_one_process() -> None:
    """Without srun nobody else was started, whatever the job may hold."""
    assert find_cluster({"SLURM_JOB_ID": "1", "SLURM_NTASKS": "8", "SLURM_PROCID": "0"}) is None
    assert find_cluster({**STEP, "SLURM_STEP_NUM_TASKS": "1"}) is None


def test_one_worker_is_alone() -> None:
    assert find_cluster(tf_config({"worker": ["a:1"]}, "worker", 0)) is None


def test_chief_and_workers() -> None:
    jobs = {"worker": ["b:1", "c:1"], "chief": ["a:1"]}
    found = find_cluster(tf_config(jobs, "worker", 1))
    assert found == Cluster(("a:1", "b:1", "c:1"), 2)
    assert not found.chief
    chief = find_cluster(tf_config(jobs, "chief", 0))
    assert chief is not None and chief.chief


@pytest.mark.parametrize(
    "said",
    [
        "no JSON",
        "[]",
        '{"cluster": {"worker": ["a:1", "b:1"]}}',
        '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 2}}',
        '{"cluster": {"worker": ["a", "b"]}, "task": {"type": "worker", "index": 0}}',
        '{"cluster": {"worker": ["a:1", "b:1"], "ps": ["c:1"]}, "task": {"type": "worker", "index": 0}}',
        '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "evaluator", "index": 0}}',
    ],
)
def test_what_tf_config_must_be(said: str) -> None:
    with pytest.raises(InputError, match="TF_CONFIG must be like") as error:
        find_cluster({"TF_CONFIG": said})
    assert "\n" not in str(error.value)


def test_a_step_of_slurm() -> None:
    """Nodes keep the order that Slurm numbers its tasks in: gpu2 comes before gpu10."""
    found = find_cluster(STEP)
    assert found is not None
    hosts, ports = zip(*(address.split(":") for address in found.addresses), strict=True)
    assert hosts == ("gpu2", "gpu2", "gpu10")
    assert found.index == 2
    assert int(ports[1]) == int(ports[0]) + 1 and ports[2] == ports[0]
    assert all(20_000 <= int(port) < 32_768 for port in ports)
    other = find_cluster({**STEP, "SLURM_STEP_ID": "1"})
    assert other is not None and other.addresses[0] != found.addresses[0]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"SLURM_STEP_NODELIST": "gpu[2"}, "set TF_CONFIG instead"),
        ({"SLURM_STEP_NODELIST": "gpu2"}, "set TF_CONFIG instead"),
        ({"SLURM_STEP_TASKS_PER_NODE": "2(x"}, "set TF_CONFIG instead"),
        ({"SLURM_STEP_NUM_TASKS": "4"}, "set TF_CONFIG instead"),
        ({"SLURM_PROCID": "1"}, "--distribution=block"),
    ],
)
def test_what_slurm_must_say(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        find_cluster({**STEP, **wrong})
    with pytest.raises(InputError, match="is missing"):
        find_cluster({name: value for name, value in STEP.items() if name != "SLURM_LOCALID"})


@given(st.lists(st.tuples(st.sampled_from(["n", "gpu-", "r1x"]), st.integers(0, 120), st.integers(0, 5)), min_size=1))
def test_ranges_are_what_they_stand_for(parts: list[tuple[str, int, int]]) -> None:
    text = ",".join(f"{name}[{first:03}-{first + more:03}]" for name, first, more in parts)
    each = [f"{name}{number:03}" for name, first, more in parts for number in range(first, first + more + 1)]
    assert expand_hosts(text) == tuple(each)
    assert expand_hosts(",".join(each)) == tuple(each)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1))
def test_counts_are_what_they_stand_for(parts: list[tuple[int, int]]) -> None:
    each = tuple(count for count, times in parts for _ in range(times))
    assert expand_counts(",".join(f"{count}(x{times})" for count, times in parts)) == each


def test_devices() -> None:
    assert read_devices("auto") == Devices()
    assert read_devices("cpu") == Devices("cpu", 1)
    assert read_devices("gpu:8") == Devices("gpu", 8)
    for wrong in ("", "tpu", "cpu:0", "cpu:two", "gpu:-1", "cpu:65", "auto:2"):
        with pytest.raises(InputError, match="--devices must be auto"):
            read_devices(wrong)
