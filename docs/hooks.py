"""What the site has besides the pages in docs/: MkDocs calls these functions while it builds.

- The first page is the README. The reference is made from the docstrings.
- Diagrams of machines are drawn here, from their tables, since the site is to need no network.
- Under a figure of the course there is a link to the recording behind it, and at an exercise one to
  the laboratory. The slides become a deck.
"""

from __future__ import annotations

import importlib
import inspect
import os
import posixpath
import re
import runpy
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import markdown
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

from streams2.learn.watching import lane_of
from streams2.trace import machine_diagram
from streams2.trace import page as stepper
from streams2.trace.diagram import MACHINES

DOCS = Path(__file__).parent
ROOT = DOCS.parent

REFERENCE = {
    "Streams": "streams2",
    "Channels": "streams2.channel",
    "Between the two": "streams2.bridge",
    "promises": "streams2.promises",
    "consumers": "streams2.consumers",
    "iter": "streams2.iter",
    "brokers": "streams2.brokers",
    "events": "streams2.events",
    "fs": "streams2.fs",
    "stdio": "streams2.stdio",
    "net": "streams2.net",
    "tls": "streams2.tls",
    "http": "streams2.http",
    "https": "streams2.https",
    "zlib": "streams2.zlib",
    "crypto": "streams2.crypto",
    "child_process": "streams2.child_process",
    "readline": "streams2.readline",
    "timers": "streams2.timers",
    "buffer": "streams2.buffer",
    "string_decoder": "streams2.string_decoder",
    "asgi": "streams2.asgi",
    "trace": "streams2.trace",
    "doctor": "streams2.doctor",
    "learn": "streams2.learn",
}
"""The modules that users import, in the order of the reference."""

LABORATORY = os.environ.get("STREAMS2_LAB")
"""The folder that ``streams2 lab --write`` has written: then the site has a laboratory."""

AT_FIGURE = {
    "1-blocking": "exercise=1",
    "2-climb": "chunks=20&left=naive&right=nothing",
    "3-by-hand": "chunks=20&left=by_hand&right=nothing",
    "3-hole": "chunks=20&sinks=2&left=by_hand&right=pipe",
    "4-pipe": "chunks=20&left=pipe&right=nothing",
    "5-channel": "chunks=20&room=1&left=channel&right=nothing",
    "6-failure": "left=pipe&right=pipeline&mistake=sink_fails",
    "7-overload": "exercise=7",
    "8-broker": "exercise=8",
    "9-budget": "exercise=9",
}
"""How the laboratory stands when it is opened at a figure."""

TO_MEND = re.compile(r"^## Mend it\n\n```sh\n.*?^```\n", re.DOTALL | re.MULTILINE)
"""Where a chapter of the course has its exercise."""

OPTIONAL = {
    "lab.md": "The laboratory",
    "performance.md": "Performance",
    "asked-for.md": "Asked for",
}
"""Pages that are in the navigation once they are there."""


# -- pages that are made --------------------------------------------------------------------------


