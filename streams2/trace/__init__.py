"""Record what streams and channels do, to look at it afterwards.

>>> import asyncio
>>> from streams2.channel import Channel
>>> async def main():
...     letters = Channel(1)
...     await letters.put("a")
...     return await letters.take()
>>> with record(code=[main]) as trace:
...     asyncio.run(main())
'a'
>>> for event in trace.events:
...     if event.owner == "letters":
...         print(event.kind, event.name, event.value)
call put None
answer put True
call take None
answer take a

`Trace.to_html` writes a page to step through it; `page` one with several recordings side by side.

- `_hooks`: how calls are heard, and `_methods` which ones put or take; `_lines`: how the lines of a
  program are.
- `_identity`: which chunk is which; `_windows`: which of them a tank holds; `_tasks`: which task.
- `_recorder`, `_known`: what is written down; `_events`: what that is; `_trace`: who asks for it.
- `_frames`, `_lane`: the moments of a recording; `_player`: what is to see at each; `_words`: what
  is said of it; `_why`: why something waits; `_topology`: who hands chunks to whom.
- `_page`, `_lane_html`, `_tanks_html`, `_lane_data`, `_diagrams`: all that as a page.
- `_messages`: what goes from whom to whom; `_swimlanes`, `_sequence`: that as text; `_stored`: a
  recording as JSON, and back.
- `_deeds`: what two recordings are compared by; `_pairing`, `_difference`, `_why_different`: which
  stream is which, where they first differ, and that in words; `command`: ``streams2 trace-diff``;
  `__main__`: a program recorded from outside. `assets/recorder.js` records in Node.
- `telling`: what is no stream and no channel of ours tells a recording of itself.
- `diagram`: the machines as text, drawn from their tables.

Not here: anything that a stream or a channel needs to run. Nothing below knows of a recording.
"""

from ._diagrams import machine_diagram
from ._difference import Difference, Place, difference
from ._events import Chunk, Counters, Event, Level, SourceCode, Subject
from ._frames import Lane, Moment, clock, moments
from ._lines import Code
from ._page import page
from ._trace import Trace, record, record_threads

__all__ = [
    "Chunk",
    "Code",
    "Counters",
    "Difference",
    "Event",
    "Lane",
    "Level",
    "Moment",
    "Place",
    "SourceCode",
    "Subject",
    "Trace",
    "clock",
    "difference",
    "machine_diagram",
    "moments",
    "page",
    "record",
    "record_threads",
]
