"""For each way to stand still: who is to blame is named, with file and line, and nobody else is."""

from __future__ import annotations

import abc
import asyncio
import inspect
import os
import sys
from contextlib import suppress

import pytest

from streams2 import AbortError, UnsettledError, brokers, run
from streams2 import iter as iterables
from streams2.channel import Channel
from streams2.doctor import explain
from streams2.doctor.streamables import known_as
from streams2.loop import stuck as loop_stuck

from . import some, stuck, stuck_flows, stuck_more, stuck_peers, stuck_scripts

of_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux says what a process waits for"
)


def marked(main):
    lines, first = inspect.getsourcelines(main)
    found = [first + index for index, line in enumerate(lines) if "# here" in line]
    if main is stuck.forgotten_by_a_subclass:
        found += marked(stuck.Disk._write)
    return found


@pytest.mark.once
@pytest.mark.parametrize(
    ("main", "culprits"), some(stuck.WAYS), ids=[main.__name__ for main, _ in some(stuck.WAYS)]
)
def test_the_culprit_is_named(main, culprits):
    with pytest.raises(UnsettledError) as caught:
        run(main)
    text = str(caught.value)
    assert caught.value.code == "ERR_UNSETTLED_TOP_LEVEL_AWAIT"
    for name in culprits:
        assert f"`{name}`" in text
    for line in marked(main):
        assert f"stuck.py:{line}" in text, text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("main", "culprits"), some(stuck.WAYS), ids=[main.__name__ for main, _ in some(stuck.WAYS)]
)
def test_nobody_else_is_blamed(main, culprits):
    found = []

    async def ask():
        task = asyncio.ensure_future(main())
        for _ in range(40):
            await asyncio.sleep(0)
        found.append(explain(task))
        task.cancel()
        await asyncio.wait([task])
        for other in asyncio.all_tasks() - {asyncio.current_task()}:
            other.cancel()

    with suppress(AbortError):
        run(ask)
    explanation = found[0]
    assert {culprit.name for culprit in explanation.culprits} == culprits, explanation.text
    assert not explanation.moves


# What a task still uses is told by the interpreter; all else is the same on each.
ONCE = [main for main, _ in [*stuck_scripts.WAYS[10:], *stuck_flows.WAYS]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("main", "culprits"),
    [
        pytest.param(*way, id=way[0].__name__, marks=[pytest.mark.once] * (way[0] in ONCE))
        for way in some([*stuck_more.WAYS, *stuck_scripts.WAYS, *stuck_flows.WAYS])
    ],
)
def test_strangers_are_told_who_it_is_and_nobody_else(main, culprits, monkeypatch):
    found = []

    def explainer(loop, asked):
        found.append(explain(loop=loop))
        return found[0].text

    monkeypatch.setattr(loop_stuck, "_explainers", [explainer])
    with pytest.raises(UnsettledError):
        run(main)
    explanation = found[0]
    assert {culprit.name for culprit in explanation.culprits} == culprits, explanation.text
    assert not explanation.moves
    file = os.path.basename(main.__code__.co_filename)
    for line in marked(main):
        assert f"{file}:{line}" in explanation.text, explanation.text


async def asked_until_it_stands_still(main):
    """What is said of `main` as soon as nothing moves any more, and it is the same twice."""
    task, before = asyncio.ensure_future(main()), []
    for _ in range(1000):
        await asyncio.sleep(0.02)
        assert not task.done(), task.result()
        said = explain(task), explain()
        texts = [one.text for one in said]
        if all(one.culprits and not one.moves for one in said) and texts == before:
            return said
        before = texts
    raise AssertionError(said[0].text)


@pytest.mark.host
@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize(
    ("main", "culprits"),
    [
        *(pytest.param(*way, id=way[0].__name__) for way in some(stuck_peers.WAYS)),
        *(
            pytest.param(*way, id=way[0].__name__, marks=of_linux)
            for way in some(stuck_peers.OF_CHILDREN)
        ),
    ],
)
def test_what_waits_for_its_other_end_is_told_who_keeps_that(main, culprits):
    said = []

    async def ask():
        said.extend(await asked_until_it_stands_still(main))
        sys.exit()

    with suppress(SystemExit):
        run(ask)
    for explanation in said:
        assert {culprit.name for culprit in explanation.culprits} == culprits, explanation.text
        for line in marked(main):
            assert f"stuck_peers.py:{line}" in explanation.text, explanation.text


async def with_a_queue(main):
    async with brokers.connect(f"memory://{main.__name__}") as broker:
        await broker.declare("jobs", limit=3)
        await main(broker)


def marked_in_flows(main):
    return [f"stuck_flows.py:{line}" for line in marked(main)]


@pytest.mark.once
@pytest.mark.parametrize(
    ("main", "culprit", "words"),
    [pytest.param(*way, id=way[0].__name__) for way in stuck_flows.QUEUES],
)
def test_of_a_queue_it_is_said_what_it_waits_for(main, culprit, words):
    said = []

    async def ask():
        said.extend(await asked_until_it_stands_still(lambda: with_a_queue(main)))
        sys.exit()

    with suppress(SystemExit):
        run(ask)
    explanation = said[0]
    assert {one.name for one in explanation.culprits} == {culprit}, explanation.text
    told = explanation.text + " ".join(explanation.remedies)
    missing = [word for word in (*words, *marked_in_flows(main)) if word not in told]
    assert missing == [], explanation.text


def test_there_are_a_hundred():
    assert len(stuck.WAYS) + len(stuck_more.WAYS) >= 100


@pytest.mark.parametrize("way", some(["take", "put", "each", "within a generator"]))
def test_who_has_just_begun_to_wait_at_a_channel_waits_at_it(way):
    """Its task has one more turn to come; all that it does there is to look."""

    async def values(letters):
        async for letter in letters:
            yield letter

    async def begin(letters):
        if way == "take":
            await letters.take()
        elif way == "put":
            await letters.put("a")
        else:
            async for _ in letters if way == "each" else values(letters):
                pass

    async def main():
        letters = Channel()
        task = asyncio.ensure_future(begin(letters))
        await asyncio.sleep(0)
        waits = explain(task)
        letters.poll() if way == "put" else letters.put_callback("b")
        goes_on = explain(task)
        task.cancel()
        return waits, goes_on

    waits, goes_on = asyncio.run(main())
    assert [one.name for one in waits.culprits] == ["letters"], waits.text
    assert "about to go on" in goes_on.text


def test_no_abstract_class_is_asked_about_the_things_of_a_program(monkeypatch):
    """It would remember each class that there is; and Python 3.9 may die of it."""

    def asked(cls, kind):
        raise AssertionError(f"{cls} was asked about {kind}")

    writer, readable = iterables.push()
    with monkeypatch.context() as patched:
        patched.setattr(abc.ABCMeta, "__subclasscheck__", asked)
        patched.setattr(abc.ABCMeta, "__instancecheck__", asked)
        assert known_as(object()) is None
        assert known_as(writer) is writer
        assert known_as(readable) is not None
