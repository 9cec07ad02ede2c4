"""Every row of the tables in docs/channels.md runs, and has the value that it says.

Its programs are doctests, and run as such.
"""

from __future__ import annotations

import ast
import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from streams2 import channel

pytestmark = pytest.mark.once

PAGE = (Path(__file__).parent.parent / "docs" / "channels.md").read_text("utf8")
CODE = re.compile(r"^`([^`]+)`$")


def rows() -> list[tuple[str, str]]:
    """The code and the value of each row of a table whose last columns are those."""
    found = []
    in_table = False
    for line in PAGE.splitlines():
        cells = re.split(r"\s*\|\s*", line.strip("| "))
        if cells[-2:] == ["streams2", "value"]:
            in_table = True
        elif not line.startswith("|"):
            in_table = False
        elif in_table and not line.startswith("|---"):
            code, value = CODE.match(cells[-2]), CODE.match(cells[-1])
            assert code, line
            assert value, line
            found.append((code[1], value[1]))
    return found


async def answer() -> int:
    return 42


async def double(number: int, out: channel.Channel[int]) -> None:
    await out.put(number * 2)


async def through(transform: channel.Transducer[Any, Any], *values: Any) -> list[Any]:
    out: channel.Channel[Any] = channel.Channel(1, transform)
    channel.onto_channel(out, values)
    return [value async for value in out]


async def value_of(code: str) -> Any:
    """The value of the last expression of `code`, which runs inside of an ``async def``."""
    names: dict[str, Any] = {name: getattr(channel, name) for name in channel.__all__}
    names.update(answer=answer, double=double, through=through)
    names.update(c=channel.Channel(3), d=channel.Channel(3))
    program = ast.parse(f"async def run():\n    {code}")
    body = program.body[0].body  # type: ignore[attr-defined]
    body[-1] = ast.copy_location(ast.Return(body[-1].value), body[-1])
    exec(compile(program, code, "exec"), names)
    return await names["run"]()


def test_the_page_has_them_all() -> None:
    assert len(rows()) > 50
    named = " ".join(code for code, _ in rows())
    types = {name for name in channel.__all__ if name[0].isupper()} - {"Channel", "Reduced"}
    assert not {name for name in channel.__all__ if name not in named} - types
    assert not {name for name in channel.transforms.__all__ if f"transforms.{name}" not in named}


@pytest.mark.parametrize(("code", "value"), rows())
def test_row(code: str, value: str) -> None:
    assert repr(asyncio.run(value_of(code))) == value
