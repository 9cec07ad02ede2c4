"""Runs channel programs on streams2: what runner.clj is for core.async, operation by operation."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Callable

from streams2 import channel as a
from streams2.channel import Channel, _alts, _pace, transforms
from streams2.channel._stages import Transducer
from streams2.errors import StreamsError

from .idle_loop import IdleLoop

Program = list[Any]
Outcome = list[Any]

NAMED = "named"
PLAIN = "plain"
"""How a program's transforms are written: with streams2's, or as plain nested generators."""


class InvalidProgramError(Exception):
    """The program uses what it has not made."""


def run_program(
    program: Program, transforms_as: str = NAMED, *, looks: float = _pace.LOOKS_BETWEEN_PAUSES
) -> Outcome:
    """The outcome of a program: see this package's docstring.

    Args:
        program: what to run.
        transforms_as: how its transforms are written.
        looks: after how many looks at it a process that never waits pauses.
    """
    run = _Run(transforms_as)
    shuffle, _alts.shuffle = _alts.shuffle, lambda operations: None
    between, _pace.LOOKS_BETWEEN_PAUSES = _pace.LOOKS_BETWEEN_PAUSES, looks
    try:
        return [run.step(number, operation) for number, operation in enumerate(program)]
    finally:
        _alts.shuffle, _pace.LOOKS_BETWEEN_PAUSES = shuffle, between
        run.loop.close()


# Names in programs


def number(value: Any) -> int:
    return sum(map(number, value)) if isinstance(value, list) else value or 0


def fail3(value: Any) -> Any:
    if number(value) % 3 == 0:
        raise ValueError("fail3")
    return value


def stop10(total: Any, value: Any) -> Any:
    total = number(total) + number(value)
    return a.Reduced(total) if total > 10 else total


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "inc": lambda value: number(value) + 1,
    "double": lambda value: number(value) * 2,
    "same": lambda value: value,
    "fail3": fail3,
    "nil2": lambda value: value if number(value) % 2 else None,
    "even": lambda value: number(value) % 2 == 0,
    "odd": lambda value: number(value) % 2 == 1,
    "small": lambda value: number(value) < 5,
    "twice": lambda value: [value, value],
    "upto": lambda value: range(number(value) % 4),
    "mod2": lambda value: number(value) % 2,
    "mod3": lambda value: number(value) % 3,
    "sum": lambda total, value: number(total) + number(value),
    "list": lambda total, value: [*(total if isinstance(total, list) else [total]), value],
    "stop10": stop10,
    "add": lambda *values: sum(map(number, values)),
}

NAMED_STAGES: dict[str, Callable[..., Transducer[Any, Any]]] = {
    "map": lambda name: transforms.map(FUNCTIONS[name]),
    "filter": lambda name: transforms.filter(FUNCTIONS[name]),
    "mapcat": lambda name: transforms.mapcat(FUNCTIONS[name]),
    "take": transforms.take,
    "take-while": lambda name: transforms.take_while(FUNCTIONS[name]),
    "drop": transforms.drop,
    "partition-all": transforms.partition_all,
    "partition-by": lambda name: transforms.partition_by(FUNCTIONS[name]),
    "keep": lambda name: transforms.keep(FUNCTIONS[name]),
    "remove": lambda name: transforms.remove(FUNCTIONS[name]),
    "map-indexed": lambda name: transforms.map_indexed(FUNCTIONS[name]),
    "cat": lambda: transforms.cat,
    "drop-while": lambda name: transforms.drop_while(FUNCTIONS[name]),
    "take-nth": transforms.take_nth,
    "interpose": transforms.interpose,
    "dedupe": transforms.dedupe,
    "distinct": transforms.distinct,
}


plain_outputs: dict[str, Callable[[Any, int, Any], Any]] = {
    "map": lambda function, index, value: [function(value)],
    "map-indexed": lambda function, index, value: [function(index, value)],
    "mapcat": lambda function, index, value: function(value),
    "cat": lambda function, index, value: value,
    "filter": lambda function, index, value: [value] if function(value) else [],
    "remove": lambda function, index, value: [] if function(value) else [value],
    "keep": lambda function, index, value: [
        output for output in [function(value)] if output is not None
    ],
    "take-nth": lambda count, index, value: [] if index % count else [value],
    "interpose": lambda separator, index, value: [separator, value] if index else [value],
}
"""What the stages make of each value for which that depends on no value but itself."""


def plain_stage(kind: str, argument: Any, values: Iterator[Any]) -> Iterator[Any]:
    """The same once more, as one would write it for any iterator."""
    function = FUNCTIONS.get(argument, argument)
    if kind in plain_outputs:
        for index, value in enumerate(values):
            yield from plain_outputs[kind](function, index, value)
    elif kind == "take":
        for taken, value in enumerate(values, start=1):
            if taken <= function:
                yield value
            if taken >= function:
                return
    elif kind == "take-while":
        for value in values:
            if not function(value):
                return
            yield value
    elif kind == "drop":
        for index, value in enumerate(values):
            if index >= function:
                yield value
    elif kind == "drop-while":
        for value in values:
            if not function(value):
                yield value
                yield from values
    elif kind == "partition-all":
        yield from plain_parts(values, function)
    elif kind == "partition-by":
        for _, part in itertools.groupby(values, function):
            yield list(part)
    else:
        yield from plain_unseen(values, remember_all=kind == "distinct")


def plain_parts(values: Iterator[Any], size: int) -> Iterator[list[Any]]:
    part: list[Any] = []
    for value in values:
        part.append(value)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def plain_unseen(values: Iterator[Any], remember_all: bool) -> Iterator[Any]:
    seen: list[Any] = []
    for value in values:
        if value not in seen:
            seen = [*seen, value] if remember_all else [value]
            yield value


def handler(spec: Any) -> Callable[[Exception], Any] | None:
    if spec is None:
        return None
    return lambda error: None if spec == "nil" else spec


def new_buffer(spec: Any) -> Any:
    if isinstance(spec, list):
        kind, size = spec
        make = {"fixed": a.buffer, "dropping": a.dropping_buffer, "sliding": a.sliding_buffer}[kind]
        return make(size)
    return spec or 0


def inc_async(value: Any, out: Channel[Any]) -> None:
    out.put_callback(number(value) + 1, lambda _: out.close())


def twice_async(value: Any, out: Channel[Any]) -> None:
    out.put_callback(value, lambda _: out.put_callback(value, lambda _: out.close()))


def none_async(value: Any, out: Channel[Any]) -> None:
    out.close()


async def go_async(value: Any, out: Channel[Any]) -> None:
    await out.put(number(value))


ASYNC_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "inc-async": inc_async,
    "twice-async": twice_async,
    "none-async": none_async,
    "go-async": go_async,
}


# Operations


class _OnTheSpot(ThreadPoolExecutor):
    """Does the work of threads at once: the loop of these programs waits for no thread."""

    def submit(self, work, /, *args, **options):
        future: Future[Any] = Future()
        future.set_result(work(*args, **options))
        return future


class _Run:
    """One run of a program: its channels and other things by name, and its events."""

    def __init__(self, transforms_as: str) -> None:
        self.transforms_as = transforms_as
        self.things: dict[str, Any] = {}
        self.events: list[Any] = []
        self.invalid: Exception | None = None
        self.loop = IdleLoop()
        self.loop.set_default_executor(_OnTheSpot())
        self.loop.set_exception_handler(lambda loop, context: self.events.append(["uncaught"]))

    def step(self, number: int, operation: list[Any]) -> list[Any]:
        """Perform one operation, let everything settle, and tell what happened."""
        kind, *arguments = operation
        seconds = arguments[0] / 1000 if kind == "wait" else 0
        log = functools.partial(self._log, number)
        answers: list[Any] = []
        self.loop.call_soon(self._perform, kind, arguments, log, answers)
        self.loop.settle(seconds)
        if self.invalid is not None:
            raise InvalidProgramError(operation) from self.invalid
        later, self.events = self.events, []
        return [*answers, later]

    def _log(self, number: int, step: int, value: Any) -> None:
        self.events.append([number, step, value])

    def _perform(
        self, kind: str, arguments: list[Any], log: Callable[[int, Any], None], answers: list[Any]
    ) -> None:
        perform = getattr(self, "do_" + kind.replace("-", "_"))
        try:
            answers.append(perform(log, *arguments))
        except StreamsError as error:
            codes = {"ERR_CHANNEL_NONE_VALUE": "none", "ERR_CHANNEL_TOO_MANY_PENDING": "too-many"}
            answers.append(["error", codes.get(error.code, "refused")])
        except (KeyError, AttributeError) as error:
            self.invalid = error
        answers.append(self.events)
        self.events = []

    def add(self, name: str, thing: Any) -> None:
        self.things[name] = thing

    def transform(self, stages: Any) -> Any:
        if stages is None:
            return None
        if self.transforms_as == PLAIN:
            return functools.partial(self._plain, stages)
        return transforms.compose(*(NAMED_STAGES[kind](*rest) for kind, *rest in stages))

    @staticmethod
    def _plain(stages: list[list[Any]], values: Iterator[Any]) -> Iterator[Any]:
        for kind, *rest in stages:
            values = plain_stage(kind, rest[0] if rest else None, values)
        return values

    def ports(self, specs: list[Any]) -> list[Any]:
        return [
            (self.things[spec[0]], spec[1]) if isinstance(spec, list) else self.things[spec]
            for spec in specs
        ]

    def name_of(self, thing: Any) -> str:
        return next(name for name, known in self.things.items() if known is thing)

    # One method an operation

    def do_chan(self, log, name, buffer, stages=None, ex=None):
        if stages is None:
            self.add(name, Channel(new_buffer(buffer)))
        else:
            self.add(name, Channel(new_buffer(buffer), self.transform(stages), handler(ex)))

    def do_promise(self, log, name, stages=None, ex=None):
        self.add(name, a.promise_channel(self.transform(stages), handler(ex)))

    def do_put(self, log, name, value):
        return self.things[name].put_callback(value, functools.partial(log, 0))

    def do_take(self, log, name):
        return self.things[name].take_callback(functools.partial(log, 0))

    def do_put_aside(self, log, name, value):
        return self.things[name].put_callback(value, functools.partial(log, 0), on_caller=False)

    def do_take_aside(self, log, name):
        return self.things[name].take_callback(functools.partial(log, 0), on_caller=False)

    def do_puts(self, log, name, first, count):
        for value in range(first, first + count):
            self.things[name].put_callback(value)

    def do_takes(self, log, name, count):
        for _ in range(count):
            self.things[name].take_callback(lambda value: None)

    def do_offer(self, log, name, value):
        return self.things[name].offer(value)

    def do_poll(self, log, name):
        return self.things[name].poll()

    def do_close(self, log, name):
        return self.things[name].close()

    def do_closed(self, log, name):
        return self.things[name].closed

    def do_alts(self, log, ports, priority=None, default=None):
        self.do_process(log, [["alts", ports, priority, default]])

    def do_process(self, log, steps):
        a.go(self._process(log, steps))

    async def _process(self, log, steps):
        for number, (kind, *arguments) in enumerate(steps):
            try:
                log(number, await getattr(self, "_await_" + kind)(*arguments))
            except (KeyError, AttributeError) as error:
                self.invalid = error
                return

    async def _await_put(self, name, value):
        return await self.things[name].put(value)

    async def _await_take(self, name):
        return await self.things[name].take()

    async def _await_close(self, name):
        return self.things[name].close()

    async def _await_drain(self, name):
        return [value async for value in self.things[name]]

    async def _await_alts(self, specs, priority=None, default=None):
        options = {} if default is None else {"default": default[0]}
        value, port = await a.alts(self.ports(specs), priority=bool(priority), **options)
        return [value, port if port == "default" else self.name_of(port)]

    def do_go(self, log, name, value):
        async def process():
            return value

        self.add(name, a.go(process()))

    def do_go_fails(self, log, name):
        async def process():
            raise ValueError("go-fails")

        self.add(name, a.go(process()))

    def do_unblocking(self, log, buffer):
        return a.unblocking_buffer(new_buffer(buffer))

    def do_pipe(self, log, source, dest, close=None):
        a.pipe(self.things[source], self.things[dest], close is not False)

    def do_to_chan(self, log, name, values):
        self.add(name, a.to_channel(values))

    def do_onto_chan(self, log, name, dest, values, close=None):
        self.add(name, a.onto_channel(self.things[dest], values, close is not False))

    def do_into(self, log, name, values, source):
        self.add(name, a.into(values, self.things[source]))

    def do_reduce(self, log, name, function, initial, source):
        self.add(name, a.reduce(FUNCTIONS[function], initial, self.things[source]))

    def do_transduce(self, log, name, stages, function, initial, source):
        transform = self.transform(stages)
        self.add(name, a.transduce(transform, FUNCTIONS[function], initial, self.things[source]))

    def do_take_n(self, log, name, count, source, buffer=None):
        self.add(name, a.take(count, self.things[source], new_buffer(buffer)))

    def do_merge(self, log, name, sources, buffer=None):
        self.add(name, a.merge([self.things[source] for source in sources], new_buffer(buffer)))

    def do_split(self, log, yes, no, function, source, yes_buffer=None, no_buffer=None):
        chosen, others = a.split(
            FUNCTIONS[function],
            self.things[source],
            new_buffer(yes_buffer),
            new_buffer(no_buffer),
        )
        self.add(yes, chosen)
        self.add(no, others)

    def do_map(self, log, name, function, sources, buffer=None):
        channels = [self.things[source] for source in sources]
        self.add(name, a.map(FUNCTIONS[function], channels, new_buffer(buffer)))

    def do_pipeline_blocking(self, log, name, n, dest, stages, source, close=None, ex=None):
        self.do_pipeline(log, name, n, dest, stages, source, close, ex, a.pipeline_blocking)

    def do_pipeline(self, log, name, n, dest, stages, source, close=None, ex=None, make=a.pipeline):
        done = make(
            n,
            self.things[dest],
            self.transform(stages),
            self.things[source],
            close is not False,
            handler(ex),
        )
        self.add(name, done)

    def do_pipeline_async(self, log, name, n, dest, function, source, close=None):
        done = a.pipeline_async(
            n,
            self.things[dest],
            ASYNC_FUNCTIONS[function],
            self.things[source],
            close is not False,
        )
        self.add(name, done)

    def do_mult(self, log, name, source):
        self.add(name, a.mult(self.things[source]))

    def do_tap(self, log, name, dest, close=None):
        self.things[name].tap(self.things[dest], close is not False)

    def do_untap(self, log, name, dest):
        self.things[name].untap(self.things[dest])

    def do_untap_all(self, log, name):
        self.things[name].untap_all()

    def do_pub(self, log, name, source, function, buffer=None):
        buffer_function = None if buffer is None else lambda topic: new_buffer(buffer)
        self.add(name, a.pub(self.things[source], FUNCTIONS[function], buffer_function))

    def do_sub(self, log, name, topic, dest, close=None):
        self.things[name].sub(topic, self.things[dest], close is not False)

    def do_unsub(self, log, name, topic, dest):
        self.things[name].unsub(topic, self.things[dest])

    def do_unsub_all(self, log, name, topic=None):
        self.things[name].unsub_all(*([] if topic is None else [topic]))

    def do_mix(self, log, name, dest):
        self.add(name, a.mix(self.things[dest]))

    def do_admix(self, log, name, source):
        self.things[name].admix(self.things[source])

    def do_unmix(self, log, name, source):
        self.things[name].unmix(self.things[source])

    def do_unmix_all(self, log, name):
        self.things[name].unmix_all()

    def do_toggle(self, log, name, modes):
        self.things[name].toggle({self.things[key]: dict(value) for key, value in modes})

    def do_solo_mode(self, log, name, mode):
        self.things[name].solo_mode(mode)

    def do_timeout(self, log, name, milliseconds):
        self.add(name, a.timeout(milliseconds / 1000))

    def do_wait(self, log, milliseconds):
        pass  # the time passes while the loop settles
