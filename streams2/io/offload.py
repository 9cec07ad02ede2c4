"""Calls that may block, made in a thread and answered on the loop."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any, Callable, Optional

from ..loop.belongings import is_shut_down
from ..loop.keepers import hold
from ..loop.secluded import is_secluded
from ..loop.ticks import current_queue

__all__ = ["Answer", "answer_and_tick", "in_own_thread", "outcome_of"]

Answer = Callable[[Optional[Exception], Any], object]
"""Called on the loop with the error and None, or with None and the result."""


def in_own_thread(answer: Answer, function: Callable[..., object], *args: object) -> None:
    """Call ``function(*args)`` in a thread that may block for ever and holds up no exit."""
    held = hold()
    loop = asyncio.get_running_loop()
    # A thread has a context of its own: the answer belongs to the one who asked.
    context = contextvars.copy_context()

    def answered(error: Exception | None, result: object) -> None:
        held.release()
        if not is_shut_down(loop):
            answer_and_tick(answer, error, result)

    def work() -> None:
        outcome = outcome_of(function, args)
        try:
            loop.call_soon_threadsafe(answered, *outcome, context=context)
        except RuntimeError:
            pass  # The loop was closed meanwhile: nobody is left who could be told.

    if is_secluded():
        # There are no threads, or nothing that one of them could wake: it is the loop's to do.
        loop.call_soon(work)
        return
    thread = threading.Thread(target=work, name=f"streams2 {function.__name__}", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        loop.call_soon(answered, error, None)


def answer_and_tick(answer: Callable[..., object], *args: object) -> None:
    """Call ``answer(*args)`` from the loop, and then the ticks that it asks for.

    The answers of several calls may be due in one turn of the loop. In Node, the ticks of the first
    run before the second; left to the queue, they would run after the last.
    """
    current_queue().call(answer, *args)


def outcome_of(
    function: Callable[..., object], args: tuple[object, ...]
) -> tuple[Exception | None, Any]:
    """The error of ``function(*args)`` and None, or None and what it returned."""
    # Returned and not raised, so that no future complains of an exception nobody fetched when the
    # loop goes away first. Whatever it is: an answer that does not come is waited for for ever.
    try:
        return None, function(*args)
    except Exception as error:
        return error, None
