"""The buffer of a channel with a transform: values are transformed on their way in."""

from __future__ import annotations

from typing import Callable, TypeVar

from ._buffers import Buffer, Value
from ._dispatch import report
from ._errors import ChannelNoneValueError
from ._functions import plain_function
from ._stages import AnyTransducer, make_stage

__all__ = ["Intake", "expect_ex_handler", "rescue"]

R = TypeVar("R")


class Intake(Buffer[Value]):
    """A buffer behind a transform.

    An exception in the transform concerns the value it was raised for and no other. It goes to
    `ex_handler`, whose answer takes the place of that value, untransformed; without a handler,
    and when the handler fails too, it is reported to the running loop.
    """

    def __init__(
        self,
        buffer: Buffer[Value],
        transform: AnyTransducer,
        ex_handler: Callable[[Exception], object] | None = None,
    ) -> None:
        self.lasting = buffer.lasting
        self._buffer = buffer
        self._stage = make_stage(transform, self._keep)
        self._ex_handler = ex_handler
        self._input_ended = False

    def full(self) -> bool:
        return self._buffer.full()

    def add(self, value: object) -> None:
        try:
            self.ended = self._stage.feed(value)
        except Exception as error:
            self._rescue(error)

    def remove(self) -> object:
        return self._buffer.remove()

    def __len__(self) -> int:
        return len(self._buffer)

    def end_input(self) -> None:
        if self._input_ended:
            return
        self._input_ended = True
        try:
            self._stage.finish()
        except Exception as error:
            self._rescue(error)

    def _keep(self, value: object) -> bool:
        if value is None:
            raise ChannelNoneValueError
        self._buffer.add(value)
        return False

    def _rescue(self, error: Exception) -> None:
        rescue(error, self._ex_handler, self._buffer.add)

    def __repr__(self) -> str:
        return f"<transform into {self._buffer!r}>"


def expect_ex_handler(
    ex_handler: Callable[[Exception], R],
) -> Callable[[Exception], R]:
    """A handler as `rescue` needs it.

    Raises:
        InvalidArgTypeError: it cannot be called, or is a coroutine function.
    """
    return plain_function("ex_handler", ex_handler, "a function that starts it with `go`")


def rescue(
    error: Exception,
    ex_handler: Callable[[Exception], object] | None,
    keep: Callable[[Value], object],
) -> None:
    """Do with an error of a transform what `Intake` says."""
    if ex_handler is None:
        report(error, "the transform of a channel failed")
        return
    try:
        value = ex_handler(error)
    except Exception as second:
        report(second, "the ex_handler of a channel failed")
    else:
        if value is not None:
            keep(value)
