"""Interface: the lines of a stream, as events or in an ``async for``.

>>> from streams2 import Readable, run
>>> async def main():
...     lines = create_interface(Readable.from_([b"one\\ntw", b"o\\nthree"]))
...     return [line async for line in lines]
>>> run(main)
['one', 'two', 'three']

Node: readline
"""

from __future__ import annotations

import asyncio
import functools
import math
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Callable, Protocol

from ..errors import (
    AbortError,
    InvalidArgTypeError,
    OutOfRangeError,
    UseAfterCloseError,
    expect,
    is_number,
)
from ..events.abort import AbortSignal, add_abort_listener, on_abort
from ..events.awaiting import on
from ..events.emitter import EventEmitter
from ..events.naming import by_name
from .interrupts import on_interrupt
from .splitting import LineSplitter

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["Input", "Interface", "Output", "create_interface"]

_LEAST_DELAY = 100  # milliseconds
_AHEAD = 1024  # lines


class Input(Protocol):
    """What lines come from: a `Readable`, as a rule."""

    def on(self, event: str, f: Callable[..., object], /) -> object: ...
    def remove_listener(self, event: str, f: Callable[..., object], /) -> object: ...
    def pause(self) -> object: ...
    def resume(self) -> object: ...


class Output(Protocol):
    """What prompts go to: a `Writable`, as a rule."""

    def write(self, chunk: str, /) -> object: ...


