"""The pipe: the pauses and resumes between a source and its destinations.

The first part is the history of pipes that hung. Each of its scenarios runs through the real pipe,
through Node's, and through pipes written by hand: a faultless one, which must pass, and faulty
ones, which must not. So every scenario is known to see the fault that it is there for.

The second part tests the pipe alone, between objects that are no streams at all.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Callable, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams2 import PassThrough, Readable, Writable, pipe, run
from streams2.core.pipe import PipeState
from streams2.errors import InvalidArgTypeError

from .memory import Gauge, Measured, measured_sink
from .naive_pipe import Fault, Hub
from .support import BareDestination, BareSource, BoomError, Sink, Source, failing, turns
from .twins import Twins, later, shown, turn
from .twins.records import recorded

twins = Twins()


# -- the history of pipes that hung ---------------------------------------------------------------

PRELUDE = """
class Tap extends Writable {
  constructor(options) {
    super({ objectMode: true, highWaterMark: 1, ...options });
    this.got = []; this.held = []; this.onChunk = () => {};
  }
  _write(chunk, encoding, done) {
    this.got.push(chunk); this.held.push(done); this.onChunk(chunk);
  }
  release() { while (this.held.length > 0) this.held.shift()(); }
}
const source = new Readable({ objectMode: true, highWaterMark: 100, read() {} });
const push = async (chunk) => { source.push(chunk); await turn(); await turn(); };
const connect = (destination) => { source.pipe(destination); };
const leave = (destination) => { source.unpipe(destination); };
"""


class Tap(Sink):
    """Holds every chunk until it is released: full after one, drained only on demand."""

    def __init__(self, take: Callable[[Any], object] = id, **options: Any) -> None:
        self.held: list[Callable[..., None]] = []
        options = {"object_mode": True, "high_water_mark": 1, **options}
        super().__init__(take, **{"finish": self.held.append, **options})

    def release(self) -> None:
        while self.held:
            self.held.pop(0)()


class Stage:
    """Where a scenario plays: a source, and a kind of pipe to connect destinations with."""

    def __init__(self, kind: str, fault: Fault | None) -> None:
        self.source = Source(object_mode=True, high_water_mark=100)
        self.hub = Hub(self.source, fault) if kind == "by hand" else None
        self.pipes: dict[Any, Any] = {}

    def connect(self, destination: Any) -> None:
        make = self.hub.connect if self.hub else lambda to: pipe(self.source, to)
        self.pipes[destination] = make(destination)

    def leave(self, destination: Any) -> None:
        self.pipes[destination].unpipe()

    async def push(self, chunk: Any) -> None:
        self.source.push(chunk)
        await turn()
        await turn()


class Scenario(NamedTuple):
    name: str
    play: Callable[[Stage], Awaitable[Any]]
    outcome: Any
    faults: set[Fault]


SCENARIOS: list[Scenario] = []


def scenario(
    *faults: Fault, outcome: Any, node: str
) -> Callable[[Callable[[Stage], Awaitable[Any]]], Any]:
    """A scenario, its outcome, the faults that must change it, and the same in JavaScript."""

    def decorate(play: Callable[[Stage], Awaitable[Any]]) -> Any:
        name = play.__name__
        SCENARIOS.append(Scenario(name, play, outcome, set(faults)))
        twins.sources[name] = PRELUDE + node
        return play

    return decorate


@scenario(
    Fault.COUNTS_EVERY_REFUSAL,
    Fault.COUNTS_ONCE_PER_CHUNK,
    outcome=["a", "b", "c"],
    node="""
        const sink = new Tap(); connect(sink);
        await push('a'); source.resume(); await push('b');
        sink.release(); await turn();
        await push('c'); sink.release(); say(sink.got);
    """,
)
async def a_manual_resume_while_a_drain_is_awaited(stage: Stage) -> Any:
    """nodejs/node 7159: the second refusal is owed no second drain."""
    sink = Tap()
    stage.connect(sink)
    await stage.push("a")
    stage.source.resume()
    await stage.push("b")
    sink.release()
    await turn()
    await stage.push("c")
    sink.release()
    return sink.got


@scenario(
    Fault.COUNTS_EVERY_REFUSAL,
    outcome=["a", "b", "c"],
    node="""
        const sink = new Tap(); connect(sink);
        await turn();
        sink.onChunk = (chunk) => { if (chunk === 'a') source.push('b'); };
        await push('a'); sink.release(); await turn();
        await push('c'); sink.release(); say(sink.got);
    """,
)
async def a_push_inside_a_write(stage: Stage) -> Any:
    """nodejs/node 7278: the chunk within is refused, and then the one around it."""
    sink = Tap()
    stage.connect(sink)
    await turn()
    sink.take = lambda chunk: stage.source.push("b") if chunk == "a" else None
    await stage.push("a")
    sink.release()
    await turn()
    await stage.push("c")
    sink.release()
    return sink.got


@scenario(
    Fault.COUNTS_EVERY_REFUSAL,
    Fault.COUNTS_ONCE_PER_CHUNK,
    outcome=["a", "b", "c"],
    node="""
        const sink = new Tap(); connect(sink);
        await push('a'); await push('b');
        source.read();
        await turn();
        sink.release(); await turn();
        await push('c'); sink.release(); say(sink.got);
    """,
)
async def a_chunk_read_by_hand_while_a_drain_is_awaited(stage: Stage) -> Any:
    """nodejs/node 18484: `read` emits the chunk, so the destination gets it and refuses again."""
    sink = Tap()
    stage.connect(sink)
    await stage.push("a")
    await stage.push("b")
    stage.source.read()
    await turn()
    sink.release()
    await turn()
    await stage.push("c")
    sink.release()
    return sink.got


@scenario(
    Fault.PAUSES_WHEN_GONE,
    outcome=[["a"], ["b", "c"]],
    node="""
        const [first, second] = [new Tap(), new Tap({ highWaterMark: 100 })];
        first.onChunk = () => { leave(first); connect(second); };
        second.onChunk = () => later(() => second.release());
        connect(first);
        await push('a'); await push('b'); await push('c');
        say([first.got, second.got]);
    """,
)
async def an_unpipe_during_a_write_that_is_refused(stage: Stage) -> Any:
    """nodejs/node 2323: the pipe that has just gone must not pause the source."""
    first, second = Tap(), Tap(high_water_mark=100)
    first.take = lambda _: (stage.leave(first), stage.connect(second))
    second.take = lambda _: later(second.release)
    stage.connect(first)
    for chunk in "abc":
        await stage.push(chunk)
    return [first.got, second.got]


@scenario(
    Fault.IGNORES_A_FULL_DESTINATION,
    outcome=["before", "a", "b"],
    node="""
        const sink = new Tap(); sink.write('before');
        source.pause(); connect(sink);
        await push('a'); await push('b');
        for (let n = 0; n < 3; n++) { sink.release(); await turn(); }
        say(sink.got);
    """,
)
async def a_paused_source_piped_to_a_destination_that_is_full(stage: Stage) -> Any:
    """nodejs/node 48666: the drain is what starts it."""
    sink = Tap()
    sink.write("before")
    stage.source.pause()
    stage.connect(sink)
    await stage.push("a")
    await stage.push("b")
    for _ in range(3):
        sink.release()
        await turn()
    return sink.got


@scenario(
    Fault.RELEASES_ONLY_THE_FULL,
    Fault.KEEPS_THE_GONE,
    outcome=[["a"], ["a", "b", "c"]],
    node="""
        const bad = new Tap({ highWaterMark: 100 }); const good = new Tap({ highWaterMark: 100 });
        bad._write = function (chunk, encoding, done) { this.got.push(chunk); done(new Error()); };
        bad.on('error', () => {});
        good._write = function (chunk, encoding, done) { this.got.push(chunk); done(); };
        connect(bad); connect(good);
        await push('a'); await push('b'); await push('c');
        say([bad.got, good.got]);
    """,
)
async def a_destination_that_fails_at_once_while_it_is_awaited(stage: Stage) -> Any:
    """nodejs/node 53185: it refuses because it failed, and owes no drain."""
    bad = Sink(finish=failing(ConnectionError()), object_mode=True, high_water_mark=100)
    good = Sink(object_mode=True, high_water_mark=100)
    bad.on("error", id)
    stage.connect(bad)
    stage.connect(good)
    for chunk in "abc":
        await stage.push(chunk)
    return [bad.got, good.got]


@scenario(
    Fault.KEEPS_THE_GONE,
    outcome=[["a"], ["a", "b"]],
    node="""
        const [slow, fast] = [new Tap(), new Tap({ highWaterMark: 100 })];
        fast.onChunk = () => later(() => fast.release());
        connect(slow); connect(fast);
        await push('a'); leave(slow); await push('b');
        say([slow.got, fast.got]);
    """,
)
async def an_unpipe_of_the_one_that_is_awaited(stage: Stage) -> Any:
    slow, fast = Tap(), Tap(high_water_mark=100)
    fast.take = lambda _: later(fast.release)
    stage.connect(slow)
    stage.connect(fast)
    await stage.push("a")
    stage.leave(slow)
    await stage.push("b")
    return [slow.got, fast.got]


@scenario(
    Fault.KEEPS_THE_GONE,
    outcome=[["a"], ["a", "b"]],
    node="""
        const [slow, fast] = [new Tap(), new Tap({ highWaterMark: 100 })];
        fast.onChunk = () => later(() => fast.release());
        connect(slow); connect(fast);
        await push('a'); slow.destroy(); await push('b');
        say([slow.got, fast.got]);
    """,
)
async def a_destination_that_closes_while_it_is_awaited(stage: Stage) -> Any:
    slow, fast = Tap(), Tap(high_water_mark=100)
    fast.take = lambda _: later(fast.release)
    stage.connect(slow)
    stage.connect(fast)
    await stage.push("a")
    slow.destroy()
    await stage.push("b")
    return [slow.got, fast.got]


@scenario(
    Fault.COUNTS_EVERY_REFUSAL,
    Fault.COUNTS_ONCE_PER_CHUNK,
    Fault.KEEPS_OLD_REFUSALS,
    outcome=[["a", "b", "c"], ["a", "b", "c"]],
    node="""
        const moody = new Tap({ highWaterMark: 100 }); const slow = new Tap();
        moody._write = function (chunk, encoding, done) { this.got.push(chunk); done(); };
        moody.write = (chunk) => { Tap.prototype.write.call(moody, chunk); return chunk !== 'a'; };
        connect(moody); connect(slow);
        await push('a'); slow.release(); await turn();
        source.resume(); await push('b');
        slow.release(); await turn();
        await push('c');
        say([moody.got, slow.got]);
    """,
)
async def a_refusal_that_the_next_chunk_takes_back(stage: Stage) -> Any:
    """One that refused without owing a drain, and then accepts, is not waited for any more."""

    class Moody(Sink):
        def write(self, chunk: Any, *args: Any) -> bool:
            super().write(chunk, *args)
            return bool(chunk != "a")

    moody, slow = Moody(object_mode=True, high_water_mark=100), Tap()
    stage.connect(moody)
    stage.connect(slow)
    await stage.push("a")
    slow.release()
    await turn()
    stage.source.resume()
    await stage.push("b")
    slow.release()
    await turn()
    await stage.push("c")
    return [moody.got, slow.got]


@scenario(
    Fault.OVERFILLS,
    outcome=[["before"], 1, ["before", "a", "b"]],
    node="""
        const sink = new Tap(); sink.write('before');
        connect(sink);
        await push('a'); await push('b');
        const held = sink.writableLength; const got = [...sink.got];
        for (let n = 0; n < 3; n++) { sink.release(); await turn(); }
        say([got, held, sink.got]);
    """,
)
async def a_fresh_source_piped_to_a_destination_that_is_full(stage: Stage) -> Any:
    """It gets nothing before it has drained, and everything then."""
    sink = Tap()
    sink.write("before")
    stage.connect(sink)
    await stage.push("a")
    await stage.push("b")
    held, got = sink.writable_length, list(sink.got)
    for _ in range(3):
        sink.release()
        await turn()
    return [got, held, sink.got]


@scenario(
    outcome=[["a", "b"], ["a", "b"]],
    node="""
        const [one, other] = [new Tap(), new Tap()];
        connect(one); connect(other);
        await push('a'); await push('b');
        one.release(); await turn();
        const waits = [...one.got];
        other.release(); await turn();
        say(waits.length === 1 ? [one.got, other.got] : waits);
    """,
)
async def two_destinations_of_which_one_drains_first(stage: Stage) -> Any:
    """The source waits for the slower."""
    one, other = Tap(), Tap()
    stage.connect(one)
    stage.connect(other)
    await stage.push("a")
    await stage.push("b")
    one.release()
    await turn()
    waits = list(one.got)
    other.release()
    await turn()
    return [one.got, other.got] if len(waits) == 1 else waits


def outcome_of(which: Scenario, kind: str, fault: Fault | None = None) -> Any:
    async def main() -> Any:
        return shown(await which.play(Stage(kind, fault)))

    return run(main)


def by_name(which: Any) -> str:
    return which.name if isinstance(which, Scenario) else str(getattr(which, "name", which))


@pytest.mark.parametrize("which", SCENARIOS, ids=by_name)
def test_a_pipe_survives(which):
    assert outcome_of(which, "streams2") == which.outcome


@pytest.mark.parametrize("which", SCENARIOS, ids=by_name)
def test_a_pipe_of_node_survives_it_in_the_same_way(which):
    said = recorded(__name__, which.name, twins.sources[which.name])
    assert said == [[which.outcome]]


@pytest.mark.parametrize("which", SCENARIOS, ids=by_name)
def test_a_faultless_pipe_written_by_hand_survives(which):
    assert outcome_of(which, "by hand") == which.outcome


FAULTY = [(which, fault) for which in SCENARIOS for fault in Fault if fault in which.faults]


@pytest.mark.parametrize(("which", "fault"), FAULTY, ids=by_name)
def test_a_faulty_pipe_written_by_hand_does_not_survive(which, fault):
    assert outcome_of(which, "by hand", fault) != which.outcome


def test_every_fault_is_seen_by_a_scenario():
    assert {fault for which in SCENARIOS for fault in which.faults} == set(Fault)


# -- the pipe alone: between a bare source and bare destinations -----------------------------------

FLOWING, AWAITING_DRAIN, UNPIPED = PipeState


def test_bare_ends_are_no_streams():
    assert not isinstance(BareSource(), Readable)
    assert not isinstance(BareDestination(), Writable)


def test_a_pipe_starts_its_source_and_writes_each_chunk():
    source, destination = BareSource(), BareDestination()
    piped: list[Any] = []
    destination.on("pipe", piped.append)
    joint = pipe(source, destination)
    assert piped == [source]
    assert source.calls == ["resume"]
    source.send("a")
    source.send("b")
    assert destination.got == ["a", "b"]
    assert joint.state is FLOWING
    assert source.calls == ["resume"]


def test_a_refusal_pauses_the_source_until_the_drain():
    source, destination = BareSource(), BareDestination()
    joint = pipe(source, destination)
    destination.answer = False
    source.send("a")
    assert joint.state is AWAITING_DRAIN
    assert source.calls == ["resume", "pause"]
    destination.drain()
    assert joint.state is FLOWING
    assert source.calls == ["resume", "pause", "resume"]


def test_only_false_is_a_refusal():
    source, destination = BareSource(), BareDestination()
    joint = pipe(source, destination)
    destination.answer = None  # type: ignore[assignment]
    source.send("a")
    assert joint.state is FLOWING


def test_a_flowing_source_is_not_started_again():
    source = BareSource()
    source.resume()
    pipe(source, BareDestination())
    assert source.calls == ["resume"]


def test_a_full_destination_is_waited_for_from_the_start():
    source, destination = BareSource(), BareDestination()
    destination.writable_need_drain = True
    joint = pipe(source, destination)
    assert joint.state is AWAITING_DRAIN
    assert source.readable_flowing is False
    destination.drain()
    assert source.readable_flowing is True


def test_of_two_destinations_both_must_drain():
    source, one, other = BareSource(), BareDestination(), BareDestination()
    pipes = pipe(source, one), pipe(source, other)
    one.answer = other.answer = False
    source.send("a")
    assert [joint.state for joint in pipes] == [AWAITING_DRAIN, AWAITING_DRAIN]
    one.drain()
    assert source.readable_flowing is False
    other.drain()
    assert source.readable_flowing is True
    assert [joint.state for joint in pipes] == [FLOWING, FLOWING]


def test_a_chunk_that_is_taken_voids_the_refusal_of_the_one_before():
    source, destination = BareSource(), BareDestination()
    joint = pipe(source, destination)
    destination.answer = False
    source.send("a")
    destination.answer = True
    source.send("b")
    assert joint.state is FLOWING
    assert source.fan.awaiting == []


def test_the_end_of_the_source_ends_the_destination():
    source, destination = BareSource(), BareDestination()
    pipe(source, destination)
    source.finish()
    assert destination.calls == ["end"]


def test_the_end_of_the_source_can_leave_the_destination_open():
    source, destination = BareSource(), BareDestination()
    joint = pipe(source, destination, end=False)
    source.finish()
    assert destination.calls == []
    assert joint.state is UNPIPED


@pytest.mark.parametrize(("end", "calls"), [(True, ["end"]), (False, [])])
def test_a_source_that_has_ended_already_ends_the_destination_in_a_tick(end, calls):
    source, destination = BareSource(), BareDestination()
    source.readable_ended = True
    with turns() as loop:
        pipe(source, destination, end=end)
        assert destination.calls == []
        loop.run()
    assert destination.calls == calls


def test_unpiped_it_leaves_no_listener_behind():
    source, destination = BareSource(), BareDestination()
    joint = pipe(source, destination)
    destination.answer = False
    source.send("a")
    joint.unpipe()
    assert joint.state is UNPIPED
    assert source.event_names() == destination.event_names() == []
    assert source.fan.pipes == source.fan.awaiting == []
    assert source.readable_flowing is False
    source.send("b")
    assert destination.got == ["a"]


def test_a_second_unpipe_does_nothing():
    source, destination = BareSource(), BareDestination()
    gone, stays = pipe(source, destination), pipe(source, destination)
    gone.unpipe()
    gone.unpipe()
    assert (gone.state, stays.state) == (UNPIPED, FLOWING)


def test_unpiped_by_the_source_all_pipes_go():
    source, one, other = BareSource(), BareDestination(), BareDestination()
    pipes = pipe(source, one), pipe(source, other)
    source.unpipe()
    assert [joint.state for joint in pipes] == [UNPIPED, UNPIPED]


def test_of_two_pipes_between_the_same_two_each_writes_and_one_unpipe_takes_one_away():
    source, destination = BareSource(), BareDestination()
    pipe(source, destination)
    pipe(source, destination)
    source.send("a")
    assert destination.got == ["a", "a"]
    source.unpipe(destination)
    source.send("b")
    assert destination.got == ["a", "a", "b"]


def test_a_pipe_of_another_source_is_left_alone():
    one, other, destination = BareSource(), BareSource(), BareDestination()
    gone, stays = pipe(one, destination), pipe(other, destination)
    one.unpipe()
    assert (gone.state, stays.state) == (UNPIPED, FLOWING)


@pytest.mark.parametrize("event", ["close", "finish"])
def test_a_destination_that_is_over_is_unpiped(event):
    source, destination = BareSource(), BareDestination()
    joint = pipe(source, destination)
    destination.emit(event)
    assert joint.state is UNPIPED
    assert destination.event_names() == []


def test_an_error_of_the_destination_unpipes_and_is_not_swallowed():
    source, destination = BareSource(), BareDestination()
    joint = pipe(source, destination)
    error = ConnectionError()
    destination.emit("error", error)
    assert joint.state is UNPIPED
    assert destination.calls == [("fail unheard", error)]


def test_an_error_of_the_destination_that_somebody_hears_is_theirs():
    source, destination = BareSource(), BareDestination()
    heard: list[BaseException] = []
    destination.on("error", heard.append)
    joint = pipe(source, destination)
    destination.emit("error", error := ConnectionError())
    assert joint.state is UNPIPED
    assert heard == [error]
    assert destination.calls == []


def test_a_write_that_raises_destroys_the_destination_and_not_the_source():
    source, destination = BareSource(), BareDestination()
    pipe(source, destination)
    error = TypeError("no such chunk")

    def fail(_: Any) -> None:
        raise error

    destination.inside = fail
    source.send("a")
    assert destination.calls == [("destroy", error)]


def test_what_cannot_be_an_end_of_a_pipe_is_refused_by_name():
    with pytest.raises(InvalidArgTypeError, match=r'"source" argument must be a Readable.*int'):
        pipe(5, BareDestination())  # type: ignore[arg-type]
    with pytest.raises(InvalidArgTypeError, match='"destination" argument must be a Writable'):
        pipe(BareSource(), None)  # type: ignore[arg-type]


# -- pipes between streams -------------------------------------------------------------------------


@twins.program("""
    const source = Readable.from(['a', 'b']);
    const sink = new Writable({ objectMode: true, write(chunk, e, done) { say(chunk); done(); } });
    for (const event of ['pipe', 'unpipe', 'finish', 'close']) sink.on(event, () => say(event));
    say(source.pipe(sink) === sink);
