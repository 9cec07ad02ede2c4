"""Events: the emitter, events to be awaited, and signals to stop.

- `emitter`: pyee's emitter, with what Node's has.
- `awaiting`: the next event with `once`, all of them with `on`.
- `abort`: one place to say stop, and many that hear it.
- `listening`: which listener each event takes, for type checkers.

Not here: what is emitted, and when.
"""

from typing import TYPE_CHECKING

from .emitter import EventEmitter as EventEmitter
from .emitter import MaxListenersExceededWarning as MaxListenersExceededWarning
from .emitter import error_monitor as error_monitor
from .emitter import get_event_listeners as get_event_listeners
from .emitter import get_max_listeners as get_max_listeners
from .emitter import listener_count as listener_count
from .emitter import set_max_listeners as set_max_listeners
from .naming import of_module as _of_module

if not TYPE_CHECKING:
    __getattr__ = _of_module(__name__)
