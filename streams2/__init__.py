"""Node's streams and Clojure's channels in Python, side by side."""

from . import ticks as ticks
from ._version import __version__ as __version__
from .duplex import Duplex as Duplex
from .duplex import duplex_pair as duplex_pair
from .events import EventEmitter as EventEmitter
from .events import on as on
from .events import once as once
from .pipe import pipe as pipe
from .readable import Readable as Readable
from .ticks import next_tick as next_tick
from .transform import PassThrough as PassThrough
from .transform import Transform as Transform
from .writable import Writable as Writable
