"""Every error the library raises, each class with the code that Node gives it.

>>> error = StreamDestroyedError("write")
>>> error.code, str(error)
('ERR_STREAM_DESTROYED', 'Cannot call write after a stream was destroyed')

A class keeps its raw arguments in `args`, so errors copy and pickle; the message is made when
asked for. Where Python has a word for the kind of mistake (`TypeError`, `ValueError`), the class
is one of those as well. What is said of a function that does not take what it is given is in
`calling`, and where something was made in `places`.

Not here: when an error is raised, and whom it reaches.

It is one module, because whoever has a code looks for its class in one place.
"""

from __future__ import annotations

import errno
import functools
import inspect
import math
import sys
from typing import TYPE_CHECKING, ClassVar, TypeVar

if TYPE_CHECKING:
    from typing_extensions import TypeGuard

__all__ = [
    "AbortError",
    "AggregateError",
    "BufferOutOfBoundsError",
    "ChildProcessStdioMaxbufferError",
    "CommandFailedError",
    "EncodingInvalidEncodedDataError",
    "FeatureUnavailableOnPlatformError",
    "HangUpError",
    "InvalidArgTypeError",
    "InvalidArgValueError",
    "InvalidFdTypeError",
    "InvalidHandleTypeError",
    "InvalidIpAddressError",
    "InvalidReturnValueError",
    "InvalidStateError",
    "InvalidSyncForkInputError",
    "MethodNotImplementedError",
    "MissingArgsError",
    "MultipleCallbackError",
    "NoRunningLoopError",
    "OutOfRangeError",
    "ServerAlreadyListenError",
    "ServerNotRunningError",
    "SocketBadPortError",
    "SocketClosedBeforeConnectionError",
    "SocketClosedError",
    "StreamAlreadyFinishedError",
    "StreamCannotPipeError",
    "StreamDestroyedError",
    "StreamNullValuesError",
    "StreamPrematureCloseError",
    "StreamPushAfterEofError",
    "StreamSlowConsumerError",
    "StreamUnableToPipeError",
    "StreamUnshiftAfterEndEventError",
    "StreamWriteAfterEndError",
    "StreamsError",
    "UnhandledError",
    "UnknownEncodingError",
    "UnknownSignalError",
    "UnsettledError",
    "UseAfterCloseError",
]


class StreamsError(Exception):
    """The base of all errors of this library.

    Attributes:
        code: Node's name for this error, such as ``"ERR_STREAM_DESTROYED"``, if it has one.
    """

    code: str | None = None
    template: ClassVar[str] = "{}"

    def __str__(self) -> str:
        return self.template.format(*self.args)

    # Made where a traceback is printed, and not before: errors that nobody prints cost nothing, and
    # whoever looks at the notes himself finds those that were added (pytest's `match`, say).
    @property
    def __notes__(self) -> list[str]:
        """What a traceback shows after the message: added notes, then where to read more.

        >>> error = StreamWriteAfterEndError()
        >>> error.add_note("in the second round")
        >>> error.__notes__
        ['in the second round']
        """
        notes = [*self.__dict__.get("__notes__", ())]
        if isinstance(self.code, str) and _is_printed():
            notes.append(section_of(self.code))
        return notes

    @__notes__.setter
    def __notes__(self, notes: list[str]) -> None:
        self.__dict__["__notes__"] = [note for note in notes if not note.startswith(_PAGE)]

    def add_note(self, note: str) -> None:
        """Add to what is shown after the message. Python: BaseException.add_note"""
        if not isinstance(note, str):
            raise InvalidArgTypeError.given("note", "text", note)
        self.__notes__ = [*self.__notes__, note]


_PAGE = "docs/errors.md: "
_PRINTERS = frozenset(["threading", "traceback"])


def _is_printed() -> bool:
    """Whether it is a traceback that asks for the notes."""
    try:
        asks = sys._getframe(2).f_globals.get("__name__")
    except ValueError:
        return True  # Nobody's code runs any more: Python itself prints, and the program ends.
    return asks in _PRINTERS


def section_of(code: str) -> str:
    """Where to read about a code: the page, and the name of its section."""
    return f"{_PAGE}{code}"


