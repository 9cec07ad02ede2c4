"""A store of names and values, to talk to.

    python port.py [FILE]

FILE is loaded first. `help` tells the commands.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Awaitable
from typing import Callable

from streams2 import Readable, fs, promises, readline, run, stdio

Store = dict[str, str]
Command = Callable[..., Awaitable[object]]


class MistakeError(Exception):
    """What is told to whoever typed it."""


async def help_(_store: Store) -> str:
    return " ".join(COMMANDS)


async def set_(store: Store, name: str = "", *words: str) -> None:
    if not name:
        raise MistakeError("set what?")
    store[name] = " ".join(words)


async def get(store: Store, name: str = "") -> str:
    if name not in store:
        raise MistakeError(f"there is no {name}")
    return store[name]


async def del_(store: Store, *names: str) -> int:
    return len([name for name in names if store.pop(name, None) is not None])


async def list_(store: Store) -> str:
    return "\n".join(f"{name} = {value}" for name, value in store.items()) or "nothing"


async def load(store: Store, file: str = "") -> str:
    if not file:
        raise MistakeError("load what?")
    source = fs.create_read_stream(file)
    count = 0
    async for line in readline.create_interface(source, crlf_delay=math.inf):
        name, *words = line.split(" ")
        store[name] = " ".join(words)
        count += 1
    return f"{count} loaded"


async def save(store: Store, file: str = "") -> str:
    if not file:
        raise MistakeError("save where?")
    lines = Readable.from_(store.items()).map(lambda item: f"{item[0]} {item[1]}\n")
    await promises.pipeline(lines, fs.create_write_stream(file))
    return f"{len(store)} saved"


COMMANDS: dict[str, Command] = {
    "help": help_,
    "set": set_,
    "get": get,
    "del": del_,
    "list": list_,
    "load": load,
    "save": save,
}


async def evaluate(store: Store, line: str) -> None:
    command, *args = line.split()
    if command not in COMMANDS:
        raise MistakeError(f"{command}? Try help.")
    answer = await COMMANDS[command](store, *args)
    if answer is not None:
        print(answer)


async def main(file: str = "") -> int:
    store: Store = {}
    failures = 0
    if file:
        await evaluate(store, f"load {file}")
    print("> ", end="", flush=True)
    async for line in readline.create_interface(stdio.stdin()):
        if line == "exit":
            return failures
        try:
            if line.strip():
                await evaluate(store, line)
        except (MistakeError, OSError) as error:
            failures += 1
            print(f"! {getattr(error, 'code', None) or error}")
        print("> ", end="", flush=True)
    print()
    return failures


if __name__ == "__main__":
    try:
        failures = run(lambda: main(*sys.argv[1:]))
    except OSError as error:
        print(getattr(error, "code", None) or error, file=sys.stderr)
        sys.exit(2)
    sys.exit(1 if failures else 0)
