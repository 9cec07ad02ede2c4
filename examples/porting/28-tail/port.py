"""Print the last lines of a log, and what is added to it while a command runs.

    python port.py LINES FILE [COMMAND [ARGUMENT]...]

It ends with the command, and with its status. A log that is cut short is read from its start.
"""

from __future__ import annotations

import errno
import os
import sys

from streams2 import Callback, Readable, pipeline, run, stdio
from streams2.child_process import spawn
from streams2.timers import Timeout, clear_timeout, set_timeout

LOOK_EVERY = 20  # milliseconds


class Tail(Readable[bytes]):
    def __init__(self, path: str, lines: int, *, high_water_mark: int | None = None) -> None:
        super().__init__(high_water_mark=high_water_mark)
        self.path = path
        self.line_count = lines
        self.fd = -1
        self.position = 0
        self.timer: Timeout | None = None
        self.stopping = False

    def _construct(self, callback: Callback) -> None:
        try:
            self.fd = os.open(self.path, os.O_RDONLY)
        except OSError as error:
            callback(error)
            return
        self.position = start_of_last(self.fd, self.line_count)
        callback()

    def _read(self, size: int) -> None:
        if os.fstat(self.fd).st_size < self.position:
            self.position = 0
        data = os.pread(self.fd, size, self.position)
        if data:
            self.position += len(data)
            self.push(data)
        elif self.stopping:
            self.push(None)
        else:
            self.timer = set_timeout(self._read, LOOK_EVERY, size)
            self.emit("waiting")

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        clear_timeout(self.timer)
        if self.fd != -1:
            os.close(self.fd)
        callback(error)

    # Read what there is by now, and no more.
    def stop(self) -> None:
        self.stopping = True


def start_of_last(fd: int, lines: int) -> int:
    block_size = 4096
    size = os.fstat(fd).st_size
    found = 0
    end = size
    while end > 0:
        start = max(0, end - block_size)
        block = os.pread(fd, end - start, start)
        for i in range(end - 1, start - 1, -1):
            if block[i - start] == 10 and i != size - 1:
                found += 1
                if found == lines:
                    return i + 1
        end = start
    return 0


exit_code = 0


def main(lines: str, path: str, command: str = "", *args: str) -> None:
    tail = Tail(path, int(lines))

    def waiting() -> None:
        if not command:
            tail.stop()
            return

        def ended(code: int | None, _signal: str | None) -> None:
            global exit_code
            exit_code = 1 if code is None else code
            tail.stop()

        child = spawn(command, args, stdio=["ignore", "inherit", "inherit"])
        child.on("error", tail.destroy)
        child.on("exit", ended)

    def over(error: BaseException | None) -> None:
        global exit_code
        if isinstance(error, OSError):
            print(f"{error.filename}: {errno.errorcode[error.errno or 0]}", file=sys.stderr)
            exit_code = 2

    tail.once("waiting", waiting)
    pipeline(tail, stdio.stdout(), callback=over)


if __name__ == "__main__":
    run(lambda: main(*sys.argv[1:]))
    sys.exit(exit_code)
