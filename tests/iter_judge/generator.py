"""Random programs."""

from __future__ import annotations

from random import Random
from typing import Any

Program = list[Any]

FUNCTIONS = [
    *("same", "same", "none", "double", "text", "first", "empty", "blank", "later", "laterNone"),
    *("gen", "agen", "nested", "count", "throws", "throwsAtEnd", "rejects", "bad", "badInside"),
    *("tap", "watch"),
]
WHOLES = [
    *("oSame", "oFlush", "oSplit", "oNested", "oOnce", "oThrows", "oNever", "oSource", "oBad"),
    "oBadInside",
]
SYNC = [
    *("same", "none", "double", "text", "first", "empty", "blank", "gen", "nested", "count"),
    *("throws", "throwsAtEnd", "bad", "badInside", "tapSync"),
    *("sSame", "sFlush", "sSplit", "sOnce", "sThrows", "oNever", "oSource", "oBad"),
]
POLICIES = ["strict", "unbounded", "drop-oldest", "drop-newest"]
SIZES = [1, 2, 3, 100, 5000, 9000, 10000, 16383, 16384, 20000]
METHODS = ["writev", "writeSync", "writevSync", "end", "endSync", "fail"]


class Writing:
    """Makes one program."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.program: Program = []
        self.letter = 0

    def chunk(self) -> list[Any]:
        self.letter = (self.letter + 1) % 26
        length = 0 if self.random.random() < 0.05 else self.random.choice(SIZES)
        return [chr(ord("a") + self.letter), length]

    def chunks(self) -> list[Any]:
        return [self.chunk() for _ in range(self.random.randrange(4))]

    def item(self, depth: int = 0) -> list[Any]:
        draw = self.random.random()
        if draw < 0.4:
            return ["chunk", self.small()]
        if draw < 0.6:
            return ["text", self.small()]
        if draw < 0.8:
            return ["batch", [self.small() for _ in range(self.random.randrange(4))]]
        if draw < 0.97 and depth < 2:
            return ["nested", [self.item(depth + 1) for _ in range(self.random.randrange(4))]]
        if draw < 0.985 and depth < 2:
            return ["streamable", self.item(depth + 1)]
        return ["bad", 0] if self.random.random() < 0.3 else ["chunk", self.small()]

    def small(self) -> list[Any]:
        letter, _ = self.chunk()
        return [letter, self.random.choice([0, 1, 1, 2, 3])]

    def source(self, name: str, sync: bool = False) -> str:
        kinds = ["list", "gen", "text", "streamable"]
        if not sync:
            kinds += ["agen", "agen", "gated", "asyncStreamable"]
        kind = self.random.choice(kinds)
        if kind == "text":
            self.program.append(["source", name, kind, self.small()])
            return kind
        many = kind in ("list", "gen") and self.random.random() < 0.05
        values = [self.item() for _ in range(self.random.randrange(6))]
        if many:
            values += [["chunk", ["z", 1]]] * self.random.randrange(100, 300)
        fail_at = None
        if kind in ("gen", "agen", "gated") and self.random.random() < 0.2:
            fail_at = self.random.randrange(len(values) + 1)
        self.program.append(["source", name, kind, values, fail_at])
        return kind

    def transforms(self, most: int = 3) -> list[str]:
        return [
            self.random.choice(FUNCTIONS if self.random.random() < 0.7 else WHOLES)
            for _ in range(self.random.randrange(most + 1))
        ]

    def sync_transforms(self) -> list[str]:
        return [self.random.choice(SYNC) for _ in range(self.random.randrange(4))]

    def signal(self, chance: float, name: str) -> dict[str, Any]:
        return {"signal": name} if self.random.random() < chance else {}

    def policy(self) -> dict[str, Any]:
        options: dict[str, Any] = {"backpressure": self.random.choice(POLICIES)}
        if self.random.random() < 0.3:
            options["budget"] = self.random.choice([16384, 20000, 40000])
        return options

    def writer_operation(self, w: str) -> list[Any]:
        draw = self.random.random()
        if draw < 0.4:
            return ["write", w, self.chunk(), self.signal(0.1, "sw")]
        if draw < 0.52:
            return ["writev", w, self.chunks(), self.signal(0.1, "sw")]
        if draw < 0.62:
            return ["writeSync", w, self.chunk()]
        if draw < 0.68:
            return ["writevSync", w, self.chunks()]
        if draw < 0.76:
            return ["canWrite", w]
        if draw < 0.86:
            return ["ondrain", w]
        if draw < 0.92:
            return ["end", w, self.signal(0.2, "sw")]
        if draw < 0.95:
            return ["endSync", w]
        if draw < 0.97:
            return ["fail", w, "failed"]
        return ["abort", "sw", "given up"]

    def burst(self, most: int) -> None:
        """Several operations at once. An abort would meet microtasks that are under way."""
        operations = [self.writer_operation("w") for _ in range(self.random.randrange(2, most + 1))]
        self.program.append(["burst", [one for one in operations if one[0] != "abort"]])

    # -- kinds of programs ------------------------------------------------------------------------

    def pushing(self) -> None:
        options = {**self.policy(), **self.signal(0.15, "sp")}
        names = self.transforms(2) if self.random.random() < 0.25 else []
        self.program.append(["push", "w", "r", options, names])
        self.program.append(["iter", "i", "r"])
        for _ in range(self.random.randrange(3, 16)):
            draw = self.random.random()
            if draw < 0.5:
                self.program.append(self.writer_operation("w"))
            elif draw < 0.65:
                self.burst(4)
            elif draw < 0.94:
                self.program.append(["next", "i", not names])
            elif draw < 0.97 or "signal" not in options:
                self.program.append(["return", "i", not names])
            else:
                self.program.append(["abort", "sp", "stopped"])

    def pulling(self) -> None:
        kind = self.source("s")
        # What is aborted while it waits is closed at once here, and later by Node.
        options = self.signal(0.2 if kind not in ("gated", "agen") else 0, "sp")
        if self.random.random() < 0.1:
            self.program.append(["from", "f", "s"])
        self.program.append(["pull", "p", "s", self.transforms(), options])
        self.program.append(["iter", "i", "p"])
        for _ in range(self.random.randrange(2, 12)):
            draw = self.random.random()
            if draw < 0.6:
                self.program.append(["next", "i"])
            elif draw < 0.85 and kind == "gated":
                self.program.append(["release", "s"])
            elif draw < 0.9:
                self.program.append(["return", "i"])
            elif draw < 0.93 and options:
                self.program.append(["abort", "sp", self.random.choice(["stopped", None])])
            elif draw < 0.96:
                self.program.append(["iter", "i", "p"] if kind != "gated" else ["next", "i"])
            else:
                self.program.append(["next", "i"])

    def consuming(self) -> None:
        kind = self.source("s")
        options: dict[str, Any] = {}
        if self.random.random() < 0.3:
            options["limit"] = self.random.randrange(8)
        self.program.append(["pull", "p", "s", self.transforms(), {}])
        self.program.append(
            ["consume", self.random.choice(["bytes", "text", "array"]), "p", options]
        )
        if kind == "gated":
            self.program += [["release", "s"]] * self.random.randrange(8)

    def synchronous(self) -> None:
        self.source("s", sync=True)
        names = self.sync_transforms()
        draw = self.random.random()
        if draw < 0.4:
            self.program.append(["batchesSync", "s", names, self.random.choice([1, 2, 99])])
        elif draw < 0.7:
            options = {"limit": self.random.randrange(8)} if self.random.random() < 0.3 else {}
            kind = self.random.choice(["bytes", "text", "array"])
            self.program.append(["consumeSync", kind, "s", names, options])
        else:
            has = ["writeSync", "endSync", *self.some(["writevSync", "fail"])]
            self.program.append(["sink", "k", has, self.failing()])
            self.program.append(["pipeSync", "s", names, "k", self.prevent()])

    def some(self, of: list[str]) -> list[str]:
        return [one for one in of if self.random.random() < 0.5]

    def failing(self) -> int | None:
        return self.random.randrange(5) if self.random.random() < 0.25 else None

    def prevent(self) -> dict[str, bool]:
        names = ["preventClose", "preventFail"]
        return {name: True for name in names if self.random.random() < 0.2}

    def piping(self) -> None:
        kind = self.source("s")
        options: dict[str, Any] = self.prevent()
        if kind not in ("gated", "agen"):
            options.update(self.signal(0.15, "sp"))
            if self.random.random() < 0.3:
                self.program.append(["abort", "sp", "stopped"])
        if self.random.random() < 0.5:
            self.program.append(["sink", "k", ["write", *self.some(METHODS)], self.failing()])
            self.program.append(["pipe", "s", self.transforms(), "k", options])
        else:
            self.program.append(["push", "k", "r", self.policy(), []])
            self.program.append(["iter", "i", "r"])
            self.program.append(["pipe", "s", self.transforms(), "k", options])
        for _ in range(self.random.randrange(8)):
            if kind == "gated" and self.random.random() < 0.5:
                self.program.append(["release", "s"])
            elif self.program[-1][0] != "sink":
                self.program.append(["next", "i"])

    def broadcasting(self) -> None:
        options = {**self.policy(), **self.signal(0.15, "sp")}
        self.program.append(["broadcast", "w", "b", options])
        readers = self.readers("b", "push")
        for _ in range(self.random.randrange(4, 20)):
            draw = self.random.random()
            if draw < 0.4:
                self.program.append(self.writer_operation("w"))
            elif draw < 0.46:
                self.burst(3)
            elif draw < 0.88:
                self.read(readers)
            elif draw < 0.92:
                self.program.append(["count", "b"])
            elif draw < 0.95:
                readers = [*readers, *self.readers("b", "push", first=len(readers), most=1)]
            elif draw < 0.97:
                self.cancel("b")
            elif "signal" in options:
                self.program.append(["abort", "sp", "stopped"])
            else:
                self.program.append(["abort", "sc", "left"])

    def broadcasting_from(self) -> None:
        kind = self.big_source("s", ["gen", "agen", "gated"])
        # What is cancelled while it reads is closed at once here, and later by Node.
        options = {**self.policy(), **self.signal(0.15 if kind == "gen" else 0, "sp")}
        if options["backpressure"].startswith("drop"):
            options["backpressure"] = "unbounded"  # What is dropped depends on the microtasks.
        self.program.append(["broadcastFrom", "b", "s", options])
        readers = self.readers("b", "push")
        for _ in range(self.random.randrange(4, 16)):
            draw = self.random.random()
            if draw < 0.7:
                self.read(readers)
            elif draw < 0.8:
                self.program.append(["count", "b"])
            elif kind == "gated":
                self.program.append(["release", "s"])
            elif draw < 0.86:
                readers = [*readers, *self.readers("b", "push", first=len(readers), most=1)]
            elif draw < 0.92:
                self.cancel("b")
            elif "signal" in options:
                self.program.append(["abort", "sp", "stopped"])

    def readers(self, of: str, method: str, first: int = 0, most: int = 3) -> list[str]:
        """Make some; what is done to their batches waits for nothing, and may end them."""
        made = []
        for number in range(first, first + self.random.randrange(most + 1)):
            names = self.transforms(2) if self.random.random() < 0.2 else []
            options = self.signal(0.1, "sc")
            self.program.append(["consumer", f"r{number}", of, method, names, options])
            self.program.append(["iter", f"i{number}", f"r{number}"])
            made.append(f"i{number}")
        return made

    def read(self, readers: list[str]) -> None:
        if readers:
            verb = "return" if self.random.random() < 0.07 else "next"
            self.program.append([verb, self.random.choice(readers)])

    def cancel(self, name: str) -> None:
        reason = ["cancelled"] if self.random.random() < 0.6 else []
        self.program.append(["cancel", name, *reason])

    def big_source(self, name: str, kinds: list[str]) -> str:
        kind = self.random.choice(kinds)
        values = [
            ["batch", [[self.chunk()[0], self.random.choice([3, 5000, 9000, 16384])]]]
            for _ in range(self.random.randrange(9))
        ]
        fail_at = self.random.randrange(9) if self.random.random() < 0.2 else None
        self.program.append(["source", name, kind, values, fail_at])
        return kind

    def sharing(self) -> None:
        kind = self.big_source("s", ["gen", "agen", "gated"])
        # What is cancelled while it reads is closed at once here, and later by Node.
        options = {**self.policy(), **(self.signal(0.15, "sp") if kind == "gen" else {})}
        self.program.append(["share", "b", "s", options])
        readers = self.readers("b", "pull")
        for _ in range(self.random.randrange(4, 20)):
            draw = self.random.random()
            if draw < 0.65 or kind == "gated":
                if kind == "gated" and draw < 0.35:
                    self.program.append(["release", "s"])
                else:
                    self.read(readers)
            elif draw < 0.75:
                self.program.append(["count", "b"])
            elif draw < 0.83:
                readers = [*readers, *self.readers("b", "pull", first=len(readers), most=1)]
            elif draw < 0.88:
                self.cancel("b")
            elif "signal" in options and draw < 0.92:
                self.program.append(["abort", "sp", "stopped"])
            elif draw < 0.93:
                self.program.append(["abort", "sc", "left"])
            else:
                self.read(readers)

    def sharing_sync(self) -> None:
        self.big_source("s", ["gen", "list"])
        policy = self.policy()
        self.program.append(["shareSync", "b", "s", policy])
        readers: list[str] = []
        for _ in range(self.random.randrange(4, 24)):
            draw = self.random.random()
            if draw < 0.15 or not readers:
                names = self.sync_transforms() if self.random.random() < 0.3 else []
                self.program.append(["iterSync", f"i{len(readers)}", "b", names])
                readers.append(f"i{len(readers)}")
            elif draw < 0.9:
                self.program.append(["nextSync", self.random.choice(readers)])
            elif draw < 0.94:
                self.program.append(["returnSync", self.random.choice(readers)])
            elif draw < 0.97:
                self.program.append(["count", "b"])
            elif policy["backpressure"] != "unbounded":
                self.cancel("b")

    def merging(self) -> None:
        many = self.random.randrange(1, 4)
        for number in range(many):
            self.program.append(["push", f"w{number}", f"r{number}", {"budget": 40000}, []])
        options = self.signal(0.2, "sp")
        self.program.append(["merge", "m", [f"r{number}" for number in range(many)], options])
        self.program.append(["iter", "i", "m"])
        for _ in range(self.random.randrange(3, 18)):
            draw = self.random.random()
            w = f"w{self.random.randrange(many)}"
            if draw < 0.45:
                self.program.append(["next", "i"])
            elif draw < 0.75:
                self.program.append(["unlessOver", "i", ["writeSync", w, self.chunk()]])
            elif draw < 0.87:
                self.program.append(["unlessOver", "i", ["endSync", w]])
            elif draw < 0.9:
                self.program.append(["unlessOver", "i", ["fail", w, "failed"]])
            elif draw < 0.93:
                self.program.append(["return", "i"])
            elif options and draw < 0.96:
                self.program.append(["abort", "sp", "stopped"])

    def duplexing(self) -> None:
        options: dict[str, Any] = {**self.policy(), **self.signal(0.15, "sp")}
        for end in "ab":
            if self.random.random() < 0.2:
                options[end] = self.policy()
        self.program.append(["duplex", "a", "b", options])
        for end in "ab":
            self.program.append(["iter", f"i{end}", f"{end}.r"])
        for _ in range(self.random.randrange(3, 18)):
            draw = self.random.random()
            end = self.random.choice("ab")
            if draw < 0.55:
                self.program.append(self.writer_operation(f"{end}.w"))
            elif draw < 0.9:
                self.program.append(["next", f"i{end}", True])
            elif draw < 0.93:
                self.program.append(["return", f"i{end}", True])
            elif draw < 0.96 or "signal" not in options:
                self.program.append(["close", end])
            else:
                self.program.append(["abort", "sp", "stopped"])

    def write(self, kind: str | None) -> Program:
        kind = self.random.choice([*KINDS, "pushing"]) if kind is None else kind
        getattr(self, kind)()
        return self.program


KINDS = [
    *("pushing", "pulling", "consuming", "synchronous", "piping"),
    *("broadcasting", "broadcasting_from", "sharing", "sharing_sync", "merging", "duplexing"),
]


def generate(seed: int, kind: str | None = None) -> Program:
    """The program of this number; of one kind, if that is given."""
    return Writing(seed).write(kind)
