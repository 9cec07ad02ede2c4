"""Put a programme together from several files: some lines of the one, then some of another.

    python port.py NAME=FILE... < plan

A line of the plan is a NAME and a number of lines, or a * for all that are left. A file goes on
where it was left.
"""

from __future__ import annotations

import math
import re
import sys
from dataclasses import dataclass

from streams2 import (
    Callback,
    Readable,
    Transform,
    TransformCallback,
    consumers,
    fs,
    pipeline,
    run,
    stdio,
)


@dataclass
class Step:
    name: str
    count: float


class Switcher(Readable[str]):
    def __init__(self, channels: dict[str, Transform[str, str]], plan: list[Step]) -> None:
        super().__init__(object_mode=True, high_water_mark=1)
        self.channels = channels
        self.plan = plan
        for channel in channels.values():
            channel.on("error", self.destroy)

    def _read(self, size: int) -> None:
        if not self.plan:
            self.push(None)
            return
        step = self.plan[0]
        channel = self.channels[step.name]
        if step.count == 0 or channel.readable_ended:
            self.plan.pop(0)
            if 0 < step.count < math.inf:
                self.emit("short", step)
            self._read(size)
            return
        line = channel.read()
        if line is not None:
            step.count -= 1
            self.push(line)
            return

        def again() -> None:
            channel.remove_listener("readable", again)
            channel.remove_listener("end", again)
            self._read(size)

        channel.on("readable", again)
        channel.on("end", again)

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        for channel in self.channels.values():
            channel.destroy()
        callback(error)


def lines() -> Transform[str, str]:
    rest = ""

    def transform(
        self: Transform[str, str], chunk: str, _encoding: str, callback: TransformCallback
    ) -> None:
        nonlocal rest
        *found, rest = (rest + chunk).split("\n")
        for line in found:
            self.push(line)
        callback()

    def flush(_: Transform[str, str], callback: TransformCallback) -> None:
        callback(None, rest or None)

    return Transform(
        decode_strings=False,
        readable_object_mode=True,
        readable_high_water_mark=4,
        transform=transform,
        flush=flush,
    )


def parse(plan: str, channels: dict[str, str]) -> list[Step]:
    steps = []
    for index, line in enumerate(filter(None, plan.split("\n"))):
        name, _, count = line.partition(" ")
        if name not in channels:
            raise ValueError(f"line {index + 1}: there is no {name}")
        if not re.fullmatch(r"\*|[0-9]+", count):
            raise ValueError(f"line {index + 1}: how many?")
        steps.append(Step(name, math.inf if count == "*" else int(count)))
    return steps


exit_code = 0


async def main() -> None:
    written = await consumers.text(stdio.stdin())
    channels = {}
    names = dict(arg.split("=") for arg in sys.argv[1:])
    plan = parse(written, names)
    for name, file in names.items():
        source = fs.create_read_stream(file, encoding="utf8")
        channels[name] = pipeline(source, lines(), callback=lambda _: None)
    switcher = Switcher(channels, plan)

    def short(step: Step) -> None:
        print(f"{step.name} is {step.count} short", file=sys.stderr)

    def failed(error: Exception) -> None:
        global exit_code
        print(f"{getattr(error, 'path', '')}: {getattr(error, 'code', None)}", file=sys.stderr)
        exit_code = 2

    switcher.on("short", short)
    switcher.on("data", print)
    switcher.on("error", failed)


if __name__ == "__main__":
    try:
        run(main)
    except ValueError as error:
        print(error, file=sys.stderr)
        exit_code = 1
    sys.exit(exit_code)
