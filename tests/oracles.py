"""Where the originals are, Node 26 and the JVM with core.async; and a browser for the pages.

`.ci/run` installs them and names them in the environment. On a developer's own machine a test
that needs one it cannot find is skipped; in CI, where a skipped test checks nothing, it fails.

A test that asks for one has the mark ``live`` or ``browser``: the tests without are those that
anybody can run, with only Python there.
"""

from __future__ import annotations

import functools
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NODE_MAJOR = 26

#: The test that is running, if one is: conftest.py says so.
running: pytest.Item | None = None


def _is_for(mark: str) -> None:
    if running is not None and running.get_closest_marker(mark) is None:
        raise AssertionError(f"a test that asks for this has the mark {mark!r}")


def node() -> str:
    """The path of a Node of the reference version: $STREAMS2_NODE, or the one on PATH."""
    _is_for("live")
    return _node()


@functools.cache
def _node() -> str:
    candidate = os.environ.get("STREAMS2_NODE") or shutil.which("node")
    if candidate:
        printed = subprocess.run([candidate, "--version"], capture_output=True, text=True)
        if printed.stdout.startswith(f"v{NODE_MAJOR}."):
            return candidate
    return _missing(f"Node {NODE_MAJOR}: set STREAMS2_NODE to its path")


def core_async_classpath() -> str:
    """A Java classpath with Clojure and core.async: $STREAMS2_CORE_ASYNC, or Debian's jars."""
    _is_for("live")
    return _core_async_classpath()


@functools.cache
def _core_async_classpath() -> str:
    named = os.environ.get("STREAMS2_CORE_ASYNC")
    if named:
        return named
    jars = Path("/usr/share/java")
    if shutil.which("java") and (jars / "core.async.jar").exists():
        return str(jars / "*")
    return _missing("Java with Clojure and core.async: set STREAMS2_CORE_ASYNC to their classpath")


def chromium() -> str:
    """The path of a Chromium: $STREAMS2_CHROMIUM, or the one on PATH. Not on PyPy.

    What drives it, playwright, is there for CPython alone.
    """
    _is_for("browser")
    return _chromium()


@functools.cache
def _chromium() -> str:
    if platform.python_implementation() != "CPython":
        pytest.skip("playwright is for CPython")
    found = os.environ.get("STREAMS2_CHROMIUM") or shutil.which("chromium")
    return found or _missing("Chromium: set STREAMS2_CHROMIUM to its path")


@contextmanager
def browsing() -> Iterator[Any]:
    """A Chromium without a window, which asks the network for nothing of its own."""
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_QUIET)
        yield browser
        browser.close()


_QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def tool(name: str) -> str:
    """The path of a program that others use, such as ``gzip``."""
    _is_for("live")
    return shutil.which(name) or _missing(name)


def _missing(what: str) -> str:
    if os.environ.get("CI"):
        raise RuntimeError(f"CI must bring its own {what}")
    if running is None:
        raise SystemExit(f"needs {what}")
    pytest.skip(f"needs {what}")
