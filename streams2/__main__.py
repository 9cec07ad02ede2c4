"""``streams2`` and ``python -m streams2``: the command line as a process."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

from .command import main as run_command
from .errors import UnsettledError
from .loop.stuck import Interrupts

__all__ = ["main"]

_UNSETTLED = 13


def main() -> NoReturn:
    """Run the command, and end as a Unix command ends.

    Nobody reads the output any more: by SIGPIPE, as `cat` does. Interrupted: by SIGINT. If what it
    waits for can never come, by Node's exit status for that, 13.
    """
    Interrupts.explained = False
    try:
        status = run_command()
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _die_of("SIGPIPE")
    except KeyboardInterrupt:
        _die_of("SIGINT")
    except UnsettledError as error:
        print(f"streams2: {error}", file=sys.stderr, flush=True)
        _leave(_UNSETTLED)
    except OSError as error:
        print(f"streams2: {error}", file=sys.stderr, flush=True)
        _leave(1)
    finally:
        Interrupts.explained = True
    sys.exit(status)


def _die_of(name: str) -> NoReturn:
    number = getattr(signal, name, None)
    if number is not None and os.name == "posix":
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    _leave(1)


def _leave(status: int) -> NoReturn:
    # Not by `sys.exit`, which would once more try to write what could not be written.
    os._exit(status)


if __name__ == "__main__":
    main()
