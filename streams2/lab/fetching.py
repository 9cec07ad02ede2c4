"""What npm brings: Pyodide, and the editor, bundled. Once, and it is kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

__all__ = ["PYODIDE_FILES", "CannotBuildError", "fetched"]

PYODIDE = "pyodide@314"
EDITOR = ("codemirror@6", "@codemirror/lang-python@6", "esbuild@0.25")

PYODIDE_FILES = (
    *("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm"),
    *("python_stdlib.zip", "pyodide-lock.json"),
)
"""What a page needs of Pyodide."""


class CannotBuildError(RuntimeError):
    """What the laboratory is made of cannot be had."""


def fetched() -> Path:
    """A folder with Pyodide's files and ``editor.js``.

    It is in the user's cache; if it is not there yet, npm brings what it is made of.

    Raises:
        CannotBuildError: there is no npm, or it fails.
    """
    source = (files(__package__) / "assets" / "editor.js").read_text(encoding="utf-8")
    folder = _cache() / "streams2" / "lab-314"
    kept = folder / "editor-source.js"
    if kept.exists() and kept.read_text(encoding="utf-8") == source:
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        _npm("install", "--silent", "--no-fund", "--no-audit", "--prefix", made, PYODIDE, *EDITOR)
        modules = Path(made, "node_modules")
        Path(made, "editor-source.js").write_text(source, encoding="utf-8")
        bundle = ["--bundle", "--minify", "--format=esm", "--outfile=editor.js"]
        _npm("exec", "--", "esbuild", "editor-source.js", *bundle, "--log-level=error", cwd=made)
        for name in PYODIDE_FILES:
            shutil.move(str(modules / "pyodide" / name), made)
        shutil.rmtree(modules)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(made, folder)
    return folder


def _cache() -> Path:
    """Where this system keeps what can be made again."""
    if "XDG_CACHE_HOME" in os.environ:
        return Path(os.environ["XDG_CACHE_HOME"])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path.home() / ".cache"


def _npm(*arguments: str, cwd: str | None = None) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise CannotBuildError(
            "npm, which brings Pyodide and the editor, is not there (https://nodejs.org)"
        )
    done = subprocess.run([npm, *arguments], cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise CannotBuildError(f"npm {arguments[0]} failed: {done.stderr.strip()[-500:]}")
