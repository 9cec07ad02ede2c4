"""The laboratory as files that any web server can serve, without a network."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from .fetching import PYODIDE_FILES, compiled, fetched
from .in_page import menus
from .knobs import Knobs
from .turning import turn

__all__ = ["build"]

ASSETS = ("lab.css", "worker.js")
NEEDED = ("streams2", "pyee", "typing_extensions")

_PIECE = 1_500_000
"""How many bytes of a file one script holds: the progress bar goes on with each."""


def build(folder: str | os.PathLike[str], *, from_folder: bool = True) -> Path:
    """Write the laboratory.

    Args:
        folder: where to; it is made if it is not there.
        from_folder: whether it is to be opened from the folder, too, without a server.

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
        shutil.copyfile(brought.pyodide / name, to / "pyodide" / name)
    shutil.copyfile(brought.script, to / "lab.js")
    for name in ASSETS:
        (to / name).write_text(_asset(name), encoding="utf-8")
    (to / "streams2.zip").write_bytes(compiled(_packed()))
    loaded = [*(to / "pyodide" / name for name in PYODIDE_FILES), to / "streams2.zip"]
    if from_folder:
        _write_scripts(to / "folder", [*loaded, to / "worker.js"])
    page = to / "index.html"
    page.write_text(_page(sum(path.stat().st_size for path in loaded)), encoding="utf-8")
    return page


def _page(size: int) -> str:
    """The page, with the recording of the knobs as they stand at first."""
    first = turn(Knobs())
    start = {
        **menus(),
        "programs": [half.program for half in first.halves],
        "names": [half.name for half in first.halves],
        "size": size,
    }
    return Template(_asset("index.html")).substitute(
        said=escape(first.since(None)),
        first=escape(first.page()),
        start=json.dumps(start).replace("</", "<\\/"),
    )


def _write_scripts(folder: Path, paths: Sequence[Path]) -> None:
    """Write files as scripts: a page that no server serves may bring nothing else."""
    folder.mkdir(exist_ok=True)
    listed = []
    for path in paths:
        data = path.read_bytes()
        pieces = range(0, len(data), _PIECE)
        for number, start in enumerate(pieces):
            text = base64.b64encode(data[start : start + _PIECE]).decode("ascii")
            script = folder / f"{path.name}.{number}.js"
            script.write_text(f'streams2Folder.piece("{text}");\n', encoding="ascii")
        listed.append({"name": path.name, "pieces": len(pieces)})
    text = f"streams2Folder.list({json.dumps(listed)});\n"
    (folder / "list.js").write_text(text, encoding="ascii")


def _asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


def _packed() -> bytes:
    """streams2 and what it needs, as a zip file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in NEEDED:
            for path, within in _modules_of(name):
                # Without its time: what is the same is packed the same.
                archive.writestr(zipfile.ZipInfo(within), path.read_bytes(), zipfile.ZIP_DEFLATED)
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
