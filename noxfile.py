"""What there is to run, each in an environment of its own.

    pipx run nox                 the quick tests, the types and the style
    pipx run nox -l              all there is
    pipx run nox -s judge -- --programs 100000 --seed summer --jobs 2

What compares with Node takes the one in $STREAMS2_NODE, or brings it with npm.
"""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import nox

NODE = "26.10.0"
PYODIDE = "314"

nox.options.sessions = ["tests", "types", "style"]


@nox.session
def tests(session: nox.Session) -> None:
    """The quick tests: with only Python there."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", "-q", *session.posargs)


@nox.session(name="all")
def everything(session: nox.Session) -> None:
    """All tests: the slow ones, and those that need Node, core.async or a browser."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", "-q", "-m", "", *session.posargs, env=with_node(session))


@nox.session
def debug(session: nox.Session) -> None:
    """The quick tests in debug mode: none that ignores a False of write() or push() unknowingly.

    Without more words, the course and the judges' programs are run so, too, the slow ones included.
    """
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", "-q", "--debug-mode", *session.posargs)
    if not session.posargs:
        programs = ["learn", "conformance", "core_async", "iter_judge"]
        slow = ["-m", "slow and not live and not browser", *(f"tests/{one}" for one in programs)]
        session.run("python", "-m", "pytest", "-q", "--debug-mode", *slow)


@nox.session
def types(session: nox.Session) -> None:
    """mypy, as strict as it is."""
    session.install("-e", ".[dev]")
    session.run("mypy", *session.posargs)


@nox.session
def style(session: nox.Session) -> None:
    """ruff: the rules of ruff.toml, and the format."""
    session.install("ruff>=0.6")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def site(session: nox.Session) -> None:
    """The site, as files in site/: no link of it leads nowhere, and nothing of it needs the net.

    It has the laboratory: that in the folder $STREAMS2_LAB, or one that is made, if npm is there.
    """
    session.install("-e", ".[site]")
    # What is said there is that another program succeeds this one: no fault of a page.
    env = {"NO_MKDOCS_2_WARNING": "1"}
    if "STREAMS2_LAB" not in os.environ and shutil.which("npm"):
        env["STREAMS2_LAB"] = str(Path(session.create_tmp(), "lab"))
        session.run("streams2", "lab", "--write", env["STREAMS2_LAB"])
    session.run("mkdocs", "build", "--strict", "--quiet", *session.posargs, env=env)


@nox.session
def judge(session: nox.Session) -> None:
    """Random programs of streams, here and in Node."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.conformance", *session.posargs, env=with_node(session))


@nox.session(name="judge-channels")
def judge_channels(session: nox.Session) -> None:
    """Random programs of channels, here and in core.async."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.core_async", *session.posargs)


@nox.session
def record(session: nox.Session) -> None:
    """Record anew what Node and core.async do; what changed, git tells."""
    session.install("-e", ".[test]")
    env = with_node(session)
    for module in (
        "twins",
        "test_encodings",
        "test_buffer",
        "test_fs",
        "test_stdio",
        "timer_programs",
        "porting_tables",
    ):
        session.run("python", "-m", f"tests.{module}", env=env)
    session.run("python", "-m", "tests.conformance", "record", env=env)
    session.run("python", "-m", "tests.core_async", "--record")
    session.run("python", "-m", "tests.iter_judge", "--record", env=env)


@nox.session
def pyodide(session: nox.Session) -> None:
    """The tests of the core, in the Python that a browser has."""
    folder = session.create_tmp()
    session.run_install(
        *["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", folder],
        f"pyodide@{PYODIDE}",
        external=True,
    )
    packages = str(Path(folder, "site-packages"))
    session.run_install(
        *["python", "-m", "pip", "install", "-q", "--upgrade", "--target", packages],
        *["--platform", "any", "--implementation", "py", "--abi", "none"],
        *["--python-version", "3.14", "--only-binary", ":all:"],
        *["pyee", "typing_extensions", "pytest", "hypothesis"],
    )
    node = with_node(session)["STREAMS2_NODE"]
    brought = str(Path(folder, "node_modules", "pyodide"))
    script = "tests/pyodide/run.mjs"
    session.run(node, script, brought, packages, *session.posargs, external=True)


def with_node(session: nox.Session) -> dict[str, str]:
    """An environment that says where Node is."""
    if "STREAMS2_NODE" in os.environ:
        return {"STREAMS2_NODE": os.environ["STREAMS2_NODE"]}
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    package = f"node-{platform.system().lower()}-{machine}"
    folder = Path(session.cache_dir, f"node-{NODE}").absolute()
    node = folder / "node_modules" / package / "bin" / "node"
    if not node.exists():
        session.run_install(
            *["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(folder)],
            f"{package}@{NODE}",
            external=True,
        )
    return {"STREAMS2_NODE": str(node)}
