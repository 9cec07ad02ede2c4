"""What the halves run: ways to copy a source to one sink or several, as text of a program.

A way is told which names the program has for its source and its sinks, and whether it is to make a
mistake that only it can make: to look away when a sink says False, or to stop in the middle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Callable, NamedTuple

__all__ = ["WAYS", "Copying", "Way"]

Lines = list[str]


class Task(NamedTuple):
    """What a way is to write.

    Attributes:
        sinks: the names of what is written to.
        ignores_false: it does not look at what a sink answers.
        leaves_after: it copies no more after so many chunks; None for never.
        leaves_at: the same as a time, in milliseconds.
    """

    sinks: Sequence[str]
    ignores_false: bool
    leaves_after: int | None
    leaves_at: int


@dataclass
class Copying:
    """What a way has written.

    Attributes:
        main: the lines of the program's main function, after its source and sinks.
        functions: what stands before it.
        imports: the names that it needs, by module; none for a module itself.
        is_async: the main function is a coroutine function.
    """

    main: Lines
    functions: Lines = field(default_factory=list)
    imports: dict[str, set[str]] = field(default_factory=dict)
    is_async: bool = False


class Way(NamedTuple):
    """A way to copy.

    Attributes:
        label: what the page calls it.
        model: what keeps the source from running ahead: as of `trace.Lane`.
        says: what it does, in a sentence.
        write: writes it.
    """

    label: str
    model: str
    says: str
    write: Callable[[Task], Copying]


def _naive(task: Task) -> Copying:
    lines = ["def copy(chunk):"]
    lines += [f"    {sink}.write(chunk)  # it may answer False" for sink in task.sinks]
    lines += ["", 'source.on("data", copy)']
    lines += [f'source.on("end", {sink}.end)' for sink in task.sinks]
    return _leaving(task, Copying(lines), 'source.off("data", copy)')


def _by_hand(task: Task) -> Copying:
    lines = ["def copy(chunk):"]
    for sink in task.sinks:
        if task.ignores_false:
            lines += [f"    {sink}.write(chunk)"]
        else:
            lines += [f"    if not {sink}.write(chunk):", "        source.pause()"]
    lines += ["", 'source.on("data", copy)']
    for sink in task.sinks:
        lines += [f'{sink}.on("drain", source.resume)', f'source.on("end", {sink}.end)']
    return _leaving(task, Copying(lines), 'source.off("data", copy)')


def _pipe(task: Task) -> Copying:
    lines = [f"source.pipe({sink})" for sink in task.sinks]
    return _leaving(task, Copying(lines), f"source.unpipe({task.sinks[0]})")


def _pipeline(task: Task) -> Copying:
    if len(task.sinks) == 1:
        lines = [f"await promises.pipeline(source, {task.sinks[0]})"]
    else:
        # Each pipeline listens to much of what the source tells.
        lines = ["source.set_max_listeners(20)"] if len(task.sinks) > 2 else []
        lines += ["await asyncio.gather("]
        lines += [f"    promises.pipeline(source, {sink})," for sink in task.sinks]
        lines += [")"]
    copying = Copying(lines, imports={"streams2": {"promises"}}, is_async=True)
    if len(task.sinks) > 1:
        copying.imports["asyncio"] = set()
    if task.leaves_after is not None:
        _set_timer(copying, f"source.unpipe({task.sinks[0]})", task.leaves_at, at=0)
    return copying


def _async_for(task: Task) -> Copying:
    lines = ["async for chunk in source:"]
    if task.leaves_after is not None:
        lines = ["copied = 0", *lines]
    for sink in task.sinks:
        if task.ignores_false:
            lines += [f"    {sink}.write(chunk)"]
        else:
            lines += [f"    if not {sink}.write(chunk):", f'        await once({sink}, "drain")']
    lines += _break(task)
    lines += [f"{sink}.end()" for sink in task.sinks]
    needed = set() if task.ignores_false else {"once"}
    return Copying(lines, imports={"streams2": needed}, is_async=True)


def _channel(task: Task) -> Copying:
    names = ["channel"] if len(task.sinks) == 1 else [f"to_{sink}" for sink in task.sinks]
    functions = [
        *("async def read(source, *channels):", "    async for chunk in source:"),
        *("        for channel in channels:", "            await channel.put(chunk)"),
        *("    for channel in channels:", "        channel.close()", "", ""),
        "async def write(channel, sink):",
    ]
    if len(task.sinks) == 1:
        functions = [
            *("async def read(source, channel):", "    async for chunk in source:"),
            *("        await channel.put(chunk)", "    channel.close()", "", ""),
            "async def write(channel, sink):",
        ]
    if task.leaves_after is not None:
        functions += ["    copied = 0"]
    if task.ignores_false:
        functions += ["    async for chunk in channel:"]
        functions += ["        sink.write(chunk)  # and it does not wait until that is written"]
    else:
        functions += ["    written = Channel()", "", "    def done(error=None):"]
        functions += ["        written.put_callback(error is None)", ""]
        functions += ["    async for chunk in channel:"]
        functions += ["        sink.write(chunk, callback=done)"]
        functions += ["        if not await written.take():", "            return"]
    functions += [f"    {line}" for line in _break(task)]
    functions += ["    sink.end()", "", ""]
    lines = [f"{name} = Channel(ROOM)" for name in names]
    lines += ["await asyncio.gather(", f"    read(source, {', '.join(names)}),"]
    lines += [f"    write({name}, {sink})," for name, sink in zip(names, task.sinks)]
    lines += [")"]
    imports: dict[str, set[str]] = {"asyncio": set(), "streams2.channel": {"Channel"}}
    return Copying(lines, functions, imports, is_async=True)


def _bridge(task: Task) -> Copying:
    lines = ["channel = channel_from_readable(source, Channel(ROOM))"]
    imports: dict[str, set[str]] = {
        "streams2.bridge": {"channel_from_readable", "writable_from_channel"},
        "streams2.channel": {"Channel"},
    }
    if len(task.sinks) == 1:
        lines += [f"writable_from_channel(channel, {task.sinks[0]})"]
        leaves = "channel.abandon()"
    else:
        # Each value goes to all: that is slow if one of them is.
        lines += ["every = mult(channel)"]
        for sink in task.sinks:
            lines += [f"to_{sink} = every.tap(Channel(ROOM))"]
            lines += [f"writable_from_channel(to_{sink}, {sink})"]
        imports["streams2.channel"].add("mult")
        leaves = f"every.untap(to_{task.sinks[0]})"
    return _leaving(task, Copying(lines, imports=imports), leaves)


def _break(task: Task) -> Lines:
    """The end of a loop's body that leaves the loop."""
    if task.leaves_after is None:
        return []
    lines = ["    copied += 1", f"    if copied == {task.leaves_after}:"]
    return [*lines, "        break  # it leaves in the middle"]


