"""Why something waits, from what was recorded, and what ends it.

What waits is remembered until it goes on; what began to wait last is what is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Callable

from ._events import Chunk, Event, Subject
from ._methods import PUTS, TAKES

__all__ = ["Reasons"]


class Reasons:
    """What waits now.

    Args:
        chunks, subjects, weights: as of `Lane`.
    """

    def __init__(
        self,
        chunks: Sequence[Chunk],
        subjects: Mapping[str, Subject],
        weights: Mapping[str, Mapping[int, int]],
    ) -> None:
        self._chunks = chunks
        self._subjects = subjects
        self._weights = weights
        # For each who waits, why: by what it is that waits.
        self._open: dict[tuple[object, ...], str] = {}
        self._ended: set[str] = set()
        # The last write to each writable: in words, what it brought it to, and of how much.
        self._writes: dict[str, tuple[str, int, int]] = {}

    @property
    def last(self) -> str:
        """Why what began to wait last does so; empty if nothing waits."""
        return next(reversed(list(self._open.values())), "")

    def after(self, event: Event) -> None:
        """Have `event` happen."""
        for hold in event.holds:
            if hold.unit in ("puts", "takes") and event.kind != "wait":
                self._serve(event.owner, hold.unit[:-1], hold.length)
        if event.kind == "call" and event.name in ("write", "end") and event.chunk:
            self._note_write(event)
        elif event.kind == "step" and event.machine == "pipe":
            self._step_pipe(event)
        elif event.kind == "answer" and event.name == "write" and event.value == "False":
            self._refuse_writer(event)
        elif event.kind == "emit":
            self._hear(event)
        elif event.kind == "wait":
            self._wait(event)
        elif _is_answered(event):
            self._go_on(event)

    # -- writes ---------------------------------------------------------------------------------

    def _note_write(self, event: Event) -> None:
        for hold in event.holds:
            if hold.side == "writable" and hold.mark is not None and event.chunk:
                size = self._weights.get(event.owner, {}).get(event.chunk)
                if size is None:
                    size = 1 if hold.unit == "objects" else self._chunks[event.chunk - 1].size
                call = f"{event.owner}.{event.name}({self._literal(event.chunk)})"
                self._writes[event.owner] = (call, hold.length + size, hold.mark)

    def _step_pipe(self, event: Event) -> None:
        source, sink = self._subjects[event.owner].ends
        if event.name != "refused":
            self._open.pop(("pipe", event.owner), None)
        elif event.after == "awaiting drain" and sink in self._writes:
            call, length, mark = self._writes[sink]
            text = f"Paused because `{call}` brought {sink} to {length} of {mark}. "
            text += self._end_of_pause(event.owner, source, sink)
            if length < mark:
                text = f"Paused because `{call}` answered False: {sink} takes nothing more."
            self._open.pop(("writer", sink), None)
            self._tell(("pipe", event.owner), text)

    def _end_of_pause(self, pipe: str, source: str, sink: str) -> str:
        others = [
            self._subjects[str(key[1])].ends[1]
            for key in self._open
            if key[0] == "pipe" and key[1] != pipe and self._subjects[str(key[1])].ends[0] == source
        ]
        mark = self._writes[sink][2]
        if others:
            return f"It goes on when {_list([*others, sink])} are empty."
        return f"It goes on when {sink} is empty{_not_below(mark)}."

    def _refuse_writer(self, event: Event) -> None:
        call, length, mark = self._writes.get(event.owner, ("", 0, 1))
        piped = any(
            key[0] == "pipe" and self._subjects[str(key[1])].ends[1] == event.owner
            for key in self._open
        )
        if call and length >= mark and not piped:
            sink = event.owner
            text = f"`{call}` answered False because it brought {sink} to {length} of {mark}. "
            end = f"`'drain'` comes when {sink} is empty{_not_below(mark)}."
            self._tell(("writer", sink), text + end)

    def _hear(self, event: Event) -> None:
        if event.name in ("drain", "close", "error"):
            self._open.pop(("writer", event.owner), None)
        if event.name == "close":
            self._close(
                lambda key: key[0] == "pipe" and event.owner in self._subjects[str(key[1])].ends
            )
        if event.name in ("resume", "close", "end"):
            self._open.pop(("paused", event.owner), None)
            # A stream that has ended is paused by whoever lets go of it: that holds nobody up.
            self._ended.update([event.owner] if event.name == "end" else [])
        elif event.name == "pause" and event.owner not in self._ended:
            piped = any(
                key[0] == "pipe" and self._subjects[str(key[1])].ends[0] == event.owner
                for key in self._open
            )
            if not piped:
                text = f"{event.owner} was paused. It goes on at `{event.owner}.resume()`."
                if event.value:
                    text = f"Paused because {event.value}"
                self._tell(("paused", event.owner), text)

    # -- channels -------------------------------------------------------------------------------

    def _wait(self, event: Event) -> None:
        channel = event.owner
        who = f"{event.task} waits" if event.task else f"A {event.name} waits"
        size = next((hold for hold in event.holds if hold.side == "values"), None)
        kind = _put_or_take(event.name)
        key = ("actor", event.actor, channel, kind)
        if event.value:
            self._tell(key, f"{who} because {event.value}")
            return
        if kind == "put":
            call = f"{channel}.{event.name}({self._literal(event.chunk)})"
            if size is not None and not size.mark:
                text = f"finds nobody who takes from {channel}"
            else:
                full = f": {size.length} of {size.mark}" if size is not None else ""
                text = f"finds {channel} full{full}"
            end = "It goes on when somebody takes."
        else:
            call = f"{channel}.{event.name}()"
            text = f"finds {channel} empty"
            # A queue between threads cannot be closed.
            closed = "" if event.name == "get" else f", or when {channel} is closed"
            end = f"It goes on when somebody puts{closed}."
        self._tell(key, f"{who} because `{call}` {text}. {end}")

    def _serve(self, channel: str, name: str, still: int) -> None:
        """So many puts or takes wait still: those that waited longest have an answer on its way."""
        waiting = [key for key in self._open if key[0] == "actor" and key[2:] == (channel, name)]
        for key in waiting[: max(len(waiting) - still, 0)]:
            del self._open[key]

    def _go_on(self, event: Event) -> None:
        """Who has an answer waits no more: not here, nor, after `alts`, anywhere else."""
        key: tuple[object, ...] = ("actor", event.actor, event.owner, _put_or_take(event.name))
        if event.actor and event.kind != "return" and key not in self._open:
            # An `alts` that waits has its answer while somebody else runs.
            key = next((one for one in self._open if one[2:] == key[2:]), key)
        if key[1]:
            self._close(lambda one: one[0] == "actor" and one[1] == key[1])
        else:
            self._open.pop(key, None)

    # -- how it is kept -------------------------------------------------------------------------

    def _tell(self, key: tuple[object, ...], text: str) -> None:
        self._open.pop(key, None)
        self._open[key] = text

    def _close(self, which: Callable[[tuple[object, ...]], bool]) -> None:
        for key in [key for key in self._open if which(key)]:
            del self._open[key]

    def _literal(self, number: int | None) -> str:
        if number is None:
            return ""
        preview = self._chunks[number - 1].preview
        return f'"{preview}"' if self._chunks[number - 1].text else preview


def _is_answered(event: Event) -> bool:
    """Whether who put, took or ran waits no more after `event`."""
    if event.kind == "return":
        return event.owner == event.task
    return event.kind in ("answer", "error") and event.name in TAKES | PUTS | {"drain"}


def _put_or_take(method: str) -> str:
    return "put" if method in PUTS else "take" if method in TAKES else method


def _not_below(mark: int) -> str:
    # Below one there is nothing but empty.
    return f", not when it falls below {mark}" if mark > 1 else ""


def _list(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
