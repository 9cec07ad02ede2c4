"""The programs on the course's pages, and what the pages say they print."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

LEARN = Path(__file__).parent.parent.parent / "docs" / "learn"
CHAPTERS = sorted(LEARN.glob("[1-9]-*.md"))

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def run(page: str) -> str:
    """The page as it should be: each chapter is one program, and what a part prints follows it.

    A block of text right after a program is its output; there is none where nothing is printed.
    """
    names: dict[str, object] = {"__name__": "chapter"}
    parts, at, blocks = [], 0, list(BLOCK.finditer(page))
    for block, following in zip(blocks, [*blocks[1:], None]):
        if block[1] != "python":
            continue
        parts.append(page[at : block.end()])
        at = block.end()
        if (
            following is not None
            and following[1] == "text"
            and not page[at : following.start()].strip()
        ):
            at = following.end()
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block[2], "chapter.py", "exec"), names)
        if printed.getvalue():
            parts.append(f"\n\n```text\n{printed.getvalue().rstrip()}\n```")
    return "".join([*parts, page[at:]])


if __name__ == "__main__":
    # Write anew what the programs print.
    for path in CHAPTERS:
        path.write_text(run(path.read_text(encoding="utf-8")), encoding="utf-8")
