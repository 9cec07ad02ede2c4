"""The page of one run: ``python -m benchmarks.page FIGURES.json [DIRECTORY]``.

Without a DIRECTORY it is printed. With one, such as ``docs``, it is written there as
``performance.md``, with a picture for each group of works (needs matplotlib).
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .pictures import TITLES, draw_groups, grouped, ours
from .works import figures_of

SLOW = 1.5
"""From how many times the quickest peer's figure on a work is named as slow."""

_COLLECTED = (
    "A third to a half of the time is the garbage collector's, which looks again and again at all"
    " that is made."
)
_SYSTEMS = "More than half of the time is the system's: to wait, to receive and to send."
_PIECES = "A stream gives 16 KiB at a time, as Node's does, and tells of each piece;"

REASONS = {
    "channel-16": "Both tasks give up their turn once in 17 values. That turn, which is asyncio's,"
    " is a third of the time, and the two coroutines that each value needs are another third.",
    "bridge": "Each value is read, put, taken and written, by two tasks that give up their turn for"
    " every second one.",
    "copy": "More than half of it is the system's, which copies each chunk out of its memory and"
    " back: GNU cat does no more than that.",
    "alts": "Each choice looks at four channels, and waits at four.",
    "small-files": "A file costs some 1,400 calls of Python: two streams, a pipeline, and those who"
    " listen. On a disk, a thread writes while the disk has much to do.",
    "gunzip": f"{_PIECES} the plain loop takes whatever 64 KiB become.",
    "gunzip-noise": f"{_PIECES} where there is hardly anything to decompress, that is most of it.",
    "echo-1": _SYSTEMS,
    "echo-100": _SYSTEMS,
    "proxy-100": _SYSTEMS,
    "pairs-10000": _COLLECTED,
    "node-creation": _COLLECTED,
    "idle-100000": "Node keeps some 18 MB free, however many pairs there are: a third of its figure"
    " for 10,000 of them, and hardly any of this one.",
    "import": "The classes of streams are imported when a program asks for one. They are some 40"
    " modules, none of which takes more than a tenth of the time.",
}
"""What stands in the way, where somebody else is quicker or it was to be less."""


def page(figures: dict[str, Any], pictures: Mapping[str, str] | None = None) -> str:
    """The page in Markdown: a table for each work, the quickest first."""
    measured = [*figures["works"], *figures.get("memory", ())]
    told = (
        f"Measured on: {where(figures['machine'])} Medians of {figures['rounds']} rounds (of 3 for"
        " who takes long, of 1 for who takes very long), with the least and the most. In the"
        " pictures a bar is a multiple of what streams2 takes, on a logarithmic scale: who is left"
        " of the dotted line is quicker, or holds less."
    )
    lines = [
        "# Performance",
        "",
        "How long the same work takes beside others. All take turns; the result is checked before",
        "a time is shown. For your own machine:",
        "",
        "    python -m benchmarks --json figures.json",
        "    python -m benchmarks.page figures.json docs",
        "",
        *textwrap.wrap(told, 100, break_long_words=False, break_on_hyphens=False),
        *what_is_slow(measured),
    ]
    for group, members in grouped(measured).items():
        lines += ["", f"## {TITLES[group]}"]
        if pictures:
            lines += ["", f"![{TITLES[group]}, as multiples of streams2]({pictures[group]})"]
        for work in members:
            lines += table(work)
    if "stalls" in figures:
        lines += held_up(figures["stalls"])
    return "\n".join(lines) + "\n"


def held_up(stalls: dict[str, Any]) -> list[str]:
    """How late a task was woken while a file was copied."""
    where_to = f" to {stalls['on']}" if stalls["on"] else ""
    told = (
        f"A file of {stalls['size']:,} bytes is copied{where_to}, and a task beats once in a"
        " millisecond: by how many milliseconds it is late. Threads alone: the same copy, with no"
        " read and no write on the loop's own time. The control is another process, which does"
        " nothing but beat; nothing is subtracted. Own: how many beats were late by more than 10 ms"
        " while the control was not late."
    )
    names = ("seconds", "beats", "median", "99%", "99.9%", "most", "own")
    lines = ["", "## How late others are while a file is copied", "", *textwrap.wrap(told, 100)]
    lines += ["", f"| | {' | '.join(names)} |", f"|---{'|---' * len(names)}|"]
    for each in stalls["rows"]:
        cells = [f"{each[name]:,.1f}" for name in names if name not in ("beats", "own")]
        alone = "" if each["own"] is None else f"{each['own']:,}"
        cells = [cells[0], f"{each['beats']:,}", *cells[1:], alone]
        lines.append(f"| {' | '.join([each['who'].strip(), *cells])} |")
    return lines


