"""What moves slowly is said to move, and nobody is blamed."""

from __future__ import annotations

import asyncio
import inspect
import sys
from contextlib import suppress

import pytest

from streams2 import run
from streams2.doctor import explain

from . import moving, moving_scripts, some, stuck_flows
from .test_stuck import with_a_queue

HOST = {"a_thread_that_writes", "a_thread_of_ones_own", "a_thread_for_a_channel"}
# What a task still uses is told by the interpreter; all else is the same on each.
ONCE = moving_scripts.WAYS[7:]
WAYS = some([*moving.WAYS, *moving_scripts.WAYS])


def marks_of(main):
    return [pytest.mark.host] * (main.__name__ in HOST) + [pytest.mark.once] * (main in ONCE)


async def asked(main, *, times, seconds):
    """What is said of `main` while it moves, so many times."""
    task, said = asyncio.ensure_future(main()), []
    while len(said) < times:
        for _ in range(4):
            await asyncio.sleep(seconds)
        if task.done():
            break
        said.append(explain(*([task] * (len(said) % 2))))
    await task
    return said


def expect_nobody_is_blamed(said):
    for explanation in said:
        assert explanation.culprits == [], explanation.text
        assert explanation.moves or explanation.external, explanation.text


@pytest.mark.slow
@pytest.mark.parametrize(
    "main", [pytest.param(main, id=main.__name__, marks=marks_of(main)) for main in WAYS]
)
def test_nobody_is_blamed(main):
    said = run(lambda: asked(main, times=1, seconds=0))
    assert all(one.moves for one in said), [one.text for one in said]
    expect_nobody_is_blamed(said)


@pytest.mark.host
@pytest.mark.slow
@pytest.mark.parametrize(
    "main", [pytest.param(main, id=main.__name__) for main in moving_scripts.OF_HOSTS]
)
def test_nor_is_anybody_of_the_outside(main, tmp_path):
    with_path = (lambda: main(tmp_path)) if inspect.signature(main).parameters else main
    said = run(lambda: asked(with_path, times=4, seconds=moving_scripts.MOMENT / 4))
    expect_nobody_is_blamed(said)


@pytest.mark.once
@pytest.mark.parametrize("main", stuck_flows.MOVING, ids=lambda main: main.__name__)
def test_nor_is_anybody_at_a_queue(main):
    said = []

    async def ask():
        task = asyncio.ensure_future(with_a_queue(main))
        while len(said) < 3:
            await asyncio.sleep(stuck_flows.MOMENT / 3)
            said.append(explain(*([task] * (len(said) % 2))))
        sys.exit()

    with suppress(SystemExit):
        run(ask)
    expect_nobody_is_blamed(said)


def test_there_are_forty():
    assert len(moving.WAYS) >= 40
