"""``streams2 lab``: the laboratory in a browser, or as files."""

from __future__ import annotations

import argparse
import sys
import tempfile
import webbrowser

from .building import build
from .fetching import CannotBuildError
from .serving import server_of

__all__ = ["EXAMPLES", "SUMMARY", "add_arguments", "run"]

SUMMARY = "turn knobs and step through what happened, in a browser"

EXAMPLES = """\
examples:
  streams2 lab                            serve it on this machine, and open it
  streams2 lab --write public/lab         files for any web server; they need no network
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what may be typed."""
    parser.add_argument(
        "--port", type=int, default=0, metavar="P", help="where to serve it (default: any)"
    )
    parser.add_argument("--write", metavar="DIR", help="write it as files, and serve nothing")
    parser.add_argument(
        "--no-browser", action="store_true", help="only say where it is, and open no browser"
    )


def run(options: argparse.Namespace) -> int:
    """Do what was typed.

    Returns:
        The exit status.
    """
    try:
        if options.write is not None:
            print(build(options.write))
            return 0
        with tempfile.TemporaryDirectory() as folder:
            build(folder, from_folder=False)
            return _serve(folder, options)
    except (CannotBuildError, OSError, OverflowError) as error:
        print(f"streams2 lab: {error}", file=sys.stderr)
        return 1


def _serve(folder: str, options: argparse.Namespace) -> int:
    with server_of(folder, options.port) as server:
        address = f"http://127.0.0.1:{server.server_port}/"
        print(f"{address} (Ctrl-C ends it)", flush=True)
        if not options.no_browser:
            webbrowser.open(address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass
    return 0
