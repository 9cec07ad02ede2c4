"""Timers, intervals and immediates, in Node's order. Node: timers

>>> from streams2 import next_tick, run
>>> def main():
...     set_timeout(print, 5, "a timer, after 5 ms")
...     set_immediate(print, "an immediate, when the loop has looked for news")
...     next_tick(print, "a tick, right after this function")
>>> run(main)
a tick, right after this function
an immediate, when the loop has looked for news
a timer, after 5 ms

- `timeouts`: `set_timeout`, `set_interval` and their handle; `immediates`: the same of immediates.
- `promises`: the same, to be awaited. Node: timers/promises
- `lists`: which timers are due, and in which order; `phases`: when the loop is asked.

Not here: ticks, which run before the loop turns (`streams2.next_tick`), and the channel that closes
after a time (`streams2.channel.timeout`).
"""

from typing import TYPE_CHECKING

from ..events.naming import of_module as _of_module
from . import promises as promises
from .immediates import Immediate as Immediate
from .immediates import clear_immediate as clear_immediate
from .immediates import set_immediate as set_immediate
from .timeouts import Timeout as Timeout
from .timeouts import TimeoutNaNWarning as TimeoutNaNWarning
from .timeouts import TimeoutNegativeWarning as TimeoutNegativeWarning
from .timeouts import TimeoutOverflowWarning as TimeoutOverflowWarning
from .timeouts import clear_interval as clear_interval
from .timeouts import clear_timeout as clear_timeout
from .timeouts import set_interval as set_interval
from .timeouts import set_timeout as set_timeout

if not TYPE_CHECKING:
    __getattr__ = _of_module(__name__)
