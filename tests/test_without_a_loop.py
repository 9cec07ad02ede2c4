"""A call that is refused for want of a loop changes nothing, and works when there is one."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from streams2 import (
    Duplex,
    NoRunningLoopError,
    PassThrough,
    Readable,
    Writable,
    compose,
    pipeline,
    run,
)

from .support import Sink, Source


def writing(self: Any, chunk: Any, encoding: Any, done: Any) -> None:
    done()


MAKERS: dict[str, Callable[[], Any]] = {
    "readable": lambda: Source(object_mode=True),
    "readable at once": lambda: Readable(
        object_mode=True, read=lambda self, size: self.push(1) and None
    ),
    "writable": lambda: Writable(object_mode=True, write=writing),
    "transform": lambda: PassThrough(object_mode=True),
    "duplex": lambda: Duplex(object_mode=True, read=lambda self, size: None, write=writing),
}
CALLS: dict[str, Callable[[Any], object]] = {
    "write": lambda s: s.write(1),
    "write with a callback": lambda s: s.write(1, callback=print),
    "end": lambda s: s.end(),
    "end with a chunk": lambda s: s.end(1),
    "end with a callback": lambda s: s.end(callback=print),
    "destroy": lambda s: s.destroy(),
    "fail": lambda s: s.destroy(ValueError("x")),
    "push": lambda s: s.push(1),
    "unshift": lambda s: s.unshift(1),
    "read": lambda s: s.read(),
    "resume": lambda s: s.resume(),
    "listen to data": lambda s: s.on("data", print),
    "listen to readable": lambda s: s.on("readable", print),
    "listen to data once": lambda s: s.once("data", print),
    "pipe": lambda s: s.pipe(Sink(object_mode=True)),
    "pipeline from": lambda s: pipeline(s, Sink(object_mode=True), callback=print),
    "pipeline to": lambda s: pipeline(Source(object_mode=True), s, callback=print),
    "compose": lambda s: compose(s, PassThrough(object_mode=True)),
    "Duplex.from_": Duplex.from_,
}
EVENTS = ("data", "readable", "end", "error", "close", "drain", "finish", "pipe", "unpipe")


def seen(stream: Any) -> dict[str, Any]:
    """All that can be seen of a stream."""
    names = [
        *("readable", "readable_flowing", "readable_ended", "readable_length", "destroyed"),
        *("writable", "writable_ended", "writable_finished", "writable_length", "errored"),
        *("writable_need_drain", "readable_did_read", "closed"),
    ]
    found = {name: getattr(stream, name, None) for name in names}
    side = getattr(stream, "_writable_state", None)
    found["pending"] = None if side is None else side.pending
    found["listeners"] = [stream.listener_count(event) for event in EVENTS]
    return found


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_is_refused_changes_nothing(kind: str, call: str) -> None:
    stream = MAKERS[kind]()
    before = seen(stream)
    try:
        CALLS[call](stream)
    except (NoRunningLoopError, AttributeError, TypeError, ValueError):
        # For want of a loop; or there is no such call of this stream.
        assert seen(stream) == before


def test_an_uncork_that_is_refused_leaves_the_stream_corked() -> None:
    stream = MAKERS["writable"]()
    stream.cork()
    stream.write(1)
    with pytest.raises(NoRunningLoopError):
        stream.uncork()
    assert (stream.writable_corked, stream.writable_length) == (1, 1)


@pytest.mark.parametrize("call", ["write", "end", "end with a chunk"])
def test_what_was_refused_works_on_a_loop(call: str) -> None:
    stream = MAKERS["writable"]()
    with pytest.raises(NoRunningLoopError):
        CALLS[call](stream)

    def main() -> None:
        CALLS[call](stream)
        stream.end()

    run(main)
    assert stream.writable_finished
    assert stream.closed


def test_a_source_that_was_refused_flows_on_a_loop() -> None:
    stream = MAKERS["readable"]()
    got: list[Any] = []
    for call in ("push", "resume", "listen to data"):
        with pytest.raises(NoRunningLoopError):
            CALLS[call](stream)

    def main() -> None:
        stream.on("data", got.append)
        stream.push(1)
        stream.push(None)

    run(main)
    assert got == [1]
    assert stream.closed
