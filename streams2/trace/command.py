"""``streams2 trace-diff``: where two recordings first differ."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import InvalidArgValueError
from ._deeds import Deed, Deeds
from ._difference import Difference, Place, difference
from ._trace import Trace

__all__ = ["EXAMPLES", "NODE_RECORDER", "SUMMARY", "add_arguments", "run"]

SUMMARY = "compare two recordings, of Node and of Python, say"

EXAMPLES = """\
examples:
  streams2 trace-diff node.json python.json
  STREAMS2_TRACE=python.json python -m streams2.trace port.py
  recorder=$(streams2 trace-diff --node-recorder)
  STREAMS2_TRACE=node.json node --require "$recorder" program.js

The exit status is 0 if they are equal, 1 if not, 2 if one is no recording.
"""

NODE_RECORDER = Path(__file__).parent / "assets" / "recorder.js"
"""What records in Node."""

_BAD_INPUT = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may be typed after ``streams2 trace-diff``."""
    parser.add_argument("files", nargs="*", metavar="FILE", help="two recordings, as JSON")
    parser.add_argument(
        "--each",
        action="store_true",
        help="compare what each stream does, in whatever order between streams",
    )
    parser.add_argument(
        "--loose",
        action="store_true",
        help="compare what streams do whatever their pace: no answers, levels, pauses, drains",
    )
    parser.add_argument(
        "--context",
        type=_count,
        default=5,
        metavar="N",
        help="how many events to show before and after (default: 5)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--node-recorder", action="store_true", help="print the path of what records in Node"
    )


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise ValueError(text)
    return count


def run(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Do what was typed, and return the exit status."""
    if options.node_recorder:
        print(NODE_RECORDER)
        return 0
    files: list[str] = options.files
    if len(files) != len(("one", "other")):
        parser.error("give two recordings")
    one, other = map(_read, files)
    if one is None or other is None:
        return _BAD_INPUT
    names = _short_names(files)
    found = difference(one, other, order=not options.each, loose=options.loose, names=names)
    if options.json:
        print(json.dumps(_as_dict(found, names), indent=2))
    else:
        print("\n".join(_report(found, names, options.context)))
    return int(bool(found))


def _read(file: str) -> Trace | None:
    """The recording in `file`; None if there is none, which is then said."""
    try:
        trace = Trace.from_json(Path(file).read_text(encoding="utf-8"))
        # What was read is looked at only when somebody asks for it.
        difference(trace, trace)
    except OSError as error:
        wrong = error.strerror or str(error)
    except InvalidArgValueError as error:
        other = "another version" in str(error)
        wrong = "it is a recording of another version" if other else "it is no recording"
    except (ValueError, TypeError, LookupError, AttributeError):
        wrong = "it is no recording"
    else:
        return trace
    print(f"streams2 trace-diff: {file}: {wrong}", file=sys.stderr)
    return None


def _short_names(files: Sequence[str]) -> tuple[str, str]:
    one, other = map(os.path.basename, files)
    return (one, other) if one != other else (files[0], files[1])


# -- as text --------------------------------------------------------------------------------------


def _report(found: Difference, names: tuple[str, str], context: int) -> Iterator[str]:
    if not found:
        count = len(found.one.all)
        streams = len(found.pairs.both)
        yield f"{names[0]} and {names[1]} are equal: {streams} streams, {count} events."
        return
    yield f"{names[0]} and {names[1]} differ."
    for number, pair in enumerate(found.pairs.both):
        place = found.places.get(number)
        same = f"the same {len(pair.ones)} events"
        note = " (loosely)" if pair.loose else ""
        what = same if place is None else f"differs at its event {place.index}"
        yield f"  {pair.name}{note}: {what}"
    for only, name in ((found.pairs.only_one, names[0]), (found.pairs.only_other, names[1])):
        yield from (f"  {subject.name} ({subject.kind}): only in {name}" for subject in only)
    yield from (["", *found.unlike] if found.unlike else [])
    if found.first is not None:
        yield from _first(found, found.first, names, context)


def _first(found: Difference, first: Place, names: tuple[str, str], context: int) -> Iterator[str]:
    where = f"event {first.index} of {first.stream}" if first.stream else "the order"
    yield f"\nThe first difference: {where}"
    yield from (f"  {sentence}" for sentence in first.because)
    for name, deeds, deed in (
        (names[0], found.one, first.one),
        (names[1], found.other, first.other),
    ):
        yield f"\n{name}"
        yield from _around(deeds, deed, context)


def _around(deeds: Deeds, deed: Deed | None, context: int) -> Iterator[str]:
    """The events around `deed`; the last ones if it is None."""
    places = [one.event.number for one in deeds.all]
    at = len(places) if deed is None else places.index(deed.event.number)
    for one in deeds.all[max(at - context, 0) : at + context + 1]:
        mark = ">" if deed is not None and one.event.number == deed.event.number else " "
        yield f"{mark} {one.event.number:6}  {one.says}{_states(one)}{_line(one)}"
    if deed is None:
        yield ">         (nothing more)"


def _states(deed: Deed) -> str:
    holds = ", ".join(f"{length} of {mark}" for _, length, mark in deed.levels if mark is not None)
    return f"  [{holds}]" if holds else ""


def _line(deed: Deed) -> str:
    if deed.event.file is None or deed.event.line is None:
        return ""
    return f"  {os.path.basename(deed.event.file)}:{deed.event.line}"


# -- as JSON --------------------------------------------------------------------------------------


def _as_dict(found: Difference, names: tuple[str, str]) -> dict[str, object]:
    streams = [
        {
            "names": [pair.one.name, pair.other.name],
            "kind": pair.one.kind,
            "events": [len(pair.ones), len(pair.others)],
            "equal": number not in found.places,
            "loose": pair.loose,
        }
        for number, pair in enumerate(found.pairs.both)
    ]
    return {
        "equal": not found,
        "files": [*names],
        "streams": streams,
        "only": [[subject.name for subject in only] for only in found.pairs[1:]],
        "unlike": [*found.unlike],
        "first": None if found.first is None else _place_as_dict(found.first),
    }


def _place_as_dict(place: Place) -> dict[str, object]:
    return {
        "stream": place.stream or None,
        "index": place.index,
        "because": [*place.because],
        "events": [
            None if deed is None else {**deed.event.as_dict(), "says": deed.says}
            for deed in (place.one, place.other)
        ],
    }