def _leaving(task: Task, copying: Copying, call: str) -> Copying:
    if task.leaves_after is not None:
        _set_timer(copying, call, task.leaves_at, at=len(copying.main))
    return copying


def _set_timer(copying: Copying, call: str, milliseconds: int, at: int) -> None:
    copying.main.insert(at, f"set_timeout(lambda: {call}, {milliseconds})")
    copying.imports["streams2.timers"] = {"set_timeout"}


WAYS = {
    "naive": Way("naive", "none", "Writes what comes, and never looks at the answer.", _naive),
    "by_hand": Way(
        "by hand",
        "state machine",
        "Pauses the source when `write` answers False, resumes it at 'drain'.",
        _by_hand,
    ),
    "pipe": Way("pipe", "state machine", "That machine, as a table.", _pipe),
    "pipeline": Way(
        "pipeline",
        "state machine",
        "A pipe that cleans up after a failure.",
        _pipeline,
    ),
    "async_for": Way(
        "async for",
        "await",
        "A loop that waits for 'drain' when `write` answers False.",
        _async_for,
    ),
    "channel": Way(
        "channel",
        "channel",
        "Two loops: a put returns when there is room, and no earlier.",
        _channel,
    ),
    "bridge": Way(
        "bridge",
        "channel",
        "The library's own: a stream becomes a channel, and a channel is written to a stream.",
        _bridge,
    ),
}
"""All of them, by name."""
