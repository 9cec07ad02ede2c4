"""Random programs that look like programs: data flows, and what can go wrong does now and then.

A program is made as a person would write one: a cast of streams, their implementers, listeners,
the plumbing between them, then a schedule of operations. Faults are rare each, so that most
programs live long enough to meet them in an interesting state.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

from .draw import Draw
from .language import METHODS, READABLE_EVENTS, WRITABLE_EVENTS, Action, Program, Reaction, Script
from .weights import (
    BAD_MARKS,
    BYTES,
    CALM_LIVING,
    CALM_WRITING,
    CASTS,
    EMPTY,
    ENCODINGS,
    LIVING,
    MARKS,
    MISTAKES,
    OBJECTS,
    READING,
    SLOW_TIMINGS,
    TEXTS,
    TIMINGS,
    WRITING,
    Weighted,
)

_BOTH_SIDES = ("duplex", "transform", "passthrough", "pair")
_READABLE_KINDS = ("readable", *_BOTH_SIDES)
_WRITABLE_KINDS = ("writable", *_BOTH_SIDES)
_EVENTS = {
    "readable": (*READABLE_EVENTS, "error", "close"),
    "writable": (*WRITABLE_EVENTS, "error", "close"),
    **dict.fromkeys(_BOTH_SIDES, (*READABLE_EVENTS, *WRITABLE_EVENTS, "error", "close")),
}
_INITIALS = {**{kind: kind[0] for kind in METHODS}, "pair": "e"}


def generate(draw: Draw) -> Program:
    """A program, by the choices of `draw`."""
    return Generator(draw).program()


class Generator:
    """Makes one program."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.kinds: dict[str, str] = {}
        self.object_reading: set[str] = set()
        self.object_writing: set[str] = set()
        self.heard: list[tuple[str, str, str]] = []
        self.watchers: list[str] = []
        self.signals: list[str] = []
        # Most programs are meant to come to their end, and the wild ones are not.
        self.calm = draw.chance(60)
        self.objects = draw.chance(12)
        # A circle of pipes ends where the trace ends, and only with emit() being watched.
        self.watched = not draw.chance(15)
        # Inside a function that is given a chunk, it may be passed on.
        self.chunk_at_hand = False
        self.constructs = False
        self.labels = 0
        self.errors = 0

    # -- the program ----------------------------------------------------------------------------

    def program(self) -> Program:
        for kind in CASTS.draw(self.draw):
            for _ in range(2 if kind == "pair" else 1):
                initial = _INITIALS[kind]
                number = sum(name[0] == initial for name in self.kinds)
                self.kinds[f"{initial}{number or ''}"] = kind
        # The ends of a pair are made at once.
        streams = {name: self.stream(name) for name in self.kinds if name != "e1"}
        turns = [self.opening()]
        turns += [self.operations(4) for _ in range(self.draw.integer(0, 4))]
        turns[0] += self.operations(5)
        program: Program = {"streams": streams, "turns": turns}
        if self.draw.chance(4):
            program["marks"] = [MARKS.draw(self.draw), MARKS.draw(self.draw)]
        # What would construct is constructed in Node all the same: docs/differences.md, 16.
        if self.signals and not self.constructs and self.draw.chance(6):
            program["aborted"] = [self.draw.one_of(self.signals)]
        return program

    def operations(self, at_most: int) -> Reaction:
        actions: Reaction = []
        for _ in range(self.draw.integer(0, at_most)):
            action = self.operation()
            actions.append(action)
            if action[0] == "write" and self.draw.chance(40):
                actions += [self.do_write(action[1], action[1], False) for _ in range(2)]
            elif action[0] in ("destroy", "destroyEarly") and self.draw.chance(70):
                # Before it is closed, while _destroy is at work.
                actions += [self.operation(action[1]) for _ in range(self.draw.integer(1, 2))]
        return actions

    def opening(self) -> Reaction:
        """Listeners, and who is connected to whom."""
        actions: Reaction = []
        for name in self.kinds:
            if self.draw.chance(75):
                actions.append(self.listen(name, "error"))
        plumbed = self.plumbing(actions)
        actions += self.supplies()
        for name, kind in self.kinds.items():
            if kind in _READABLE_KINDS and name not in plumbed and self.draw.chance(88):
                actions.append(self.consume(name))
        return actions

    def plumbing(self, actions: Reaction) -> set[str]:
        """Connect the streams; answer the sources that are consumed by it."""
        names = list(self.kinds)
        if len(names) == 1 or self.draw.chance(15):
            return set()
        sources = [name for name in names if self.kinds[name] in _READABLE_KINDS]
        sinks = [name for name in names if self.kinds[name] == "writable"]
        chain = sources + sinks[:1]
        if len(chain) > 1 and "e" not in chain and self.draw.chance(22):
            actions.append(self.pipeline(chain, nested=False))
        else:
            links = zip(chain, chain[1:])
            actions += [self.pipe(a, b) for a, b in links if not self.is_pair(a, b)]
        last = chain[-2]
        actions += [self.pipe(last, sink) for sink in sinks[1:]]
        return set(chain[:-1])

    def supplies(self) -> Reaction:
        """The first chunks for the first stream, if it does not make its own."""
        first, kind = next(iter(self.kinds.items()))
        supply = self.do_push if kind == "readable" else self.do_write
        if self.draw.chance(60 if kind != "readable" else 15):
            return [supply(first, first, False) for _ in range(self.draw.integer(1, 3))]
        return []

    def consume(self, name: str) -> Action:
        how = self.draw.integer(0, 9)
        if how < 5:
            return self.listen(name, "data")
        if how < 8:
            return ["on", name, "readable", self.label("l"), [[["readAll", "this"]]]]
        return ["resume", name]

    def is_pair(self, one: str, other: str) -> bool:
        """Whether what is written to one comes out of the other: piped, they would be a circle."""
        return self.kinds[one] == self.kinds[other] == "pair"

    def signal(self) -> str:
        """The name of a signal, mostly a new one."""
        if self.signals and self.draw.chance(30):
            return self.draw.one_of(self.signals)
        self.signals.append(self.label("a"))
        return self.signals[-1]

    def label(self, initial: str) -> str:
        self.labels += 1
        return f"{initial}{self.labels}"

    def error(self) -> str:
        self.errors += 1
        return f"e{self.errors}"

    # -- streams --------------------------------------------------------------------------------

    def stream(self, name: str) -> dict[str, Any]:
        kind = self.kinds[name]
        options = self.options(name)
        methods = {}
        for method in METHODS[kind]:
            if self.draw.chance(self.likelihood(kind, method)):
                self.constructs = self.constructs or method == "construct"
                methods[method] = getattr(self, f"_{method}")(name)
        spec: dict[str, Any] = {"kind": kind}
        if kind == "pair":
            spec["other"] = "e1"
            for objects in (self.object_reading, self.object_writing):
                if name in objects:
                    objects.add("e1")
        if options:
            spec["options"] = options
        if methods:
            spec["methods"] = methods
        if not self.watched:
            spec["watch"] = False
        return spec

    @staticmethod
    def likelihood(kind: str, method: str) -> int:
        if kind == "passthrough" or (kind == "transform" and method in ("read", "write", "writev")):
            return 2 if method in ("read", "write", "writev") else 6
        if method in ("read", "write", "transform"):
            return 98
        return {"writev": 20, "final": 25, "destroy": 22, "construct": 14, "flush": 40}[method]

    def options(self, name: str) -> dict[str, Any]:
        kind = self.kinds[name]
        options: dict[str, Any] = {}
        if self.draw.chance(65):
            options["highWaterMark"] = self.mark()
        if self.draw.chance(85 if self.objects else 4):
            options["objectMode"] = True
            self.object_reading.add(name)
            self.object_writing.add(name)
        if kind in _BOTH_SIDES:
            self.two_sided_options(name, options)
        for option, percent in (("emitClose", 5), ("autoDestroy", 12)):
            if self.draw.chance(percent):
                options[option] = False
        if self.draw.chance(4):
            options["signal"] = self.signal()
        if kind in _READABLE_KINDS and self.draw.chance(10):
            options["encoding"] = ENCODINGS.draw(self.draw)
        if kind in _WRITABLE_KINDS and self.draw.chance(10):
            options["decodeStrings"] = False
        if self.draw.chance(4):
            options["defaultEncoding"] = ENCODINGS.draw(self.draw)
        return options

    def two_sided_options(self, name: str, options: dict[str, Any]) -> None:
        for side, objects in (
            ("readable", self.object_reading),
            ("writable", self.object_writing),
        ):
            if self.draw.chance(15):
                options[f"{side}HighWaterMark"] = self.mark()
            if self.draw.chance(12):
                options[f"{side}ObjectMode"] = True
                objects.add(name)
        if self.draw.chance(25):
            options["allowHalfOpen"] = False
        if self.draw.chance(5 if self.kinds[name] in ("duplex", "pair") else 2):
            options[self.draw.one_of(("readable", "writable"))] = False

    def mark(self) -> Any:
        return BAD_MARKS.draw(self.draw) if self.draw.chance(1) else MARKS.draw(self.draw)

    # -- implementers ---------------------------------------------------------------------------

    def _read(self, name: str) -> Script:
        shape = self.draw.integer(0, 99)
        if shape < 25:
            return []
        timing = TIMINGS.draw(self.draw)
        script = []
        for _ in range(self.draw.integer(1, 5)):
            pushes = 1 if self.draw.chance(80) else self.draw.integer(0, 3)
            pushed = [self.push(name, "this") for _ in range(pushes)]
            script.append(self.delayed(timing, pushed) + self.aside(name, 4))
        if shape < 28:
            return script  # and so on for ever
        if shape < 85:
            ending: Reaction = [["push", "this", None]]
            if self.draw.chance(20):
                script[-1] += self.delayed(timing, ending)
            else:
                script.append(self.delayed(timing, ending))
        return [*script, []]

    def _write(self, name: str) -> Script:
        with self.given_a_chunk():
            return self.answering(name, dict)

    def _writev(self, name: str) -> Script:
        # No asides and no pushes: a chunk written inside _writev, be it by a pipe that leads back,
        # is lost in Node, and not here.
        script = self.answering(name, dict, asides=0)
        return [[action for action in reaction if action[0] != "push"] for reaction in script]

    def _final(self, name: str) -> Script:
        return self.answering(name, dict, calls=1)

    def _destroy(self, name: str) -> Script:
        return self.answering(name, dict, calls=1, timings=SLOW_TIMINGS)

    def _construct(self, name: str) -> Script:
        return self.answering(name, dict, calls=1)

    def _flush(self, name: str) -> Script:
        return self.answering(name, lambda: self.transformed(name, flushing=True), calls=1)

    def _transform(self, name: str) -> Script:
        with self.given_a_chunk():
            return self.answering(name, lambda: self.transformed(name))

    @contextmanager
    def given_a_chunk(self) -> Iterator[None]:
        self.chunk_at_hand = True
        yield
        self.chunk_at_hand = False

    def transformed(self, name: str, *, flushing: bool = False) -> dict[str, Any]:
        shape = self.draw.integer(0, 9)
        if shape < 7 and not flushing:
            return {"value": {"chunk": True}}
        if shape < 8:
            return {}
        return {"value": self.chunk(name, reading=True)}

    def answering(
        self,
        name: str,
        options: Callable[[], dict[str, Any]],
        *,
        calls: int = 3,
        asides: int = 8,
        timings: Weighted[Any] | None = None,
    ) -> Script:
        """A method with a callback: calls it, sooner or later, and rarely does something wrong."""
        timing = (timings or TIMINGS).draw(self.draw)
        script = []
        for _ in range(self.draw.integer(1, calls)):
            reaction = self.aside(name, asides)
            if "transform" in self.kinds[name] and self.draw.chance(15):
                reaction.append(self.push(name, "this"))
            given = options()
            back = ["callback", given] if given else ["callback"]
            script.append(reaction + self.delayed(timing, [back]))
            if self.draw.chance(10):
                timing = TIMINGS.draw(self.draw)
        if self.draw.chance(5 if self.calm else 15):
            script.append(self.fault(timing))
        return script

    def fault(self, timing: Any) -> Reaction:
        kind = self.draw.integer(0, 9)
        if kind < 4:
            return self.delayed(timing, [["callback", {"error": self.error()}]])
        if kind < 8:
            return self.delayed(timing, [["callback"], ["callback"]])
        return [["throw", self.error()]] if kind < 9 else []

    def delayed(self, timing: Any, actions: Reaction) -> Reaction:
        if timing == 0 or not actions:
            return actions
        return [["later", timing, actions]]

    def aside(self, name: str, percent: int) -> Reaction:
        """Now and then something that has nothing to do with what is going on."""
        if not self.draw.chance(percent):
            return []
        return [self.operation(name, nested=True)]

    # -- operations -----------------------------------------------------------------------------

    def operation(self, this: str | None = None, *, nested: bool = False) -> Action:
        """Something done to some stream; inside a stream's own code mostly to itself."""
        if this is not None and self.draw.chance(65):
            name, called = this, "this"
        else:
            name = called = self.draw.one_of(list(self.kinds))
        if nested and self.draw.chance(3):
            return ["throw", self.error()]
        kind = self.kinds[name]
        side = self.draw.integer(0, 99)
        if side < 30:
            table = CALM_LIVING if self.calm else LIVING
        elif kind == "readable" or (kind != "writable" and side < 65):
            table = READING
        else:
            table = CALM_WRITING if self.calm else WRITING
        action: Action = getattr(self, f"do_{table.draw(self.draw)}")(name, called, nested)
        return action

    def do_write(self, name: str, called: str, nested: bool) -> Action:
        given = nested and self.chunk_at_hand and self.draw.chance(50)
        chunk = {"chunk": True} if given else self.chunk(name)
        return self.send("write", name, called, chunk, nested)

    def do_end(self, name: str, called: str, nested: bool) -> Action:
        chunk = self.chunk(name) if self.draw.chance(35) else None
        return self.send("end", name, called, chunk, nested)

    def send(self, verb: str, name: str, called: str, chunk: Any, nested: bool) -> Action:
        options: dict[str, Any] = {}
        if isinstance(chunk, str) and self.draw.chance(20):
            options["encoding"] = ENCODINGS.draw(self.draw)
        if self.draw.chance(45):
            options["callback"] = [] if nested else self.script(name, 10)
        action = [verb, called, chunk]
        return [*action, options] if options else action

    def do_cork(self, name: str, called: str, nested: bool) -> Action:
        return ["cork", called]

    def do_uncork(self, name: str, called: str, nested: bool) -> Action:
        return ["uncork", called]

    def do_set_default_encoding(self, name: str, called: str, nested: bool) -> Action:
        return ["setDefaultEncoding", called, ENCODINGS.draw(self.draw)]

    def do_read(self, name: str, called: str, nested: bool) -> Action:
        if self.draw.chance(60):
            return ["read", called]
        return ["read", called, self.draw.one_of((1, 2, 3, 0, 4, 7, 20))]

    def do_read_all(self, name: str, called: str, nested: bool) -> Action:
        return ["readAll", called] if self.draw.chance(70) else ["readAll", called, 2]

    def do_push(self, name: str, called: str, nested: bool) -> Action:
        return self.push(name, called)

    def do_push_end(self, name: str, called: str, nested: bool) -> Action:
        return ["push", called, None]

    def do_unshift(self, name: str, called: str, nested: bool) -> Action:
        return self.push(name, called, "unshift")

    def push(self, name: str, called: str, verb: str = "push") -> Action:
        action = [verb, called, self.chunk(name, reading=True)]
        if isinstance(action[2], str) and self.draw.chance(20):
            action.append({"encoding": ENCODINGS.draw(self.draw)})
        return action

    def do_pause(self, name: str, called: str, nested: bool) -> Action:
        return ["pause", called]

    def do_resume(self, name: str, called: str, nested: bool) -> Action:
        return ["resume", called]

    def do_set_encoding(self, name: str, called: str, nested: bool) -> Action:
        if name in self.object_reading:
            # What setEncoding() makes of buffered objects breaks Node's count of them.
            return ["read", called]
        return ["setEncoding", called, ENCODINGS.draw(self.draw)]

    def do_pipe(self, name: str, called: str, nested: bool) -> Action:
        sinks = self.sinks(name)
        return self.pipe(called, self.draw.one_of(sinks)) if sinks else ["resume", called]

    def sinks(self, name: str) -> list[str]:
        """The streams behind this one in the cast; now and then any, which can make a circle."""
        names = list(self.kinds)
        if not self.watched or not self.draw.chance(10):
            names = names[names.index(name) + 1 :]
        sinks = [sink for sink in names if self.kinds[sink] in _WRITABLE_KINDS]
        return [sink for sink in sinks if not self.is_pair(name, sink)]

    def pipe(self, called: str, sink: str) -> Action:
        action = ["pipe", called, sink]
        return [*action, {"end": False}] if self.draw.chance(12) else action

    def do_unpipe(self, name: str, called: str, nested: bool) -> Action:
        sinks = self.sinks(name)
        if not sinks or self.draw.chance(30):
            return ["unpipe", called]
        return ["unpipe", called, self.draw.one_of(sinks)]

    def do_destroy(self, name: str, called: str, nested: bool) -> Action:
        verb = "destroyEarly" if self.draw.chance(15) else "destroy"
        return [verb, called] if self.draw.chance(50) else [verb, called, self.error()]

    def do_abort(self, name: str, called: str, nested: bool) -> Action:
        if not self.signals:
            return self.do_finished(name, called, nested)
        action = ["abort", self.draw.one_of(self.signals)]
        return [*action, self.error()] if self.draw.chance(30) else action

    def do_add_abort_signal(self, name: str, called: str, nested: bool) -> Action:
        return ["addAbortSignal", called, self.signal()]

    def do_listen_flow(self, name: str, called: str, nested: bool) -> Action:
        event = self.draw.one_of(("data", "readable"))
        return self.listen(name, event, nested=nested)

    def do_listen(self, name: str, called: str, nested: bool) -> Action:
        return self.listen(name, self.draw.one_of(_EVENTS[self.kinds[name]]), nested=nested)

    def listen(self, name: str, event: str, *, nested: bool = False) -> Action:
        verb = "on"
        if self.draw.chance(25):
            verb = self.draw.one_of(("once", "prepend", "prependOnce"))
        label = self.label("l")
        self.heard.append((name, event, label))
        script = [] if nested else self.script(name, 30, event)
        action: Action = [verb, name, event, label]
        return [*action, script] if script else action

    def script(self, name: str, percent: int, event: str = "") -> Script:
        """What a listener or a callback does: mostly nothing."""
        if event == "readable" and self.draw.chance(50):
            return [[["readAll", "this"]]]
        if not self.draw.chance(percent):
            return []
        script: Script = [[] for _ in range(self.draw.integer(0, 2))]
        self.chunk_at_hand = event == "data"
        script.append([self.operation(name, nested=True) for _ in range(self.draw.integer(1, 2))])
        self.chunk_at_hand = False
        if self.draw.chance(80):
            script.append([])
        return script

    def do_off(self, name: str, called: str, nested: bool) -> Action:
        if not self.heard:
            return ["removeAllListeners", called, self.draw.one_of(_EVENTS[self.kinds[name]])]
        return ["off", *self.draw.one_of(self.heard)]

    def do_remove_all(self, name: str, called: str, nested: bool) -> Action:
        # With no event, it also removes what Node itself listens to while _construct is at work.
        if not self.constructs and self.draw.chance(40):
            return ["removeAllListeners", called]
        return ["removeAllListeners", called, self.draw.one_of(_EVENTS[self.kinds[name]])]

    def do_emit(self, name: str, called: str, nested: bool) -> Action:
        event = self.draw.one_of(_EVENTS[self.kinds[name]])
        if event in ("pipe", "unpipe"):
            event = "close"
        action = ["emit", called, event]
        if event == "error":
            action.append(self.error())
        elif event == "data":
            action.append(self.chunk(name, reading=True))
        return action

    def do_allow_half_open(self, name: str, called: str, nested: bool) -> Action:
        if self.kinds[name] not in _BOTH_SIDES:
            return ["destroy", called]
        return ["allowHalfOpen", called, self.draw.chance(30)]

    def do_implement(self, name: str, called: str, nested: bool) -> Action:
        methods = METHODS[self.kinds[name]]
        if not methods:
            return ["destroy", called]
        method = methods[0] if self.draw.chance(60) else self.draw.one_of(methods)
        return ["implement", called, method, [] if nested else getattr(self, f"_{method}")(name)]

    def do_finished(self, name: str, called: str, nested: bool) -> Action:
        label = self.label("f")
        self.watchers.append(label)
        options: dict[str, Any] = {}
        for option in ("readable", "writable", "error"):
            if self.draw.chance(12):
                options[option] = False
        if self.draw.chance(12):
            options["signal"] = self.signal()
        if not nested and self.draw.chance(15):
            options["script"] = self.script(name, 100)
        action = ["finished", called, label]
        return [*action, options] if options else action

    def do_cleanup(self, name: str, called: str, nested: bool) -> Action:
        if not self.watchers:
            return ["finished", called, self.label("f")]
        return ["cleanup", self.draw.one_of(self.watchers)]

    def do_pipeline(self, name: str, called: str, nested: bool) -> Action:
        sources = [n for n, kind in self.kinds.items() if kind in _READABLE_KINDS]
        sinks = [n for n, kind in self.kinds.items() if kind == "writable"]
        chain = sources + sinks[:1]
        if len(chain) < 2 or "e" in chain:
            return ["finished", called, self.label("f")]
        start = self.draw.integer(0, len(chain) - 2)
        return self.pipeline(chain[start:], nested=nested)

    def pipeline(self, chain: list[str], *, nested: bool) -> Action:
        options: dict[str, Any] = {}
        if self.draw.chance(12):
            options["end"] = False
        if self.draw.chance(15):
            options["signal"] = self.signal()
        if not nested and self.draw.chance(10):
            options["script"] = self.script(chain[0], 100)
        action = ["pipeline", chain, self.label("p")]
        return [*action, options] if options else action

    def do_later(self, name: str, called: str, nested: bool) -> Action:
        timing = self.draw.one_of(("tick", 1, 2))
        this = name if called == "this" else None
        return ["later", timing, [self.operation(this, nested=True)]]

    # -- values ---------------------------------------------------------------------------------

    def chunk(self, name: str, *, reading: bool = False) -> Any:
        made = self.any_chunk(name, reading=reading)
        # What is empty is lost in Node's duplexPair, and not here.
        return {"next": 1} if "e" in self.kinds and made in EMPTY else made

    def any_chunk(self, name: str, *, reading: bool) -> Any:
        objects = self.object_reading if reading else self.object_writing
        shape = self.draw.integer(0, 99)
        if shape == 99 and not (self.calm and self.draw.chance(80)):
            return MISTAKES.draw(self.draw)
        if name in objects and shape >= 30:
            return {"nextNumber": True} if shape < 85 else OBJECTS.draw(self.draw)
        if shape < 60:
            return {"next": self.draw.integer(1, 4)}
        if shape < 82:
            return {"nextBytes": self.draw.integer(1, 4)}
        return TEXTS.draw(self.draw) if shape < 90 else BYTES.draw(self.draw)
