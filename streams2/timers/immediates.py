"""Immediates: calls that are made when the loop has looked for news. Node: timers.setImmediate"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from ..errors import expect_function
from ..events.naming import name_as_node
from .phases import Job, Phases, phases_here

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Immediate", "clear_immediate", "set_immediate"]


class Immediate:
    """What `set_immediate` gives: to clear, or to let the run end without it.

    In a `with` it is cleared at the end of the block. Node: Immediate
    """

    __slots__ = ("__weakref__", "_job", "_phases", "_refed")

    def __init__(self, job: Job, phases: Phases) -> None:
        self._job: Job | None = job
        self._phases = phases
        self._refed = True
        phases.ref(1)
        phases.add_immediate(self)

    def ref(self) -> Self:
        """Hold the run open until it has run, as it does by itself. Node: immediate.ref"""
        if self._job is not None and not self._refed:
            self._refed = True
            self._phases.ref(1)
        return self

    def unref(self) -> Self:
        """Let the run end without it. Node: immediate.unref"""
        if self._refed:
            self._refed = False
            self._phases.ref(-1)
        return self

    def has_ref(self) -> bool:
        """Whether it holds the run open. Node: immediate.hasRef"""
        return self._refed

    @property
    def refed(self) -> bool:
        """The same."""
        return self._refed

    def run(self) -> None:
        """Make the call: what the loop does. Not for users."""
        job, self._job = self._job, None
        self.unref()
        if job is not None:
            job.call()

    def clear(self) -> None:
        """Make no call: what `clear_immediate` does."""
        self._job = None
        self.unref()

    def __repr__(self) -> str:
        state = "done" if self._job is None else "waits"
        return f"<Immediate: {state}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.clear()


name_as_node(Immediate)


def set_immediate(callback: Callable[..., object], *args: object) -> Immediate:
    """Call ``callback(*args)`` when the loop has looked for news, before any timer that is due.

    Immediates run in the order they were asked for; one that an immediate asks for runs on the next
    turn. After each, the ticks run that it asked for. A coroutine function runs as a task.

    Args:
        callback: what to call. What it raises ends the run.
        args: what it is called with.

    Returns:
        A handle, to clear it by.

    Raises:
        InvalidArgTypeError: `callback` is no function.
        NoRunningLoopError: no loop is running in this thread.

    Node: timers.setImmediate
    """
    expect_function("callback", callback)
    return Immediate(Job(callback, args), phases_here())


def clear_immediate(immediate: object) -> None:
    """Have `immediate` not run. What is no `Immediate`, None for one, is passed over.

    Node: timers.clearImmediate
    """
    if isinstance(immediate, Immediate):
        immediate.clear()
