"""Run programs, each reading what the one before writes, as a shell does, and tell how each ended.

python port.py CMD [ARG...] [@ CMD [ARG...]]...

Exits with the status of the last one that failed, or with 0.
"""

from __future__ import annotations

import asyncio
import sys
from typing import NamedTuple

from streams2 import Readable, Writable, child_process, run, stdio


class Result(NamedTuple):
    text: str
    status: int


def split_at(args: list[str], separator: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for arg in args:
        if arg == separator:
            parts.append([])
        else:
            parts[-1].append(arg)
    return parts


def start(
    command: list[str], input: Readable[bytes], output: Writable[bytes] | None
) -> tuple[child_process.ChildProcess, asyncio.Future[Result]]:
    program, *args = command
    child = child_process.spawn(program, args, stdio=["pipe", "pipe", "inherit"])
    ended: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

    def resolve(result: Result) -> None:
        if not ended.done():
            ended.set_result(result)

    @child.once("error")
    def on_error(err: Exception) -> None:
        resolve(Result(getattr(err, "code", str(err)), 127))

    @child.once("close")
    def on_close(code: int, signal: str | None) -> None:
        resolve(Result(signal or f"status {code}", 128 if signal else code))

    assert child.stdin is not None
    assert child.stdout is not None

    @child.stdin.on("error")
    def on_stdin_error(err: Exception) -> None:
        # A program that has read enough is no failure.
        if getattr(err, "code", None) not in ("EPIPE", "ECONNRESET"):
            raise err

    # Nobody reads what the one before writes any more.
    child.stdin.on("close", lambda: input.destroy())
    input.pipe(child.stdin)
    if output:
        child.stdout.pipe(output)
    return child, ended


async def main() -> None:
    commands = split_at(sys.argv[1:], "@")
    running = []
    input: Readable[bytes] = stdio.stdin()
    for index, command in enumerate(commands):
        is_last = index == len(commands) - 1
        child, ended = start(command, input, stdio.stdout() if is_last else None)
        running.append(ended)
        assert child.stdout is not None
        input = child.stdout

    exit_status = 0
    results = await asyncio.gather(*running)
    for index, (text, status) in enumerate(results):
        print(f"{commands[index][0]}: {text}", file=sys.stderr)
        if status != 0:
            exit_status = status
    sys.exit(exit_status)


if __name__ == "__main__":
    run(main)
