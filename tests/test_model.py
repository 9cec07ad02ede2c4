"""The machines, searched: no state is out of reach, none is a trap, and no order of events hangs.

Two searches. The first looks at the tables, and at what short programs make of them. The second
drives real pipes, between bare ends, through every order of events until it leads nowhere new.
"""

from __future__ import annotations

import ast
import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Callable, NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import streams2
from streams2 import pipe
from streams2.core.demand import DEMAND, Demand
from streams2.core.flow import FLOW, Flow
from streams2.core.life import LIFECYCLE, Life, LifeState
from streams2.core.machine import Machine, State, Table, observe
from streams2.core.pipe import PIPE, Pipe, PipeState
from streams2.core.read_side import ReadSide
from streams2.core.supply import SUPPLY, Supply
from streams2.core.write_side import WriteSide

from .naive_pipe import Fault, Hub
from .support import BareDestination, BareSource, Sink, Source, turns

pytestmark = pytest.mark.once


class Searched(NamedTuple):
    """A table, who owns machines of it, and where a machine can start and where it is at an end."""

    table: Table[Any, Any]
    owner: type
    starts: set[State]
    ends: set[State]


MACHINES = [
    Searched(LIFECYCLE, Life, {LifeState.OPEN, LifeState.CONSTRUCTING}, {LifeState.GONE}),
    Searched(FLOW, ReadSide, {Flow.IDLE}, {Flow.FLOWING}),
    Searched(SUPPLY, ReadSide, {Supply.SUPPLYING}, {Supply.END_TOLD}),
    Searched(DEMAND, WriteSide, {Demand.ACCEPTING}, {Demand.FINISHED}),
    Searched(PIPE, Pipe, {PipeState.FLOWING}, {PipeState.UNPIPED}),
]
EACH = pytest.mark.parametrize("which", MACHINES, ids=[which.table.name for which in MACHINES])


# -- the tables ------------------------------------------------------------------------------------


def reachable(table: Table[Any, Any], starts: Iterable[State]) -> set[State]:
    found, frontier = set(starts), list(starts)
    while frontier:
        state = frontier.pop()
        for (before, _), (after, _) in table.rows.items():
            if before is state and after not in found:
                found.add(after)
                frontier.append(after)
    return found


@EACH
def test_it_starts_where_it_can_start(which):
    assert which.table.initial in which.starts


@EACH
def test_every_state_can_be_reached(which):
    assert reachable(which.table, which.starts) == set(which.table.states())


@EACH
def test_no_state_is_a_trap(which):
    for state in which.table.states():
        assert reachable(which.table, [state]) & which.ends, f"no way to an end from {state}"


@pytest.mark.parametrize("which", [which for which in MACHINES if which.table is not FLOW])
def test_an_end_is_final(which):
    """But for the flow: a readable flows and pauses for as long as it lives."""
    for state in which.ends:
        assert reachable(which.table, [state]) == {state}


@EACH
def test_every_action_is_a_method_of_the_owner(which):
    for row, (_, action) in which.table.rows.items():
        assert action is None or callable(getattr(which.owner, action)), row


@EACH
def test_every_state_has_a_note_and_no_other_thing_has(which):
    assert set(which.table.notes) == set(which.table.states())
    assert all(which.table.notes.values())


@EACH
def test_every_event_has_a_row(which):
    ((_, event), *_) = which.table.rows
    assert {event for _, event in which.table.rows} == set(type(event))


@pytest.mark.parametrize("module", ["life", "flow", "supply", "demand", "pipe"])
def test_no_row_is_written_twice(module):
    """A dict would keep the last of two rows for one state and event, and say nothing."""
    source = Path(streams2.__file__).with_name("core").joinpath(f"{module}.py").read_text("utf-8")
    tables = [
        call.args[2]
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Table"
    ]
    (rows,) = tables
    assert isinstance(rows, ast.Dict)
    keys = [ast.dump(key) for key in rows.keys if key is not None]
    assert keys
    assert len(set(keys)) == len(keys)


# -- every row happens -----------------------------------------------------------------------------

Row = tuple  # of a state and an event
Operation = Callable[[Any], object]


