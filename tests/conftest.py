"""Settings that all tests share."""

from __future__ import annotations

import gc

from hypothesis import HealthCheck, settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("streams2", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("streams2")


def pytest_collection_finish() -> None:
    """Set aside all that was imported: it is not garbage, and every `run` collects once.

    That takes a third of the time of a test run otherwise.
    """
    if hasattr(gc, "freeze"):
        gc.collect()
        gc.freeze()
