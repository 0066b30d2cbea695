"""Shared by all tests: numpy in doctests, TensorFlow kept quiet and small, and no test judged by the clock."""

import gc
import os
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

# A loaded machine is no failure. Every run tries the same examples; pytest --hypothesis-profile=search tries new ones.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("search", settings.get_profile("patient"), derandomize=False, max_examples=1000)
settings.load_profile("patient")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")


@pytest.fixture(autouse=True)
def _numpy_in_doctests(doctest_namespace: dict[str, object]) -> None:
    doctest_namespace["np"] = np


@pytest.fixture(autouse=True, scope="module")
def _forget_networks() -> Iterator[None]:
    """What a file's tests built is freed after its last: Keras and TensorFlow would keep it, gigabytes in the end."""
    yield
    if "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session()
        gc.collect()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)