def rows_taken(table: Table[Any, Any], act: Callable[[], object]) -> set[Row]:
    taken: set[Row] = set()

    def note(machine: Machine[Any, Any], before: State, event: Any) -> None:
        if machine.table is table:
            taken.add((before, event))

    with observe(note):
        act()
    return taken


def rows_of_short_programs(
    table: Table[Any, Any], make: Callable[[], Any], operations: Sequence[Operation]
) -> set[Row]:
    """The rows that programs take, shortest first, until all are taken or nothing is new."""
    taken: set[Row] = set()
    seen: set[Any] = set()
    frontier: deque[tuple[Operation, ...]] = deque([()])
    while frontier and taken != set(table.rows):
        before = frontier.popleft()
        for operation in operations:
            program = (*before, operation)
            with turns() as loop:
                stream = make()
                stream.loop = loop
                taken |= rows_taken(table, partial(act_out, stream, program))
                place = condition(stream)
            if place not in seen:
                seen.add(place)
                frontier.append(program)
    return taken


def act_out(stream: Any, program: Iterable[Operation]) -> None:
    for operation in program:
        operation(stream)


def condition(stream: Any) -> Any:
    """Roughly where a stream is: all its flags, its machines, and who listens."""
    parts = [stream._life.machine.state, len(stream.loop.due), *sorted(vars(stream))]
    for state in (
        getattr(stream, "_readable_state", None),
        getattr(stream, "_writable_state", None),
    ):
        for name in state.__slots__ if state else ():
            value = getattr(state, name, None)
            if isinstance(value, Machine):
                parts.append(value.state)
            elif value is None or isinstance(value, bool):
                parts.append(value)
            else:
                parts.append(name)
    parts.extend((event, stream.listener_count(event)) for event in ("data", "readable"))
    return tuple(parts)


def hear(*_: Any) -> None:
    pass


def on(event: str) -> Operation:
    def listen(stream: Any) -> None:
        if not stream.listener_count(event):
            stream.on(event, hear)

    return listen


def off(event: str) -> Operation:
    return lambda stream: stream.remove_listener(event, hear)


def turn(stream: Any) -> None:
    stream.loop.run()


def pause(stream: Any) -> None:
    stream.pause()


def resume(stream: Any) -> None:
    stream.resume()


def destroy(stream: Any) -> None:
    stream.destroy()


def read_to_the_end(stream: Any) -> None:
    stream.push(None)
    stream.read()
    stream.loop.run()


def test_every_row_of_the_flow_is_taken_by_a_short_program():
    def make() -> Any:
        return Source(auto_destroy=False)

    listening = [act(event) for act in (on, off) for event in ("data", "readable")]
    operations = [*listening, pause, resume, turn, destroy, read_to_the_end]
    assert rows_of_short_programs(FLOW, make, operations) == set(FLOW.rows)


def test_every_row_of_the_supply_is_taken_by_a_short_program():
    def make() -> Any:
        stream: Any = Source(auto_destroy=False)
        return stream

    def end(stream: Any) -> None:
        stream.push(None)

    def end_inside_read(stream: Any) -> None:
        stream._read = lambda size: stream.push(None)

    def push_inside_read(stream: Any) -> None:
        if not stream.readable_length:
            stream._read = lambda size: stream.push(b"x")

    operations = [
        *(on("data"), on("readable"), turn, end, end_inside_read, push_inside_read),
        *(lambda stream: stream.read(), lambda stream: stream.read(0)),
    ]
    assert rows_of_short_programs(SUPPLY, make, operations) == set(SUPPLY.rows)


def test_every_row_of_the_demand_is_taken_by_a_short_program():
    def make() -> Any:
        held: list[Any] = []
        stream: Any = Sink(finish=held.append, object_mode=True, high_water_mark=1)
        stream.release = lambda: held.pop()() if held else None
        return stream

    def write(stream: Any) -> None:
        if stream.writable and stream.writable_length < 3:
            stream.write("x")

    def write_and_end_inside(stream: Any) -> None:
        if stream.writable and not stream.writable_length:
            # The chunk is full measure, and its writer was done before it was refused.
            finish, stream.finish = stream.finish, lambda done: (stream.end(), finish(done))
            stream.write("x")
            stream.finish = finish

    operations = [
        *(write, write_and_end_inside, turn),
        *(lambda stream: stream.release(), lambda stream: stream.end()),
    ]
    assert rows_of_short_programs(DEMAND, make, operations) == set(DEMAND.rows)


