"""Random channel programs, each with one possible outcome.

With nothing else going on, one operation at a time has one outcome. What makes outcomes depend on
the order in which processes happen to run is kept out here:

- a channel has at most one process or combinator that puts on it, and at most one that takes;
- where values may be dropped (a dropping or sliding buffer), only one of the two;
- a promise channel, which never runs dry, is read by no combinator, and to its end by nobody;
- a stage that holds a value while it passes on others is followed by none that fails;
- what chooses among several inputs (merge, mix) has inputs that only the program itself puts on.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any, Callable

MAPS = ["inc", "double", "same"]
PREDICATES = ["even", "odd", "small"]
FAILING = ["fail3", "nil2"]
STAGES = [
    "map",
    "map-indexed",
    "keep",
    "filter",
    "remove",
    "mapcat",
    "cat",
    "take",
    "take-nth",
    "take-while",
    "drop",
    "drop-while",
    "partition-all",
    "partition-by",
    "interpose",
    "dedupe",
    "distinct",
]


@dataclass
class _Known:
    """A channel of the program."""

    lossy: bool = False
    endless: bool = False
    has_reader: bool = False
    has_writer: bool = False
    made: bool = False


@dataclass
class Generator:
    """Makes one program.

    Args:
        random: where chance comes from.
        size: how many operations, about.
    """

    random: random.Random
    size: int = 14
    program: list[Any] = field(default_factory=list)
    channels: dict[str, _Known] = field(default_factory=dict)
    things: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0

    def generate(self) -> list[Any]:
        """A program of one of several kinds."""
        kinds: list[Callable[[], None]] = [
            self.one_channel,
            self.crowd,
            self.several_channels,
            self.combinators,
            self.copies,
            self.topics,
            self.mixes,
            self.pipelines,
        ]
        self.random.choice(kinds)()
        for name in list(self.channels):
            if self.random.random() < 0.5:
                self.emit("close", name)
            if self.random.random() < 0.5:
                for _ in range(3):
                    self.emit("take", name)
        return self.program

    # Kinds of programs

    def one_channel(self) -> None:
        self.new_channel(transform=self.random.random() < 0.7, promise=True)
        self.operate(self.size)

    def crowd(self) -> None:
        """About as many wait as may."""
        name = self.new_channel(transform=self.random.random() < 0.3)
        for _ in range(3):
            count = self.random.randint(1020, 1026)
            if self.random.random() < 0.5:
                self.emit("puts", name, 0, count)
            else:
                self.emit("takes", name, count)
            for _ in range(self.random.randint(1, self.size // 2)):
                if self.random.random() < 0.3:
                    # Alone: where others are possible too, core.async still counts who waits here.
                    port: Any = self.random.choice([name, [name, self.value()]])
                    self.emit("alts", [port], self.random.choice([True, None]))
                else:
                    self.operate(1)

    def several_channels(self) -> None:
        for _ in range(self.random.randint(2, 4)):
            self.new_channel(transform=self.random.random() < 0.3, promise=True)
        for _ in range(self.size):
            if self.random.random() < 0.4:
                self.choose()
            else:
                self.operate(1)

    def combinators(self) -> None:
        for _ in range(self.random.randint(1, 3)):
            self.new_channel(transform=self.random.random() < 0.2, promise=True)
        self.operate(self.random.randint(0, 5))
        for _ in range(self.random.randint(1, 4)):
            self.combine()
            self.operate(self.random.randint(0, self.size // 2))
        for _ in range(self.size // 2):
            if self.random.random() < 0.2:
                self.choose(one=True)
            else:
                self.operate(1)

    def pipelines(self) -> None:
        source = self.new_channel()
        transform = self.random.random() < 0.2
        dest = self.new_channel(transform, writer=True, windowed=False, promise=True)
        self.operate(self.random.randint(0, 3))
        self.channels[source].has_reader = self.channels[dest].has_writer = True
        n, close = self.random.randint(1, 3), self.random.choice([True, True, False])
        name = self.new_name()
        if self.random.random() < 0.7:
            stages = self.stages(failing=True)
            kind = self.random.choice(["pipeline", "pipeline", "pipeline-blocking"])
            self.emit(kind, name, n, dest, stages, source, close, self.handler())
        else:
            function = self.random.choice(["inc-async", "twice-async", "none-async", "go-async"])
            self.emit("pipeline-async", name, n, dest, function, source, close)
        self.channels[name] = _Known(made=True)
        for _ in range(self.size * 2):
            self.operate(1, towards=(source, dest))

    def copies(self) -> None:
        source = self.new_channel()
        self.channels[source].has_reader = True
        copier = self.new_name()
        self.emit("mult", copier, source)
        taps = [self.new_subscriber() for _ in range(self.random.randint(1, 3))]
        for tap in taps:
            self.emit("tap", copier, tap, self.random.choice([True, False]))
        for _ in range(self.size * 2):
            roll = self.random.random()
            if roll < 0.1:
                close = self.random.choice([True, False])
                self.emit("tap", copier, self.random.choice(taps), close)
            elif roll < 0.2:
                self.emit("untap", copier, self.random.choice(taps))
            elif roll < 0.23:
                self.emit("untap-all", copier)
            else:
                self.operate(1, towards=(source, *taps))

    def topics(self) -> None:
        source = self.new_channel()
        self.channels[source].has_reader = True
        publication = self.new_name()
        topic, topics = self.random.choice([("mod2", 2), ("mod3", 3)])
        self.emit("pub", publication, source, topic, self.buffer(windowed=False))
        subscribers = {
            self.new_subscriber(): self.random.randrange(topics)
            for _ in range(self.random.randint(1, 4))
        }
        for name, number in subscribers.items():
            self.emit("sub", publication, number, name, self.random.choice([True, False]))
        for _ in range(self.size * 2):
            roll = self.random.random()
            name = self.random.choice(list(subscribers))
            if roll < 0.08:
                close = self.random.choice([True, False])
                self.emit("sub", publication, subscribers[name], name, close)
            elif roll < 0.16:
                self.emit("unsub", publication, subscribers[name], name)
            elif roll < 0.19:
                self.emit("unsub-all", publication, subscribers[name])
            elif roll < 0.21:
                self.emit("unsub-all", publication)
            else:
                self.operate(1, towards=(source, *subscribers))

    def mixes(self) -> None:
        # No two inputs may become ready at once, since core.async's order among them is that of a
        # hash map: so there are two, and what concerns both changes only where it frees but one.
        # And room for all: a mix that waits to put a value sees a change of modes before or after
        # its next value, as chance has it.
        dest = self.new_name()
        self.emit("chan", dest, 100)
        self.channels[dest] = _Known(has_writer=True)
        inputs = [self.new_channel() for _ in range(2)]
        modes: dict[str, dict[str, bool]] = {name: {} for name in inputs}
        solo_mode = "mute"
        table = self.new_name()
        self.emit("mix", table, dest)
        for name in inputs:
            self.channels[name].has_reader = True
            self.emit("admix", table, name)
        for _ in range(self.size * 2):
            roll, name = self.random.random(), self.random.choice(inputs)
            if roll < 0.25:
                names = self.random.sample(["mute", "pause", "solo"], self.random.randint(0, 3))
                pairs = [[mode, self.random.choice([True, False])] for mode in names]
                modes.setdefault(name, {}).update(dict(pairs))
                self.emit("toggle", table, [[name, pairs]])
            elif roll < 0.3:
                new_mode = self.random.choice(["mute", "pause"])
                if len(taken_from(modes, new_mode) - taken_from(modes, solo_mode)) < 2:
                    solo_mode = new_mode
                    self.emit("solo-mode", table, solo_mode)
            elif roll < 0.34:
                modes.pop(name, None)
                self.emit("unmix", table, name)
            elif roll < 0.38:
                modes[name] = {}
                self.emit("admix", table, name)
            elif roll < 0.39:
                modes.clear()
                self.emit("unmix-all", table)
            elif roll < 0.75:
                self.operate(1, towards=(name,))
            else:
                self.operate(1, towards=(dest,))

    # Operations

    def operate(self, count: int, towards: tuple[str, ...] = ()) -> None:
        """Plain operations on random channels."""
        for _ in range(count):
            name = self.random.choice(list(towards or self.channels))
            known = self.channels[name]
            roll = self.random.random()
            if roll < 0.05:
                self.aside(name)
            elif roll < 0.4 and not known.made:
                self.emit("put", name, self.value())
            elif roll < 0.5 and not known.made:
                self.emit("offer", name, self.value())
            elif roll < 0.78:
                self.emit("take", name)
            elif roll < 0.9:
                self.emit("poll", name)
            elif roll < 0.94:
                self.emit("close", name)
            elif roll < 0.96:
                self.emit("closed", name)
            elif roll < 0.97:
                self.emit("put", name, None)
            else:
                self.emit("process", self.steps(name))

    def aside(self, name: str) -> None:
        if self.channels[name].made or self.random.random() < 0.5:
            self.emit("take-aside", name)
        else:
            self.emit("put-aside", name, self.value())

    def steps(self, name: str) -> list[Any]:
        """What a process does."""
        known = self.channels[name]
        if (
            not known.made
            and not known.has_writer
            and not known.lossy
            and self.random.random() < 0.5
        ):
            puts = [["put", name, self.value()] for _ in range(self.random.randint(1, 3))]
            return puts + ([["close", name]] if self.random.random() < 0.3 else [])
        if not known.endless and self.random.random() < 0.2:
            return [["drain", name]]
        return [["take", name] for _ in range(self.random.randint(1, 3))]

    def choose(self, one: bool = False) -> None:
        """An alts over some channels, each in one role."""
        most = 1 if one else len(self.channels)
        names = self.random.sample(list(self.channels), self.random.randint(1, most))
        ports: list[Any] = [
            name if self.channels[name].made or self.random.random() < 0.5 else [name, self.value()]
            for name in names
        ]
        default = self.random.choice([None, None, ["none"]])
        self.emit("alts", ports, self.random.choice([True, None]), default)

    def combine(self) -> None:
        """One combinator on channels that are still free for it."""
        choices: list[Callable[[], None]] = [
            self.pipe,
            self.to_chan,
            self.onto_chan,
            self.fold,
            self.take_n,
            self.merge,
            self.split,
            self.map,
        ]
        self.random.choice(choices)()

    def pipe(self) -> None:
        # To a younger channel only, so that nothing goes round in circles.
        source = self.to_read()
        dest = self.to_write(younger_than=source)
        self.emit("pipe", source, dest, self.random.choice([True, True, False]))

    def to_chan(self) -> None:
        name = self.new_name()
        self.emit("to-chan", name, self.values())
        self.channels[name] = _Known(made=True, has_writer=True)

    def onto_chan(self) -> None:
        dest = self.to_write()
        name = self.new_name()
        self.emit("onto-chan", name, dest, self.values(), self.random.choice([True, False]))
        self.channels[name] = _Known(made=True, has_writer=True)

    def fold(self) -> None:
        source, name = self.to_read(), self.new_name()
        kind = self.random.choice(["into", "reduce", "transduce"])
        if kind == "into":
            self.emit("into", name, self.values(), source)
        elif kind == "reduce":
            function = self.random.choice(["sum", "list", "stop10"])
            self.emit("reduce", name, function, self.value(), source)
        else:
            function = self.random.choice(["sum", "list", "stop10"])
            self.emit("transduce", name, self.stages(), function, self.value(), source)
        self.channels[name] = _Known(made=True, has_writer=True)

    def take_n(self) -> None:
        source, name, buffer = self.to_read(), self.new_name(), self.buffer()
        self.emit("take-n", name, self.random.randint(0, 4), source, buffer)
        self.made(name, buffer)

    def merge(self) -> None:
        sources = [self.new_channel() for _ in range(self.random.randint(0, 3))]
        self.operate(self.random.randint(0, 4))
        for source in sources:
            self.channels[source].has_reader = self.channels[source].has_writer = True
        name, buffer = self.new_name(), self.buffer()
        self.emit("merge", name, sources, buffer)
        self.made(name, buffer)

    def split(self) -> None:
        source = self.to_read()
        yes, no = self.new_name(), self.new_name()
        buffers = self.buffer(), self.buffer()
        self.emit("split", yes, no, self.random.choice(PREDICATES), source, *buffers)
        for name, buffer in zip((yes, no), buffers):
            self.made(name, buffer)

    def map(self) -> None:
        sources = [self.to_read() for _ in range(self.random.randint(0, 3))]
        name, buffer = self.new_name(), self.buffer()
        self.emit("map", name, "add", sources, buffer)
        self.made(name, buffer)

    # Parts

    def emit(self, *operation: Any) -> None:
        self.program.append(list(operation))

    def new_name(self) -> str:
        self.count += 1
        return f"c{self.count}"

    def new_channel(
        self,
        transform: bool = False,
        writer: bool = False,
        windowed: bool = True,
        promise: bool = False,
    ) -> str:
        name = self.new_name()
        if promise and self.random.random() < 0.1:
            stages = self.stages(failing=True) if transform else None
            self.emit("promise", name, stages, self.handler())
            self.channels[name] = _Known(lossy=True, endless=True, has_writer=writer)
            return name
        buffer = self.buffer(windowed)
        if transform:
            buffer = buffer or 1
            self.emit("chan", name, buffer, self.stages(failing=True), self.handler())
        else:
            self.emit("chan", name, buffer)
        self.channels[name] = _Known(lossy=isinstance(buffer, list), has_writer=writer)
        return name

    def new_subscriber(self) -> str:
        """A channel that something else will put on."""
        return self.new_channel(transform=self.random.random() < 0.2, writer=True, promise=True)

    def made(self, name: str, buffer: Any) -> None:
        self.channels[name] = _Known(lossy=isinstance(buffer, list), made=True, has_writer=True)

    def to_read(self) -> str:
        """A channel that a process may take from: now one does."""
        free = [
            name
            for name, known in self.channels.items()
            if not known.has_reader and not known.endless and not (known.lossy and known.has_writer)
        ]
        if not free:
            free = [self.new_channel(windowed=False)]
        name = self.random.choice(free)
        self.channels[name].has_reader = True
        return name

    def to_write(self, younger_than: str = "") -> str:
        """A channel that a process may put on: now one does."""
        names = list(self.channels)
        free = [
            name
            for name in names[names.index(younger_than) + 1 if younger_than else 0 :]
            if not self.channels[name].has_writer
            and not (self.channels[name].lossy and self.channels[name].has_reader)
        ]
        if not free:
            free = [self.new_channel(windowed=False)]
        name = self.random.choice(free)
        self.channels[name].has_writer = True
        return name

    def value(self) -> int:
        return self.random.randrange(10)

    def values(self) -> list[int]:
        return [self.value() for _ in range(self.random.randrange(5))]

    def buffer(self, windowed: bool = True) -> Any:
        roll = self.random.random()
        size = self.random.randint(1, 4)
        if windowed and roll < 0.2:
            return [self.random.choice(["dropping", "sliding", "fixed"]), size]
        return 0 if roll < 0.5 else size

    def handler(self) -> Any:
        return self.random.choice([None, None, "nil", 77])

    def stages(self, failing: bool = False) -> list[Any]:
        stages: list[Any] = []
        for _ in range(self.random.choice([1, 1, 1, 2, 2, 3])):
            kind = self.random.choice(STAGES)
            if kind == "cat":
                stages.append(["partition-all", self.random.randint(1, 3)])
            stages.append(self.stage(kind, failing))
            failing = failing and kind != "partition-by"
        return stages

    def stage(self, kind: str, failing: bool) -> list[Any]:
        if kind == "map":
            return [kind, self.random.choice(MAPS + FAILING * 2 if failing else MAPS)]
        if kind == "keep":
            return [kind, self.random.choice(["same", "nil2", *(["fail3"] if failing else [])])]
        if kind in ("filter", "remove", "take-while", "drop-while"):
            return [kind, self.random.choice([*PREDICATES, *(["fail3"] if failing else [])])]
        if kind == "partition-by":
            return [kind, self.random.choice(["mod2", "mod3", *(["fail3"] if failing else [])])]
        if kind == "map-indexed":
            return [kind, self.random.choice(["sum", "list"])]
        if kind == "mapcat":
            return [kind, self.random.choice(["twice", "upto"])]
        if kind in ("take", "drop"):
            return [kind, self.random.randint(0, 4)]
        if kind in ("partition-all", "take-nth"):
            return [kind, self.random.randint(1, 3)]
        if kind == "interpose":
            return [kind, 99]
        return [kind]


def taken_from(modes: dict[str, dict[str, bool]], solo_mode: str) -> set[str]:
    """The inputs that a mix takes from."""
    solos = {name for name in modes if modes[name].get("solo")}
    if solos and solo_mode == "pause":
        return solos
    return {name for name in modes if not modes[name].get("pause")}


def generate(seed: int) -> list[Any]:
    """The random program number `seed`."""
    return Generator(random.Random(seed)).generate()
