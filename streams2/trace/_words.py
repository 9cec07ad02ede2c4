"""What happens, in words."""

from __future__ import annotations

from collections.abc import Sequence

from ._events import Chunk, Event

__all__ = ["add_words", "ended_as", "given", "quoted"]


def quoted(text: str) -> str:
    """`text` between quotes, with nothing in it that breaks a line."""
    # A space at the end is no place to break the line.
    return f"“{text}”".replace(" ", "\u00a0")


def given(event: Event, chunks: Sequence[Chunk]) -> str:
    """The chunk that `event` is about, or nothing."""
    if not event.chunk:
        return ""
    chunk = chunks[event.chunk - 1]
    return quoted(chunk.preview) if chunk.text else chunk.preview.replace(" ", "\u00a0")


def add_words(
    log: list[str], event: Event, chunks: Sequence[Chunk], *, one_pipe: bool = True
) -> None:
    """Say what happens in `event`, after what `log` says of the same moment.

    Args:
        log: it is added to.
        event: what happens.
        chunks: as of `Trace`.
        one_pipe: whether there is but one pipe, which needs no name.
    """
    if event.kind in ("answer", "wait"):
        call = f"{event.owner}.{event.name}("
        if log and log[-1].startswith(call):
            log[-1] += f" → {_answer(event, chunks)}" if event.kind == "answer" else " has to wait"
            return
        # Long after the call, that there is room for more is no news.
        if event.name == "push":
            return
    if event.kind == "emit" and event.name == "data" and log:
        return
    text = _step(event, one_pipe) if event.kind == "step" else _in_words(event, chunks)
    if text:
        log.append(text)


def _answer(event: Event, chunks: Sequence[Chunk]) -> str:
    return given(event, chunks) or f"{event.value}"


def _in_words(event: Event, chunks: Sequence[Chunk]) -> str:
    owner, name = event.owner, event.name
    if event.kind == "call":
        text = "None" if name == "push" and event.chunk is None else given(event, chunks)
        return f"{owner}.{name}({text})"
    if event.kind == "answer":
        return f"{owner}.{name} answers {_answer(event, chunks)}"
    if event.kind == "wait":
        return f"{owner}.{name}({given(event, chunks)}) has to wait"
    if event.kind == "emit" and event.value and name in _BECOMES:
        return f"{owner} {_BECOMES[name]}"
    if event.kind == "emit":
        return f"{owner} emits '{name}' {event.value or given(event, chunks)}".rstrip()
    if event.kind in ("read", "written"):
        return f"{owner} has {event.kind} {given(event, chunks)}"
    if event.kind == "error":
        return f"{owner}.{name} fails: {event.value}"
    if event.kind == "return" and owner == event.task:
        ended = ended_as(event.value)
        return f"{owner}() has failed" if ended == "failed" else f"{owner}() is {ended}"
    return ""


def _step(event: Event, one_pipe: bool) -> str:
    which = f"{event.owner} {event.machine}"
    if event.machine == "pipe":
        which = "pipe" if one_pipe else event.owner
    if event.before == event.after:
        return f"{which}: still {event.after} ({event.name})"
    return f"{which}: {event.before} → {event.after} ({event.name})"


_BECOMES = {
    "pause": "is paused",
    "resume": "goes on",
    "drain": "has room again",
    "close": "is closed",
}
"""What becomes of that which emits no events."""

_ENDS = {
    "CancelledError": "cancelled",
    "GeneratorExit": "interrupted",
    "KeyboardInterrupt": "interrupted",
    "SystemExit": "interrupted",
}


def ended_as(raised: str | None) -> str:
    """How a task has ended that was left by the exception called `raised`, or by none."""
    return "done" if raised is None else _ENDS.get(raised, "failed")
