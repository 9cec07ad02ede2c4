"""The program that the knobs make: one file, which runs as it is.

>>> from streams2.lab.knobs import Knobs
>>> print(program_of(Knobs(), "pipe"))
\"""Copy 9 chunks from a source to a sink: pipe.\"""
<BLANKLINE>
from streams2 import Readable, Writable, run
from streams2.timers import set_timeout
<BLANKLINE>
CHUNKS = 9
CHUNK_SIZE = 5  # bytes
<BLANKLINE>
<BLANKLINE>
class Source(Readable):
    def __init__(self):
        super().__init__(high_water_mark=12)
        self.given = 0
<BLANKLINE>
    def _read(self, size):
        set_timeout(self.give, 1)
<BLANKLINE>
    def give(self):
        if self.given == CHUNKS:
            self.push(None)
            return
        letter = bytes([ord("a") + self.given % 26])
        self.given += 1
        self.push(letter * CHUNK_SIZE)
<BLANKLINE>
<BLANKLINE>
class Sink(Writable):
    def _write(self, chunk, encoding, callback):
        set_timeout(callback, 4)
<BLANKLINE>
<BLANKLINE>
def main():
    source = Source()
    sink = Sink(high_water_mark=12)
    source.pipe(sink)
<BLANKLINE>
<BLANKLINE>
run(main)
<BLANKLINE>
"""

from __future__ import annotations

from .knobs import Knobs
from .mistakes import MISTAKES
from .ways import WAYS, Copying, Task

__all__ = ["program_of"]

_SINKS = ("sink", "second", "third")


def program_of(knobs: Knobs, way: str) -> str:
    """The program for one half.

    Args:
        knobs: how all knobs stand.
        way: what it runs: a name of `WAYS`.

    Returns:
        Its text. It needs streams2 and nothing else.
    """
    return _Writer(knobs, way).text()