def test_every_row_of_the_lifecycle_is_taken_by_a_short_program():
    class Constructed(Source):
        def _construct(self, callback: Any) -> None:
            self.done = callback

    def make() -> Any:
        stream = Constructed()
        stream.on("error", hear)
        return stream

    def construct_well(stream: Any) -> None:
        stream.went_well = True
        getattr(stream, "done", hear)()

    def construct_badly(stream: Any) -> None:
        stream.went_badly = True
        getattr(stream, "done", hear)(OSError())

    operations = [turn, destroy, construct_well, construct_badly]
    assert rows_of_short_programs(LIFECYCLE, make, operations) == set(LIFECYCLE.rows)


# -- every order of events around a pipe -----------------------------------------------------------


# Enough for two at a time, and for one of them to go and to come back.
MOST_PIPES = 3


class HungError(AssertionError):
    """Nobody waits for anything, and nothing moves."""


class Move(NamedTuple):
    """Something that happens: what, to which destination, and how destinations take a chunk."""

    what: str
    which: int = -1
    answers: tuple[str, ...] = ()


# What a destination may do with a chunk, and then answer.
ANSWERS = (
    "accept",
    "refuse",
    "owe no drain, refuse",
    "leave, accept",
    "leave, refuse",
    "push, refuse",
    "send off the others, accept",
)


