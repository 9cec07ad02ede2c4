"""A recording: `record` makes it, and `Trace` is what one has then."""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections.abc import Iterable
from html import escape
from typing import Callable

from ..core.machine import observe
from ..errors import UnsettledError, expect_whole
from ..loop.stuck import explained, explained_things
from ._events import Chunk, Counters, Event, SourceCode, Subject
from ._frames import Lane
from ._hooks import listen, unlisten
from ._lines import Code
from ._page import page
from ._recorder import Recorder
from ._sequence import sequence_diagram
from ._stored import Recording, Stored, as_dict, as_json
from ._swimlanes import swim_lanes

__all__ = ["Trace", "record", "record_threads"]


class Trace:
    """What was recorded. It can be read while the recording goes on, too."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """The trace that `to_json` made `text` of.

        >>> with record() as trace:
        ...     pass
        >>> Trace.from_json(trace.to_json()).events == trace.events
        True

        Args:
            text: the JSON.

        Raises:
            InvalidArgValueError: it is no trace as JSON, or one of another version.
        """
        return cls(Stored(text))

    @property
    def events(self) -> list[Event]:
        """All that happened, in order."""
        return self._recording.events()

    @property
    def complete(self) -> bool:
        """Whether all that happened was written down, and not only the most that was wanted."""
        return self._recording.complete

    @property
    def chunks(self) -> list[Chunk]:
        """The chunks that were seen; number 1 is the first."""
        return self._recording.seen_chunks()

    @property
    def subjects(self) -> list[Subject]:
        """The streams, channels and pipes that were seen, and the recorded functions."""
        return self._recording.subjects()

    @property
    def sources(self) -> list[SourceCode]:
        """The text of the recorded functions that ran; of nested ones, the outermost."""
        return self._recording.sources()

    @property
    def counters(self) -> Counters:
        """What it comes to."""
        subjects = {subject.name: subject for subject in self.subjects}
        chunks = self.chunks
        counters = Counters()
        weights = self._recording.weights()
        for event in self.events:
            size = chunks[event.chunk - 1].size if event.chunk else 0
            if event.kind == "written" and event.chunk:
                size = weights.get(event.owner, {}).get(event.chunk, size)
            counters = counters.after(event, subjects, size)
        return counters

    def as_dict(self) -> dict[str, object]:
        """The trace as plain dicts and lists: what `to_json` writes."""
        return as_dict(self._recording, self.counters)

    def to_json(self, path: str | None = None) -> str:
        """The trace as JSON, one line for each event; `from_json` makes a trace of it again.

        Args:
            path: where to write it, too.

        Raises:
            OSError: it cannot be written.
        """
        text = as_json(self.as_dict())
        if path is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text + "\n")
        return text

    def to_html(self, path: str, *, title: str = "A recording") -> None:
        """Write a page to step through the recording: one file, which needs no network.

        Args:
            path: where to write it.
            title: the page's title.

        Raises:
            OutOfRangeError: more than a million events were recorded: no browser shows so many.
            OSError: it cannot be written.
        """
        text = page(title, [self._lane()])
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def to_text(self, *, width: int = 100) -> str:
        """The recording as a diagram of swim lanes, for a terminal.

        Args:
            width: how wide, in letters (default 100); wider if there are too many lanes to fit in.
        """
        return swim_lanes(self._lane(), width)

    def to_mermaid(self) -> str:
        """The recording as a sequence diagram in Mermaid, for a README.

        Raises:
            OutOfRangeError: it is longer than the 50,000 letters that Mermaid draws.
        """
        return sequence_diagram(self._lane())

    def _repr_html_(self) -> str:
        """The page within a notebook."""
        text = escape(page("A recording", [self._lane()]))
        style = "width:100%;height:760px;border:0"
        return f'<iframe srcdoc="{text}" style="{style}" title="A recording"></iframe>'

    def _lane(self) -> Lane:
        common = (self.events, self.chunks, self.subjects, self.sources)
        weights, standing = self._recording.weights(), self._recording.standing
        return Lane("recording", "", "", *common, weights=weights, standing=standing)


class record:  # noqa: N801  # it is used like a function
    """Record what streams and channels do, within a ``with`` block.

    >>> from streams2 import Readable, Writable, run
    >>> def main():
    ...     source = Readable.from_(["a", "b"])
    ...     sink = Writable(object_mode=True, write=lambda self, chunk, encoding, done: done())
    ...     source.pipe(sink)
    >>> with record() as trace:
    ...     run(main)
    >>> [event.chunk for event in trace.events if event.kind == "written"]
    [1, 2]

    Everything in this thread is recorded: the steps of all machines, the calls of `push`, `read`,
    `write` and `end` and of a channel's methods, the events that streams emit, what they hold, and
    which line of your code is running. Before the block and after it, nothing is slower; within
    it, everything is: record what is small.

    Args:
        code: what to record line by line: functions (with those inside them), modules, or paths of
            files. By default, the file in which the ``with`` stands.
        most: how many events to write down; what comes after them is not heard (default: all).
        clock: what time it is, in seconds. By default the running loop's clock, or, where no loop
            runs, `time.perf_counter`.
        names: what to call streams and channels: ``record(source=r, sink=w)``. The others are
            called as the variables of the recorded code that hold them, or else by their class.

    Raises:
        InvalidArgTypeError: `code` has something in it that is no code; `most` is no whole number.
        OutOfRangeError: `most` is below 0.

    A debugger or a coverage measurement that is on is off within the block.
    """

    # No keywords: any may be the name of a stream.
    _threads = False
    _lines = True

    def __init__(
        self,
        *,
        code: Iterable[Code] | None = None,
        clock: Callable[[], float] | None = None,
        most: int | None = None,
        **names: object,
    ) -> None:
        self._most = math.inf if most is None else expect_whole("most", most, 0)
        self._code = code
        self._clock = clock
        self._names = names

    def __enter__(self) -> Trace:
        self._frame = sys._getframe(1)
        code = [self._frame.f_code.co_filename] if self._code is None else self._code
        clock = self._clock or _usual_clock()
        recorder = self._recorder = Recorder(
            self._names, code, clock, self._most, threads=self._threads
        )
        self._observing = observe(recorder.stepped)
        self._observing.__enter__()
        listen(recorder)
        recorder.lines.lines = self._lines
        recorder.lines.start(self._frame)
        return Trace(recorder)

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self._recorder.lines.stop(self._frame)
        unlisten(self._recorder)
        self._observing.__exit__(None, None, None)
        self._recorder.stop()
        self._recorder.standing = self._why_it_stands(error)

    def _why_it_stands(self, error: BaseException | None) -> str:
        """Why the program stands still, if it does; who can say that lives above of here."""
        if isinstance(error, UnsettledError):
            return str(error)
        waits = self._recorder.waits_at_last()
        if self._recorder.unsettled or not waits:
            return self._recorder.unsettled
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            # The run is over; what it has left can be looked at.
            return explained_things(*waits)
        return explained(loop)


class record_threads(record):  # noqa: N801  # it is used like a function
    """As `record`, of all threads, and with the lines of those that begin within the block.

    What such a thread runs is a task. What happens first is written down first: which that is may
    be otherwise the next time.

    >>> import threading
    >>> from streams2.trace import record_threads
    >>> def work():
    ...     return 1
    >>> with record_threads(code=[work]) as trace:
    ...     thread = threading.Thread(target=work)
    ...     thread.start()
    ...     thread.join()
    >>> [(event.kind, event.task) for event in trace.events]
    [('line', 'work'), ('return', 'work')]
    """

    _threads = True


def _usual_clock() -> Callable[[], float]:
    try:
        return asyncio.get_running_loop().time
    except RuntimeError:
        return time.perf_counter