""")
def test_pipe_returns_the_destination_and_tells_it_of_the_pipe(say):
    source, sink = Readable.from_(["a", "b"]), Sink(say, object_mode=True)
    for event in ("pipe", "unpipe", "finish", "close"):
        sink.on(event, lambda *_, event=event: say(event))
    say(source.pipe(sink) is sink)


@twins.program("""
    const sink = new Writable({ write(chunk, e, done) { done(); } });
    sink.on('error', (error) => say(error)).on('close', () => say('close'));
    sink.pipe(new Writable()); say(sink.destroyed);
    const kept = new Writable({ autoDestroy: false, write(chunk, e, done) { done(); } });
    kept.on('error', (error) => say(error)); kept.pipe(sink); say(kept.destroyed);
""")
def test_a_writable_cannot_be_piped(say):
    sink = Sink()
    sink.on("error", lambda error: say(error))
    sink.on("close", lambda: say("close"))
    sink.pipe(Sink())
    say(sink.destroyed)
    kept = Sink(auto_destroy=False)
    kept.on("error", lambda error: say(error))
    kept.pipe(sink)
    say(kept.destroyed)


@twins.program("""
    const sink = () => new Writable({ write(chunk, e, done) { done(); } });
    const source = new Readable({ read() {} });
    const [one, other] = [sink(), sink()];
    source.pipe(one); source.pipe(other);
    for (const to of [one, other]) to.on('unpipe', (from) => say('unpiped', from === source));
    source.unpipe(sink()); say(source.readableFlowing);
    source.unpipe(one); say(source.readableFlowing);
    await turn();
    source.unpipe(); say(source.readableFlowing, source.isPaused());
    source.unpipe();
    source.resume(); say(source.readableFlowing);
