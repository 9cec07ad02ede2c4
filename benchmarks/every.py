"""All works, in the order in which they are done."""

from __future__ import annotations

from . import compression, files, flat, idle, importing, iterables, nodes_own, objects, queues, tcp
from .works import Work


def every_work() -> list[Work]:
    """What can be measured here."""
    rooms = (objects, iterables, queues, files, compression, tcp, nodes_own, idle, flat, importing)
    return [work for room in rooms for work in room.works()]
