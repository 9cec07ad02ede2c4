"""Random programs of ticks, immediates, timers and I/O, and the order of their calls.

A program is a callback: its name, and what it does, which may be to ask for others. Here it runs on
a clock that goes on by itself only when nothing is to do, so that it takes no time. In Node time is
what it is: so a program is taken only if its order stays the same when each call takes a little
longer than it should, and each answer a few turns of the loop.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from streams2 import next_tick, run, timers
from streams2.loop.keepers import hold

from . import oracles

FOLDER = Path(__file__).parent / "data" / "timers"
RUNNER = FOLDER / "run_programs.js"
RECORDED = FOLDER / "traces.json"

Program = dict  # {"name": str, "does": [[kind, ...], ...]}
UNIT = 30


class Clock:
    """A loop's clock and its selector: when nothing is to do, it is at once when something is.

    Args:
        jitter: how late a call may be, in milliseconds: at random.
    """

    def __init__(self, loop: Any, jitter: random.Random | None) -> None:
        self.now = 1000.0
        self.jitter = jitter
        self.selector = loop._selector
        loop.time = lambda: self.now
        loop._selector = self

    def select(self, timeout: float | None) -> Any:
        found = self.selector.select(0)
        if found or timeout == 0:
            return found
        if timeout is None:
            return self.selector.select(None)
        self.now += timeout + self.late(4) / 1000
        return self.selector.select(0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.selector, name)

    def late(self, most: int) -> int:
        return self.jitter.randint(0, most) if self.jitter else 0


class Trace:
    """A program that runs here; the names of its callbacks, as they are called."""

    def __init__(self, jitter: random.Random | None) -> None:
        self.jitter = jitter
        self.order: list[str] = []
        self.handles: dict[str, Any] = {}
        self.steps = 0

    def of(self, program: Program) -> list[str]:
        run(partial(self.main, program))
        return self.order

    def main(self, program: Program) -> None:
        self.clock = Clock(asyncio.get_running_loop(), self.jitter)
        self.call(program)

    def call(self, node: Program) -> None:
        self.clock.now += self.clock.late(4) / 1000
        self.order.append(node["name"])
        for kind, *args in node["does"]:
            self.steps += 1
            if self.steps > 200:
                return
            getattr(self, kind)(*args)

    def tick(self, node: Program) -> None:
        next_tick(self.call, node)

    def immediate(self, node: Program) -> None:
        self.handles[node["name"]] = timers.set_immediate(self.call, node)

    def timeout(self, delay: int, node: Program) -> None:
        self.handles[node["name"]] = timers.set_timeout(self.call, delay, node)

    def interval(self, delay: int, times: int, node: Program) -> None:
        left = iter(range(times - 1, -1, -1))

        def each() -> None:
            if next(left) == 0:
                timers.clear_interval(handle)
            self.call(node)

        handle = self.handles[node["name"]] = timers.set_interval(each, delay)

    def io(self, node: Program) -> None:
        """What a pipe gives, after some turns of the loop."""
        loop = asyncio.get_running_loop()
        out, into = os.pipe()

        def ready() -> None:
            loop.remove_reader(out)
            os.close(out)
            held.release()
            self.call(node)

        def answer(turns: int) -> None:
            self.clock.now += self.clock.late(1) / 1000
            if turns:
                loop.call_soon(answer, turns - 1)
            else:
                os.write(into, b"!")
                os.close(into)

        held = hold()
        loop.add_reader(out, ready)
        answer(self.clock.late(6))

    def block(self, milliseconds: int) -> None:
        self.clock.now += milliseconds / 1000

    def clear(self, name: str) -> None:
        timers.clear_timeout(self.handles.get(name))
        timers.clear_immediate(self.handles.get(name))

    def unref(self, name: str) -> None:
        self.tell("unref", name)

    def ref(self, name: str) -> None:
        self.tell("ref", name)

    def refresh(self, name: str) -> None:
        self.tell("refresh", name)

    def tell(self, what: str, name: str) -> None:
        getattr(self.handles.get(name), what, int)()


def drawn(chance: random.Random) -> Program:
    """A program."""
    names: list[str] = []

    def node(depth: int) -> Program:
        name = f"{len(names)}"
        names.append(name)
        most = 6 if depth == 0 else 3 if depth < 3 else 0
        return {"name": name, "does": [op(depth + 1) for _ in range(chance.randint(0, most))]}

    def op(depth: int) -> list[Any]:
        kind = chance.choices(
            [
                "tick",
                "immediate",
                "timeout",
                "interval",
                "io",
                "block",
                "clear",
                "refresh",
                "unref",
            ],
            [3, 5, 7, 1, 2, 2, 1, 1, 1],
        )[0]
        if kind == "block":
            return [kind, UNIT * chance.randint(1, 2)]
        if kind in ("clear", "refresh", "unref"):
            other = chance.choice(names)
            return [chance.choice([kind, "ref"]) if kind == "unref" else kind, other]
        delay = chance.choice([0, 1, UNIT, UNIT + 12, 2 * UNIT, 3 * UNIT])
        if kind == "timeout":
            return [kind, delay, node(depth)]
        if kind == "interval":
            return [kind, UNIT * chance.randint(1, 2), chance.randint(1, 3), node(depth)]
        return [kind, node(depth)]

    return node(0)


def programs(seed: str, count: int) -> list[Program]:
    """So many programs whose order no small delay changes, and that have one."""
    chance = random.Random(seed)
    found: list[Program] = []
    while len(found) < count:
        program = drawn(chance)
        order = Trace(None).of(program)
        if len(order) < 5:
            continue
        if is_sure(program, order):
            found.append(program)
    return found


def is_sure(program: Program, order: list[str]) -> bool:
    """Whether a program's order is the same when calls are late."""
    return all(Trace(random.Random(n)).of(program) == order for n in range(10))


def in_node(of: list[Program]) -> list[list[str]]:
    """The order of each in Node. On a busy machine, a call may be late, and another before it."""

    def ask(program: Program) -> list[str]:
        asked = subprocess.run(
            [oracles.node(), str(RUNNER)],
            input=json.dumps(program).encode(),
            capture_output=True,
            check=True,
        )
        order: list[str] = json.loads(asked.stdout)
        return order

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(ask, of))


def main() -> None:
    """Record them anew: ``python -m tests.timer_programs``."""
    gc.freeze()  # Each run looks for garbage.
    chosen = programs("timers", 120)
    answers = zip(chosen, in_node(chosen), in_node(chosen))
    lines = [json.dumps([program, order]) for program, order, again in answers if order == again]
    RECORDED.write_text("[\n{}\n]\n".format(",\n".join(lines)), "utf8")


if __name__ == "__main__":
    main()