class World:
    """One source, a few destinations, and all that can happen to them."""

    def __init__(self, destinations: int, fault: Fault | None, by_hand: bool) -> None:
        self.source = BareSource()
        self.hub = Hub(self.source, fault) if by_hand else None
        self.destinations = [BareDestination() for _ in range(destinations)]
        self.pipes: list[Any] = [None] * destinations
        self.times_piped = [0] * destinations
        # The source is held up by one who must let it go by hand: who paused it, or who had a
        # destination refuse without owing a drain.
        self.held_by_hand = False
        # Who refused the last chunk it got, and has not drained since.
        self.refused: set[int] = set()
        # Those of them whom nobody has overruled by hand.
        self.holds_up: set[int] = set()
        self.sent = 0
        self.depth = 0

    # What can happen now

    def moves(self) -> Iterator[Move]:
        yield Move("pause")
        yield Move("resume")
        for which, destination in enumerate(self.destinations):
            if self.pipes[which] is not None:
                yield Move("leave", which)
            elif sum(self.times_piped) < MOST_PIPES:
                yield Move("pipe", which)
                if not destination.writable_need_drain:
                    yield Move("pipe while full", which)
            if destination.writable_need_drain:
                yield Move("drain", which)
        piped = self.piped()
        if piped:
            # Where the source does not flow, it is somebody's read() that emits the chunk.
            for answers in itertools.product(ANSWERS, repeat=len(piped)):
                yield Move("chunk", answers=answers)

    def piped(self) -> list[int]:
        return [which for which, joint in enumerate(self.pipes) if joint is not None]

    # What happens

    def do(self, move: Move) -> None:
        if move.what == "pause":
            self.source.pause()
            self.held_by_hand = True
        elif move.what == "resume":
            self.holds_up.clear()
            self.source.resume()
        elif move.what == "leave":
            self.leave(move.which)
        elif move.what == "drain":
            self.accepts(move.which)
            self.destinations[move.which].drain()
        elif move.what == "chunk":
            self.send(dict(zip(self.piped(), move.answers)))
        else:
            self.connect(move.which, full=move.what == "pipe while full")
        self.check()

    def connect(self, which: int, full: bool) -> None:
        destination = self.destinations[which]
        destination.writable_need_drain = destination.writable_need_drain or full
        # To pipe is to start the source, whoever else is full: so it is in Node.
        self.holds_up.clear()
        if destination.writable_need_drain:
            self.refuses(which)
        self.times_piped[which] += 1
        make = self.hub.connect if self.hub else lambda to: pipe(self.source, to)
        self.pipes[which] = make(destination)

    def refuses(self, which: int) -> None:
        self.refused.add(which)
        self.holds_up.add(which)

    def accepts(self, which: int) -> None:
        self.refused.discard(which)
        self.holds_up.discard(which)

    def leave(self, which: int) -> None:
        joint, self.pipes[which] = self.pipes[which], None
        self.accepts(which)
        if joint is not None:
            joint.unpipe()

    def send(self, answers: dict[int, str]) -> None:
        self.sent += 1
        chunk = self.sent
        for which, destination in enumerate(self.destinations):
            answer = answers.get(which, "accept")
            destination.answer = not answer.endswith("refuse")
            destination.owes_drain = not answer.startswith("owe no drain")
            destination.inside = lambda got, which=which, answer=answer, chunk=chunk: (
                self.inside(which, answer) if got == chunk else None
            )
        had = [len(destination.got) for destination in self.destinations]
        self.source.send(chunk)
        for which, destination in enumerate(self.destinations):
            got = destination.got[had[which] :].count(chunk)
            assert got == (which in answers), f"{which} got the chunk {got} times"

    def inside(self, which: int, answer: str) -> None:
        if answer.endswith("refuse"):
            self.refuses(which)
        else:
            self.accepts(which)
        if answer.startswith("leave"):
            self.leave(which)
        elif answer.startswith("send off"):
            for other in self.piped():
                if other != which:
                    self.leave(other)
        elif answer.startswith("push") and self.depth == 0:
            self.depth = 1
            self.send(dict.fromkeys(self.piped(), "refuse"))
            self.depth = 0

    # What must hold

    def check(self) -> None:
        flows = self.source.readable_flowing is True
        piped = self.piped()
        full = {which for which in piped if self.destinations[which].writable_need_drain}
        if flows:
            self.held_by_hand = False
        elif self.refused.intersection(piped) - full:
            self.held_by_hand = True
        if piped and not full and not flows and not self.held_by_hand:
            raise HungError
        held_up = self.holds_up.intersection(piped)
        assert not (flows and held_up), f"the source flows though {held_up} refused its last chunk"
        for which, destination in enumerate(self.destinations):
            if self.pipes[which] is None and self.hub is None:
                assert set(destination.event_names()) <= {"drain"}

    def fingerprint(self) -> Any:
        """All that decides what can happen from here on, whichever destination is which."""
        pipes = self.hub.pipes if self.hub else self.source.fan.pipes
        awaited = self.hub.awaited if self.hub else self.source.fan.awaiting
        about_each = [
            (
                joint is not None,
                str(getattr(joint, "state", "")),
                tuple(at for at, one in enumerate(pipes) if one is joint),
                tuple(at for at, one in enumerate(awaited) if one is joint),
                which in self.refused,
                which in self.holds_up,
                self.times_piped[which],
                self.destinations[which].writable_need_drain,
                self.destinations[which].listener_count("drain"),
            )
            for which, joint in enumerate(self.pipes)
        ]
        return (
            self.source.readable_flowing,
            self.held_by_hand,
            self.source.fan.branched,
            tuple(sorted(about_each)),
        )


def search(destinations: int, fault: Fault | None = None, by_hand: bool = False) -> int:
    """Try every order of moves until none leads anywhere new; how many places there are.

    A place is reached again by doing all the moves that led there.

    Raises:
        AssertionError: something that must hold does not; with the shortest way to it.
    """

    def arrive(path: tuple[Move, ...]) -> World:
        world = World(destinations, fault, by_hand)
        for move in path:
            world.do(move)
        return world

    seen = {arrive(()).fingerprint()}
    frontier: deque[tuple[Move, ...]] = deque([()])
    with turns():
        while frontier:
            path = frontier.popleft()
            for move in list(arrive(path).moves()):
                longer = (*path, move)
                try:
                    place = arrive(longer).fingerprint()
                except AssertionError as broken:
                    way = ", then ".join(" ".join(map(str, step)) for step in longer)
                    raise type(broken)(f"{broken} after: {way}") from broken
                if place not in seen:
                    seen.add(place)
                    frontier.append(longer)
    return len(seen)