""")
async def test_unpipe_one_all_and_one_that_was_never_piped_to(say):
    source = Source()
    one, other = Sink(), Sink()
    source.pipe(one)
    source.pipe(other)
    for to in (one, other):
        to.on("unpipe", lambda gone: say("unpiped", gone is source))
    source.unpipe(Sink())
    say(source.readable_flowing)
    source.unpipe(one)
    say(source.readable_flowing)
    await turn()
    source.unpipe()
    say(source.readable_flowing, source.is_paused())
    source.unpipe()
    source.resume()
    say(source.readable_flowing)


@twins.program("""
    const source = new Readable({ read() {} });
    const sink = new Writable({ write(chunk, e, done) { done(new Error('disk full')); } });
    sink.on('error', (error) => say('error', error));
    sink.on('unpipe', () => say('unpipe'));
    sink.on('close', () => say('close', source.destroyed, source.listenerCount('data')));
    source.pipe(sink); source.push('a');
""")
def test_an_error_of_the_destination_unpipes_it_and_spares_the_source(say):
    source = Source()
    sink = Sink(finish=failing(OSError("disk full")))
    sink.on("error", lambda error: say("error", error))
    sink.on("unpipe", lambda *_: say("unpipe"))
    sink.on("close", lambda: say("close", source.destroyed, source.listener_count("data")))
    source.pipe(sink)
    source.push(b"a")


@twins.program("""
    const source = new Readable({ read() {} });
    say('piped');
    const sink = new Writable({ write(chunk, e, done) { done(new Error('unheard')); } });
    source.pipe(sink); source.push('a');