def on_config(config: Any) -> Any:
    """Put the reference, and the pages that are there, into the navigation."""
    if LABORATORY:
        config.nav.insert(2, {"The laboratory": "laboratory/index.html"})
    for name, title in OPTIONAL.items():
        if (DOCS / name).exists():
            config.nav.insert(2, {title: name})
    listed = re.findall(r"[\w./-]+\.md", str(config.nav))
    guides = next(entry["Guides"] for entry in config.nav if "Guides" in entry)
    # A guide that somebody has written is in the navigation, without more words.
    guides += [name for path in sorted(DOCS.glob("*.md")) if (name := path.name) not in listed]
    pages = [{title: _page_of(module)} for title, module in REFERENCE.items()]
    config.nav.append({"Reference": [*pages, {"Errors": "reference/errors.md"}]})
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add what is made from something else."""
    made: dict[str, str | bytes] = {"index.md": _from_readme()}
    for title, module in REFERENCE.items():
        made[_page_of(module)] = _reference(title, module)
    made["reference/errors.md"] = _reference("Errors", "streams2.errors")
    for name, seen in runpy.run_path(str(DOCS / "learn" / "figures.py"))["RECORDINGS"].items():
        lanes = [lane_of(seen().trace, "cat")]
        made[f"learn/step-{name}.html"] = stepper(_title_of_chapter(name[0]), lanes)
    made["learn/deck.html"] = _deck((DOCS / "learn" / "slides.md").read_text(encoding="utf-8"))
    for path in Path(LABORATORY).rglob("*") if LABORATORY else ():
        if path.is_file():
            made[f"laboratory/{path.relative_to(LABORATORY).as_posix()}"] = path.read_bytes()
    for path, content in made.items():
        files.append(File.generated(config, path, content=content))
    return files


def _page_of(module: str) -> str:
    return f"reference/{module.rpartition('.')[2]}.md"


def _title_of_chapter(number: str) -> str:
    (path,) = (DOCS / "learn").glob(f"{number}-*.md")
    return path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ").replace("`", "")


def _from_readme() -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.sub(r"\]\(docs/", "](", text)


def _reference(title: str, name: str) -> str:
    module = importlib.import_module(name)
    names = getattr(module, "__all__", None) or [
        each for each in vars(module) if not each.startswith("_") and _is_ours(module, each)
    ]
    if name == "streams2":
        names = _what_streams_are(names)
    parts = [f"# {title}", f"`from {name} import ...`"]
    others = []
    for each in names:
        path = _where_it_is_written(getattr(module, each, None))
        parts += [f"::: {path}"] if path else []
        others += [] if path else [f"`{each}`"]
    if others:
        parts.append(f"Also here: {', '.join(others)}.")
    return "\n\n".join(parts) + "\n"


def _what_streams_are(names: Sequence[str]) -> list[str]:
    """First what everybody uses. Errors and modules have pages of their own."""
    module = importlib.import_module("streams2")
    first = ["Readable", "Writable", "Duplex", "Transform", "PassThrough"]
    first += ["pipeline", "finished", "compose", "run", "run_async", "next_tick", "once"]
    errors = vars(importlib.import_module("streams2.errors"))
    others = [name for name in names if name not in errors and name not in first]
    return [*first, *(name for name in others if not inspect.ismodule(getattr(module, name)))]


def _where_it_is_written(found: Any) -> str | None:
    """The path of a class or function that is written somewhere: some are made while it runs."""
    name, module = getattr(found, "__qualname__", ""), getattr(found, "__module__", "")
    if not inspect.isroutine(found) and not inspect.isclass(found):
        return None
    if not (module or "").startswith("streams2") or not name.isidentifier():
        return None
    text = inspect.getsource(importlib.import_module(module))
    written = re.search(rf"^(async def|def|class) {name}\b", text, re.MULTILINE)
    return f"{module}.{name}" if written else None


def _is_ours(module: Any, name: str) -> bool:
    made_in = getattr(getattr(module, name), "__module__", "") or ""
    if module.__name__ == "streams2.errors":
        return made_in.startswith("streams2.errors")
    return made_in.startswith("streams2.") and not made_in.startswith("streams2.errors")


def _deck(text: str) -> str:
    slides = [
        f"<section>{markdown.markdown(part, extensions=['fenced_code', 'tables'])}</section>"
        for part in re.split(r"^---$", text, flags=re.MULTILINE)
    ]
    template = (DOCS / "theme" / "deck.html").read_text(encoding="utf-8")
    return template.replace("SLIDES", "\n".join(slides))


# -- pages that are changed -----------------------------------------------------------------------


def on_page_markdown(text: str, page: Any, files: Files, **_: Any) -> str:
    """Links that lead out of docs/ become text; diagrams are drawn; recordings can be stepped."""
    path = page.file.src_uri
    if path == "learn/slides.md":
        text = f"[Show them as a deck](deck.html){{ .md-button }}\n\n---\n\n{text}"
    text = re.sub(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)", lambda found: _link(found, path, files), text)
    chapter = re.fullmatch(r"learn/(\d)-.*\.md", path)
    if LABORATORY and chapter:
        text = TO_MEND.sub(lambda found: f"{found[0]}\n{_to_mend(chapter[1])}\n", text)
    text = re.sub(r"^```mermaid\n(.*?)^```$", _diagram, text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(
        r"^(!\[.*\]\((\S+)\.svg\))$", lambda found: _step(found, path, files), text, flags=re.M
    )


def _link(found: re.Match[str], page: str, files: Files) -> str:
    target = found[2].partition("#")[0]
    if not target or "://" in target or target.startswith("mailto:"):
        return found[0]
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
    if files.get_file_from_path(path) is not None:
        return found[0]
    # What is in the repository, and not on the site. Anything else is a mistake: MkDocs tells.
    outside = (DOCS / posixpath.dirname(page) / target).resolve()
    from_readme = (ROOT / target).resolve()
    there = outside if page != "index.md" else from_readme
    if not there.exists():
        return found[0]
    words = found[1].strip("`")
    return (
        f"`{words}`"
        if "/" in words or "." in words or "_" in words
        else f"{words} (`{there.relative_to(ROOT)}`)"
    )


def _diagram(found: re.Match[str]) -> str:
    """The machine whose states are those of a Mermaid diagram."""
    states = set(re.findall(r'state "<b>(.*?)</b>', found[1]))
    for name, table in MACHINES.items():
        if states == {state.value for state in table.states()}:
            drawn = machine_diagram(name)
            return f'<figure class="machine" markdown="0">{drawn}</figure>'
    return found[0]


def _step(found: re.Match[str], page: str, files: Files) -> str:
    name = posixpath.basename(found[2])
    if not page.startswith("learn/"):
        return found[0]
    buttons = []
    if files.get_file_from_path(f"learn/step-{name}.html") is not None:
        buttons += [f"[Step through this recording](step-{escape(name)}.html){{ .md-button }}"]
    if LABORATORY and name in AT_FIGURE:
        address = f"../laboratory/index.html#{AT_FIGURE[name]}"
        buttons += [f"[Open in the laboratory]({address}){{ .md-button }}"]
    return "\n".join([found[0], "", *buttons]) if buttons else found[0]


def _to_mend(number: str) -> str:
    address = f"../laboratory/index.html#exercise={number}"
    return f"[Mend it in the laboratory]({address}){{ .md-button .md-button--primary }}"


# -- what was built -------------------------------------------------------------------------------

_BRINGS = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*?\ssrc=["']?(https?:)?//|"""
    r"""<link\b(?=[^>]*rel=["']?(?:stylesheet|preload|icon))[^>]*?href=["']?(https?:)?//"""
)


def on_post_build(config: Any) -> None:
    """Look whether the site is complete: what a page brings with it comes from no other place."""
    pages = sorted(Path(config.site_dir).rglob("*.html"))
    bring = [page for page in pages if _BRINGS.search(page.read_text(encoding="utf-8"))]
    if bring:
        raise PluginError(f"these pages need the network: {', '.join(map(str, bring))}")
