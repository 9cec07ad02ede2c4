"""Kills copies of files at random points: ``python -X dev -W error -m tests.file_kills``.

Each is destroyed, failed, aborted or left somewhere, or its file or its descriptor is taken away,
or the disk has no more room. What was open before has to be open behind it, and no more. Prints how
many copies there were, and how they ended.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import random
import resource
import sys
import tempfile
import threading
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Callable
from unittest import mock

from streams2 import AbortController, PassThrough, Transform, fs, promises, run
from streams2.errors.warnings import UnusedStreamWarning

SIZES = (0, 5000, 300_000, 300_000, 2_000_000)
LIMIT = 100_000

# Who is killed may have gone through it, or be told of what was done to him.
KNOWN = {
    *("ERR_STREAM_PREMATURE_CLOSE", "ABORT_ERR", "EBADF", "EFBIG", "ENOSPC", "ENOENT", "EISDIR"),
    *("ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END", "ERR_STREAM_UNABLE_TO_PIPE"),
}
DEEDS = (
    *("destroy source", "destroy sink", "destroy both", "fail source", "fail sink", "fail between"),
    *("close source", "close sink", "abort", "cancel", "leave", "nothing"),
    *("close descriptor", "remove source", "remove sink", "cut source", "no room", "full device"),
)
# What does not harm a copy: it has to be whole.
HARMLESS = {"nothing", "remove source"}


class KilledError(Exception):
    """Why a stream was destroyed."""


def ways_to_run() -> list[Callable[[Any], Any]]:
    ways: list[Callable[[Any], Any]] = [run, lambda main: asyncio.run(main())]
    with suppress(ImportError):
        import uvloop

        def on_uvloop(main: Any) -> Any:
            loop = uvloop.new_event_loop()
            try:
                return loop.run_until_complete(main())
            finally:
                for task in asyncio.all_tasks(loop):
                    task.cancel()
                loop.run_until_complete(loop.shutdown_asyncgens())
                loop.run_until_complete(loop.shutdown_default_executor())
                loop.close()

        ways.append(on_uvloop)
    return ways


@contextmanager
def limited(draw: random.Random, is_tight: bool) -> Iterator[None]:
    """A system that has chunks written at once, or by threads; with room for little, perhaps."""
    in_threads = mock.patch("streams2.fs.file.writes_at_once", return_value=None)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    if is_tight:
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, hard))
    try:
        if draw.random() < 0.5:
            with in_threads:
                yield
        else:
            yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class Copy:
    """A copy of a file, and what becomes of it."""

    def __init__(self, draw: random.Random, place: Path, seed: int) -> None:
        self.draw = draw
        self.deed = draw.choice(DEEDS)
        self.data = draw.randbytes(draw.choice(SIZES))
        self.paths = place / f"{seed}.in", place / f"{seed}.out"
        self.paths[0].write_bytes(self.data)
        self.controller = AbortController()
        self.loop_turns = draw.random() < 0.5
        self.at = draw.randrange(1, 30 if self.loop_turns else 6)
        self.passed = 0
        self.given: list[int] = []
        self.handles: list[Any] = []

    # -- what it is made of ---------------------------------------------------------------------

    def options(self) -> dict[str, Any]:
        draw = self.draw
        options: dict[str, Any] = {"high_water_mark": draw.choice([None, 2000, 16384])}
        if draw.random() < 0.2:
            options["signal"] = self.controller.signal
        if draw.random() < 0.3:
            options["start"] = 0
        return options

    async def end_of(self, create: Any, path: Path, flags: str) -> Any:
        """A stream of a path, of a descriptor, or of a file that was opened before."""
        kind = self.draw.choice(["path", "path", "fd", "file"])
        if kind == "fd":
            fd = os.open(path, os.O_RDONLY if flags == "r" else os.O_WRONLY | os.O_CREAT)
            if self.draw.random() < 0.7:
                return create(None, fd=fd, **self.options())
            self.given.append(fd)
            return create(None, fd=fd, auto_close=False, **self.options())
        if kind == "file":
            file = await fs.promises.open(path, flags)
            self.handles.append(file)
            maker = file.create_read_stream if flags == "r" else file.create_write_stream
            return maker(**self.options())
        return create(path, flags=flags, **self.options())

    async def build(self) -> None:
        sink_path = Path("/dev/full") if self.deed == "full device" else self.paths[1]
        self.source = await self.end_of(fs.create_read_stream, self.paths[0], "r")
        self.sink = await self.end_of(fs.create_write_stream, sink_path, "w")
        spy: Any = Transform(transform=self.passes)
        middle: list[Any] = self.draw.choice([[], [spy], [spy, PassThrough()]])
        self.stages = [self.source, *middle, self.sink]
        self.spy = middle[0] if middle else self.source
        for stage in self.stages:
            stage.on("error", lambda _: None)

    def passes(self, stage: Any, chunk: Any, encoding: str, done: Any) -> None:
        self.passed += 1
        if self.passed == self.at and not self.loop_turns:
            self.kill()
        done(None, chunk)

    # -- what is done to it ---------------------------------------------------------------------

    def kill(self) -> None:
        what, _, whom = self.deed.partition(" ")
        victims = {"source": [self.source], "sink": [self.sink], "between": [self.spy]}
        chosen = victims.get(whom, [self.source, self.sink])
        if what == "destroy":
            for victim in chosen:
                victim.destroy()
        elif what == "fail":
            chosen[0].destroy(KilledError("killed"))
        elif what == "close" and whom != "descriptor":
            chosen[0].close()
        elif what == "abort":
            self.controller.abort()
        elif what == "cancel":
            self.task.cancel()
        elif self.deed == "close descriptor":
            self.close_descriptor()
        elif what == "remove":
            self.paths[whom == "sink"].unlink(missing_ok=True)
        elif what == "cut":
            os.truncate(self.paths[0], len(self.data) // 3)

    def close_descriptor(self) -> None:
        """As another part of the program might by mistake; both are open, or numbers get mixed."""
        fds = [self.source.fd, self.sink.fd]
        if None not in fds and not self.handles:
            fd = self.draw.choice(fds)
            os.close(fd)
            if fd in self.given:
                self.given.remove(fd)

    async def copy(self) -> None:
        way = self.draw.choice(["pipeline", "pipeline", "pipe", "loop"])
        if way == "pipeline":
            await promises.pipeline(*self.stages, signal=self.controller.signal)
        elif way == "pipe":
            for stage, following in zip(self.stages, self.stages[1:]):
                stage.pipe(following)
            await self.any_end()
        else:
            async for chunk in self.source:
                self.sink.write(chunk)
                await self.sink.drained()
            self.sink.end()
            await promises.finished(self.sink)

    async def any_end(self) -> None:
        """A pipe tells nobody of a failure: look at all that are piped."""
        ends = {asyncio.ensure_future(promises.finished(stage)): stage for stage in self.stages}
        try:
            over: set[Any] = set()
            while self.sink not in [ends[end] for end in over]:
                done, _ = await asyncio.wait(ends.keys() - over, return_when="FIRST_COMPLETED")
                over |= done
                for end in done:
                    await end
        finally:
            for end in ends:
                end.cancel()
            await asyncio.wait(ends)

    async def main(self) -> str:
        await self.build()
        self.task = asyncio.ensure_future(self.copy())
        if self.loop_turns or self.deed == "leave":
            for _ in range(self.at):
                await asyncio.sleep(self.draw.choice([0, 0, 0, 0.0005]))
            self.kill()
        if self.deed == "leave":
            self.close_given()
            return "left"
        outcome = await self.outcome()
        await self.tidy_up()
        return outcome

    async def outcome(self) -> str:
        try:
            await asyncio.wait_for(asyncio.shield(self.task), 20)
        except asyncio.TimeoutError:
            self.task.cancel()
            raise
        except (Exception, asyncio.CancelledError) as error:
            code = getattr(error, "code", None)
            if not isinstance(error, (KilledError, asyncio.CancelledError)) and code not in KNOWN:
                raise
            return str(code or type(error).__name__)
        if self.deed in HARMLESS:
            assert self.paths[1].read_bytes() == self.data
        return "copied"

    async def tidy_up(self) -> None:
        """What a program does that copies by `pipe` or in a loop, and has files of its own."""
        for stage in self.stages:
            stage.destroy()
        for stage in self.stages:
            with suppress(Exception):
                await promises.finished(stage)
        for file in self.handles:
            with suppress(OSError):
                await file.close()
        self.close_given()
        # Now, for a loop that shuts down closes whatever is open.
        place = str(self.paths[0].parent)
        files = {what for what in descriptors().values() if what.startswith((place, "/dev/full"))}
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not files, (self.deed, files)
        assert not left, (self.deed, left)

    def close_given(self) -> None:
        """Close what no stream was to close."""
        for fd in self.given:
            with suppress(OSError):
                os.close(fd)


def descriptors() -> dict[str, str]:
    found = {}
    for fd in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            found[fd] = os.readlink(f"/proc/self/fd/{fd}")
    return {fd: what for fd, what in found.items() if not what.endswith("/fd")}


def kill_one(seed: int, place: Path) -> tuple[str, str]:
    draw = random.Random(seed)
    copy = Copy(draw, place, seed)
    way = draw.choice(ways_to_run())
    with limited(draw, copy.deed == "no room"):
        outcome = way(copy.main)
    for path in copy.paths:
        path.unlink(missing_ok=True)
    return copy.deed, outcome


def kill_all(first: int, runs: int) -> Counter[tuple[str, str]]:
    outcomes: Counter[tuple[str, str]] = Counter()
    unraisable: list[Any] = []
    sys.unraisablehook = unraisable.append
    # Whoever leaves in the middle leaves streams that were never ended.
    warnings.simplefilter("ignore", UnusedStreamWarning)
    with tempfile.TemporaryDirectory() as directory:
        for way in ways_to_run():
            way(Copy(random.Random(first), Path(directory), first).main)
        before = descriptors()
        for seed in range(first, first + runs):
            try:
                outcomes[kill_one(seed, Path(directory))] += 1
                gc.collect()
                assert descriptors() == before, (before, descriptors())
                assert threading.active_count() == 1, threading.enumerate()
                assert not unraisable, [(one.exc_value, one.object) for one in unraisable]
            except BaseException:
                print("seed", seed, file=sys.stderr)
                raise
    return outcomes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=int, default=500)
    given = parser.parse_args()
    for (deed, outcome), count in sorted(kill_all(given.seed, given.runs).items()):
        print(f"{deed}: {outcome}: {count}")


if __name__ == "__main__":
    main()