def describe(value: object) -> str:
    """Say what was given where something else was wanted: ``type int (5)``, ``None``."""
    if value is None:
        return "None"
    if isinstance(value, type):
        return f"class {value.__name__}"
    if callable(value):
        return f"function {getattr(value, '__name__', type(value).__name__)}"
    shown = repr(value)
    if len(shown) > 28:
        shown = shown[:25] + "..."
    return f"type {type(value).__name__} ({shown})"


def as_failure(error: BaseException) -> BaseException:
    """What a stream fails with because of `error`.

    A StopIteration would say to whoever waits that all is well, and no future takes one: Python
    makes a RuntimeError of it where it leaves a generator, and so do we.
    """
    if not isinstance(error, (StopIteration, StopAsyncIteration)):
        return error
    failure = RuntimeError(f"a stream failed with {type(error).__name__}")
    failure.__cause__ = error
    return failure


def add_note(error: BaseException, note: str) -> None:
    """Add to what is shown with `error`: from Python 3.11 on, a traceback ends with its notes.

    Where to read more (`section_of`) stays the last of them.
    """
    notes: list[str] = [*getattr(error, "__notes__", ())]
    if note not in notes:
        told_last = bool(notes) and notes[-1].startswith(_PAGE)
        notes.insert(len(notes) - told_last, note)
        error.__notes__ = notes


class AbortError(StreamsError):
    """Work was given up because an `AbortSignal` said so, or because its consumer left early."""

    code = "ABORT_ERR"
    template = "{}"

    def __init__(self, message: str = "The operation was aborted") -> None:
        super().__init__(message)


class AggregateError(StreamsError):
    """Several things went wrong, and none may hide another.

    Attributes:
        errors: all of them; the one that counts comes first.

    Raises:
        MissingArgsError: there is no error in it.
        InvalidArgTypeError: one of them is no exception.
    """

    def __init__(self, *errors: BaseException) -> None:
        if not errors:
            raise MissingArgsError("errors")
        for error in errors:
            expect("errors", error, BaseException)
        super().__init__(*errors)
        self.errors = errors
        self.code = getattr(errors[0], "code", None)

    def __str__(self) -> str:
        return str(self.errors[0])


def aggregate(error: BaseException | None, later: BaseException | None) -> BaseException | None:
    """Both errors as one, if there are two. One that is of several already gains another."""
    if error is None or later is None or error is later:
        return later if error is None else error
    if isinstance(error, AggregateError):
        error.errors = (*error.errors, later)
        return error
    return AggregateError(error, later)


class BufferOutOfBoundsError(StreamsError, IndexError):
    """A number was to be read from bytes, or written into bytes, that are too few for it."""

    code = "ERR_BUFFER_OUT_OF_BOUNDS"
    template = "Attempt to access memory outside buffer bounds"


class HangUpError(StreamsError, ConnectionResetError):
    """The peer went away in the middle of what it had to say, or was to be told."""

    code = "ECONNRESET"
    template = "{}"

    def __init__(self, message: str = "socket hang up") -> None:
        super().__init__(message)
        self.errno = errno.ECONNRESET


class ChildProcessStdioMaxbufferError(StreamsError, ValueError):
    """A child process wrote more than the one who collects its output wanted."""

    code = "ERR_CHILD_PROCESS_STDIO_MAXBUFFER"
    template = "{} maxBuffer length exceeded"


class CommandFailedError(StreamsError):
    """A command was run, and ended badly.

    Attributes:
        code: its exit code; None if a signal ended it.
        killed: whether it was killed from here.
        signal: the name of the signal that ended it, or None.
        cmd: the command.
        stdout, stderr: what it wrote, if the command was awaited.
    """

    code: int | None  # type: ignore[assignment]  # as in Node: here it is no name
    template = "Command failed: {}\n{}"

    def __init__(
        self, cmd: str, written: str = "", *, code: int | None, killed: bool, signal: str | None
    ) -> None:
        super().__init__(cmd, written)
        self.code, self.killed, self.signal, self.cmd = code, killed, signal, cmd
        self.stdout: str | bytes | None = None
        self.stderr: str | bytes | None = None

    def __reduce__(self) -> tuple[object, ...]:
        remake = functools.partial(
            type(self), code=self.code, killed=self.killed, signal=self.signal
        )
        return remake, self.args, dict(self.__dict__)


