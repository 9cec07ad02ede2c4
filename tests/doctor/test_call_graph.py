"""From Python 3.14 on, asyncio tells who awaits whom: the doctor says the same, and more."""

from __future__ import annotations

import asyncio
import sys

import pytest

from streams2 import Readable, Writable, promises, run
from streams2.doctor import explain
from streams2.errors.places import Place, is_between

from . import stuck, stuck_more

PROGRAMS = [
    stuck.a_task_that_waits_for_ever,
    stuck.a_generator_that_waits_for_ever,
    stuck.under_a_time_limit,
    stuck_more.three_deep,
    stuck_more.a_name_of_a_nested_function,
    stuck_more.several_culprits_at_once,
]


def lines_of(graph):
    """The user's line that each task of a call graph waits at."""
    frames = [entry.frame for entry in graph.call_stack]
    users = [f for f in frames if not is_between(f.f_code.co_filename, f.f_globals["__name__"])]
    if users:
        yield str(Place(users[0].f_code.co_filename, users[0].f_lineno, ""))
    for other in graph.awaited_by:
        yield from lines_of(other)


async def looked_at(main):
    """What asyncio says of all tasks of a program, and what the doctor says."""
    begun = {asyncio.ensure_future(main())}
    for _ in range(40):
        await asyncio.sleep(0)
    tasks = (begun | asyncio.all_tasks()) - {asyncio.current_task()}
    graphs = [asyncio.capture_call_graph(one) for one in tasks]
    lines = {line for graph in graphs for line in lines_of(graph)}
    explanation = explain()
    for one in tasks:
        one.cancel()
    await asyncio.wait(tasks)
    return lines, explanation


if sys.version_info >= (3, 14):

    @pytest.mark.parametrize("main", PROGRAMS, ids=[main.__name__ for main in PROGRAMS])
    def test_each_line_of_the_call_graph_is_said(main):
        lines, explanation = run(lambda: looked_at(main))
        assert lines
        assert [line for line in lines if line not in explanation.text] == []
        assert explanation.culprits

    def test_and_what_no_task_waits_in_is_said_too():
        """asyncio knows no streams: of a callback that never comes, only who awaits it."""

        async def main():
            disk = Writable(write=lambda self, chunk, encoding, callback: None)
            await promises.pipeline(Readable.from_([b"x"]), disk)

        lines, explanation = run(lambda: looked_at(main))
        assert len(lines) == 1
        (culprit,) = explanation.culprits
        assert (culprit.name, culprit.method) == ("disk", "_write")


def test_on_any_python_each_task_is_named_down_to_the_last():
    async def ask():
        task = asyncio.ensure_future(stuck_more.three_deep())
        for _ in range(40):
            await asyncio.sleep(0)
        explanation = explain(task)
        for one in asyncio.all_tasks() - {asyncio.current_task()}:
            one.cancel()
        await asyncio.wait([task])
        return explanation

    named = [sentence.subject for sentence in run(ask).sentences]
    assert [name for name in named if name != "Future"] == ["three_deep", "middle", "helper"]
