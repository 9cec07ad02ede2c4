"""Questions whose answers are awaited. Node: readline/promises

>>> from streams2 import PassThrough, run
>>> async def main():
...     source = PassThrough()
...     terminal = create_interface(source)
...     answer = terminal.question("How are you? ")
...     source.write("fine\\n")
...     return await answer
>>> run(main)
'fine'
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Callable

from ..errors import UseAfterCloseError, expect
from ..events.abort import AbortSignal, aborted_error, on_abort
from ..events.naming import by_name, of_module
from ..loop.ticks import running_loop
from . import interface

__all__ = ["Interface", "create_interface"]


class Interface(interface.Interface):
    """The lines of a stream, and questions to be awaited. Use `create_interface`.

    Node: readlinePromises.Interface
    """

    def question(
        self,
        query: str,
        callback: Callable[[str], object] | None = None,
        *,
        signal: AbortSignal | None = None,
    ) -> asyncio.Future[str]:
        """Write a question; the next line is its answer, and no ``'line'``.

        Args:
            query: the question.
            callback: called with the answer as well.
            signal: gives the question up.

        Returns:
            To be awaited: the answer. It fails with an `AbortError` if `signal` aborts, or if
            Ctrl-C or Ctrl-D at a terminal closes the interface; and with a `UseAfterCloseError` if
            it is closed in another way: no answer can come any more.

        Node: readlinePromises.Interface.question
        """
        answer: asyncio.Future[str] = running_loop().create_future()
        if self.closed:
            answer.set_exception(UseAfterCloseError("readline"))
            return answer
        if signal is not None and expect("signal", signal, AbortSignal).aborted:
            answer.set_exception(aborted_error(signal))
            return answer

        awaited = interface.Awaited(answer, callback)

        def closed() -> None:
            awaited.refuse(UseAfterCloseError("readline"))

        super().question(query, awaited, signal=signal)
        self.once("close", closed)
        answer.add_done_callback(lambda _: self.remove_listener("close", closed))
        if signal is not None:
            asked_by = signal
            forget = on_abort(signal, lambda: awaited.refuse(aborted_error(asked_by)))
            answer.add_done_callback(lambda _: forget())
        return answer


@by_name
def create_interface(
    input: interface.Input,
    output: interface.Output | None = None,
    *,
    crlf_delay: float = 100,
    terminal: bool | None = None,
    prompt: str = "> ",
    history_size: float = 30,
    signal: AbortSignal | None = None,
) -> Interface:
    """As `readline.create_interface`, but that questions are awaited.

    Node: readlinePromises.createInterface
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


if not TYPE_CHECKING:
    __getattr__ = of_module(__name__)
