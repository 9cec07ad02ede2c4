"""Settings that all tests share."""

from __future__ import annotations

import gc

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("streams2", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("streams2")


@pytest.fixture(autouse=True, scope="module")
def _all_that_there_is_set_aside() -> None:
    """Look for garbage in what comes from now on: every `run` does that, and many a test.

    What was imported, and what is kept of the tests that are over, is none; to look through it
    again and again takes a third of the time of a test run.
    """
    if hasattr(gc, "freeze"):
        gc.collect()
        gc.freeze()
