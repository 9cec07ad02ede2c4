"""What the events of sockets and servers give, for type checkers."""

from __future__ import annotations

from typing import Callable, Literal, Protocol, TypeVar, overload

__all__ = ["Listen"]

Listener = TypeVar("Listener", bound=Callable[..., object])
S_co = TypeVar("S_co", covariant=True)


class Listen(Protocol[S_co]):
    """A socket's `on` and its kin: an event and its listener, or the event alone (a decorator)."""

    @overload
    def __call__(self, event: Literal["data"], f: Callable[[bytes], object]) -> S_co: ...
    @overload
    def __call__(self, event: Literal["close"], f: Callable[[bool], object]) -> S_co: ...
    @overload
    def __call__(self, event: Literal["error"], f: Callable[[Exception], object]) -> S_co: ...
    @overload
    def __call__(self, event: str, f: Callable[..., object]) -> S_co: ...
    @overload
    def __call__(self, event: str) -> Callable[[Listener], Listener]: ...
