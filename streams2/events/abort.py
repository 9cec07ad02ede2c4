"""AbortController and AbortSignal: one place to say stop, and many that hear it.

>>> controller = AbortController()
>>> controller.signal.on("abort", lambda: print("stop:", controller.signal.reason))
<AbortSignal>
>>> controller.abort("enough")
stop: enough
>>> controller.signal.aborted
True
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import weakref
from collections.abc import Iterable
from typing import Any, Callable, NamedTuple, TypeVar

from ..errors import AbortError, InvalidArgTypeError, expect, expect_seconds
from ..loop.keepers import unref
from ..loop.ticks import next_tick
from .emitter import EventEmitter, misfit, run_listener

__all__ = ["AbortController", "AbortSignal", "add_abort_listener"]

T = TypeVar("T")


class AbortSignal(EventEmitter):
    """Tells those who listen to ``'abort'`` that an `AbortController` said stop.

    Attributes:
        aborted: whether it did.
        reason: why; an `AbortError` where no reason was given. None before.

    Node: AbortSignal
    """

    # Any number of streams may share a signal.
    default_max_listeners = 0

    def __init__(self) -> None:
        super().__init__()
        self.aborted = False
        self.reason: Any = None
        self._timer: asyncio.TimerHandle | None = None
        # The signals made of this one by `any`; and of which signals this one was made. A follower
        # lives for as long as somebody has it, or listens to it: a signal that lasts as long as
        # a server would otherwise keep one of each request.
        self._followers: weakref.WeakValueDictionary[int, AbortSignal] = (
            weakref.WeakValueDictionary()
        )
        self._followers_heard: set[AbortSignal] = set()
        self._sources: list[AbortSignal] = []

    def throw_if_aborted(self) -> None:
        """Raise the reason if it was said to stop. Node: AbortSignal.throwIfAborted

        Raises:
            BaseException: the reason, or an `AbortError` of it if it is no exception.
        """
        if self.aborted:
            raise (
                self.reason
                if isinstance(self.reason, BaseException)
                else AbortError(str(self.reason))
            )

    def _abort(self, reason: object) -> None:
        if self.aborted:
            return
        if reason is None:
            reason = AbortError("This operation was aborted")
        told = [self, *(signal for signal in self._followers.values() if not signal.aborted)]
        for signal in told:
            signal.aborted = True
            signal.reason = reason
        for signal in told:
            signal._tell_abort()

    def _tell_abort(self) -> None:
        told = self.raw_listeners("abort")
        for number, listener in enumerate(told, 1):
            was_last = number == len(told)
            # One that another has taken away meanwhile is not told.
            if listener in self._events.of("abort"):
                self.tell_one(listener)
            # One that another has brought meanwhile is, as long as there was somebody to come.
            if not was_last:
                told += [new for new in self.raw_listeners("abort") if new not in told]

    def tell_one(self, listener: Callable[[], object]) -> None:
        """Tell a listener. Not for users."""
        # A listener that fails must not keep the others from stopping.
        try:
            result = listener()
        except TypeError as error:
            next_tick(_raise, misfit(error, listener, "abort", ()))
        except Exception as error:
            next_tick(_raise, error)
        else:
            if result is not None:
                run_listener(self, result, "abort", ())

    @classmethod
    def abort(cls, reason: object = None) -> AbortSignal:
        """A signal that is aborted from the start. Node: AbortSignal.abort"""
        signal = cls()
        signal._abort(reason)
        return signal

    @classmethod
    def timeout(cls, seconds: float) -> AbortSignal:
        """A signal that aborts after some time, with a `TimeoutError` as its reason.

        `streams2.run` does not wait for it.

        Args:
            seconds: how long, from now.

        Raises:
            InvalidArgTypeError: `seconds` is no number.
            OutOfRangeError: `seconds` is below 0, or not finite.
            RuntimeError: no event loop is running.

        Node: AbortSignal.timeout
        """
        expect_seconds("seconds", seconds)
        signal = cls()
        reason = TimeoutError("The operation was aborted due to timeout")
        signal._timer = asyncio.get_running_loop().call_later(seconds, signal._abort, reason)
        unref(signal._timer)
        return signal

    @classmethod
    def any(cls, signals: Iterable[AbortSignal]) -> AbortSignal:
        """A signal that aborts with the first of `signals`, for its reason.

        It is aborted before any of their listeners is called; its own are called after theirs.

        Raises:
            InvalidArgTypeError: `signals` cannot be iterated over, or one of them is no signal.

        Node: AbortSignal.any
        """
        if isinstance(signals, str) or not isinstance(signals, Iterable):
            raise InvalidArgTypeError.given("signals", "an iterable of signals", signals)
        result = cls()
        followed = [expect("signals", signal, AbortSignal) for signal in signals]
        for signal in followed:
            if signal.aborted:
                result._abort(signal.reason)
                return result
        # Weakly: a follower must go as soon as nobody has it or listens to it.
        result._events.changed = functools.partial(_tell_sources_who_listens, weakref.ref(result))
        for signal in followed:
            for source in signal._sources or [signal]:
                if source not in result._sources:
                    result._sources.append(source)
                    source._followers[id(result)] = result
        return result


def _tell_sources_who_listens(follower: weakref.ref[AbortSignal]) -> None:
    signal = follower()
    if signal is None:
        return
    for source in signal._sources:
        if signal._events.of("abort"):
            source._followers_heard.add(signal)
        else:
            source._followers_heard.discard(signal)


class AbortController:
    """Says stop to those who have its signal.

    Attributes:
        signal: what to hand out.

    Node: AbortController
    """

    def __init__(self) -> None:
        self.signal = AbortSignal()

    def abort(self, reason: object = None) -> None:
        """Say stop. A second call does nothing.

        Args:
            reason: why; an `AbortError` if not given.

        Node: AbortController.abort
        """
        self.signal._abort(reason)

    def __repr__(self) -> str:
        return f"<AbortController of {self.signal!r}>"


def aborted_error(signal: AbortSignal) -> AbortError:
    """The error of what was given up because of `signal`; its cause is the signal's reason."""
    error = AbortError()
    error.__cause__ = (
        signal.reason
        if isinstance(signal.reason, BaseException)
        else AbortError(str(signal.reason))
    )
    return error


