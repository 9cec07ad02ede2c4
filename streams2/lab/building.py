"""The laboratory as files that any web server can serve, without a network."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Template

from .fetching import PYODIDE_FILES, fetched
from .in_page import menus
from .knobs import Knobs
from .turning import turn

__all__ = ["build"]

ASSETS = ("lab.css", "lab.js", "knobs.js", "address.js", "python.js", "worker.js")
NEEDED = ("streams2", "pyee", "typing_extensions")


def build(folder: str | os.PathLike[str]) -> Path:
    """Write the laboratory.

    Args:
        folder: where to; it is made if it is not there.

    Returns:
        The path of its page.

    Raises:
        CannotBuildError: what it is made of cannot be had.
        OSError: it cannot be written.
    """
    brought = fetched()
    to = Path(folder)
    (to / "pyodide").mkdir(parents=True, exist_ok=True)
    for name in PYODIDE_FILES:
        shutil.copyfile(brought / name, to / "pyodide" / name)
    shutil.copyfile(brought / "editor.js", to / "editor.js")
    for name in ASSETS:
        (to / name).write_text(_asset(name), encoding="utf-8")
    (to / "streams2.zip").write_bytes(_packed())
    first = turn(Knobs())
    (to / "first.html").write_text(first.page(), encoding="utf-8")
    size = sum((to / "pyodide" / name).stat().st_size for name in PYODIDE_FILES)
    start = {
        **menus(),
        "programs": [half.program for half in first.halves],
        "names": [half.name for half in first.halves],
        "size": size + (to / "streams2.zip").stat().st_size,
    }
    text = Template(_asset("index.html")).substitute(
        said=first.since(None), start=json.dumps(start).replace("</", "<\\/")
    )
    page = to / "index.html"
    page.write_text(text, encoding="utf-8")
    return page


def _asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


def _packed() -> bytes:
    """streams2 and what it needs, as a zip file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in NEEDED:
            for path, within in _modules_of(name):
                archive.write(path, within)
    return packed.getvalue()


def _modules_of(name: str) -> Iterator[tuple[Path, str]]:
    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.origin is not None
    origin = Path(found.origin)
    if found.submodule_search_locations is None:
        yield origin, origin.name
        return
    for path in sorted(origin.parent.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path, str(path.relative_to(origin.parent.parent))
