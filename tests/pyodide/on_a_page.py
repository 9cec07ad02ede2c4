"""What a program does on the page's own loop, which counts as running all the time."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from streams2 import Readable, fs, run
from streams2.timers import set_timeout


def check() -> None:
    """Raise AssertionError if `run` does not work there, or leaves the page another loop."""
    page = asyncio.get_running_loop()
    done = []

    async def waits() -> str:
        await asyncio.sleep(0.001)
        return "".join([text async for text in Readable.from_(["a", "b"])])

    def sets_going() -> None:
        Readable.from_(["c"]).on("data", done.append)
        set_timeout(done.append, 1, "d")

    assert run(waits) == "ab"
    run(sets_going)
    assert done == ["c", "d"]
    with tempfile.TemporaryDirectory() as folder:
        source, copy = Path(folder, "source"), Path(folder, "copy")
        source.write_bytes(b"of Pyodide's own" * 10000)
        run(lambda: fs.create_read_stream(source).pipe(fs.create_write_stream(copy)))
        assert copy.read_bytes() == source.read_bytes()
    assert asyncio.get_running_loop() is page
    assert asyncio.get_event_loop() is page
