"""``streams2 compare``: what may be typed, and what is then done."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Callable, TypeVar

from .inputs import UnsuitableInputError, open_input
from .presentation import Report, as_json
from .rates import format_bytes, parse_part, parse_rate, parse_size
from .runner import OnProgress, available, compare
from .saving import check_place
from .settings import FAULTS, Settings
from .small_choice import STEPPED, small_runs
from .small_run import why_not_stepped
from .tables import footer, header, plain, tables
from .variants import FORMS, VARIANTS, Variant, by_names

__all__ = ["EXAMPLES", "SUMMARY", "add_arguments", "run"]

T = TypeVar("T")

SUMMARY = "copy a file in several ways to a slow disk, and compare them"

EXAMPLES = """\
examples:
  streams2 compare                        32 MiB twice, and a sink of 80 MB/s
  streams2 compare big.iso --sink-rate 20MB/s --rounds 5 --plot big.svg
  streams2 compare --fault sink           who notices, and who closes up?
  streams2 compare --variants pipe,channel --json > results.json
  streams2 compare --html report.html     a page to project, and to step through
"""

# Fewer, and there is nothing between the start and the end.
_CHUNKS_FOR_A_FAULT = 4

_PLOT_FORMATS = (".png", ".svg")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell `parser` what may be typed."""
    parser.usage = "streams2 compare [OPTION...] [FILE]"
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="what to copy (default: 32 MiB made for this run)"
    )

    def option(
        name: str, kind: Callable[[str], object], default: object, metavar: str, text: str
    ) -> None:
        shown = "" if default is None else " (default: %(default)s)"
        parser.add_argument(name, type=kind, default=default, metavar=metavar, help=text + shown)

    option("--sink-rate", _type(parse_rate), "80MB/s", "RATE", "500KB/s, 8MiB/s, unlimited, ...")
    option("--source-rate", _type(parse_rate), "unlimited", "RATE", "how fast the source is")
    option("--chunk", _type(parse_size), None, "SIZE", "read at a time (default: 64KiB)")
    option("--high-water-mark", _type(parse_size), None, "SIZE", "default: 64KiB")
    option("--rounds", _type(_rounds), 2, "N", "run each so often, and report medians")
    option("--variants", _type(by_names), None, "A,B", "only these, such as pipe,channel")
    parser.add_argument(
        "--fault", choices=FAULTS, metavar="KIND", help=f"one of {', '.join(FAULTS)}"
    )
    parser.add_argument(
        "--form", choices=FORMS, metavar="FORM", help="plain, or handled: with failures handled"
    )
    option("--tolerance", _type(parse_part), "10%", "PART", "no difference between two times")
    option("--plot", _type(_plot_path), None, "FILE", "draw the results as .png or .svg")
    option("--html", _type(_path), None, "FILE", "write a page with the results, and two runs")
    option("--step", _type(by_names), None, "A,B", "the two runs to step through on the page")
    parser.add_argument("--json", action="store_true", help="print one JSON object, and no table")


def _type(parse: Callable[[str], T]) -> Callable[[str], T]:
    def parse_or_teach(text: str) -> T:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parse_or_teach


