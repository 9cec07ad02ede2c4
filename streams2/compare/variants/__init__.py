"""Ways to write `cat`, one module each: open them side by side.

Every one is a function ``cat(source, sink)`` that copies all of a source to a sink and ends that. A
plain function on streams sets the copying going and returns; a coroutine function, and one that
blocks, return when it is done.

Each comes in two forms. `cat` is what to write when all goes well. `cat_or_fail` handles failures,
too: whichever side fails, or if the caller gives up, both sides are closed and the caller is told.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Mapping
from typing import Any, Callable, NamedTuple

from ...iter.policies import LEAST_BUDGET
from ..code_lines import lines_of_functions
from ..settings import Settings

__all__ = ["FORMS", "VARIANTS", "Variant", "bridge_lines", "by_names"]

FORMS = ("plain", "handled")
"""The forms in which each variant is written: for when all goes well, and with failures handled."""


def _unbounded(_: Settings) -> None:
    return None


def _two_marks_and_a_chunk(settings: Settings) -> int:
    # What is below the mark takes another chunk: each side holds up to the next whole one.
    chunks = -(-settings.high_water_mark // settings.chunk_size)
    return (2 * chunks + 1) * settings.chunk_size


def _two_marks_and_two_chunks(settings: Settings) -> int:
    # asyncio pushes back above the mark, not at it; and a reader's mark is 2 bytes at least.
    return 2 * (max(2, settings.high_water_mark) + settings.chunk_size)


def _two_budgets_and_a_chunk(settings: Settings) -> int:
    # Whoever reads takes all there is; while that is written, as much comes, and one more waits.
    chunks = -(-max(settings.high_water_mark, LEAST_BUDGET) // settings.chunk_size)
    return (2 * chunks + 1) * settings.chunk_size


class Variant(NamedTuple):
    """A way to write `cat`.

    Attributes:
        name: what it is called.
        model: what keeps the producer from running ahead: ``"state machine"``, ``"channel"``,
            ``"await"``, ``"budget"``, ``"blocking"``, or
            ``"none"``.
        endpoints: what it copies between: ``"streams"``, ``"asyncio"``, ``"blocking"``,
            ``"iter"``, ``"anyio"``, ``"trio"`` or ``"node"``.
        module: where it is: a module's name, or of one for Node the path of its file.
        bound: the most bytes that it may hold; None for any number.
        function: what runs.
        function_under_fault: what runs when something is to go wrong.
        handled: the form that handles failures.
        needs: the package that it is written with, which may not be installed; None for none.
        luck: why, under a fault, both files are closed although its code does not see to that.
    """

    name: str
    model: str
    endpoints: str
    module: str
    bound: Callable[[Settings], int | None] = _two_marks_and_a_chunk
    function: str = "cat"
    function_under_fault: str = "cat"
    handled: str = "cat_or_fail"
    needs: str | None = None
    luck: Mapping[str, str] = {}

    @property
    def cat(self) -> Callable[..., object]:
        """The function. Of `node`, there is none in Python: AttributeError, or ImportError."""
        found: Callable[..., Any] = getattr(importlib.import_module(self.module), self.function)
        return found

    @property
    def path(self) -> str:
        """The file in which it is written."""
        if self.endpoints == "node":
            return self.module
        # Not imported: what it needs may not be there.
        found = importlib.util.find_spec(self.module)
        assert found is not None
        assert found.origin is not None
        return found.origin

    @property
    def lines(self) -> tuple[int, int | None]:
        """Lines of code, when all goes well and with failures handled; None if it has no form."""
        with open(self.path, encoding="utf-8") as page:
            counts = lines_of_functions(page.read(), "js" if self.endpoints == "node" else "python")
        return counts[self.function], counts.get(self.handled)

    def in_form(self, form: str) -> Variant:
        """The variant that runs in this one of `FORMS`, whether or not something goes wrong."""
        function = self.handled if form == "handled" else self.function
        return self._replace(function=function, function_under_fault=function)


def _variant(name: str, model: str, endpoints: str = "streams", **more: Any) -> Variant:
    return Variant(name, model, endpoints, f"{__name__}.{more.pop('file', name)}", **more)


_NODE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node.js")

VARIANTS: tuple[Variant, ...] = (
    _variant("naive", "none", bound=_unbounded),
    _variant("pause_resume", "state machine"),
    _variant("pipe", "state machine", function_under_fault="cat_or_fail"),
    _variant(
        "async_iteration",
        "await",
        luck={"sink": "closed, because CPython collects an iterator as soon as nobody has it"},
    ),
    _variant("channel", "channel", function_under_fault="cat_or_fail"),
    _variant("iter", "budget", "iter", file="iterable", bound=_two_budgets_and_a_chunk),
    _variant(
        "asyncio", "await", "asyncio", file="asyncio_streams", bound=_two_marks_and_two_chunks
    ),
    _variant("threads", "blocking", "blocking"),
    _variant("anyio", "channel", "anyio", file="anyio_channel", handled="cat", needs="anyio"),
    _variant("trio", "channel", "trio", file="trio_channel", handled="cat", needs="trio"),
    Variant(
        *("node", "state machine", "node", _NODE),
        function_under_fault="catOrFail",
        handled="catOrFail",
    ),
)


def bridge_lines() -> int:
    """Lines of code of the channel that is made by the bridge."""
    (channel,) = by_names("channel")
    return channel._replace(function="cat_by_bridge").lines[0]


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
