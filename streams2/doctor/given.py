"""What a server gives to whoever listens to it: no line of theirs has made it.

The listener's place stands for that line, and what it calls the argument for the variable.
"""

from __future__ import annotations

from typing import NamedTuple

from ..errors.places import Place, is_between, place_of_code
from .answers import Thing
from .outside import HTTP, code_of, room_of

__all__ = ["GivenTo", "given_to"]


class GivenTo(NamedTuple):
    """Who was given something.

    Attributes:
        place: where the listener begins; of a response, where the request was made.
        name: what the listener calls it, if it has a name for it.
        words: how that is said.
    """

    place: Place
    name: str | None
    words: str


def given_to(thing: Thing) -> GivenTo | None:
    """Who was given a socket, a request or a response; None if nobody was, or it is unknown."""
    room = room_of(thing)
    if room in HTTP:
        # What reads more of a message knows the connection.
        message = getattr(thing, "req", None) if hasattr(thing, "_writable_state") else thing
        more = getattr(getattr(message, "_life", None), "own", None)
        line = getattr(more, "__self__", None)
        request = getattr(line, "request", None)
        if getattr(message, "req", None) is not None and request is not None:
            made = request._life.made_at
            return None if made is None else GivenTo(made, None, "answers the request made at")
        server = getattr(line, "server", None)
        return _listener_of(server, ("request",), 0 if message is thing else 1)
    if room in ("net", "tls"):
        own = getattr(getattr(thing, "_life", None), "own", None)  # A server has none.
        desk = getattr(getattr(own, "on_over", None), "__self__", None)
        server = getattr(desk, "server", None)
        events = ("secureConnection", "connection")
        return _listener_of(server, events, 0) or _listener_of(server, ("upgrade", "connect"), 1)
    return None


def _listener_of(server: Thing, events: tuple[str, ...], argument: int) -> GivenTo | None:
    for event in events if server is not None else ():
        for listener in server.listeners(event):
            code = code_of(listener)
            if code is None or is_between(code.co_filename, getattr(listener, "__module__", "")):
                continue
            index = argument + hasattr(listener, "__self__")
            name = code.co_varnames[index] if index < code.co_argcount else None
            return GivenTo(place_of_code(code), name, "given to")
    return None