""")
def test_an_error_of_the_destination_that_nobody_hears_ends_the_program(say):
    say("piped")
    source = Source()
    sink = Sink(finish=failing(OSError("unheard")))
    source.pipe(sink)
    source.push(b"a")


@twins.program("""
    const source = new Readable({ read() {} });
    const sink = new PassThrough();
    source.on('error', () => say('source error'));
    source.pipe(sink); source.push('a');
    await turn();
    source.destroy(new Error('gone'));
    await turn();
    say(sink.destroyed, sink.writableEnded, sink.read());
""")
async def test_an_error_of_the_source_does_not_end_the_destination(say):
    source = Source()
    sink: PassThrough[bytes] = PassThrough()
    source.on("error", lambda _: say("source error"))
    source.pipe(sink)
    source.push(b"a")
    await turn()
    source.destroy(OSError("gone"))
    await turn()
    say(sink.destroyed, sink.writable_ended, sink.read())


@twins.program("""
    const got = [[], []];
    const sinks = got.map((list) => new Writable({
      objectMode: true, highWaterMark: 2, write(chunk, e, done) { list.push(chunk); later(done); },
    }));
    const source = Readable.from([1, 2, 3, 4, 5, 6, 7]);
    for (const sink of sinks) source.pipe(sink).on('finish', () => say('finish'));
    for (let n = 0; n < 20; n++) await turn();
    say(got);
