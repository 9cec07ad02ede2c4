"""What a trace is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

__all__ = ["PLAIN", "Chunk", "Counters", "Event", "Level", "SourceCode", "Subject", "event_of"]


class Level(NamedTuple):
    """What one side of a stream, or a channel, holds at a moment.

    Attributes:
        side: ``"readable"`` or ``"writable"`` of a stream; ``"values"``, ``"putting"`` (puts that
            wait) or ``"taking"`` (takes that wait) of a channel.
        length: how much: bytes or objects of a stream, values or waiting tasks of a channel.
        mark: what `length` is measured against: a high-water mark, or a channel's size; None for
            what has no such measure.
        chunks: the numbers of the chunks there, the one that leaves next first.
        in_flight: how many of them, from the first, are with `_write`.
        unit: what `length` counts: ``"bytes"``, ``"characters"`` or ``"objects"`` of a stream;
            ``"values"``, ``"puts"`` or ``"takes"`` of a channel.
    """

    side: str
    length: int
    mark: int | None
    chunks: Sequence[int] = ()
    in_flight: int = 0
    unit: str = "bytes"


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes:
        number: its place in the trace, from 0.
        seconds: when, since the recording began.
        kind: ``"step"`` (of a machine), ``"call"`` (of a method), ``"answer"`` (what the method
            returned), ``"error"`` (what it raised), ``"emit"`` (of a stream's event),
            ``"written"`` (a chunk has left a writable, for where that writes to), ``"read"`` (a
            chunk has come to what is no stream of streams2, from where that reads), ``"wait"`` (a
            put or a take has to), ``"line"`` (of the recorded code, about to run), ``"return"``
            (of a recorded function), ``"suspend"`` or ``"resume"`` (of a recorded coroutine).
        owner: the name of the stream, channel, pipe or function.
        name: of the method, of the event, or of a machine's event.
        chunk: the number of the chunk that moves, or None.
        value: an answer or an error, in words; the name of the other stream, for ``"pipe"`` and
            ``"unpipe"``; what a function was left by, if by an exception; the method in which a
            thread is suspended; why what is no stream of streams2 waits, and what ends that.
        machine: the name of the machine's table, for a step.
        before, after: the states of the machine, for a step.
        holds: what the owner holds now.
        file, line: which line of the recorded code is running; None for none.
        task: the name of the function whose task is running, if the recorded code has one there:
            the second task of one function is called ``"tick 2"``.
        actor: which of the program's tasks is running, recorded or not: from 1; 0 for a callback.
    """

    number: int
    seconds: float
    kind: str
    owner: str
    name: str
    chunk: int | None = None
    value: str | None = None
    machine: str | None = None
    before: str | None = None
    after: str | None = None
    holds: tuple[Level, ...] = ()
    file: str | None = None
    line: int | None = None
    task: str | None = None
    actor: int = 0

    def as_dict(self, *, holds: bool = True) -> dict[str, Any]:
        """The event for JSON, without what it has not.

        Args:
            holds: with what its owner holds, chunk by chunk.
        """
        found = {name: getattr(self, name) for name in _TOLD}
        found = {name: value for name, value in found.items() if value is not None}
        if holds and self.holds:
            found["holds"] = [{**hold._asdict(), "chunks": [*hold.chunks]} for hold in self.holds]
        return found


_TOLD = tuple(one.name for one in fields(Event) if one.name != "holds")

PLAIN: dict[str, Any] = {one.name: one.default for one in fields(Event)}
"""What an event has that says nothing else."""


def event_of(known: Mapping[str, Any], owner: str, value: str | None) -> Event:
    """The event of which all but these is known. By its class it takes seven times as long."""
    event = object.__new__(Event)
    event.__dict__.update(known, owner=owner, value=value)
    return event


