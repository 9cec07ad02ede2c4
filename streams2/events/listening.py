"""Which listener each event of a stream takes, as a type checker sees it.

The events are Node's, and these are all: a misspelt event, or a listener that cannot be called with
what the event brings, is an error before the program runs. An event of your own goes through
`add_listener`, which takes any name.

Nothing here runs. `Readable` and `Writable` say of their `on` and `once` that they are a `Listen`,
and of `prepend_listener` and `prepend_once_listener` that they are a `Prepend`.
"""

from __future__ import annotations

from typing import Any, Callable, Literal, Protocol, TypeVar, overload

__all__ = ["Listen", "Prepend"]

R = TypeVar("R")
T = TypeVar("T")

# The events by what they bring: nothing, an error, one argument, two. 'data' brings a chunk.
Bare = Literal[
    "close", "drain", "end", "finish", "pause", "prefinish", "readable", "ready", "resume"
]
Failure = Literal["error", "events.errorMonitor"]
One = Literal["open", "pipe"]
Two = Literal["newListener", "removeListener", "unpipe"]


class Prepend(Protocol[T]):
    """Takes an event and its listener. `T` is the type of the stream's chunks."""

    @overload
    def __call__(self, event: Literal["data"], f: Callable[[T], R]) -> Callable[[T], R]: ...
    @overload
    def __call__(self, event: Bare, f: Callable[[], R]) -> Callable[[], R]: ...
    @overload
    def __call__(self, event: Failure, f: Callable[[Exception], R]) -> Callable[[Exception], R]: ...
    @overload
    def __call__(self, event: One, f: Callable[[Any], R]) -> Callable[[Any], R]: ...
    @overload
    def __call__(self, event: Two, f: Callable[[Any, Any], R]) -> Callable[[Any, Any], R]: ...


class Listen(Prepend[T], Protocol[T]):
    """Takes an event and its listener, or the event alone: then it is a decorator."""

    @overload
    def __call__(self, event: Literal["data"], f: Callable[[T], R]) -> Callable[[T], R]: ...
    @overload
    def __call__(self, event: Bare, f: Callable[[], R]) -> Callable[[], R]: ...
    @overload
    def __call__(self, event: Failure, f: Callable[[Exception], R]) -> Callable[[Exception], R]: ...
    @overload
    def __call__(self, event: One, f: Callable[[Any], R]) -> Callable[[Any], R]: ...
    @overload
    def __call__(self, event: Two, f: Callable[[Any, Any], R]) -> Callable[[Any, Any], R]: ...
    @overload
    def __call__(
        self, event: Literal["data"]
    ) -> Callable[[Callable[[T], R]], Callable[[T], R]]: ...
    @overload
    def __call__(self, event: Bare) -> Callable[[Callable[[], R]], Callable[[], R]]: ...
    @overload
    def __call__(
        self, event: Failure
    ) -> Callable[[Callable[[Exception], R]], Callable[[Exception], R]]: ...
    @overload
    def __call__(self, event: One) -> Callable[[Callable[[Any], R]], Callable[[Any], R]]: ...
    @overload
    def __call__(
        self, event: Two
    ) -> Callable[[Callable[[Any, Any], R]], Callable[[Any, Any], R]]: ...