class _Writer:
    """Writes one program.

    Attributes:
        sinks: the names of the sinks.
    """

    def __init__(self, knobs: Knobs, way: str) -> None:
        self._knobs = knobs
        self._way = way
        self._mistake = knobs.mistake
        self._half = (knobs.chunks + 1) // 2
        wanted = max(knobs.sinks, 2) if self._mistake == "second_sink_stalls" else knobs.sinks
        self.sinks = _SINKS[:wanted]

    def text(self) -> str:
        copying = self._copying()
        constants = [f"CHUNKS = {self._knobs.chunks}"]
        constants += [f"CHUNK_SIZE = {self._knobs.chunk_size}  # bytes"]
        if "Channel" in copying.imports.get("streams2.channel", ()):
            constants += [f"ROOM = {self._knobs.room}  # chunks, in a channel"]
        parts = [
            [f'"""{self._title()}."""', ""],
            [*self._imports(copying), "", *constants, "", ""],
            [*self._source(), "", "", *self._sink(), "", ""],
            self._stalled(),
            self._transform(),
            copying.functions,
            [*self._main(copying), "", "", "run(main)", ""],
        ]
        return "\n".join(line for part in parts for line in part)

    def _title(self) -> str:
        sinks = "a sink" if len(self.sinks) == 1 else f"{len(self.sinks)} sinks"
        title = f"Copy {self._knobs.chunks} chunks from a source to {sinks}: "
        title += WAYS[self._way].label
        if self._mistake != "none":
            title += f"; the mistake: {MISTAKES[self._mistake]}"
        return title

    # -- what copies ------------------------------------------------------------------------------

    def _copying(self) -> Copying:
        unread = self._mistake == "unread_transform"
        leaves = self._mistake == "unpipe_in_the_middle"
        ahead = self._way == "naive" or self._mistake == "ignore_false"
        step = max(self._knobs.source_ms, 0 if ahead else self._knobs.sink_ms, 1)
        task = Task(
            sinks=["shout"] if unread else self.sinks,
            ignores_false=self._mistake == "ignore_false",
            leaves_after=self._half if leaves else None,
            leaves_at=self._half * step,
        )
        copying = WAYS[self._way].write(task)
        if self._mistake == "resume_by_hand":
            when = self._resumed_at()
            copying.main.insert(0, f"set_interval(source.resume, {when}).unref()")
            copying.imports.setdefault("streams2.timers", set()).add("set_interval")
        return copying

    def _resumed_at(self) -> int:
        return max(self._knobs.source_ms, 1) + 1

    def _imports(self, copying: Copying) -> list[str]:
        streams = {"Readable", "Writable", "run"}
        if self._mistake == "unread_transform":
            streams.add("Transform")
        found = {"streams2": streams}
        if self._waits():
            found["streams2.timers"] = {"set_timeout"}
        for module, names in copying.imports.items():
            found.setdefault(module, set()).update(names)
        plain = [f"import {module}" for module, names in sorted(found.items()) if not names]
        named = [
            f"from {module} import {', '.join(sorted(names))}"
            for module, names in sorted(found.items())
            if names
        ]
        return [*plain, "", *named] if plain else named

    def _waits(self) -> bool:
        return bool(self._knobs.source_ms or self._knobs.sink_ms)

    # -- what is copied between -------------------------------------------------------------------

    def _source(self) -> list[str]:
        wait = self._knobs.source_ms
        lines = ["class Source(Readable):", "    def __init__(self):"]
        lines += [f"        super().__init__(high_water_mark={self._knobs.source_mark})"]
        lines += ["        self.given = 0", "", "    def _read(self, size):"]
        lines += [f"        set_timeout(self.give, {wait})" if wait else "        self.give()", ""]
        lines += ["    def give(self):"]
        if self._mistake == "source_fails":
            lines += [f"        if self.given == {self._half}:"]
            lines += ['            self.destroy(OSError("the disk cannot be read"))']
            lines += ["            return"]
        lines += ["        if self.given == CHUNKS:", "            self.push(None)"]
        lines += ["            return", '        letter = bytes([ord("a") + self.given % 26])']
        return [*lines, "        self.given += 1", "        self.push(letter * CHUNK_SIZE)"]

    def _sink(self) -> list[str]:
        wait = self._knobs.sink_ms
        done = f"        set_timeout(callback, {wait})" if wait else "        callback()"
        lines = ["class Sink(Writable):"]
        if self._mistake in ("forget_callback", "sink_fails"):
            lines += ["    written = 0", ""]
        if self._mistake == "ignore_false" and self._way == "bridge":
            # A bridge waits for the callback: it can only be called too early.
            lines += ["    def write(self, chunk, encoding=None, callback=None):"]
            lines += ["        answer = super().write(chunk, encoding)"]
            lines += [
                "        callback(None)  # it is not written yet",
                "        return answer",
                "",
            ]
        elif self._mistake == "ignore_false" and self._way in ("pipe", "pipeline"):
            # A pipe looks at the answer: it can only be kept from it.
            lines += ["    def write(self, chunk, encoding=None, callback=None):"]
            lines += ["        super().write(chunk, encoding, callback)"]
            lines += ["        return True  # whatever the answer was", ""]
        lines += ["    def _write(self, chunk, encoding, callback):"]
        if self._mistake == "forget_callback":
            lines += ["        self.written += 1", f"        if self.written == {self._half}:"]
            lines += ["            return  # and nobody is told that it is written"]
        elif self._mistake == "sink_fails":
            lines += ["        self.written += 1", f"        if self.written == {self._half}:"]
            lines += ['            callback(OSError("the disk is full"))', "            return"]
        return [*lines, done]

    def _stalled(self) -> list[str]:
        if self._mistake != "second_sink_stalls":
            return []
        lines = ["class Stalled(Writable):", "    def _write(self, chunk, encoding, callback):"]
        return [*lines, "        pass  # it takes a chunk, and is never done", "", ""]

    def _transform(self) -> list[str]:
        if self._mistake != "unread_transform":
            return []
        lines = ["class Shout(Transform):", "    def _transform(self, chunk, encoding, callback):"]
        return [*lines, "        callback(None, chunk.upper())", "", ""]

    def _main(self, copying: Copying) -> list[str]:
        mark = self._knobs.sink_mark
        lines = ["source = Source()"]
        if self._mistake == "unread_transform":
            marks = f"readable_high_water_mark={mark}, writable_high_water_mark={mark}"
            lines += [f"shout = Shout({marks})  # into which sink?"]
        else:
            for sink in self.sinks:
                stalls = sink == "second" and self._mistake == "second_sink_stalls"
                kind = "Stalled" if stalls else "Sink"
                lines += [f"{sink} = {kind}(high_water_mark={mark})"]
        defined = "async def main():" if copying.is_async else "def main():"
        return [defined, *(f"    {line}" if line else "" for line in [*lines, *copying.main])]