@dataclass(frozen=True)
class Chunk:
    """A chunk that was seen.

    Attributes:
        number: its number, from 1: the same wherever the chunk goes.
        size: its size, in bytes, characters or objects.
        preview: what is in it, shortened.
        text: whether it is bytes or text, and `preview` how it begins; or else an object, and
            `preview` its `repr`.
        kind: ``"bytes"``, ``"text"`` or ``"object"``.
        crc: the CRC-32 of its bytes, of the UTF-8 of text or of an object's `repr`; None of an
            object that has no other `repr` than where it is.
    """

    number: int
    size: int
    preview: str
    text: bool = True
    kind: str = ""
    crc: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """The chunk for JSON."""
        found: dict[str, Any] = {"number": self.number, "size": self.size, "preview": self.preview}
        found.update({"kind": self.kind} if self.kind else {})
        found.update({} if self.crc is None else {"crc": self.crc})
        return found if self.text else {**found, "text": False}


@dataclass(frozen=True)
class Subject:
    """A stream, channel or pipe that was seen, or a function of the recorded code.

    Attributes:
        name: as of `Event.owner`.
        kind: ``"readable"``, ``"writable"``, ``"duplex"``, ``"channel"``, ``"pipe"``,
            ``"function"`` or ``"other"``.
        objects: whether it is measured in objects, not in bytes.
        ends: of a pipe, the names of its source and of its destination.
        named: whether it has a name of its own, and not that of its class.
        methods: which of `_construct`, `_writev`, `_final` and `_flush` the program has given to a
            stream; None where that is not known, or not the program's.
    """

    name: str
    kind: str
    objects: bool = False
    ends: tuple[str, ...] = ()
    named: bool = True
    methods: tuple[str, ...] | None = None

    def as_dict(self) -> dict[str, Any]:
        """The subject for JSON, without what it has not."""
        found: dict[str, Any] = {"name": self.name, "kind": self.kind, "objects": self.objects}
        if self.ends:
            found["ends"] = [*self.ends]
        if not self.named:
            found["named"] = False
        if self.methods is not None:
            found["methods"] = [*self.methods]
        return found


@dataclass(frozen=True)
class SourceCode:
    """The text of a recorded function.

    Attributes:
        file: its path.
        function: its name.
        first_line: the number of its first line.
        lines: the lines, without the indentation that they share.
    """

    file: str
    function: str
    first_line: int
    lines: tuple[str, ...]


class Counters(NamedTuple):
    """What a trace comes to.

    Attributes:
        bytes_read: pushed into streams that are only read; objects have no bytes.
        bytes_written: written by streams that are only written; each counts what it writes.
        peak_buffered_bytes: the most that was read and not yet written, at any time.
        pauses: how often a stream was paused.
        drains: how often a stream, having been full, asked for more.
    """

    bytes_read: int = 0
    bytes_written: int = 0
    peak_buffered_bytes: int = 0
    pauses: int = 0
    drains: int = 0

    @property
    def buffered_bytes(self) -> int:
        """What is read and not yet written: of one source and one sink, what is in between."""
        return self.bytes_read - self.bytes_written

    def after(self, event: Event, subjects: dict[str, Subject], size: int) -> Counters:
        """The counters when `event` has happened too.

        Args:
            event: what happened.
            subjects: by their names.
            size: of the event's chunk.
        """
        subject = subjects[event.owner]
        kind = subject.kind
        if event.chunk is not None and subject.objects and kind != "channel":
            return self
        comes = event.kind == "read" or (event.kind == "call" and event.name == "push")
        if comes and event.chunk is not None and kind == "readable":
            read = self.bytes_read + size
            peak = max(self.peak_buffered_bytes, read - self.bytes_written)
            return self._replace(bytes_read=read, peak_buffered_bytes=peak)
        if event.kind == "written" and kind == "writable":
            return self._replace(bytes_written=self.bytes_written + size)
        if event.kind == "emit" and event.name == "pause":
            return self._replace(pauses=self.pauses + 1)
        if event.kind == "emit" and event.name == "drain":
            return self._replace(drains=self.drains + 1)
        return self
