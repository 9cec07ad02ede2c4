"""``streams2 port``: files in, drafts out, and a summary."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from .source_map import source_map

if TYPE_CHECKING:
    from .draft import Draft

__all__ = ["EXAMPLES", "SUMMARY", "add_arguments", "run"]

SUMMARY = "draft Python of JavaScript or TypeScript stream code"
EXAMPLES = """\
examples:
  streams2 port server.js                 a draft, to standard output
  streams2 port lib/*.js --out drafts     a file for each; --check looks for type errors
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what may follow ``streams2 port``."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", type=Path, help="JavaScript or TypeScript"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where drafts go (default: standard output)"
    )
    parser.add_argument("--check", action="store_true", help="run mypy on the drafts")
    parser.add_argument("--map", action="store_true", help="write a source map beside each draft")


def run(options: argparse.Namespace) -> int:
    """Port the files; the exit status is 1 if one of them could not be read."""
    if options.out is None and (options.map or options.check):
        options.parser.error("--map and --check need --out DIR")
    status = 0
    written: list[Path] = []
    for path in options.files:
        try:
            draft = _drafted(path)
        except (OSError, SyntaxError, ImportError) as error:
            print(f"streams2 port: {path}: {error}", file=sys.stderr)
            status = 1
            continue
        if options.out is None:
            print(draft.text, end="")
        else:
            written.append(_write(draft, path, options.out, options.map))
        _summarize(draft, path)
    if options.check and written:
        status = _check(written) or status
    return status


def _drafted(path: Path) -> Draft:
    from .draft import port

    return port(path.read_text(encoding="utf-8"), path)


def _write(draft: Draft, path: Path, folder: Path, with_map: bool) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{draft.name}.py"
    target.write_text(draft.text, encoding="utf-8")
    if with_map:
        described = source_map(draft.lines, path, target)
        target.with_suffix(".py.map").write_text(json.dumps(described) + "\n", encoding="utf-8")
    return target


def _summarize(draft: Draft, path: Path) -> None:
    marked = len(draft.marks)
    total = draft.ported + marked
    print(f"{path}: {draft.ported} of {total} statements ported, {marked} marked", file=sys.stderr)
    for line, reason in draft.marks:
        print(f"  line {line}: {reason}", file=sys.stderr)


def _check(paths: list[Path]) -> int:
    try:
        import_module("mypy")
    except ImportError:
        print("streams2 port: --check needs mypy: pip install mypy", file=sys.stderr)
        return 1
    command = [sys.executable, "-m", "mypy", "--check-untyped-defs", "--follow-imports=silent"]
    command += map(str, paths)
    return subprocess.run(command, check=False, env=_finding_streams2()).returncode


def _finding_streams2() -> dict[str, str]:
    """An environment in which mypy finds this streams2: an editable install has no stubs there."""
    home = Path(__file__).parents[2]
    if home.name in ("site-packages", "dist-packages"):
        return dict(os.environ)
    folders = [str(home), *filter(None, [os.environ.get("MYPYPATH")])]
    return {**os.environ, "MYPYPATH": os.pathsep.join(folders)}