class EncodingInvalidEncodedDataError(StreamsError, ValueError):
    """Bytes that had to be text in some encoding are none."""

    code = "ERR_ENCODING_INVALID_ENCODED_DATA"
    template = "The encoded data was not valid for encoding {}"


class FeatureUnavailableOnPlatformError(StreamsError, TypeError):
    """What was asked for is not there on this platform: sockets in a browser, say."""

    code = "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM"
    template = (
        "The feature {} is unavailable on the current platform, "
        "which is being used to run Python: {}"
    )


class InvalidArgTypeError(StreamsError, TypeError):
    """An argument is of a type that will not do."""

    code = "ERR_INVALID_ARG_TYPE"
    template = 'The "{}" argument must be {}. Received {}'

    @classmethod
    def given(cls, name: str, wanted: str, value: object) -> InvalidArgTypeError:
        """The error for `value` given as the argument `name`, where `wanted` would do."""
        return cls(name, wanted, describe(value))


T = TypeVar("T")


def expect(name: str, value: object, kind: type[T]) -> T:
    """`value` itself, given as the argument `name`, if it is of this kind."""
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise InvalidArgTypeError.given(name, f"{article} {kind.__name__}", value)
    return value


F = TypeVar("F")


def expect_function(name: str, value: F) -> F:
    """`value` itself, given as the argument `name`, if it can be called.

    Raises:
        InvalidArgTypeError: it cannot.
    """
    if not callable(value):
        raise InvalidArgTypeError.given(name, "a function", value)
    return value


def is_coroutine_function(function: object, behind_wrappers: bool = False) -> bool:
    """Whether to call `function` makes a coroutine: a partial, a method or an object, too.

    >>> import asyncio
    >>> is_coroutine_function(functools.partial(asyncio.sleep, 1))
    True

    Args:
        function: what is called.
        behind_wrappers: whether a plain function that wraps a coroutine function is one, too. It
            is, as a rule; but it may also be what runs the coroutine.
    """
    while not inspect.iscoroutinefunction(function):
        if behind_wrappers and hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        elif isinstance(function, functools.partial):
            function = function.func
        elif inspect.ismethod(function):
            function = function.__func__
        else:
            # A callable object: a plain function has no __call__ but the one of all functions.
            return callable(function) and inspect.iscoroutinefunction(type(function).__call__)
    return True


def expect_plain_function(name: str, value: F, instead: str) -> F:
    """`value` itself, given as the argument `name`, if it can be called and makes no coroutine.

    Args:
        name: the argument's.
        value: what was given.
        instead: what does the same work with a coroutine function.

    Raises:
        InvalidArgTypeError: it cannot, or it is a coroutine function.
    """
    expect_function(name, value)
    if is_coroutine_function(value):
        wanted = f"a function that is no coroutine function (for one, use {instead})"
        raise InvalidArgTypeError.given(name, wanted, value)
    return value


def is_whole(value: object) -> TypeGuard[int]:
    """Whether `value` is a whole number. True and False are none, though Python counts them so."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> TypeGuard[float]:
    """Whether `value` is a number. True and False are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def expect_whole(name: str, value: object, least: int) -> int:
    """`value` itself, given as the argument `name`, if it is a whole number from `least` on.

    Raises:
        InvalidArgTypeError: it is no whole number.
        OutOfRangeError: it is below `least`.
    """
    if not is_whole(value):
        raise InvalidArgTypeError.given(name, "a whole number", value)
    if value < least:
        raise OutOfRangeError.given(name, f">= {least}", value)
    return value


def expect_seconds(name: str, value: object) -> float:
    """`value` itself, given as the argument `name`, if it is a number of seconds from now on.

    Raises:
        InvalidArgTypeError: it is no number.
        OutOfRangeError: it is below 0, or no finite number.
    """
    if not is_number(value):
        raise InvalidArgTypeError.given(name, "a number of seconds", value)
    if not 0 <= value < math.inf:
        raise OutOfRangeError.given(name, "a number of seconds >= 0", value)
    return value


