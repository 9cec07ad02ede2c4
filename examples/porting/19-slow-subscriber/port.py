"""Hand every line of standard input to several files, at the pace of the slowest.

    python port.py FILE[:MS]... < lines

MS is how long one line takes the subscriber that writes FILE. One that fails is left out, and the
others go on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import partial

from streams2 import Callback, Writable, fs, pipeline, readline, run, stdio
from streams2.timers import set_timeout

AHEAD = 4  # how many lines a subscriber may be behind


class Subscriber(Writable[str]):
    def __init__(self, path: str, delay: float) -> None:
        super().__init__(object_mode=True, high_water_mark=AHEAD)
        self.path = path
        self.delay = delay
        self.lines = 0
        self.furthest_behind = 0
        self.file = fs.create_write_stream(path)
        self.file.on("error", lambda error: self.destroy(error))

    def _write(self, line: str, encoding: str, callback: Callback) -> None:
        self.furthest_behind = max(self.furthest_behind, self.writable_length)

        def write() -> None:
            self.lines += 1
            self.file.write(line + "\n", callback=callback)

        set_timeout(write, self.delay)

    def _final(self, callback: Callback) -> None:
        self.file.end(callback=callback)

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        self.file.destroy()
        callback(error)


class Hub(Writable[str]):
    def __init__(self, subscribers: list[Subscriber]) -> None:
        super().__init__(object_mode=True, high_water_mark=1)
        self.subscribers = dict.fromkeys(subscribers)
        for subscriber in subscribers:
            subscriber.on("error", partial(self._leave, subscriber))

    def _leave(self, subscriber: Subscriber, error: Exception) -> None:
        self.subscribers.pop(subscriber, None)
        self.emit("left", subscriber, error)

    def _write(self, line: str, encoding: str, callback: Callback) -> None:
        full = [subscriber for subscriber in self.subscribers if not subscriber.write(line)]
        self._all(full, "drain", callback)

    def _final(self, callback: Callback) -> None:
        left = list(self.subscribers)
        self._all(left, "close", callback)
        for subscriber in left:
            subscriber.end()

    # Call back when each of them has emitted the event, or is gone.
    def _all(self, subscribers: Iterable[Subscriber], event: str, callback: Callback) -> None:
        waiting = set(subscribers)
        if not waiting:
            callback()
            return

        def wait_for(subscriber: Subscriber) -> None:
            def done() -> None:
                subscriber.off(event, done).off("close", done)
                if subscriber in waiting:
                    waiting.remove(subscriber)
                    if not waiting:
                        callback()

            subscriber.on(event, done).on("close", done)

        for subscriber in subscribers:
            wait_for(subscriber)


exit_code = 0


def main() -> None:
    subscribers = []
    for arg in sys.argv[1:]:
        path, _, delay = arg.partition(":")
        subscribers.append(Subscriber(path, float(delay or 0)))
    hub = Hub(subscribers)

    def left(subscriber: Subscriber, error: Exception) -> None:
        global exit_code
        print(f"{subscriber.path}: {getattr(error, 'code', None)}", file=sys.stderr)
        exit_code = 1

    def over(error: BaseException | None) -> None:
        if error is not None:
            raise error
        for subscriber in subscribers:
            path, lines = subscriber.path, subscriber.lines
            pace = "kept up with" if subscriber.furthest_behind <= AHEAD else "overrun"
            print(f"{path}: left out" if subscriber.errored else f"{path}: {lines} lines, {pace}")

    hub.on("left", left)
    pipeline(readline.create_interface(stdio.stdin()), hub, callback=over)


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
