"""Code of the user's that is no method of a stream: how long it keeps the loop.

What is replaced are the places where this package calls it: a callback stays the one that it is, so
that it can be taken away again.
"""

from __future__ import annotations

from functools import partial
from types import CodeType
from typing import Callable

from ..channel import Channel, watching
from ..core import life, telling
from ..events.abort import AbortSignal
from ..iter import broadcasting, collecting, merging, piping, pulling, sharing, transforms
from ..loop.ticks import TickQueue
from ..streams import finished, foreign, operators, pipeline, readable
from ..timers import phases
from .debug_frames import is_ours, place_of_code
from .debug_methods import code_of, place_of_running, timed, timed_steps
from .debug_watch import Watch
from .untyped import Untyped

__all__ = ["hook_calls"]

Swap = Callable[[Untyped, str, Callable[[str, Untyped], Untyped]], None]


def hook_calls(swap: Swap, watch: Watch) -> None:
    """Hear of all calls of the user's code from now on.

    Args:
        swap: replaces an attribute of something by what it is given the original for.
        watch: who is told.
    """
    calls = _Calls(watch)
    swap(TickQueue, "drain", calls.ticks)
    swap(phases, "call", calls.of_timers)
    for module in (telling, life, finished, foreign, pipeline):
        swap(module, "tell", calls.callbacks)
    swap(AbortSignal, "tell_one", calls.of_signals)
    for name in ("put_callback", "take_callback", "when_closed"):
        swap(Channel, name, calls.of_channels)
    swap(watching, "made_of", calls.transducers)
    for room in (operators, readable):
        swap(room, "bind_signal", partial(calls.functions, "the function given to an operator"))
    swap(pipeline, "bind_signal", partial(calls.functions, "a stage of a pipeline"))
    swap(transforms, "bind", partial(calls.functions, "a transform"))
    for user in (broadcasting, collecting, merging, piping, pulling, sharing):
        swap(user, "from_", calls.sources)


class _Calls:
    """What is put around each."""

    def __init__(self, watch: Watch) -> None:
        self._watch, self._clock = watch, watch.clock

    def _call(self, what: str, function: Untyped, call: Callable[[], object]) -> object:
        """Make a call in which `function` is called."""
        code = code_of(function)
        if code is None or is_ours(code):
            return call()
        with self._clock.measure(partial(self._watch.kept, what, place_of_code(code))):
            return call()

    def ticks(self, _: str, original: Untyped) -> Untyped:
        def called(callback: Untyped, args: tuple[object, ...]) -> object:
            return self._call("a callback", callback, partial(callback, *args))

        def drain(queue: TickQueue) -> None:
            queue.drain_by(called)

        return drain

    def of_timers(self, _: str, original: Untyped) -> Untyped:
        def call(callback: Untyped, role: str, *args: object) -> object:
            return self._call(role, callback, partial(original, callback, role, *args))

        return call

    def callbacks(self, _: str, original: Untyped) -> Untyped:
        def tell(callback: Untyped, role: str, *args: object, **named: object) -> object:
            return self._call(role, callback, partial(original, callback, role, *args, **named))

        return tell

    def of_signals(self, _: str, original: Untyped) -> Untyped:
        def tell_one(signal: AbortSignal, listener: Untyped) -> object:
            return self._call(
                "what listens to 'abort'", listener, partial(original, signal, listener)
            )

        return tell_one

    def of_channels(self, name: str, original: Untyped) -> Untyped:
        def method(channel: object, *args: Untyped, **named: Untyped) -> object:
            took = partial(self._watch.kept, f"the callback of {name}()")
            args = tuple(timed(one, took, self._clock) if callable(one) else one for one in args)
            callback = named.get("callback")
            if callback is not None:
                named["callback"] = timed(callback, took, self._clock)
            return original(channel, *args, **named)

        return method

    def transducers(self, _: str, original: Untyped) -> Untyped:
        def made_of(transform: Untyped) -> Untyped:
            made = original(transform)
            code = _users_code(made)
            if code is None:
                return made
            tell = partial(self._watch.kept, "the transform of a channel", place_of_code(code))
            return lambda values: timed_steps(made(values), tell, self._clock, in_threads=True)

        return made_of

    def functions(self, what: str, _: str, original: Untyped) -> Untyped:
        def bind(function: Untyped, *args: object) -> object:
            return original(timed(function, partial(self._watch.kept, what), self._clock), *args)

        return bind

    def sources(self, _: str, original: Untyped) -> Untyped:
        def from_(source: Untyped) -> object:
            place = place_of_running(source)
            if place is not None:
                tell = partial(self._watch.kept, "the generator read from", place)
                source = timed_steps(source, tell, self._clock)
            return original(source)

        return from_


def _users_code(function: Untyped, depth: int = 3) -> CodeType | None:
    """The code of a function of the user's, or of the one that a function of ours calls."""
    code = code_of(function)
    if code is not None and not is_ours(code):
        return code
    cells = [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]
    inner = (_users_code(one, depth - 1) for one in cells if depth and callable(one))
    return next((one for one in inner if one is not None), None)
