"""Node's streams and Clojure's channels in Python, side by side."""

from typing import TYPE_CHECKING

from . import errors as errors
from . import events as events
from .core.calling import Callback as Callback
from .core.calling import DoneCallback as DoneCallback
from .core.calling import TransformCallback as TransformCallback
from .core.calling import WriteRequest as WriteRequest
from .core.chunks import get_default_high_water_mark as get_default_high_water_mark
from .core.chunks import set_default_high_water_mark as set_default_high_water_mark
from .core.encodings import Encoding as Encoding
from .errors import *  # noqa: F403
from .events.emitter import EventEmitter as EventEmitter
from .events.naming import of_module as _of_module
from .loop import debugging as _debugging
from .loop import ticks as ticks
from .loop.stuck import explain_things_with as _explain_things_with
from .loop.stuck import explain_with as _explain_with
from .loop.stuck import knows_flows_by as _knows_flows_by
from .loop.ticks import next_tick as next_tick


def _why(loop: object, asked: bool) -> str:
    from .doctor.asking import why

    return why(
        loop, asked=asked
    )  # It is imported when somebody asks: few programs ever stand still.


def _why_things(*things: object) -> object:
    from .doctor import explain

    return explain(*things)


def _knows_flows(function: object) -> bool:
    from .doctor.wakers import knows_flows

    return knows_flows(function)


_explain_with(_why)
_explain_things_with(_why_things)
_knows_flows_by(_knows_flows)

# A literal, so that setup.cfg can read it without importing the package.
__version__ = "0.1.0"

# What not every program needs is imported when it is first asked for: that is most of it.
if TYPE_CHECKING:
    from . import asgi as asgi
    from . import bridge as bridge
    from . import buffer as buffer
    from . import channel as channel
    from . import child_process as child_process
    from . import consumers as consumers
    from . import crypto as crypto
    from . import doctor as doctor
    from . import fs as fs
    from . import http as http
    from . import https as https
    from . import net as net
    from . import promises as promises
    from . import readline as readline
    from . import stdio as stdio
    from . import string_decoder as string_decoder
    from . import timers as timers
    from . import tls as tls
    from . import zlib as zlib
    from .errors.warnings import BackpressureWarning as BackpressureWarning
    from .events.abort import AbortController as AbortController
    from .events.abort import AbortSignal as AbortSignal
    from .events.abort import add_abort_listener as add_abort_listener
    from .events.awaiting import on as on
    from .events.awaiting import once as once
    from .loop.run import run as run
    from .loop.run_async import run_async as run_async
    from .streams.broadcast import Broadcast as Broadcast
    from .streams.broadcast import broadcast as broadcast
    from .streams.compose import compose as compose
    from .streams.destroy import add_abort_signal as add_abort_signal
    from .streams.destroy import destroy as destroy
    from .streams.finished import finished as finished
    from .streams.finished import is_destroyed as is_destroyed
    from .streams.finished import is_disturbed as is_disturbed
    from .streams.finished import is_errored as is_errored
    from .streams.finished import is_readable as is_readable
    from .streams.finished import is_writable as is_writable
    from .streams.legacy import Stream as Stream
    from .streams.pairs import duplex_pair as duplex_pair
    from .streams.pipeline import pipeline as pipeline
    from .streams.piping import pipe as pipe
    from .streams.readable import Duplex as Duplex
    from .streams.readable import Readable as Readable
    from .streams.stages import batch as batch
    from .streams.stages import lines as lines
    from .streams.stages import throttle as throttle
    from .streams.transform import PassThrough as PassThrough
    from .streams.transform import Transform as Transform
    from .streams.writable import Writable as Writable
else:
    _LATER = (
        "asgi",
        "bridge",
        "buffer",
        "channel",
        "child_process",
        "consumers",
        "crypto",
        "doctor",
        "fs",
        "http",
        "https",
        "iter",
        "net",
        "promises",
        "readline",
        "stdio",
        "string_decoder",
        "timers",
        "tls",
        "zlib",
    )
    _NAMES_LATER = {
        "AbortController": "events.abort",
        "AbortSignal": "events.abort",
        "add_abort_listener": "events.abort",
        "add_abort_signal": "streams.destroy",
        "BackpressureWarning": "errors.warnings",
        "batch": "streams.stages",
        "Broadcast": "streams.broadcast",
        "broadcast": "streams.broadcast",
        "compose": "streams.compose",
        "destroy": "streams.destroy",
        "Duplex": "streams.readable",
        "duplex_pair": "streams.pairs",
        "finished": "streams.finished",
        "is_destroyed": "streams.finished",
        "is_disturbed": "streams.finished",
        "is_errored": "streams.finished",
        "is_readable": "streams.finished",
        "is_writable": "streams.finished",
        "lines": "streams.stages",
        "on": "events.awaiting",
        "once": "events.awaiting",
        "PassThrough": "streams.transform",
        "pipe": "streams.piping",
        "pipeline": "streams.pipeline",
        "Readable": "streams.readable",
        "run": "loop.run",
        "run_async": "loop.run_async",
        "Stream": "streams.legacy",
        "throttle": "streams.stages",
        "Transform": "streams.transform",
        "Writable": "streams.writable",
    }
    __getattr__ = _of_module(__name__, later=_LATER, names=_NAMES_LATER)

    # A star does not bring `iter`: it would hide Python's own.
    __all__ = [
        name for name in [*globals(), *_LATER, *_NAMES_LATER] if name[0] != "_" and name != "iter"
    ]

    def __dir__() -> list[str]:
        """All names, those not imported yet among them."""
        return sorted({*globals(), *_LATER, *_NAMES_LATER})


def _debug_mode() -> _debugging.Mode:
    from .doctor.debug import debugger

    return debugger


_debugging.set_mode(_debug_mode)
if _debugging.is_wanted():
    _debug_mode().turn_on_for_good()

if _debugging.is_to_be_shown():
    from .doctor.publishing import serve as _serve

    _serve()