def _rounds(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise ValueError(f"{text!r} is no number of rounds. Give a whole number above 0")
    return int(text)


def _path(text: str) -> str:
    if not text or "\0" in text:
        raise ValueError(f"{text!r} is no path. Give the path of a file")
    return text


def _plot_path(text: str) -> str:
    if not text.lower().endswith(_PLOT_FORMATS):
        raise ValueError(f"{text!r} ends in neither .png nor .svg. Give one that does")
    return text


def run(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Compare as `options` say; the exit status.

    Raises:
        SystemExit: it cannot be done; status 2.
    """
    plot = _drawing("plot", parser) if options.plot else None
    page = _drawing("report_page", parser) if options.html else None
    if options.step is not None and page is None:
        parser.error("argument --step: is for the page. Give --html, too")
    _check_places(options, parser)
    asked = options.step or options.variants
    settings = Settings(
        sink_rate=options.sink_rate,
        source_rate=options.source_rate,
        chunk_size=options.chunk or Settings.chunk_size,
        high_water_mark=options.high_water_mark or Settings.high_water_mark,
        rounds=options.rounds,
        fault=options.fault,
    )
    if page is not None and options.step is not None:
        _check_steps(options.step, parser)
    report = _compare(options, settings, parser)
    small = None
    if page is not None:
        scaled = options.chunk is not None or options.high_water_mark is not None
        small = small_runs(report, asked, scaled=scaled)
        report = replace(
            report, trace={run.variant.name: run.counters._asdict() for run in small.runs}
        )
    if options.json:
        print(as_json(report))
    else:
        _print_report(report)
    try:
        if plot is not None:
            plot.write_plot(report, options.plot)
        if page is not None:
            page.write_page(report, small, options.html)
    except OSError as error:
        print(f"streams2 compare: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0 if report.ok else 1


def _compare(
    options: argparse.Namespace, settings: Settings, parser: argparse.ArgumentParser
) -> Report:
    path: str | None = options.file
    variants, notes = available(options.variants or VARIANTS)
    if not variants:
        parser.error("; ".join(notes))
    if options.form is not None:
        variants = [variant.in_form(options.form) for variant in variants]
    with contextlib.ExitStack() as stack:
        try:
            source = stack.enter_context(open_input(path))
        except UnsuitableInputError as error:
            parser.error(str(error))
        except OSError as error:
            parser.error(f"{path or error.filename}: {error.strerror}")
        _check_size(source.digest.bytes, settings, parser)
        names = [variant.name for variant in variants]
        with _progress(names, source.digest.bytes, settings.rounds) as on_progress:
            found = compare(
                source,
                settings,
                on_progress=on_progress,
                variants=variants,
                tolerance=options.tolerance,
            )
    return Report(source, settings, found, notes, form=options.form, tolerance=options.tolerance)


def _check_size(size: int, settings: Settings, parser: argparse.ArgumentParser) -> None:
    least = _CHUNKS_FOR_A_FAULT * settings.chunk_size
    if settings.fault is not None and size < least:
        parser.error(
            f"the input has {format_bytes(size)}, and for a fault half way it must have at least "
            f"{format_bytes(least)}. Give a larger file, or a smaller --chunk"
        )


def _check_places(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    # Found out before the comparison and not after it.
    taken = {} if options.file is None else {os.path.realpath(options.file): "the input"}
    for name, path in (("--plot", options.plot), ("--html", options.html)):
        if path is None:
            continue
        directory = os.path.dirname(path) or "."
        if not os.path.isdir(directory):
            parser.error(f"{path}: there is no directory {directory}")
        try:
            check_place(path)
        except OSError as error:
            parser.error(f"{path}: cannot be written: {error.strerror}")
        place = os.path.realpath(path)
        if place in taken:
            parser.error(f"{path}: is {taken[place]}, too. Give {name} another path")
        if os.path.isfile(place) or not os.path.exists(place):
            taken[place] = f"that of {name}"


def _check_steps(wanted: Sequence[Variant], parser: argparse.ArgumentParser) -> None:
    for variant in wanted:
        why = why_not_stepped(variant)
        if why is not None:
            parser.error(f"argument --step: {variant.name} cannot be stepped through: {why}")
    if len(wanted) > STEPPED:
        parser.error(f"argument --step: give {STEPPED} variants, or one")


def _print_report(report: Report) -> None:
    print(header(report), end="\n\n")
    terminal = _optional("terminal", "rich") if sys.stdout.isatty() else None
    for table in tables(report):
        if terminal is None:
            print(plain(table), end="\n\n")
        else:
            # Two ways to the same file, one of which does not know of the other's buffer.
            sys.stdout.flush()
            terminal.print_table(table)
    print(footer(report))


def _progress(
    names: list[str], size: int, rounds: int
) -> contextlib.AbstractContextManager[OnProgress]:
    terminal = _optional("terminal", "rich") if sys.stderr.isatty() else None
    if terminal is None:
        return contextlib.nullcontext(_ignore_progress)
    bars: contextlib.AbstractContextManager[OnProgress] = terminal.progress_bars(
        names, size, rounds
    )
    return bars


def _ignore_progress(_variant: str, _round: int, _written: int) -> None:
    pass


def _drawing(module: str, parser: argparse.ArgumentParser) -> Any:
    found = _optional(module, "matplotlib")
    if found is None:
        parser.error("--plot and --html need matplotlib: pip install 'streams2[plot]'")
    return found


def _optional(module: str, needed: str) -> Any:
    """A module of this package, or None where the library that it needs is not installed."""
    try:
        return importlib.import_module(f".{module}", __package__)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != needed:
            raise
        return None
