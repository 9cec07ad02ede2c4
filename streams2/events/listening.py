"""What each event gives to its listeners, and what each callback is called with.

The events are Node's, and these are all. `GIVES` and `CALLED_WITH` say what a listener and a
callback get, in words: errors about one that does not take it are made from them, and so is the
table in docs/events.md.

`Listen` is the same for type checkers: `Readable` and `Writable` say of their `on` and its kin that
they are one. A listener that cannot be called with what its event gives is an error before the
program runs. An event of your own may have any other name, and any listener.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any, Callable, Final, Literal, Protocol, TypeVar, overload

__all__ = ["CALLED_WITH", "GIVES", "Listen"]

GIVES: Final[Mapping[str, tuple[str, ...]]] = {
    "data": ("chunk",),
    "readable": (),
    "end": (),
    "pause": (),
    "resume": (),
    "drain": (),
    "finish": (),
    "prefinish": (),
    "pipe": ("source",),
    "unpipe": ("source",),
    "error": ("error",),
    "close": (),
    "open": ("fd",),
    "ready": (),
    "abort": (),
    "newListener": ("event", "listener"),
    "removeListener": ("event", "listener"),
    "events.errorMonitor": ("error",),
    "spawn": (),
    "exit": ("exit_code", "signal_code"),
    "listening": (),
    "connection": ("socket",),
    "lookup": ("error or None", "address", "family", "host"),
    "timeout": (),
    "line": ("line",),
    "request": ("request", "response"),
    "response": ("response",),
    "socket": ("socket",),
    "connect": (),
    "connectionAttempt": ("ip", "port", "family"),
    "connectionAttemptFailed": ("ip", "port", "family", "error"),
    "connectionAttemptTimeout": ("ip", "port", "family"),
    "drop": ("data",),
    "secureConnect": (),
    "secureConnection": ("socket",),
    "tlsClientError": ("error", "socket"),
    "clientError": ("error", "socket"),
    "checkContinue": ("request", "response"),
    "checkExpectation": ("request", "response"),
    "dropRequest": ("request", "socket"),
    "continue": (),
    "information": ("information",),
    "aborted": (),
    "free": ("socket", "options"),
    "SIGINT": (),
}

CALLED_WITH: Final[Mapping[str, tuple[str, ...]]] = {
    "the callback of write()": ("error or None",),
    "the callback of end()": ("error or None",),
    "the callback of destroy()": ("error or None",),
    "the callback of finished()": ("error or None",),
    "the callback of pipeline()": ("error or None", "value"),
    "the callback of exec_()": ("error or None", "stdout", "stderr"),
    "_construct": ("callback",),
    "_read": ("size",),
    "_write": ("chunk", "encoding", "callback"),
    "_writev": ("chunks", "callback"),
    "_final": ("callback",),
    "_destroy": ("error or None", "callback"),
    "_transform": ("chunk", "encoding", "callback"),
    "_flush": ("callback",),
}

R = TypeVar("R")
T = TypeVar("T")
Listener = TypeVar("Listener", bound=Callable[..., object])
S_co = TypeVar("S_co", covariant=True)

# The events by what they give: nothing, an error, one argument, two. 'data' gives a chunk.
Bare = Literal[
    "close", "drain", "end", "finish", "pause", "prefinish", "readable", "ready", "resume"
]
Failure = Literal["error", "events.errorMonitor"]
One = Literal["open", "pipe", "unpipe"]
Two = Literal["newListener", "removeListener"]
Ours = Literal["data", Bare, Failure, One, Two]


class ListenerDoesNotFit:
    """A listener cannot be called with what its event gives. Type checkers say so; none is made."""


# Any listener will do for an event of one's own, and a type checker would take that for the answer
# to a wrong listener of one of ours, too. So those are answered before: with a coroutine, which
# every type checker refuses to see dropped, and which has none of a stream's methods.
Misfit = Coroutine[ListenerDoesNotFit, ListenerDoesNotFit, ListenerDoesNotFit]


class Listen(Protocol[T, S_co]):
    """Takes an event and its listener, or the event alone: then it is a decorator.

    `T` is the type of the stream's chunks, and `S_co` the stream, which is returned.
    """

    @overload
    def __call__(self, event: Literal["data"], f: Callable[[T], object]) -> S_co: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, event: Bare, f: Callable[[], object]) -> S_co: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, event: Failure, f: Callable[[Exception], object]) -> S_co: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, event: One, f: Callable[[Any], object]) -> S_co: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, event: Two, f: Callable[[Any, Any], object]) -> S_co: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, event: Ours, f: Callable[..., object]) -> Misfit: ...
    @overload
    def __call__(self, event: str, f: Callable[..., object]) -> S_co: ...
    @overload
    def __call__(  # type: ignore[overload-overlap]
        self, event: Literal["data"]
    ) -> Callable[[Callable[[T], R]], Callable[[T], R]]: ...
    @overload
    def __call__(self, event: Bare) -> Callable[[Callable[[], R]], Callable[[], R]]: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(  # type: ignore[overload-overlap]
        self, event: Failure
    ) -> Callable[[Callable[[Exception], R]], Callable[[Exception], R]]: ...
    @overload
    def __call__(self, event: One) -> Callable[[Callable[[Any], R]], Callable[[Any], R]]: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(  # type: ignore[overload-overlap]
        self, event: Two
    ) -> Callable[[Callable[[Any, Any], R]], Callable[[Any, Any], R]]: ...
    @overload
    def __call__(self, event: str) -> Callable[[Listener], Listener]: ...
