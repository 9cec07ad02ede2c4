"""The command line: what may be typed, and what is then called.

A command is imported when it is named: what the others need takes longer to import than `cat` takes
for most files.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence

from .. import __version__
from .cat import MODELS, cat

__all__ = ["main"]

_EXAMPLES = """\
examples:
  streams2 cat notes.txt                  print a file, through a pipe
  streams2 compare                        ways to write cat, side by side
  streams2 learn; streams2 lab            the course, and its laboratory
"""

_CAT_EXAMPLES = """\
examples:
  streams2 cat a.txt b.txt
  ls | streams2 cat header.txt - footer.txt
"""

_DIAGRAM_EXAMPLES = """\
examples:
  streams2 diagram pipe                   for a Markdown file
  streams2 diagram pipe --format dot | dot -Tsvg > pipe.svg
"""

_DOCTOR_EXAMPLES = """\
examples:
  streams2 doctor 4711                    a program that is in streams2.run
"""


_TOP_EXAMPLES = """\
examples:
  streams2 top 4711                       of a program with STREAMS2_TOP=1, or doctor.serve()
  streams2 top --run app.py --port 8000
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
    words = sys.argv[1:] if arguments is None else arguments
    options = _parser(words[0] if words else "").parse_args(words)
    status: int = options.command(options)
    return status


# -- what may be typed ----------------------------------------------------------------------------


def _parser(named: str) -> argparse.ArgumentParser:
    """What parses the command that is `named`; or knows of all of them, if none is."""
    parser = argparse.ArgumentParser(
        prog="streams2",
        description="Node's streams and Clojure's channels, side by side.",
        epilog=_EXAMPLES,
        formatter_class=_OneLineEach,
    )
    parser.add_argument("--version", action="version", version=f"streams2 {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    of_commands = {
        "cat": _add_cat,
        "compare": _add_compare,
        "diagram": _add_diagram,
        "doctor": _add_doctor,
        "lab": _add_lab,
        "learn": _add_learn,
        "port": _add_port,
        "top": _add_top,
        "trace-diff": _add_trace_diff,
    }
    for add in [of_commands[named]] if named in of_commands else of_commands.values():
        add(commands)
    return parser


class _OneLineEach(argparse.RawDescriptionHelpFormatter):
    """Leaves room for the longest name of a command: argparse forgets that they are indented."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog)
        self._action_max_length = len("    trace-diff")


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
    from ..compare import command

    parser = _add_command(commands, "compare", command.SUMMARY, command.EXAMPLES)
    command.add_arguments(parser)
    parser.set_defaults(command=_compare, parser=parser)


def _add_diagram(commands: Commands[argparse.ArgumentParser]) -> None:
    from ..trace.diagram import FORMATS, MACHINES

    parser = _add_command(
        commands, "diagram", "draw a state machine from the table that runs it", _DIAGRAM_EXAMPLES
    )
    parser.add_argument("machine", choices=[*MACHINES, "all"], help="which one; or all, as a page")
    parser.add_argument(
        "--format", choices=FORMATS, default="mermaid", help="(default: %(default)s)"
    )
    parser.set_defaults(command=_diagram)


def _add_doctor(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _add_command(
        commands, "doctor", "ask a running program why it stands still", _DOCTOR_EXAMPLES
    )
    parser.add_argument("pid", type=int, metavar="PID", help="the number of its process")
    parser.set_defaults(command=_doctor)


def _add_lab(commands: Commands[argparse.ArgumentParser]) -> None:
    from ..lab import command as laboratory

    parser = _add_command(commands, "lab", laboratory.SUMMARY, laboratory.EXAMPLES)
    laboratory.add_arguments(parser)
    parser.set_defaults(command=laboratory.run)


def _add_learn(commands: Commands[argparse.ArgumentParser]) -> None:
    from ..learn import command as learning

    parser = _add_command(commands, "learn", learning.SUMMARY, learning.EXAMPLES)
    learning.add_arguments(parser)
    parser.set_defaults(command=_learn, parser=parser)


def _add_port(commands: Commands[argparse.ArgumentParser]) -> None:
    from ..port import command as porting

    parser = _add_command(commands, "port", porting.SUMMARY, porting.EXAMPLES)
    porting.add_arguments(parser)
    parser.set_defaults(command=porting.run, parser=parser)


def _add_top(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _add_command(
        commands, "top", "show what goes through the streams of a running program", _TOP_EXAMPLES
    )
    parser.add_argument("pid", type=int, nargs="?", metavar="PID", help="the number of its process")
    parser.add_argument("--once", action="store_true", help="show the table one time")
    parser.add_argument(
        "--interval",
        type=_seconds,
        default=1.0,
        metavar="SECONDS",
        help="how long to wait from one time to the next (default: 1)",
    )
    parser.add_argument(
        "--run", nargs=argparse.REMAINDER, metavar="SCRIPT", help="run a script, and show that one"
    )
    parser.set_defaults(command=_top, parser=parser)


def _add_trace_diff(commands: Commands[argparse.ArgumentParser]) -> None:
    from ..trace import command as comparing

    parser = _add_command(commands, "trace-diff", comparing.SUMMARY, comparing.EXAMPLES)
    comparing.add_arguments(parser)
    parser.set_defaults(command=_trace_diff, parser=parser)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise ValueError(text)
    return seconds


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
    from ..compare import command

    return command.run(options, options.parser)


def _doctor(options: argparse.Namespace) -> int:
    from ..doctor import asking

    return asking.main(options.pid)


def _learn(options: argparse.Namespace) -> int:
    from ..learn import command as learning

    return learning.run(options, options.parser)


def _diagram(options: argparse.Namespace) -> int:
    from ..trace.diagram import FORMATS, MACHINES, machines_page

    if options.machine == "all":
        print(machines_page(), end="")
    else:
        print(FORMATS[options.format](MACHINES[options.machine]), end="")
    return 0


def _trace_diff(options: argparse.Namespace) -> int:
    from ..trace import command as comparing

    return comparing.run(options, options.parser)


def _top(options: argparse.Namespace) -> int:
    from ..doctor import top

    if (options.pid is None) == (options.run is None) or options.run == []:
        options.parser.error("give the number of a process, or --run and a script")
    shown = {"once": options.once, "interval": options.interval}
    try:
        if options.run is None:
            return top.watch(options.pid, **shown)
        return top.run_and_watch(options.run, **shown)
    except ImportError as error:
        print(error, file=sys.stderr)
        return 1