def test_with_one_destination_no_order_of_events_hangs_or_overruns_it():
    assert search(1) > 50


@pytest.mark.slow
def test_with_two_destinations_no_order_of_events_hangs_or_overruns_one():
    places = 0

    def look() -> None:
        nonlocal places
        places = search(2)

    # Every row of the table is taken on the way, so none is there for nothing.
    assert rows_taken(PIPE, look) == set(PIPE.rows)
    assert places > 1000


def test_the_search_finds_nothing_in_a_faultless_pipe_written_by_hand():
    assert search(1, by_hand=True) > 50
    assert search(2, by_hand=True) > 500


@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name)
def test_the_search_finds_every_fault_of_a_pipe_written_by_hand(fault):
    with pytest.raises(AssertionError, match="after: pipe"):
        search(2, fault, by_hand=True)


# -- real streams, in any order of events ----------------------------------------------------------


class Slow(Sink):
    """Holds each chunk until it is let go."""

    def __init__(self, high_water_mark: int) -> None:
        self.held: list[Callable[..., None]] = []
        super().__init__(finish=self.held.append, object_mode=True, high_water_mark=high_water_mark)
        self.joint: Any = None

    def let_go(self) -> None:
        if self.held:
            self.held.pop(0)()


class Piping(RuleBasedStateMachine):
    """One Readable, two slow Writables, and whatever may happen between them."""

    def __init__(self) -> None:
        super().__init__()
        self.block = turns()
        self.loop = self.block.__enter__()
        self.source = Source(object_mode=True, high_water_mark=3)
        self.emitted: list[int] = []
        self.pushed = 0
        self.sinks = [Slow(1), Slow(3)]
        self.expected: list[list[int]] = [[], []]
        self.source.prepend_listener("data", self.note)

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            self.block.__exit__(None, None, None)

    def note(self, chunk: int) -> None:
        self.emitted.append(chunk)
        for sink, expected in zip(self.sinks, self.expected):
            if sink.joint is not None:
                expected.append(chunk)

    @rule(count=st.integers(1, 4))
    def push(self, count: int) -> None:
        for _ in range(count):
            self.source.push(self.pushed)
            self.pushed += 1

    @rule(which=st.integers(0, 1))
    def connect_or_leave(self, which: int) -> None:
        sink = self.sinks[which]
        if sink.joint is None:
            sink.joint = pipe(self.source, sink)
        else:
            joint, sink.joint = sink.joint, None
            joint.unpipe()

    @rule(which=st.integers(0, 1))
    def let_go(self, which: int) -> None:
        self.sinks[which].let_go()

    @rule()
    def pause(self) -> None:
        self.source.pause()

    @rule()
    def resume(self) -> None:
        self.source.resume()

    @rule()
    def read(self) -> None:
        self.source.read()

    @rule()
    def turn(self) -> None:
        self.loop.run()

    @invariant()
    def every_chunk_is_emitted_once_and_in_order(self) -> None:
        assert self.emitted == list(range(len(self.emitted)))

    @invariant()
    def nobody_gets_what_it_should_not_or_in_another_order(self) -> None:
        for sink, expected in zip(self.sinks, self.expected):
            assert sink.got == expected[: len(sink.got)]

    def settle(self) -> None:
        """Let everything go: then whoever is piped to must get all that there is."""
        while any(sink.held for sink in self.sinks) or self.loop.due:
            self.loop.run()
            for sink in self.sinks:
                sink.let_go()
        if self.source.is_paused() and any(sink.joint for sink in self.sinks):
            # Only the user's own pause may have held it.
            assert self.source.readable_flowing is False
            self.source.resume()
            while any(sink.held for sink in self.sinks) or self.loop.due:
                self.loop.run()
                for sink in self.sinks:
                    sink.let_go()
        for sink, expected in zip(self.sinks, self.expected):
            assert sink.got == expected
            if sink.joint is not None:
                assert self.emitted == list(range(self.pushed)), "chunks are left behind"


# It pushes whatever it is answered.
TestPiping = pytest.mark.filterwarnings("ignore::streams2.errors.warnings.BackpressureWarning")(
    Piping.TestCase
)
TestPiping.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
