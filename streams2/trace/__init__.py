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

`Trace.to_html` writes a page to step through it. Where to read on: `_hooks` (how calls are heard),
`_lines` (how lines are), `_identity` (which chunk is which), `_recorder` (what is written down),
`_frames` and `_page` (the page).
"""

from ._events import Chunk, Counters, Event, Hold, Source, Subject
from ._trace import Trace, record

__all__ = ["Chunk", "Counters", "Event", "Hold", "Source", "Subject", "Trace", "record"]