""")
async def test_two_slow_destinations_get_every_chunk_in_order(say):
    got: list[list[int]] = [[], []]

    def sink(chunks):
        return Sink(chunks.append, finish=later, object_mode=True, high_water_mark=2)

    source = Readable.from_([1, 2, 3, 4, 5, 6, 7])
    for chunks in got:
        source.pipe(sink(chunks)).on("finish", lambda: say("finish"))
    for _ in range(20):
        await turn()
    say(got)


@twins.program("""
    const source = Readable.from(['a']);
    const sink = new Writable({ objectMode: true, write(chunk, e, done) { say(chunk); done(); } });
    source.pipe(sink, { end: false });
    source.on('end', () => later(() => { say(sink.writableEnded); sink.end('last'); }));
    sink.on('finish', () => say('finish'));
""")
def test_end_false_leaves_the_destination_open(say):
    source, sink = Readable.from_(["a"]), Sink(say, object_mode=True)
    source.pipe(sink, end=False)
    source.on("end", lambda: later(lambda: (say(sink.writable_ended), sink.end("last"))))
    sink.on("finish", lambda: say("finish"))


@twins.program("""
    const source = new Readable({ read() {} });
    const sink = new Writable({ write(chunk, e, done) { say(String(chunk)); done(); } });
    source.pipe(sink); source.push('a');
    await turn();
    source.pause(); source.push('b');
    await turn();
    say('paused', source.readableFlowing);
    source.resume();
    await turn();
    source.push('c'); source.push(null);
    sink.on('finish', () => say('finish'));
