"""Questions about any stream, and about what is none: is_readable and its kin."""

from __future__ import annotations

from typing import Any

from streams2 import (
    Duplex,
    EventEmitter,
    Stream,
    Writable,
    is_destroyed,
    is_disturbed,
    is_errored,
    is_readable,
    is_writable,
)

from .support import BoomError, Sink, Source
from .twins import Twins, turn

twins = Twins()


@twins.program(
    """
    const ask = (s) => [isReadable, isWritable, isErrored, isDestroyed, isDisturbed]
      .map((question) => Boolean(question(s)));
    const never = () => {}, write = (chunk, encoding, done) => done();
    const make = {
      readable: () => new Readable({ read: never }),
      writable: () => new Writable({ write }),
      duplex: () => new Duplex({ read: never, write }),
      'duplex to read': () => new Duplex({ read: never, writable: false }),
      'duplex to write': () => new Duplex({ write, readable: false }),
      'not destroyed by itself': () => new Duplex({ read: never, write, autoDestroy: false }),
      slow: () => new Writable({ write: never }),
    };
    const acts = {
      nothing: () => {}, destroy: (s) => s.destroy(), fail: (s) => s.destroy(new Error('boom')),
      push: (s) => s.push && s.push('a'), 'push, read': (s) => s.push && (s.push('a'), s.read()),
      'push, end': (s) => s.push && (s.push('a'), s.push(null)),
      'end of input': (s) => s.push && s.resume().push(null),
      end: (s) => s.end && s.end(), write: (s) => s.write && s.write('a'),
      'write, end': (s) => s.end && s.end('a'),
      'end both': (s) => { if (s.push) s.resume().push(null); if (s.end) s.end(); },
      'bad write': (s) => { if (s.write) try { s.write(null); } catch { } },
      'write after end': (s) => s.end && (s.end(), s.write('a')),
    };
    for (const [name, build] of Object.entries(make)) {
      for (const [act, perform] of Object.entries(acts)) {
        const stream = build(); stream.on('error', never); perform(stream);
        const before = ask(stream); for (let n = 0; n < 5; n++) await turn();
        say(name, act, before, ask(stream));
      }
    }
    for (const none of [5, null, {}, 'text', new EventEmitter()]) say(ask(none));
    """
)
async def test_every_question_of_every_kind_of_stream_at_every_stage(say: Any) -> None:
    def ask(s: Any) -> list[bool]:
        return [
            question(s)
            for question in (is_readable, is_writable, is_errored, is_destroyed, is_disturbed)
        ]

    def never(*_: Any) -> None:
        pass

    def write(self: Any, chunk: Any, encoding: Any, done: Any) -> None:
        done()

    make: dict[str, Any] = {
        "readable": Source,
        "writable": Sink,
        "duplex": lambda: Duplex(read=never, write=write),
        "duplex to read": lambda: Duplex(read=never, writable=False),
        "duplex to write": lambda: Duplex(write=write, readable=False),
        "not destroyed by itself": lambda: Duplex(read=never, write=write, auto_destroy=False),
        "slow": lambda: Writable(write=never),
    }

    def bad_write(s: Any) -> None:
        try:
            s.write(None)
        except Exception:
            pass

    # Which method a stream must have, and what is done with it then.
    acts: dict[str, tuple[str, Any]] = {
        "nothing": ("on", lambda s: None),
        "destroy": ("on", lambda s: s.destroy()),
        "fail": ("on", lambda s: s.destroy(BoomError("boom"))),
        "push": ("push", lambda s: s.push("a")),
        "push, read": ("push", lambda s: (s.push("a"), s.read())),
        "push, end": ("push", lambda s: (s.push("a"), s.push(None))),
        "end of input": ("push", lambda s: s.resume().push(None)),
        "end": ("end", lambda s: s.end()),
        "write": ("write", lambda s: s.write("a")),
        "write, end": ("end", lambda s: s.end("a")),
        "end both": ("on", end_both),
        "bad write": ("write", bad_write),
        "write after end": ("end", lambda s: (s.end(), s.write("a"))),
    }
    for name, build in make.items():
        for act, (method, perform) in acts.items():
            stream = build()
            stream.on("error", never)
            if hasattr(stream, method):
                perform(stream)
            before = ask(stream)
            for _ in range(5):
                await turn()
            say(name, act, before, ask(stream))
    for none in (5, None, {}, "text", EventEmitter()):
        say(ask(none))


def end_both(s: Any) -> None:
    if hasattr(s, "push"):
        s.resume().push(None)
    if hasattr(s, "end"):
        s.end()


def test_every_stream_is_a_stream_and_an_emitter() -> None:
    for stream in (Source(), Sink(), Duplex()):
        assert isinstance(stream, Stream)
        assert isinstance(stream, EventEmitter)
    assert not isinstance(EventEmitter(), Stream)
