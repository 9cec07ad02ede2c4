"""Print the lines of files that match a pattern.

python port.py [-i] [-n] [-v] [-c] PATTERN [FILE...]

-i: whatever the case; -n: with numbers; -v: those that do not match; -c: only how many.
Exits with 0 if there were any, with 1 if not, and with 2 if something went wrong.
"""

from __future__ import annotations

import math
import re
import sys

from streams2 import fs, once, readline, run, stdio

options = {"ignore_case": False, "numbers": False, "invert": False, "count": False}
letters = {"i": "ignore_case", "n": "numbers", "v": "invert", "c": "count"}


async def print_(text: str) -> None:
    if not stdio.stdout().write(f"{text}\n"):
        await once(stdio.stdout(), "drain")


async def grep(pattern: re.Pattern[str], name: str, prefix: str) -> int:
    input = stdio.stdin() if name == "-" else fs.create_read_stream(name)
    lines = readline.create_interface(input, crlf_delay=math.inf)
    number = 0
    found = 0
    async for line in lines:
        number += 1
        if bool(pattern.search(line)) == options["invert"]:
            continue
        found += 1
        if not options["count"]:
            await print_(prefix + (f"{number}:" if options["numbers"] else "") + line)
    if options["count"]:
        await print_(f"{prefix}{found}")
    return found


async def search() -> int:
    args = sys.argv[1:]
    while args and re.search(r"^-[invc]+$", args[0]):
        for letter in args.pop(0)[1:]:
            options[letters[letter]] = True
    if not args:
        print("usage: grep [-i] [-n] [-v] [-c] PATTERN [FILE...]", file=sys.stderr)
        return 2
    text, *names = args
    pattern = re.compile(text, re.IGNORECASE if options["ignore_case"] else 0)
    if len(names) == 0:
        names.append("-")

    found = 0
    failed = False
    for name in names:
        try:
            found += await grep(pattern, name, f"{name}:" if len(names) > 1 else "")
        except OSError as err:
            print(f"grep: {name}: {getattr(err, 'code', None)}", file=sys.stderr)
            failed = True
    if failed:
        return 2
    return 0 if found > 0 else 1


async def main() -> None:
    @stdio.stdout().on("error")
    def on_error(err: Exception) -> None:
        sys.exit(0 if getattr(err, "code", None) == "EPIPE" else 2)

    sys.exit(await search())


if __name__ == "__main__":
    run(main)