def where(machine: dict[str, Any]) -> str:
    """The machine, in a sentence, and what was to be said of it."""
    note = machine.get("note")
    said = {what: value for what, value in machine.items() if what not in ("executable", "note")}
    if said.get("load") is not None:
        said["load"] = f"{said['load']:.1f} as it began"
    on = ", ".join(f"{what} {value}" for what, value in said.items())
    return f"{on}. {note}" if note else f"{on}."


def what_is_slow(measured: list[dict[str, Any]]) -> list[str]:
    """Where somebody else is much quicker, the worst first."""
    found = []
    for work in measured:
        its = figures_of(work)
        first = ours(work)
        if not is_ours(first):
            continue
        peers = {who: each["median"] for who, each in its.items() if not is_ours(who)}
        if peers:
            quickest = min(peers, key=lambda who: peers[who])
            ratio = its[first]["median"] / max(peers[quickest], sys.float_info.min)
            nodes = [median for who, median in peers.items() if who.startswith("Node")]
            beside = f"{its[first]['median'] / nodes[0]:.1f}" if nodes else ""
            found.append((ratio, titled(work), quickest, beside))
    slow = sorted((each for each in found if each[0] >= SLOW), reverse=True)
    if not slow:
        return slower_on_pypy(measured)
    return [
        *("", "## What is slow", ""),
        f"Works for which streams2 needs {SLOW} times as much as the quickest peer, or more:",
        "",
        "| work | quickest | streams2, times that | times Node |",
        "|---|---|---|---|",
        *(f"| {about} | {who} | {ratio:.1f} | {node} |" for ratio, about, who, node in slow),
        *slower_on_pypy(measured),
    ]


def slower_on_pypy(measured: list[dict[str, Any]]) -> list[str]:
    """Where PyPy takes longer than this Python."""
    found = []
    for work in measured:
        its = figures_of(work)
        there = its.get(f"{ours(work)} on PyPy")
        if there is not None:
            found.append((there["median"] / its[ours(work)]["median"], titled(work)))
    slow = sorted((each for each in found if each[0] >= SLOW), reverse=True)
    if not slow:
        return []
    return [
        *(
            "",
            "On PyPy, which warms up in each run, streams2 takes longer than on CPython for:",
            "",
        ),
        *(f"- {about}: {ratio:.1f} times as long" for ratio, about in slow),
    ]


def titled(work: dict[str, Any]) -> str:
    return f"{work['about']}: {work['size']:,} {work['unit']}"


def is_ours(who: str) -> bool:
    return who.startswith(("streams2", "Channel", "alts"))


def table(work: dict[str, Any]) -> list[str]:
    """The figures of one work, the quickest first."""
    measured = work.get("measured", "seconds")
    lines = ["", f"### {titled(work)}", ""]
    lines.append(f"| | median, {measured} | least | most | times the quickest |")
    lines.append("|---|---|---|---|---|")
    ranked = sorted(figures_of(work).items(), key=lambda item: item[1]["median"])
    quickest = ranked[0][1]["median"]
    shown = ".3f" if measured == "seconds" else ",.0f"
    for who, each in ranked:
        cells = [f"{each[which]:{shown}}" for which in ("median", "least", "most")]
        ratio = f"{each['median'] / quickest:.1f}"
        lines.append(f"| {' | '.join([who, *cells, ratio])} |")
    if work.get("name") in REASONS:
        lines += ["", *textwrap.wrap(REASONS[work["name"]], 100)]
    if work.get("missing"):
        lines += ["", f"Without: {', '.join(work['missing'])}."]
    return lines


def main(arguments: list[str] | None = None) -> None:
    """Print the page, or write it with its pictures."""
    path, *directory = sys.argv[1:] if arguments is None else arguments
    figures = json.loads(Path(path).read_text("utf-8"))
    if not directory:
        print(page(figures), end="")
        return
    into = Path(directory[0])
    names = draw_groups([*figures["works"], *figures.get("memory", ())], into)
    (into / "performance.md").write_text(page(figures, names), "utf-8")


if __name__ == "__main__":
    main()
