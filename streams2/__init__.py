"""Node's streams and Clojure's channels in Python, side by side."""

from . import bridge as bridge
from . import channel as channel
from . import consumers as consumers
from . import errors as errors
from . import events as events
from . import fs as fs
from . import promises as promises
from . import stdio as stdio
from . import ticks as ticks
from .abort import AbortController as AbortController
from .abort import AbortSignal as AbortSignal
from .abort import add_abort_listener as add_abort_listener
from .awaiting import on as on
from .awaiting import once as once
from .chunks import get_default_high_water_mark as get_default_high_water_mark
from .chunks import set_default_high_water_mark as set_default_high_water_mark
from .compose import compose as compose
from .destroy import add_abort_signal as add_abort_signal
from .destroy import destroy as destroy
from .duplex import Duplex as Duplex
from .duplex import duplex_pair as duplex_pair
from .errors import *  # noqa: F403
from .events import EventEmitter as EventEmitter
from .finished import finished as finished
from .finished import is_destroyed as is_destroyed
from .finished import is_disturbed as is_disturbed
from .finished import is_errored as is_errored
from .finished import is_readable as is_readable
from .finished import is_writable as is_writable
from .pipe import pipe as pipe
from .pipeline import pipeline as pipeline
from .readable import Readable as Readable
from .run import run as run
from .stream import Stream as Stream
from .ticks import next_tick as next_tick
from .transform import PassThrough as PassThrough
from .transform import Transform as Transform
from .writable import Writable as Writable

# A literal, so that setup.cfg can read it without importing the package.
__version__ = "0.1.0"