""")
async def test_a_piped_source_can_be_paused_and_resumed_by_hand(say):
    source = Source()
    sink = Sink(lambda chunk: say(chunk.decode()))
    source.pipe(sink)
    source.push(b"a")
    await turn()
    source.pause()
    source.push(b"b")
    await turn()
    say("paused", source.readable_flowing)
    source.resume()
    await turn()
    source.push(b"c")
    source.push(None)
    sink.on("finish", lambda: say("finish"))


@twins.program("""
    const source = new Readable({ objectMode: true, read() {} });
    const sink = new Writable({ write(chunk, e, done) { done(); } });
    sink.on('error', (error) => say(error));
    source.pipe(sink); source.push({ not: 'bytes' });
    await turn(); say(sink.destroyed, source.destroyed);
""")
async def test_a_chunk_that_the_destination_cannot_take_is_its_error(say):
    source = Source(object_mode=True)
    sink = Sink()
    sink.on("error", say)
    source.pipe(sink)
    source.push({"not": "bytes"})
    await turn()
    say(sink.destroyed, source.destroyed)


@twins.program("""
    const source = new Readable({ objectMode: true, read() {} });
    const sink = new Writable({ objectMode: true, highWaterMark: 1, write(chunk) {
      say(chunk);
      if (chunk === 'a') { source.push('b'); source.resume(); say(source.readableFlowing); }
    } });
    source.pipe(sink);
    await turn();
    source.push('a'); say(source.readableFlowing);
""")
async def test_a_resume_inside_a_write_that_is_refused_is_undone(say):
    def take(chunk):
        say(chunk)
        if chunk == "a":
            source.push("b")
            source.resume()
            say(source.readable_flowing)

    source = Source(object_mode=True)
    source.pipe(Sink(take, finish=id, object_mode=True, high_water_mark=1))
    await turn()
    source.push("a")
    say(source.readable_flowing)


def slow_ones(say, count):
    """Sinks that say what they get, are full after one chunk, and drain when they are told to."""
    held = [[] for _ in range(count)]
    sinks = [
        Sink(
            lambda chunk, which=which: say(which, chunk),
            finish=held[which].append,
            object_mode=True,
            high_water_mark=1,
        )
        for which in range(count)
    ]
    return sinks, lambda which: held[which].pop()()


SLOW_ONES = """
    const source = new Readable({ objectMode: true, read() {} });
    const slowOnes = (count) => {
      const held = Array.from({ length: count }, () => []);
      const sinks = held.map((mine, which) => new Writable({ objectMode: true, highWaterMark: 1,
        write(chunk, e, done) { say(which, chunk); mine.push(done); } }));
      return [sinks, (which) => held[which].pop()()];
    };
"""


@twins.program(
    SLOW_ONES
    + """
    const [[one, other], drain] = slowOnes(2);
    source.pipe(one); source.pipe(other); await turn();
    source.once('pause', () => source.unpipe(one));
    source.push('a'); await turn();
    say(source.readableFlowing, one.listenerCount('drain'), other.listenerCount('drain'));
    drain(0); await turn(); say(source.readableFlowing);
    drain(1); await turn(); say(source.readableFlowing);
    source.push('b'); await turn();
