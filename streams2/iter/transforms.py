"""What a pipeline does to its batches.

A transform is a function or an object:

- a function gets each batch, and None once there are no more. What it returns is what goes on:
  text, bytes, a batch, anything that holds them, or an awaitable of that; for None, nothing does.
- an object has a method ``transform(source, options)``, a generator as a rule, which gets the whole
  stream with a None at its end.

``options.signal`` fires when the pipeline stops before its end. A function that has a second
parameter gets the options, one that has a parameter ``signal`` gets that.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Sequence
from typing import Callable, NamedTuple, Protocol, Union, cast

from ..errors import InvalidArgTypeError, expect_function
from ..events.abort import AbortSignal
from .batches import Batch
from .protocols import takes_options, wants_signal

__all__ = [
    "Bound",
    "Plan",
    "Transform",
    "TransformObject",
    "TransformOptions",
    "is_transform",
    "plan_of",
    "tap",
    "tap_sync",
]


class TransformOptions(NamedTuple):
    """What a transform is told beside its batches.

    Attributes:
        signal: fires when the pipeline is cancelled, fails, or is left by its reader. Its reason
            says which. None in a pipeline that waits for nothing.
    """

    signal: AbortSignal | None


class TransformObject(Protocol):
    """A transform of a whole stream. It may be an async generator, or return any iterable."""

    @property
    def transform(self) -> Callable[..., object]:
        """A method of `source`, which ends with a None, and the options: what comes of it."""


TransformFunction = Callable[..., object]
Transform = Union[TransformFunction, TransformObject]
# What is called in the end: with the options, whatever the user's function takes.
Bound = Callable[[object, TransformOptions], object]
Plan = Sequence["Stage"]


class Stage(NamedTuple):
    """One step of a pipeline.

    Attributes:
        functions: what each batch goes through, one after the other; or nothing.
        whole: what the whole stream goes through, where there are no functions.
    """

    functions: tuple[Bound, ...]
    whole: Bound | None


def is_transform(value: object) -> bool:
    """Whether `value` can be a part of a pipeline."""
    return callable(value) or callable(getattr(value, "transform", None))


def plan_of(transforms: Sequence[object]) -> Plan:
    """The steps of a pipeline. Functions that follow each other are one.

    Raises:
        InvalidArgTypeError: one of them is no transform.
    """
    stages: list[Stage] = []
    for number, transform in enumerate(transforms):
        if not is_transform(transform):
            wanted = "a function or an object with transform()"
            raise InvalidArgTypeError.given(f"transforms[{number}]", wanted, transform)
        if callable(transform):
            before = stages.pop().functions if stages and stages[-1].whole is None else ()
            stages.append(Stage((*before, bind(transform)), None))
        else:
            stages.append(Stage((), bind(cast(TransformObject, transform).transform)))
    return stages


def bind(function: Callable[..., object]) -> Bound:
    """`function`, to be called with options whether it takes them or not."""
    if takes_options(function):
        return function
    if wants_signal(function):
        return lambda value, options: function(value, signal=options.signal)
    return lambda value, _: function(value)


def tap(callback: Callable[..., object]) -> Callable[[object, TransformOptions], Awaitable[object]]:
    """A transform that changes nothing: it shows each batch to `callback`, and None at the end.

    Args:
        callback: what it returns is ignored, but awaited if that can be done. What it raises ends
            the pipeline.

    Raises:
        InvalidArgTypeError: it is no function.

    Node: stream/iter.tap
    """
    show = bind(expect_function("callback", callback))

    async def tapped(batch: object, options: TransformOptions) -> object:
        seen = show(batch, options)
        if inspect.isawaitable(seen):
            await seen
        return batch

    return tapped


def tap_sync(
    callback: Callable[..., object],
) -> Callable[[Batch | None, TransformOptions], Batch | None]:
    """The same, for `pull_sync`.

    Args:
        callback: what it returns is ignored. What it raises ends the pipeline.

    Raises:
        InvalidArgTypeError: it is no function.

    Node: stream/iter.tapSync
    """
    show = bind(expect_function("callback", callback))

    def tapped(batch: Batch | None, options: TransformOptions) -> Batch | None:
        show(batch, options)
        return batch

    return tapped