def _raise(error: Exception) -> None:
    raise error


def add_abort_listener(signal: AbortSignal, listener: Callable[[], object]) -> Callable[[], None]:
    """Call `listener` once when `signal` aborts; in a tick, if it has.

    Returns:
        A function that stops listening.

    Raises:
        InvalidArgTypeError: `signal` is no signal, or `listener` no function.

    Node: events.addAbortListener
    """
    if not callable(listener):
        raise InvalidArgTypeError.given("listener", "a function", listener)
    if expect("signal", signal, AbortSignal).aborted:
        next_tick(listener)
        return lambda: None
    return on_abort(signal, listener)


def on_abort(signal: AbortSignal, listener: Callable[[], object]) -> Callable[[], None]:
    """Call `listener` once when `signal` aborts, now if it has; return what stops listening."""
    if signal.aborted:
        listener()
        return lambda: None
    signal.once("abort", listener)

    def forget() -> None:
        signal.remove_listener("abort", listener)

    return forget


class SignalOptions(NamedTuple):
    """What a function is told beside its values if it has a parameter ``options``.

    Attributes:
        signal: aborts when what it does is wanted no longer.
    """

    signal: AbortSignal


def bind_signal(function: Callable[..., T], signal: AbortSignal) -> Callable[..., T]:
    """`function`, which gets `signal` whenever it is called, if it says that it wants it.

    JavaScript drops what a function does not take, Python does not: so it gets it by name if it has
    a parameter ``signal``, and in `SignalOptions` if there is no calling it without ``options``.
    One that takes any names (``json.loads``, say) has said nothing.
    """
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return function  # One of C, which does not tell.
    own, options = parameters.get("signal"), parameters.get("options")
    if own is not None and own.kind in _GIVEN_BY_NAME:
        return functools.partial(function, signal=signal)
    if own is not None and own.kind is own.POSITIONAL_ONLY:
        return _with_last(function, signal)
    if options is not None and options.kind in _PLACES and options.default is options.empty:
        return _with_last(function, SignalOptions(signal))
    return function


def _with_last(function: Callable[..., T], last: object) -> Callable[..., T]:
    @functools.wraps(function)
    def called(*values: object) -> T:
        return function(*values, last)

    return called


_GIVEN_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_PLACES = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
