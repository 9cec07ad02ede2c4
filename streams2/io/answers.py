"""Answers that are there at once, given one after the other by the loop.

Node hands its programs what the system has done in one phase of its loop: answer after answer, the
ticks of each before the next. So it is here, also for a call that did not have to wait: nobody is
called back from inside of his own call, and nothing is told in another order than if a thread had
made it. What is saved is the turn of the loop between an answer and the next one, as long as the
loop has nothing else to do.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
import weakref
from collections import deque
from typing import Callable

from ..loop.keepers import calls_are_due, program
from ..loop.ticks import current_queue

__all__ = ["answer_soon"]

# How much is answered before the loop turns: 16 chunks read and written, if that takes no longer.
_MOST_ANSWERS = 32
_LONGEST = 0.001

_Entry = tuple[contextvars.Context, Callable[..., object], tuple[object, ...]]


class _Answers:
    """What is to be answered, and whether the loop knows of it."""

    __slots__ = ("__weakref__", "asked", "due")

    def __init__(self) -> None:
        self.due: deque[_Entry] = deque()
        self.asked = False


class _Here(threading.local):
    """Who was answered last in this thread: most often, it is who is answered next.

    Attributes:
        owner, answers: a loop or a program, and its answers.
        given: the program, if it is one's, whose answers are being given, and those.
    """

    owner: Callable[[], object] = staticmethod(lambda: None)
    answers: _Answers
    given: tuple[object, _Answers | None] = (None, None)


# By loop; or by the program of `run_async`, which may be over while its loop runs on.
_answers: weakref.WeakKeyDictionary[object, _Answers] = weakref.WeakKeyDictionary()
_here = _Here()


def answer_soon(answer: Callable[..., object], *args: object) -> None:
    """Call ``answer(*args)`` from the loop, and then the ticks that it asks for."""
    whose, answers = _here.given
    if answers is None or whose is not program.get():
        answers = _answers_here()
    answers.due.append((contextvars.copy_context(), answer, args))
    if not answers.asked:
        answers.asked = True
        asyncio.get_running_loop().call_soon(_give, answers)


def _answers_here() -> _Answers:
    owner = program.get() or asyncio.get_running_loop()
    here = _here
    if here.owner() is not owner:
        found = _answers.get(owner)
        here.owner, here.answers = weakref.ref(owner), found or _Answers()
        _answers[owner] = here.answers
    return here.answers


def _give(answers: _Answers) -> None:
    """Give the answers that are due, and those that come of them, for as long as is fair."""
    loop, here = asyncio.get_running_loop(), _here
    call = current_queue().call
    are_due = calls_are_due(loop)
    due = answers.due
    enough = time.perf_counter() + _LONGEST
    left = _MOST_ANSWERS
    here.given = program.get(), answers
    try:
        while due:
            context, answer, args = due.popleft()
            context.run(call, answer, *args)
            left -= 1
            if not left or are_due() or time.perf_counter() > enough:
                break
    finally:
        here.given = None, None
        answers.asked = bool(due)
        if due:
            loop.call_soon(_give, answers)