class Interface(EventEmitter):
    r"""The lines of a stream. Use `create_interface`.

    It emits ``'line'`` with each, without its end; ``'pause'`` and ``'resume'``; ``'close'`` when
    the stream has ended or `close` was called; and ``'error'`` if the stream fails. ``'SIGINT'``
    comes of Ctrl-C at a terminal; if nobody listens to it, that closes the interface.

    Attributes:
        input: where lines come from.
        output: where prompts go to, or None.
        terminal: whether `output` is a terminal, or is said to be one.
        closed: whether it is over.
        line: what a program edits of the present line: nothing, ever.
        cursor: where in it: at 0.

    Node: readline.Interface
    """

    @by_name
    def __init__(
        self,
        input: Input,
        output: Output | None = None,
        *,
        crlf_delay: float = 100,
        terminal: bool | None = None,
        prompt: str = "> ",
        history_size: float = 30,
        signal: AbortSignal | None = None,
    ) -> None:
        super().__init__()
        for name in ("on", "pause", "resume", "remove_listener"):
            if not callable(getattr(input, name, None)):
                raise InvalidArgTypeError.given("input", "a stream that can be read", input)
        if output is not None and not callable(getattr(output, "write", None)):
            raise InvalidArgTypeError.given("output", "a stream that can be written", output)
        _check_history_size(history_size)
        if signal is not None:
            expect("signal", signal, AbortSignal)
        self.input, self.output = input, output
        is_tty = bool(getattr(output, "is_tty", False))
        self.terminal = is_tty if terminal is None else bool(terminal)
        self.closed = False
        self.line, self.cursor = "", 0
        # Under a name that no subclass has by chance.
        self.__reading = _Reading(self, _delay_of(crlf_delay), prompt)
        self.__reading.begin(signal)

    # -- prompts -----------------------------------------------------------------------------------

    def get_prompt(self) -> str:
        """What `prompt` writes. Node: rl.getPrompt"""
        return self.__reading.text

    def set_prompt(self, prompt: str) -> None:
        """Say what `prompt` writes. Node: rl.setPrompt"""
        self.__reading.text = prompt

    def prompt(self, preserve_cursor: bool = False) -> None:
        """Write the prompt, and go on reading if reading is paused.

        Args:
            preserve_cursor: for ports: the terminal's cursor is the terminal's.

        Raises:
            UseAfterCloseError: the interface is closed.

        Node: rl.prompt
        """
        _refuse_if_closed(self)
        self.__reading.prompt()

    def question(
        self,
        query: str,
        callback: Callable[[str], object] | None = None,
        *,
        signal: AbortSignal | None = None,
    ) -> object:
        """Write a question; the next line is its answer, and no ``'line'``.

        Args:
            query: the question. One that is asked while another waits for its answer is not asked;
                the other is repeated.
            callback: called with the answer.
            signal: aborts the question: the next line is a ``'line'`` again.

        Raises:
            UseAfterCloseError: the interface is closed.
            InvalidArgTypeError: `query` is no text, or `signal` no signal.

        Node: rl.question
        """
        _refuse_if_closed(self)
        if signal is not None and expect("signal", signal, AbortSignal).aborted:
            return None
        expect("query", query, str)
        if callable(callback) and self.__reading.ask(query, callback) and signal is not None:
            self.__reading.forget_signal = on_abort(signal, self.__reading.give_up)
        return None

    # -- reading -----------------------------------------------------------------------------------

    def pause(self) -> Self:
        """Pause the stream. The lines of a chunk that came before still come.

        Returns:
            The interface.

        Raises:
            UseAfterCloseError: the interface is closed.

        Node: rl.pause
        """
        _refuse_if_closed(self)
        self.__reading.set_paused(True)
        return self

    def resume(self) -> Self:
        """Undo `pause`. Returns and Raises are as there. Node: rl.resume"""
        _refuse_if_closed(self)
        self.__reading.set_paused(False)
        return self

    def write(self, data: str | bytes | None, key: object = None) -> None:
        """Take `data` for something that was read.

        Args:
            data: text or bytes; None for nothing.
            key: for ports: a key that is pressed edits no line here.

        Raises:
            UseAfterCloseError: the interface is closed.
            InvalidArgTypeError: `data` is neither text nor bytes.

        Node: rl.write
        """
        _refuse_if_closed(self)
        if data is not None and not isinstance(data, (str, bytes, bytearray, memoryview)):
            raise InvalidArgTypeError.given("data", "text or bytes", data)
        self.__reading.set_paused(False)
        if data is not None:
            self.__reading.take(data)

    def close(self) -> None:
        """Read no more, and let the stream go: it is paused, and open. Node: rl.close"""
        if not self.closed:
            self.__reading.set_paused(True)
            self.closed = True
            self.__reading.end()
            self.emit("close")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it. Node: rl[Symbol.dispose]"""
        self.close()

    def __aiter__(self) -> AsyncIterator[str]:
        """The lines from now on. Reading is paused while 1024 of them wait to be taken.

        Node: rl[Symbol.asyncIterator]
        """
        return _Lines(self)


class Awaited:
    """Takes the answer to a question, for one who awaits it.

    Args:
        answer: what is awaited.
        callback: called with the answer as well.
    """

    def __init__(
        self, answer: asyncio.Future[str], callback: Callable[[str], object] | None
    ) -> None:
        self.answer = answer
        self.callback = callback

    def __call__(self, line: str) -> None:
        if not self.answer.done():
            self.answer.set_result(line)
        if self.callback is not None:
            self.callback(line)

    def refuse(self, error: Exception) -> None:
        """There will be no answer."""
        if not self.answer.done():
            self.answer.set_exception(error)


class _Lines(AsyncIterator[str]):
    """The lines of an interface, from the time this was made."""

    def __init__(self, interface: Interface) -> None:
        self._is_over = interface.closed
        self._events = on(interface, "line", close=["close"], high_water_mark=_AHEAD)

    async def __anext__(self) -> str:
        if self._is_over:
            raise StopAsyncIteration
        (line,) = await self._events.__anext__()
        return str(line)


class _Reading:
    """What an interface does between its input and its listeners.

    Attributes:
        text: the prompt.
        forget_signal: called when the present question is over.
    """

    def __init__(self, face: Interface, delay: float, text: str) -> None:
        self.face = face
        self.text = text
        self.forget_signal: Callable[[], None] | None = None
        self._usual_text = text
        self._splitter = LineSplitter(delay)
        self._paused = False
        self._answer: Callable[[str], object] | None = None
        self._undo: list[Callable[[], object]] = []

    def begin(self, signal: AbortSignal | None) -> None:
        source = self.face.input
        for event, listener in (("data", self.take), ("end", self._on_end), ("error", self._fail)):
            source.on(event, listener)
            if event != "error":
                self._undo.append(functools.partial(source.remove_listener, event, listener))
        if self.face.terminal:
            self._undo.append(on_interrupt(self._interrupt))
        if signal is not None:
            self._undo.append(add_abort_listener(signal, self.face.close))
        source.resume()

    def end(self) -> None:
        """Let the input go."""
        self.withdraw()
        for undo in self._undo:
            undo()

    def set_paused(self, paused: bool) -> None:
        if paused is not self._paused:
            self._paused = paused
            (self.face.input.pause if paused else self.face.input.resume)()
            self.face.emit("pause" if paused else "resume")

    def _interrupt(self) -> None:
        if not self.face.emit("SIGINT"):
            self._refuse("Aborted with Ctrl+C")
            self.face.close()

    def _fail(self, error: Exception) -> None:
        self.face.emit("error", error)

    # -- lines -------------------------------------------------------------------------------------

    def take(self, chunk: str | bytes | bytearray | memoryview) -> None:
        """Tell of the lines that end in `chunk`."""
        for line in self._splitter.take(chunk):
            self._tell(line)

    def _on_end(self) -> None:
        rest = self._splitter.take_rest()
        if rest:
            self._tell(rest)
        if self.face.terminal:
            self._refuse("Aborted with Ctrl+D")
        self.face.close()

    def _refuse(self, message: str) -> None:
        """Whoever sits at the terminal gives no answer: tell who awaits it."""
        if isinstance(self._answer, Awaited):
            self._answer.refuse(AbortError(message))

    def _tell(self, line: str) -> None:
        if self._answer is None:
            self.face.emit("line", line)
            return
        answer = self._answer
        self.withdraw()
        answer(line)

    # -- questions ---------------------------------------------------------------------------------

    def prompt(self) -> None:
        """Write the prompt, and read on."""
        self.set_paused(False)
        if self.face.output is not None:
            self.face.output.write(self.text)

    def ask(self, query: str, answer: Callable[[str], object]) -> bool:
        """Write a question, unless one waits for its answer; whether it was written."""
        is_free = self._answer is None
        if is_free:
            self._answer, self._usual_text, self.text = answer, self.text, query
        self.prompt()
        return is_free

    def withdraw(self) -> None:
        """Wait for no answer any more."""
        if self._answer is not None:
            self._answer = None
            self.text = self._usual_text
        forget, self.forget_signal = self.forget_signal, None
        if forget is not None:
            forget()

    def give_up(self) -> None:
        """Wait for no answer any more, and end the line of the question, as Node does."""
        self.withdraw()
        if self.face.output is not None:
            self.face.output.write("\r\n")


def _delay_of(crlf_delay: object) -> float:
    """As in Node, whatever is no number above 100 is 100."""
    if not is_number(crlf_delay) or math.isnan(crlf_delay):
        return _LEAST_DELAY
    return max(_LEAST_DELAY, crlf_delay)


def _check_history_size(size: object) -> None:
    if not is_number(size):
        raise InvalidArgTypeError.given("history_size", "a number", size)
    if not size >= 0:
        raise OutOfRangeError.given("history_size", ">= 0", size)


@by_name
def create_interface(
    input: Input,
    output: Output | None = None,
    *,
    crlf_delay: float = 100,
    terminal: bool | None = None,
    prompt: str = "> ",
    history_size: float = 30,
    signal: AbortSignal | None = None,
) -> Interface:
    r"""Read a stream line by line. Reading begins at once.

    Args:
        input: a `Readable` of bytes, which are UTF-8, or of text.
        output: a `Writable` for prompts and questions (default: none).
        crlf_delay: for how many milliseconds after a ``\r`` a ``\n`` belongs to it (default, and at
            least, 100); infinity for always: what reads files wants that.
        terminal: whether Ctrl-C is for this interface (default: whether `output` is a terminal).
        prompt: what `prompt` writes (default ``"> "``).
        history_size: for ports: a terminal's history is not ours.
        signal: closes the interface when it aborts.

    Returns:
        The interface.

    Raises:
        InvalidArgTypeError: `input` cannot be read, `output` cannot be written, `signal` is no
            signal, or `history_size` no number.
        OutOfRangeError: `history_size` is below 0.

    Node: readline.createInterface
    """
    return Interface(
        input,
        output,
        crlf_delay=crlf_delay,
        terminal=terminal,
        prompt=prompt,
        history_size=history_size,
        signal=signal,
    )


def _refuse_if_closed(interface: Interface) -> None:
    if interface.closed:
        raise UseAfterCloseError("readline")
