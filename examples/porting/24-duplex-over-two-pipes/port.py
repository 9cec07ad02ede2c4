"""Use other programs as stages of a pipeline.

    python port.py COMMAND [ARGUMENT]... [:: COMMAND [ARGUMENT]...]... < input > output

One that fails ends the others, and its status is told.
"""

from __future__ import annotations

import sys

from streams2 import Callback, Duplex, pipeline, run, stdio
from streams2.child_process import spawn


class Program(Duplex[bytes, bytes]):
    def __init__(self, command: str, *args: str) -> None:
        super().__init__()
        self.child = spawn(command, args, stdio=["pipe", "pipe", "inherit"])
        assert self.child.stdin
        assert self.child.stdout
        self.input = self.child.stdin
        self.output = self.child.stdout
        self.child.on("error", self.destroy)

        def on_close(code: int | None, signal: str | None) -> None:
            if code == 0:
                self.push(None)
            else:
                ended = signal if code is None else code
                self.destroy(RuntimeError(f"{command} ended with {ended}"))

        def on_data(chunk: bytes) -> None:
            if not self.push(chunk):
                self.output.pause()

        # A program that has read enough is no failure: its status says whether it is one.
        def on_stdin_error(error: Exception) -> None:
            if getattr(error, "code", None) != "EPIPE":
                self.destroy(error)

        self.child.on("close", on_close)
        self.output.on("data", on_data)
        self.input.on("error", on_stdin_error)

    def _read(self, size: int) -> None:
        self.output.resume()

    def _write(self, chunk: bytes, encoding: str, callback: Callback) -> None:
        if self.input.destroyed or self.input.write(chunk):
            callback()
            return

        def go() -> None:
            self.input.off("drain", go).off("close", go)
            callback()

        self.input.on("drain", go).on("close", go)

    def _final(self, callback: Callback) -> None:
        self.input.end()
        callback()

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        self.output.destroy()
        self.input.destroy()
        self.child.kill()
        callback(error)


exit_code = 0


def over(error: BaseException | None) -> None:
    global exit_code
    if error is None:
        return
    print(getattr(error, "code", None) or error, file=sys.stderr)
    exit_code = 1


def main() -> None:
    commands: list[list[str]] = [[]]
    for arg in sys.argv[1:]:
        if arg == "::":
            commands.append([])
        else:
            commands[-1].append(arg)
    stages = [Program(*command) for command in commands]
    pipeline(stdio.stdin(), *stages, stdio.stdout(), callback=over)


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