class SignatureError(InvalidArgTypeError):
    """A listener, a callback or a method cannot be called with what it is given.

    To those who catch errors it is an `InvalidArgTypeError`, with its code; only its words differ.
    """

    template = "{} is called with {}, and it takes {}"


class InvalidArgValueError(StreamsError, ValueError):
    """An argument is of the right type and has a value that will not do."""

    code = "ERR_INVALID_ARG_VALUE"
    template = 'The argument "{}" must be {}. Received {}'

    @classmethod
    def given(cls, name: str, wanted: str, value: object) -> InvalidArgValueError:
        """The error for `value` given as the argument `name`, where `wanted` would do."""
        return cls(name, wanted, repr(value))


class InvalidFdTypeError(StreamsError, TypeError):
    """A descriptor is of a kind that will not do."""

    code = "ERR_INVALID_FD_TYPE"
    template = "Unsupported fd type: {}"


class InvalidHandleTypeError(StreamsError, TypeError):
    """What is asked for can be done with a TCP socket alone."""

    code = "ERR_INVALID_HANDLE_TYPE"
    template = "This handle type cannot be sent"


class InvalidIpAddressError(StreamsError, TypeError):
    """A text that had to be an IP address is none."""

    code = "ERR_INVALID_IP_ADDRESS"
    template = "Invalid IP address: {}"


class OutOfRangeError(StreamsError, ValueError):
    """A number is outside its range."""

    code = "ERR_OUT_OF_RANGE"
    template = 'The value of "{}" is out of range. It must be {}. Received {}'

    @classmethod
    def given(cls, name: str, wanted: str, value: object) -> OutOfRangeError:
        """The error for `value` given as the argument `name`, where `wanted` would do."""
        return cls(name, wanted, repr(value))


class InvalidReturnValueError(StreamsError, TypeError):
    """A function given by the user returned something that cannot be used."""

    code = "ERR_INVALID_RETURN_VALUE"
    template = 'Expected {} to be returned from the "{}" function but got {}.'


class InvalidStateError(StreamsError, RuntimeError):
    """It comes too late, or too early: what it is asked of can do no such thing now."""

    code = "ERR_INVALID_STATE"
    template = "Invalid state: {}"


class InvalidSyncForkInputError(StreamsError, TypeError):
    """A string among the `stdio` of a child process is no way to share a descriptor."""

    code = "ERR_INVALID_SYNC_FORK_INPUT"
    template = (
        "Each of stdio is 'pipe', 'inherit', 'ignore', a descriptor or what has one. Received {!r}"
    )


class MissingArgsError(StreamsError, TypeError):
    """An argument that is always needed was not given."""

    code = "ERR_MISSING_ARGS"
    template = 'The "{}" argument must be specified'


class MethodNotImplementedError(StreamsError, NotImplementedError):
    """The stream lacks the method that would do the work, such as `_read`."""

    code = "ERR_METHOD_NOT_IMPLEMENTED"
    template = "The {} method is not implemented"


class MultipleCallbackError(StreamsError):
    """An implementer's method called its callback a second time."""

    code = "ERR_MULTIPLE_CALLBACK"
    template = "Callback called multiple times"


class NoRunningLoopError(StreamsError, RuntimeError):
    """A stream has work for the next tick, and no event loop runs that could do it."""

    code = "ERR_NO_RUNNING_LOOP"
    template = (
        "No event loop is running, so nothing would ever run the next tick. "
        "Use the stream inside streams2.run(main) or asyncio.run(main()); "
        "from another thread than its own, with loop.call_soon_threadsafe(...); "
        "or give another driver with streams2.ticks.use(call_soon)"
    )


class ServerAlreadyListenError(StreamsError):
    """`listen()` was called on a server that listens."""

    code = "ERR_SERVER_ALREADY_LISTEN"
    template = "Listen method has been called more than once without closing."


