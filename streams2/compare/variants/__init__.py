"""Ways to write `cat`, one module each: open them side by side.

Every one is a function ``cat(source, sink)`` that copies all of a source to a sink and ends that. A
plain function on streams sets the copying going and returns; a coroutine function, and one that
blocks, return when it is done.
"""

from __future__ import annotations

import importlib
import os
from typing import Any, Callable, NamedTuple

from ..settings import Settings

__all__ = ["VARIANTS", "Variant", "by_names"]


def _unbounded(_: Settings) -> None:
    return None


def _two_marks_and_a_chunk(settings: Settings) -> int:
    # What is below the mark takes another chunk: each side holds up to the next whole one.
    chunks = -(-settings.high_water_mark // settings.chunk_size)
    return (2 * chunks + 1) * settings.chunk_size


def _two_marks_and_two_chunks(settings: Settings) -> int:
    # asyncio pushes back above the mark, not at it; and a reader's mark is 2 bytes at least.
    return 2 * (max(2, settings.high_water_mark) + settings.chunk_size)


class Variant(NamedTuple):
    """A way to write `cat`.

    Attributes:
        name: what it is called.
        model: what keeps the producer from running ahead: ``"state machine"``, ``"channel"``,
            ``"await"``, ``"blocking"``, or ``"none"``.
        endpoints: what it copies between: ``"streams"``, ``"asyncio"``, ``"blocking"`` or
            ``"node"``.
        module: where it is: a module's name, or of one for Node the path of its file.
        bound: the most bytes that it may hold; None for any number.
        function: what runs.
        function_under_fault: what runs when something is to go wrong.
    """

    name: str
    model: str
    endpoints: str
    module: str
    bound: Callable[[Settings], int | None] = _two_marks_and_a_chunk
    function: str = "cat"
    function_under_fault: str = "cat"

    @property
    def cat(self) -> Callable[..., object]:
        """The function. Of `node`, there is none in Python: AttributeError, or ImportError."""
        found: Callable[..., Any] = getattr(importlib.import_module(self.module), self.function)
        return found


def _variant(name: str, model: str, endpoints: str = "streams", **more: Any) -> Variant:
    return Variant(name, model, endpoints, f"{__name__}.{more.pop('file', name)}", **more)


_NODE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node.js")

VARIANTS: tuple[Variant, ...] = (
    _variant("naive", "none", bound=_unbounded),
    _variant("pause_resume", "state machine"),
    _variant("pipe", "state machine", function_under_fault="cat_or_fail"),
    _variant("async_iteration", "await"),
    _variant("channel", "channel"),
    _variant(
        "asyncio", "await", "asyncio", file="asyncio_streams", bound=_two_marks_and_two_chunks
    ),
    _variant("threads", "blocking", "blocking"),
    Variant("node", "state machine", "node", _NODE, function_under_fault="catOrFail"),
)


def by_names(names: str) -> list[Variant]:
    """The variants that `names` lists, with commas between them, in that order.

    Raises:
        ValueError: there is no such variant, or one is named twice.
    """
    known = {variant.name: variant for variant in VARIANTS}
    wanted = [name.strip() for name in names.split(",")]
    for name in wanted:
        if name not in known:
            raise ValueError(f"{name!r} is no variant. There are: {', '.join(known)}")
    if len(set(wanted)) < len(wanted):
        raise ValueError(f"{names!r} names a variant twice. Name each once")
    return [known[name] for name in wanted]
