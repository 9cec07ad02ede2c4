"""What moves slowly is said to move, and nobody is blamed."""

from __future__ import annotations

import asyncio

import pytest

from streams2 import run
from streams2.doctor import explain

from . import moving, some

HOST = {"a_thread_that_writes", "a_thread_of_ones_own", "a_thread_for_a_channel"}


@pytest.mark.parametrize(
    "main",
    [
        pytest.param(main, id=main.__name__, marks=[pytest.mark.host] * (main.__name__ in HOST))
        for main in some(moving.WAYS)
    ],
)
def test_nobody_is_blamed(main):
    async def ask():
        task = asyncio.ensure_future(main())
        for _ in range(4):
            await asyncio.sleep(0)
        if task.done():
            return None
        explanation = explain(task)
        await task
        return explanation

    explanation = run(ask)
    assert explanation is None or explanation.culprits == [], explanation.text
    assert explanation is None or explanation.moves, explanation.text


def test_there_are_forty():
    assert len(moving.WAYS) >= 40