class ServerNotRunningError(StreamsError):
    """`close()` was called on a server that does not listen."""

    code = "ERR_SERVER_NOT_RUNNING"
    template = "Server is not running."


class SocketBadPortError(StreamsError, ValueError):
    """A number is no port."""

    code = "ERR_SOCKET_BAD_PORT"
    template = "{} should be {}. Received {}."

    @classmethod
    def given(cls, name: str, wanted: str, value: object) -> SocketBadPortError:
        """The error for `value` given as the argument `name`, where `wanted` would do."""
        return cls(name, wanted, describe(value))


class SocketClosedError(StreamsError):
    """The socket is not connected: not yet asked to be, or no longer."""

    code = "ERR_SOCKET_CLOSED"
    template = "Socket is closed"


class SocketClosedBeforeConnectionError(StreamsError):
    """The socket was closed before it was connected, and with it what had been written."""

    code = "ERR_SOCKET_CLOSED_BEFORE_CONNECTION"
    template = "Socket closed before the connection was established"


class StreamAlreadyFinishedError(StreamsError):
    """`end()` was called on a stream that has emitted `'finish'`."""

    code = "ERR_STREAM_ALREADY_FINISHED"
    template = "Cannot call {} after a stream was finished"


class StreamCannotPipeError(StreamsError):
    """A stream that cannot be read was asked to pipe."""

    code = "ERR_STREAM_CANNOT_PIPE"
    template = "Cannot pipe, not readable"


class StreamDestroyedError(StreamsError):
    """The stream was destroyed, and what was asked of it can no longer happen."""

    code = "ERR_STREAM_DESTROYED"
    template = "Cannot call {} after a stream was destroyed"


class StreamNullValuesError(StreamsError, TypeError):
    """`None` was written: `None` ends a stream and is never a chunk."""

    code = "ERR_STREAM_NULL_VALUES"
    template = "May not write null values to stream"


class StreamPrematureCloseError(StreamsError):
    """The stream closed before it ended or finished."""

    code = "ERR_STREAM_PREMATURE_CLOSE"
    template = "Premature close"


class StreamPushAfterEofError(StreamsError):
    """A chunk was pushed after the `None` that ends the stream."""

    code = "ERR_STREAM_PUSH_AFTER_EOF"
    template = "stream.push() after EOF"


class StreamSlowConsumerError(StreamsError):
    """A stream had no room for a chunk that was for several, and none of them waits for it."""

    code = "ERR_STREAM_SLOW_CONSUMER"
    template = "The stream is too slow for a broadcast that does not wait"


class StreamUnableToPipeError(StreamsError):
    """A pipeline was to write to a stream that is closed or destroyed already."""

    code = "ERR_STREAM_UNABLE_TO_PIPE"
    template = "Cannot pipe to a closed or destroyed stream"


class StreamUnshiftAfterEndEventError(StreamsError):
    """A chunk was put back after `'end'` had been emitted."""

    code = "ERR_STREAM_UNSHIFT_AFTER_END_EVENT"
    template = "stream.unshift() after end event"


class StreamWriteAfterEndError(StreamsError):
    """A chunk was written after `end()`."""

    code = "ERR_STREAM_WRITE_AFTER_END"
    template = "write after end"


class UnhandledError(StreamsError):
    """`'error'` was emitted with something that is no exception, and nobody listened."""

    code = "ERR_UNHANDLED_ERROR"
    template = "Unhandled error. ({})"


class UnknownEncodingError(StreamsError, ValueError):
    """There is no text encoding of this name."""

    code = "ERR_UNKNOWN_ENCODING"
    template = "Unknown encoding: {}"


class UnknownSignalError(StreamsError, TypeError):
    """There is no signal of this name or number."""

    code = "ERR_UNKNOWN_SIGNAL"
    template = "Unknown signal: {}"


class UnsettledError(StreamsError):
    """A run can never go on: nothing is left that could wake what its tasks wait for."""

    code = "ERR_UNSETTLED_TOP_LEVEL_AWAIT"


class UseAfterCloseError(StreamsError):
    """Something was asked of an interface to lines that is closed."""

    code = "ERR_USE_AFTER_CLOSE"
    template = "{} was closed"
