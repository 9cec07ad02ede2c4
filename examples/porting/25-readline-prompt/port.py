"""Ask for what a project needs, and write it to a file.

    python port.py [FILE]

An answer that will not do is asked for again. If the input ends early, nothing is written.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Callable, NamedTuple

from streams2 import Writable, fs, readline, run, stdio

Done = Callable[["Exception | None", "dict[str, object]"], None]


class Question(NamedTuple):
    key: str
    text: str
    accepts: str
    hint: str = ""
    preset: str = ""
    parse: Callable[[str], object] = str


QUESTIONS = [
    Question("name", "Name? ", r"[a-z][a-z0-9-]*", hint="lower case letters, digits, -"),
    Question("port", "Port (8080)? ", r"[0-9]{1,5}", hint="a number", preset="8080"),
    Question("tags", "Tags, with commas? ", r".*", parse=lambda text: split_tags(text)),
]


def split_tags(text: str) -> list[str]:
    return [tag for tag in re.split(r"[ ,]+", text) if tag]


def interview(rl: readline.Interface, output: Writable[bytes], callback: Done) -> None:
    answers: dict[str, object] = {}

    def ask(index: int) -> None:
        if index == len(QUESTIONS):
            confirm()
            return
        question = QUESTIONS[index]

        def answered(line: str) -> None:
            answer = line.strip() or question.preset
            if not re.fullmatch(question.accepts, answer):
                output.write(f"Please: {question.hint}\n")
                ask(index)
                return
            answers[question.key] = question.parse(answer)
            ask(index + 1)

        rl.question(question.text, answered)

    def confirm() -> None:
        def answered(line: str) -> None:
            if re.match(r"n", line.strip(), re.IGNORECASE):
                ask(0)
                return
            rl.off("close", closed)
            rl.close()
            callback(None, answers)

        rl.question("All right (yes)? ", answered)

    def closed() -> None:
        callback(EOFError("The input has ended: nothing is written."), answers)

    rl.on("close", closed)
    ask(0)


exit_code = 0


def main() -> None:
    path = sys.argv[1] if len(sys.argv) > 1 else "project.json"
    output = stdio.stdout()

    def done(error: Exception | None, answers: dict[str, object]) -> None:
        global exit_code
        output.write("\n")
        if error is not None:
            print(error, file=sys.stderr)
            exit_code = 1
            return

        def failed(failure: Exception) -> None:
            global exit_code
            print(f"{path}: {getattr(failure, 'code', None)}", file=sys.stderr)
            exit_code = 2

        file = fs.create_write_stream(path)
        file.on("error", failed)
        file.on("finish", lambda: output.write(f"{path} is written.\n"))
        text = json.dumps(answers, indent=2, ensure_ascii=False) + "\n"
        file.end(text)

    rl = readline.create_interface(stdio.stdin(), output)
    interview(rl, output, done)


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
