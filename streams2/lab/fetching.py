"""What npm brings, and keeps: Pyodide, and the editor; and what is made with these."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

__all__ = ["PYODIDE_FILES", "CannotBuildError", "Fetched", "compiled", "fetched"]

PYODIDE = "pyodide@314"
EDITOR = ("codemirror@6", "@codemirror/lang-python@6", "esbuild@0.25")

PYODIDE_FILES = (
    *("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm"),
    *("python_stdlib.zip", "pyodide-lock.json"),
)
"""What a page needs of Pyodide."""


MODULES = (
    *("lab.js", "editor.js", "knobs.js", "address.js", "exercises.js", "python.js", "folder.js"),
)
"""The page's script, and what it imports."""


class CannotBuildError(RuntimeError):
    """What the laboratory is made of cannot be had."""


class Fetched(NamedTuple):
    """What there is to make a laboratory of.

    Attributes:
        pyodide: the folder with Pyodide's files.
        script: the page's script, with the editor in it.
    """

    pyodide: Path
    script: Path


def fetched() -> Fetched:
    """What npm brings, in the user's cache: if it is not there yet, it is brought.

    Raises:
        CannotBuildError: there is no npm, or it fails.
    """
    folder = _folder()
    if not (folder / "node_modules").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as made:
            quietly = ["--silent", "--no-fund", "--no-audit", "--prefix", made]
            _npm("install", *quietly, PYODIDE, *EDITOR)
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(made, folder, symlinks=True)
    return Fetched(folder / "node_modules" / "pyodide", _bundled(folder))


def compiled(packed: bytes) -> bytes:
    """Packed modules with those compiled that a page imports, where Node can do it.

    Args:
        packed: the modules, as a zip file.
    """
    folder = _folder()
    key = hashlib.sha256(packed + _asset("compile.mjs").encode()).hexdigest()[:16]
    kept = folder / f"modules-{key}.zip"
    node = shutil.which("node")
    if not kept.exists() and node is not None:
        with tempfile.TemporaryDirectory(dir=folder) as made:
            script, plain, done = (Path(made, name) for name in ("compile.mjs", "from", "to"))
            script.write_text(_asset("compile.mjs"), encoding="utf-8")
            plain.write_bytes(packed)
            pyodide = folder / "node_modules" / "pyodide"
            subprocess.run([node, script, pyodide, plain, done], capture_output=True, check=False)
            if done.exists():
                os.replace(done, kept)
    return kept.read_bytes() if kept.exists() else packed


def _bundled(folder: Path) -> Path:
    """The page's modules and the editor as one script, made anew where one of them has changed."""
    sources = {name: _asset(name) for name in MODULES}
    key = hashlib.sha256("\0".join(sources.values()).encode()).hexdigest()[:16]
    script = folder / f"page-{key}.js"
    if not script.exists():
        # Within the folder: its modules are looked for beside the sources, and above.
        with tempfile.TemporaryDirectory(dir=folder) as made:
            for name, text in sources.items():
                Path(made, name).write_text(text, encoding="utf-8")
            bundle = ["--bundle", "--minify", "--format=iife", "--outfile=page.js"]
            _npm("exec", "--", "esbuild", "lab.js", *bundle, "--log-level=error", cwd=made)
            os.replace(Path(made, "page.js"), script)
    return script


def _asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


def _folder() -> Path:
    return _cache() / "streams2" / "lab-314"


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
