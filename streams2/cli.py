"""The command line: what may be typed, and what is then called."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Sequence
from typing import Any

from . import __version__
from .cat import MODELS, cat
from .compare import VARIANTS, Report, UnsuitableInputError, compare, open_input
from .compare.presentation import as_json, footer, header, plain_table
from .compare.rates import parse_rate
from .compare.runner import OnProgress, memory_bound
from .diagram import FORMATS, MACHINES

__all__ = ["main"]

_EXAMPLES = """\
examples:
  streams2 cat notes.txt                  print a file, through a pipe
  gzip -dc a.gz | streams2 cat --model channel
  streams2 compare                        ways to write cat, side by side
  streams2 compare big.iso --sink-rate 50MB/s
  streams2 diagram pipe                   a machine drawn from its table
"""

_CAT_EXAMPLES = """\
examples:
  streams2 cat a.txt b.txt
  ls | streams2 cat header.txt - footer.txt
"""

_COMPARE_EXAMPLES = """\
examples:
  streams2 compare                        32 MiB, and a sink of 20 MB/s
  streams2 compare big.iso --sink-rate unlimited
  streams2 compare --json > results.json
"""

_DIAGRAM_EXAMPLES = """\
examples:
  streams2 diagram pipe                   for a Markdown file
  streams2 diagram pipe --format dot | dot -Tsvg > pipe.svg
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says.

    Args:
        arguments: the words after the program's name; None for those of this process.

    Returns:
        The exit status: 0, or 1 if something went wrong.

    Raises:
        SystemExit: the arguments make no sense (status 2), or help was asked for (0).
        BrokenPipeError: nobody reads standard output any more.
    """
    options = _parser().parse_args(arguments)
    status: int = options.command(options)
    return status


# -- what may be typed ----------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="streams2",
        description="Node's streams and Clojure's channels, side by side.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"streams2 {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_cat(commands)
    _add_compare(commands)
    _add_diagram(commands)
    return parser


Commands = argparse._SubParsersAction  # what add_subparsers returns has no public name


def _add_command(
    commands: Commands[argparse.ArgumentParser], name: str, summary: str, examples: str
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_cat(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _add_command(
        commands, "cat", "copy files, one after the other, to standard output", _CAT_EXAMPLES
    )
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="a path; - or none at all is standard input"
    )
    parser.add_argument(
        "--model",
        choices=MODELS,
        default="pipe",
        help="how the bytes get there (default: %(default)s)",
    )
    parser.set_defaults(command=_cat)


def _add_compare(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _add_command(
        commands,
        "compare",
        "copy a file in several ways to a slow disk, and compare them",
        _COMPARE_EXAMPLES,
    )
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="what to copy (default: 32 MiB made for this run)"
    )
    parser.add_argument(
        "--sink-rate",
        type=_rate,
        default="20MB/s",
        metavar="RATE",
        help="how fast the disk is: 500KB/s, 8MiB/s, unlimited, ... (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, and no table")
    parser.set_defaults(command=_compare, parser=parser)


def _add_diagram(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _add_command(
        commands, "diagram", "draw a state machine from the table that runs it", _DIAGRAM_EXAMPLES
    )
    parser.add_argument("machine", choices=MACHINES, help="one of %(choices)s", metavar="MACHINE")
    parser.add_argument(
        "--format", choices=FORMATS, default="mermaid", help="(default: %(default)s)"
    )
    parser.set_defaults(command=_diagram)


def _rate(text: str) -> float | None:
    try:
        return parse_rate(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


# -- what is then called --------------------------------------------------------------------------


def _cat(options: argparse.Namespace) -> int:
    try:
        return 0 if cat(options.files, options.model) else 1
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"streams2 cat: write error: {error.strerror}", file=sys.stderr)
        return 1


def _compare(options: argparse.Namespace) -> int:
    with contextlib.ExitStack() as stack:
        try:
            source = stack.enter_context(open_input(options.file))
        except UnsuitableInputError as error:
            options.parser.error(str(error))
        except OSError as error:
            options.parser.error(f"{options.file or error.filename}: {error.strerror}")
        with _progress(source.digest.bytes) as on_progress:
            measurements = compare(source, sink_rate=options.sink_rate, on_progress=on_progress)
    report = Report(source, options.sink_rate, measurements, memory_bound())
    if options.json:
        print(as_json(report))
    else:
        _print_report(report)
    return 0 if report.ok else 1


def _print_report(report: Report) -> None:
    print(header(report), end="\n\n")
    terminal = _rich_terminal() if sys.stdout.isatty() else None
    if terminal is None:
        print(plain_table(report), end="\n\n")
    else:
        terminal.print_table(report)
    print(footer(report))


def _progress(total: int) -> contextlib.AbstractContextManager[OnProgress]:
    terminal = _rich_terminal() if sys.stderr.isatty() else None
    if terminal is None:
        return contextlib.nullcontext(_ignore_progress)
    bars: contextlib.AbstractContextManager[OnProgress] = terminal.progress_bars(
        [variant.name for variant in VARIANTS], total
    )
    return bars


def _ignore_progress(_variant: str, _written: int) -> None:
    pass


def _rich_terminal() -> Any:
    """The module that draws with rich, or None where rich is not installed."""
    try:
        from .compare import terminal
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "rich":
            raise
        return None
    return terminal


def _diagram(options: argparse.Namespace) -> int:
    print(FORMATS[options.format](MACHINES[options.machine]), end="")
    return 0