"""
)
async def test_unpiped_by_a_listener_of_the_pause_that_its_refusal_made(say):
    source = Source(object_mode=True)
    (one, other), drain = slow_ones(say, 2)
    source.pipe(one)
    source.pipe(other)
    await turn()
    source.once("pause", lambda: source.unpipe(one))
    source.push("a")
    await turn()
    say(source.readable_flowing, one.listener_count("drain"), other.listener_count("drain"))
    for which in (0, 1):
        drain(which)
        await turn()
        say(source.readable_flowing)
    source.push("b")
    await turn()


@twins.program(
    SLOW_ONES
    + """
    const [[one, other], drain] = slowOnes(2);
    source.pipe(one); source.pipe(other); source.pause(); await turn();
    source.push('a'); source.push('b');
    one.prependListener('unpipe', () => say('read', source.read()));
    source.unpipe(one);
    say(source.readableFlowing, one.listenerCount('drain'));
    drain(0); await turn(); say(source.readableFlowing);
    drain(1); await turn(); say(source.readableFlowing);
"""
)
async def test_a_chunk_that_is_read_while_a_pipe_is_taken_away(say):
    source = Source(object_mode=True)
    (one, other), drain = slow_ones(say, 2)
    source.pipe(one)
    source.pipe(other)
    source.pause()
    await turn()
    source.push("a")
    source.push("b")
    one.prepend_listener("unpipe", lambda *_: say("read", source.read()))
    source.unpipe(one)
    say(source.readable_flowing, one.listener_count("drain"))
    for which in (0, 1):
        drain(which)
        await turn()
        say(source.readable_flowing)


@twins.program("""
    const source = new Readable({ objectMode: true, read() {} });
    const sink = new Writable({ write(chunk, e, done) { done(); } });
    source.pipe(sink);
    try { sink.emit('error', new Error('by hand')); } catch (error) { say('raised', error); }
    say(sink.errored, sink.destroyed, sink.listenerCount('error'));
""")
def test_an_error_that_was_emitted_by_hand_is_not_swallowed_by_the_pipe(say):
    source = Source(object_mode=True)
    sink = Sink()
    source.pipe(sink)
    try:
        sink.emit("error", BoomError("by hand"))
    except BoomError as error:
        say("raised", error)
    say(sink.errored, sink.destroyed, sink.listener_count("error"))


@twins.program("""
    const source = new Readable({ objectMode: true, read() {} });
    const held = [];
    const sink = new Writable({ objectMode: true, highWaterMark: 1, write(chunk, e, done) {
      say(chunk); held.push(done);
    } });
    source.pipe(sink); sink.on('drain', () => say('drain', source.readableFlowing));
    source.pipe(sink); await turn();
    source.push('a'); await turn(); held.pop()(); await turn(); held.pop()(); await turn();
    source.push('b'); await turn();
""")
async def test_two_pipes_between_the_same_two_wait_for_one_drain(say):
    held = []
    source = Source(object_mode=True)
    sink = Sink(say, finish=held.append, object_mode=True, high_water_mark=1)
    source.pipe(sink)
    sink.on("drain", lambda: say("drain", source.readable_flowing))
    source.pipe(sink)
    await turn()
    source.push("a")
    await turn()
    held.pop()()
    await turn()
    held.pop()()
    await turn()
    source.push("b")
    await turn()


@twins.program("""
    const source = new Readable({ objectMode: true, read() {} });
    let release;
    const sink = new Writable({ objectMode: true, highWaterMark: 1, write(chunk, e, done) {
      source.unpipe(sink); release = done;
    } });
    source.on('data', (chunk) => say(chunk)); source.pipe(sink);
    await turn();
    source.push('a'); source.pause(); say(source.readableFlowing);
    release(); say(source.readableFlowing);
    await turn();
    source.push('b'); say(sink.listenerCount('drain'));
