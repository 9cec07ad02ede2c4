"""Keep what a command prints, unless it takes too long.

    python port.py MS FILE COMMAND [ARGUMENT]...

It exits as timeout(1) does: with the status of the command; with 124 when the time is over, and
then there is no FILE; with 127 if there is no such command.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from streams2 import AbortController, AbortError, AbortSignal, fs, once, promises, run
from streams2.child_process import spawn
from streams2.timers import clear_timeout, set_timeout


async def keep(file: str, command: str, args: list[str], signal: AbortSignal) -> int:
    child = spawn(command, args, stdio=["ignore", "pipe", "inherit"], signal=signal)
    await once(child, "spawn")
    (code, _signal), _ = await asyncio.gather(
        once(child, "close"),
        promises.pipeline(child.stdout, fs.create_write_stream(file), signal=signal),
    )
    return int(code)


async def main(ms: str = "", file: str = "", command: str = "", *args: str) -> int:
    if not command:
        print("usage: port.py MS FILE COMMAND [ARGUMENT]...", file=sys.stderr)
        return 125
    controller = AbortController()
    timer = set_timeout(controller.abort, float(ms))
    try:
        status = await keep(file, command, list(args), controller.signal)
        print(f"{os.stat(file).st_size} bytes in {file}")
        return status
    except AbortError:
        print(f"{command}: not done after {ms} ms", file=sys.stderr)
        Path(file).unlink(missing_ok=True)
        return 124
    except OSError as error:
        code, syscall = getattr(error, "code", ""), getattr(error, "syscall", "")
        print(f"{command}: {code}", file=sys.stderr)
        return 127 if code == "ENOENT" and syscall.startswith("spawn") else 126
    finally:
        clear_timeout(timer)


if __name__ == "__main__":
    sys.exit(run(lambda: main(*sys.argv[1:])))
