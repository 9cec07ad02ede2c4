"""Whatever a user may hand to `explain`: of each, who is to blame, or that it moves, or is over."""

from __future__ import annotations

import asyncio
import sys

import pytest

from streams2 import child_process, net, once, run
from streams2.doctor import explain

from . import asked, some

NOTHING = "Nothing stands still."


def told(program):
    """What a program is told of each thing that it asks about."""
    said = []

    async def ask():
        said.extend((await program())[0])
        sys.exit()

    with pytest.raises(SystemExit):
        run(ask)
    return said


@pytest.mark.once
@pytest.mark.parametrize(
    ("program", "culprits", "says"),
    [pytest.param(*one, id=one[0].__name__) for one in some(asked.STUCK)],
)
def test_who_is_to_blame(program, culprits, says):
    for explanation in told(program):
        assert {one.name for one in explanation.culprits} == culprits, explanation.text
        assert not explanation.moves
        assert says in explanation.text
        assert all(one.place.file == asked.__file__ for one in explanation.culprits)


@pytest.mark.once
@pytest.mark.parametrize("program", some(asked.MOVING), ids=lambda one: one.__name__)
def test_nobody_is_blamed_while_it_moves(program):
    for explanation in told(program):
        assert explanation.culprits == [], explanation.text
        assert explanation.moves, explanation.text


@pytest.mark.once
@pytest.mark.parametrize("program", some(asked.OVER), ids=lambda one: one.__name__)
def test_of_what_is_over_nothing_stands_still(program):
    assert [one.text for one in told(program)] == [NOTHING] * len(told(program))


@pytest.mark.parametrize("thing", [None, 1, "disk", object(), asyncio.Event])
def test_others_are_refused(thing):
    with pytest.raises(TypeError, match=r"explain\(\) takes streams, "):
        explain(thing)


@pytest.mark.host
@pytest.mark.once
def test_a_server_waits_for_somebody_to_connect():
    said = []

    async def main():
        server = net.create_server()
        said.append(explain(server).text)
        server.listen(0)
        await once(server, "listening")
        said.append(explain(server).text)
        server.close()
        await once(server, "close")
        said.append(explain(server).text)

    run(main)
    assert said[0] == said[2] == NOTHING
    assert "waits for somebody to connect" in said[1]


@pytest.mark.host
@pytest.mark.once
def test_a_child_runs():
    said = []

    async def main():
        child = child_process.spawn(sys.executable, ["-c", "input()"])
        await once(child, "spawn")
        said.append(explain(child))
        child.stdin.end(b"\n")
        await once(child, "close")
        said.append(explain(child))

    run(main)
    assert said[0].external or [one.name for one in said[0].culprits] == ["child.stdin"]
    assert said[1].text == NOTHING