""")
async def test_a_drain_that_is_owed_for_a_write_that_unpiped_still_resumes_the_source(say):
    held = []
    source = Source(object_mode=True)
    sink = Sink(
        lambda _: source.unpipe(sink), finish=held.append, object_mode=True, high_water_mark=1
    )
    source.on("data", say)
    source.pipe(sink)
    await turn()
    source.push("a")
    source.pause()
    say(source.readable_flowing)
    held.pop()()
    say(source.readable_flowing)
    await turn()
    source.push("b")
    say(sink.listener_count("drain"))


# -- what a pipe holds -----------------------------------------------------------------------------


def pump(sizes, read_mark, write_mark, order, *, through=None):
    """Pipe chunks of `sizes` to a sink that finishes a write, or waits a turn, as `order` says."""
    gauge, held = Gauge(), []
    with turns() as loop:
        source = Measured(gauge, sizes, high_water_mark=read_mark)
        sink = measured_sink(gauge, held.append, high_water_mark=write_mark)
        for label, stream in (("source", source), ("through", through), ("sink", sink)):
            if stream is not None:
                gauge.watch(label, stream)
        (source.pipe(through) if through else source).pipe(sink)
        for finishes in order:
            if finishes and held:
                held.pop(0)()
            elif loop.due:
                loop.due.popleft()()
            gauge.look_at_rest()
        while held or loop.due:
            loop.run()
            gauge.look_at_rest()
            if held:
                held.pop(0)()
    assert sum(map(len, sink.got)) == sum(sizes)
    return gauge


SIZES = st.lists(st.integers(1, 9), max_size=40)
MARKS = st.integers(1, 12)
ORDERS = st.lists(st.booleans(), max_size=60)


@given(SIZES, MARKS, MARKS, ORDERS)
def test_whatever_the_speeds_each_end_exceeds_its_mark_by_less_than_one_chunk(
    sizes, read_mark, write_mark, order
):
    gauge = pump(sizes, read_mark, write_mark, order)
    excess = max(sizes, default=1) - 1
    assert gauge.at_rest.get("source, readable", 0) <= read_mark + excess
    assert gauge.at_rest.get("sink, writable", 0) <= write_mark + excess
    # And not even while a chunk is on its way do the two hold more than that.
    assert gauge.peak <= read_mark + write_mark + 2 * excess


@given(st.integers(1, 6), st.integers(1, 6), MARKS, st.integers(0, 60), ORDERS)
def test_from_a_source_whose_chunks_fill_its_mark_it_holds_both_marks_and_less_than_a_chunk_more(
    size, chunks_to_the_mark, write_mark, count, order
):
    """As a file does, which reads as much as its mark at a time."""
    read_mark = size * chunks_to_the_mark
    gauge = pump([size] * count, read_mark, write_mark, order)
    assert gauge.peak < read_mark + write_mark + size


@pytest.mark.parametrize("mark", [64, 1024])
@pytest.mark.parametrize("times", [100, 1000])
def test_what_a_pipe_holds_does_not_depend_on_how_much_flows_through_it(times, mark):
    gauge = pump([64] * times, mark, mark, [])
    assert gauge.peak == 2 * mark


@given(SIZES, MARKS, MARKS, MARKS, ORDERS)
def test_in_a_chain_a_side_exceeds_its_mark_by_less_than_one_chunk_until_it_was_ended(
    sizes, read_mark, through_mark, write_mark, order
):
    middle = PassThrough(high_water_mark=through_mark)
    gauge = pump(sizes, read_mark, write_mark, order, through=middle)
    bound = through_mark + max(sizes, default=1) - 1
    assert gauge.at_rest.get("through, writable", 0) <= bound
    # Once its writer has ended it, a transform may hand on all that it has left: in Node, too.
    assert gauge.at_rest.get("through, readable", 0) <= 2 * bound


@twins.program("""
    const p = new PassThrough({ highWaterMark: 4 });
    for (let i = 0; i < 7; i++) p.write('a');
    await turn(); say(p.readableLength, p.writableLength);
    p.end(); await turn(); say(p.readableLength, p.writableLength);
    p.read(); await turn(); say(p.readableLength, p.writableLength);
""")
async def test_a_transform_that_was_ended_hands_on_all_that_it_has_left(say):
    p = PassThrough(high_water_mark=4)
    for _ in range(7):
        p.write("a")
    await turn()
    say(p.readable_length, p.writable_length)
    p.end()
    await turn()
    say(p.readable_length, p.writable_length)
    p.read()
    await turn()
    say(p.readable_length, p.writable_length)


@pytest.mark.filterwarnings("ignore::streams2.errors.warnings.BackpressureWarning")
def test_a_writer_that_ignores_the_answer_holds_all_of_it():
    """What the bound is worth, and that the gauge would show its loss."""
    gauge, held = Gauge(), []
    with turns() as loop:
        source = Measured(gauge, [64] * 1000, high_water_mark=64)
        sink = measured_sink(gauge, held.append, high_water_mark=64)
        gauge.watch("source", source)
        gauge.watch("sink", sink)
        source.on("data", sink.write)
        loop.run()
        gauge.look()
    assert gauge.peak == 64 * 1000


# -- objects that flow to a pipe which listens alone ----------------------------------------------


def test_a_listener_that_comes_while_objects_flow_hears_the_rest():
    heard = []

    def main():
        numbers = iter([*range(6), None])
        source = Readable(object_mode=True, read=lambda self, size: self.push(next(numbers)))

        def write(self, chunk, encoding, done):
            if chunk == 2:
                source.on("data", heard.append)
            done()

        source.pipe(Writable(object_mode=True, write=write))

    run(main)
    assert heard == [3, 4, 5]


def test_an_emit_that_somebody_replaced_is_called_for_each_object():
    class Noting(Readable):
        seen = ()

        def emit(self, event, *args):
            if event == "data":
                self.seen = (*self.seen, *args)
            return super().emit(event, *args)

    written = []

    def main():
        numbers = iter([0, 1, 2, None])
        source = Noting(object_mode=True, read=lambda self, size: self.push(next(numbers)))
        source.pipe(
            Writable(
                object_mode=True, write=lambda self, n, _, done: (written.append(n), done())[1]
            )
        )
        return source

    assert run(main).seen == (0, 1, 2)
    assert written == [0, 1, 2]
