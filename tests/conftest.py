"""Settings that all tests share."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from . import oracles

# How long an example takes says more about the machine than about the code.
settings.register_profile("streams2", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# On PyPy an example takes ten times as long, since most of the code is new to its compiler.
# CPython shows that what is drawn goes through the machines; PyPy, that it runs them
# alike: with new examples each time.
settings.register_profile("fewer", settings.get_profile("streams2"), max_examples=20)
settings.load_profile("streams2" if sys.implementation.name == "cpython" else "fewer")


@pytest.fixture(autouse=True, scope="module")
def _all_that_there_is_set_aside() -> None:
    """Look for garbage in what comes from now on: every `run` does that, and many a test.

    What was imported, and what is kept of the tests that are over, is none; to look through it
    again and again takes a third of the time of a test run.
    """
    if hasattr(gc, "freeze"):
        gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True, scope="module")
def _no_thread_is_left() -> Iterator[None]:
    """A thread may wake a run: while one is left by a module, no later one's run can give up."""
    before = set(threading.enumerate())
    yield
    begun = [one for one in threading.enumerate() if one not in before]
    begun = [one for one in begun if not one.name.startswith(("asyncio_", "streams2 "))]
    for thread in begun:
        thread.join(5)
    left = [one.name for one in begun if one.is_alive()]
    assert not left, f"still running: {left}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """What opens pages for the tests of a module."""
    with oracles.browsing() as browser:
        yield browser


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """A test that asks for an original must be marked as one: `oracles` looks at its marks."""
    oracles.running = item
    yield
    oracles.running = None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--debug-mode",
        action="store_true",
        help="in streams2's debug mode: whoever ignores a False of write() or push() has failed",
    )
    parser.addoption("--no-skips", action="store_true", help="a skipped test is a failed one")


def pytest_configure(config: pytest.Config) -> None:
    """Let no test depend on how long a method takes on a busy machine: a warning is an error.

    With --debug-mode: that, here and in the processes that tests start.

    Tests forget callbacks and streams by the dozen, so of what else it finds, nothing is said. One
    that ignores a False on purpose has a filter that says so.
    """
    os.environ["STREAMS2_DEBUG_BLOCKED"] = "60"
    if config.getoption("--debug-mode"):
        os.environ["STREAMS2_DEBUG"] = "1"
        found = "streams2.errors.warnings"
        for kind in ("DebugWarning", "UnusedStreamWarning"):
            config.addinivalue_line("filterwarnings", f"ignore::{found}.{kind}")
        config.addinivalue_line("filterwarnings", f"error::{found}.BackpressureWarning")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --debug-mode: what shows how it is without is left out; that are documents, too."""
    if config.getoption("--debug-mode"):
        out = [one for one in items if one.get_closest_marker("off") or one.path.suffix == ".md"]
        out += [one for one in items if one.path.name == "debug.py"]
        config.hook.pytest_deselected(items=out)
        items[:] = [one for one in items if one not in out]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With --no-skips: a test that is skipped checks nothing, and so it has failed.

    With --debug-mode, what is collected after the last test is none of a test's.
    """
    if session.config.getoption("--debug-mode"):
        from streams2.doctor.debug import debugger

        debugger.turn_off()
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and session.config.getoption("--no-skips"):
        for report in skipped:
            reporter.write_line(f"\nskipped, and must not be: {report.nodeid}: {report.longrepr}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
