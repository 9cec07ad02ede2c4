"""Lines and questions: the same programs as in Node, and text that is cut anywhere."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from streams2 import (
    AbortController,
    AbortError,
    AbortSignal,
    PassThrough,
    Readable,
    Writable,
    compose,
    errors,
    finished,
    fs,
    once,
    pipeline,
    readline,
    run,
)
from streams2.readline.splitting import LineSplitter

from . import oracles
from .twins import Twins, later, turn

twins = Twins()
Say = Any

RECORDED = Path(__file__).parent / "data" / "readline" / "lines.json"


class Stage:
    """An interface with an input to write to, and an output that is kept."""

    def __init__(self, make: Any = readline.create_interface, **options: Any) -> None:
        self.input: PassThrough[Any] = PassThrough()
        self.out: list[str] = []

        def write(_: Any, chunk: bytes, encoding: str, callback: Any) -> None:
            self.out.append(chunk.decode())
            callback()

        self.output: Writable[Any] = Writable(write=write)
        self.rl = make(input=self.input, output=self.output, **options)
        assert isinstance(self.rl, readline.Interface)

    def follow(self, say: Say, *events: str) -> None:
        for event in events:
            self.rl.on(event, lambda *args, event=event: say(event, *args))


STAGE = """
const stage = (options = {}, make = readline.createInterface) => {
  const input = new PassThrough();
  const out = [];
  const output = new Writable({ write(c, e, done) { out.push(String(c)); done(); } });
  return { input, out, rl: make({ input, output, ...options }) };
};
const follow = (rl, ...names) => {
  for (const name of names) rl.on(name, (...args) => say(name, ...args));
};
"""


@twins.program(
    STAGE
    + """
const { input, out, rl } = stage();
follow(rl, 'line', 'pause', 'resume', 'close');
input.write('a\\nb\\nc');
await turn();
input.end();
await turn();
say(rl.closed, rl.line, rl.terminal, out, rl.input === input);
"""
)
async def test_lines_and_the_end(say: Say) -> None:
    stage = Stage()
    stage.follow(say, "line", "pause", "resume", "close")
    stage.input.write("a\nb\nc")
    await turn()
    stage.input.end()
    await turn()
    rl = stage.rl
    say(rl.closed, rl.line, rl.terminal, stage.out, rl.input is stage.input)


@twins.program(
    STAGE
    + """
const { input, out, rl } = stage();
follow(rl, 'line', 'pause', 'resume', 'close');
rl.question('q? ', (answer) => say('answer', answer));
rl.question('other? ', (answer) => say('other', answer));
say(rl.getPrompt());
input.write('yes\\nno\\n');
await turn();
say(out, rl.getPrompt());
rl.close();
rl.close();
const tell = (name, f) => {
  try { f(); say(name, true); } catch (e) { say(name, e.code, e.message); }
};
tell('question', () => rl.question('x', () => {}));
tell('pause', () => rl.pause());
tell('resume', () => rl.resume());
tell('write', () => rl.write('x'));
tell('prompt', () => rl.prompt());
tell('setPrompt', () => rl.setPrompt('x'));
"""
)
async def test_questions_and_what_is_asked_after_the_end(say: Say) -> None:
    stage = Stage()
    rl = stage.rl
    stage.follow(say, "line", "pause", "resume", "close")
    rl.question("q? ", lambda answer: say("answer", answer))
    rl.question("other? ", lambda answer: say("other", answer))
    say(rl.get_prompt())
    stage.input.write("yes\nno\n")
    await turn()
    say(stage.out, rl.get_prompt())
    rl.close()
    rl.close()

    def tell(name: str, f: Any) -> None:
        try:
            f()
            say(name, True)
        except errors.UseAfterCloseError as e:
            say(name, e.code, str(e))

    tell("question", lambda: rl.question("x", print))
    tell("pause", rl.pause)
    tell("resume", rl.resume)
    tell("write", lambda: rl.write("x"))
    tell("prompt", rl.prompt)
    tell("setPrompt", lambda: rl.set_prompt("x"))


@twins.program(
    STAGE
    + """
const { input, out, rl } = stage({ prompt: '>' });
follow(rl, 'pause', 'resume', 'close');
rl.on('line', (line) => { say(line); if (line === 'a') rl.pause(); });
input.write('a\\nb\\nc\\n');
await turn();
say(input.isPaused(), input.readableFlowing);
input.write('d\\n');
await turn();
say('resume', rl.resume() === rl);
await turn();
rl.pause();
rl.pause();
rl.prompt();
rl.setPrompt('$ ');
rl.prompt(true);
rl.pause();
rl.write('written\\nhal');
rl.write('f\\n');
say(rl.getPrompt(), out);
rl.on('line', () => rl.close());
input.write('e\\nf\\n');
await turn();
say(input.isPaused(), input.destroyed, input.listenerCount('data'));
"""
)
async def test_pauses_prompts_and_a_close_in_the_middle(say: Say) -> None:
    stage = Stage(prompt=">")
    rl, source = stage.rl, stage.input
    stage.follow(say, "pause", "resume", "close")

    def on_line(line: str) -> None:
        say(line)
        if line == "a":
            rl.pause()

    rl.on("line", on_line)
    source.write("a\nb\nc\n")
    await turn()
    say(source.is_paused(), source.readable_flowing)
    source.write("d\n")
    await turn()
    say("resume", rl.resume() is rl)
    await turn()
    rl.pause()
    rl.pause()
    rl.prompt()
    rl.set_prompt("$ ")
    rl.prompt(True)
    rl.pause()
    rl.write("written\nhal")
    rl.write("f\n")
    say(rl.get_prompt(), stage.out)
    rl.on("line", lambda line: rl.close())
    source.write("e\nf\n")
    await turn()
    say(source.is_paused(), source.destroyed, source.listener_count("data"))


@twins.program(
    STAGE
    + """
const { input, rl } = stage();
later(() => { for (let n = 0; n < 3000; n++) input.write(`line ${n}\\n`); input.end('last'); });
follow(rl, 'pause', 'resume', 'close');
let count = 0;
let last;
for await (const line of rl) { last = line; if (++count % 500 === 0) await turn(); }
say(count, last, rl.closed);
const failing = stage();
failing.input.on('error', () => {});
later(() => { failing.input.write('a\\nb\\n'); failing.input.destroy(new Error('boom')); });
try { for await (const line of failing.rl) say(line); } catch (e) { say(e); }
const left = stage();
later(() => left.input.write('a\\nb\\n'));
for await (const line of left.rl) { say(line); break; }
say(!!left.rl.closed);
"""
)
async def test_lines_are_iterated_with_back_pressure(say: Say) -> None:
    stage = Stage()

    def write() -> None:
        for n in range(3000):
            stage.input.write(f"line {n}\n")
        stage.input.end("last")

    later(write)
    stage.follow(say, "pause", "resume", "close")
    count, last = 0, ""
    async for line in stage.rl:
        last = line
        count += 1
        if count % 500 == 0:
            await turn()
    say(count, last, stage.rl.closed)
    failing = Stage()
    failing.input.on("error", lambda error: None)

    def fail() -> None:
        failing.input.write("a\nb\n")
        failing.input.destroy(Exception("boom"))

    later(fail)
    try:
        async for line in failing.rl:
            say(line)
    except Exception as e:
        say(e)
    left = Stage()
    later(lambda: left.input.write("a\nb\n"))
    async for line in left.rl:
        say(line)
        break
    say(left.rl.closed)


@twins.program(
    """
const text = (...chunks) => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
const lines = (...chunks) => readline.createInterface({ input: text(...chunks) });
const into = (written) => new Writable({
    objectMode: true, write(line, encoding, done) { written.push(line); done(); },
});
const over = (what) => new Promise((resolve) => what((error, value) => {
    say(error || null, value === undefined ? null : value);
    resolve();
}));
const written = [];
await over((done) => pipeline(lines('a\\nb', '\\nc'), into(written), done));
async function* loud(source) { for await (const line of source) yield line + '!'; }
await over((done) => pipeline(lines('a\\nb', '\\nc'), loud, into(written), done));
async function count(source) { let n = 0; for await (const line of source) n++; return n; }
await over((done) => pipeline(lines('a\\nb', '\\nc'), count, done));
say(...written);
const left = lines('a\\nb', '\\nc');
const full = new Writable({ write(line, encoding, done) { done(new Error('full')); } });
await over((done) => pipeline(left, full, done));
say(!!left.closed);
const broken = new Readable({ read() { this.destroy(new Error('broken')); } });
await over((done) => pipeline(readline.createInterface({ input: broken }), into([]), done));
await over((done) => finished(lines('a'), { readable: true }, done));
try { compose(lines('a'), new PassThrough()); } catch (e) { say(e); }
"""
)
async def test_lines_are_the_source_of_a_pipeline(say: Say) -> None:
    def lines(*chunks: bytes) -> readline.Interface:
        return readline.create_interface(Readable.from_(chunks))

    def into(written: list[str]) -> Writable[str]:
        return Writable(
            object_mode=True, write=lambda _, line, _encoding, done: done(written.append(line))
        )

    async def over(what: Any, *stages: Any, **options: Any) -> None:
        done = asyncio.get_running_loop().create_future()
        what(*stages, callback=lambda *given: done.set_result(given), **options)
        error, value = (*(await done), None)[:2]
        say(error, value)

    async def loud(source: Any) -> Any:
        async for line in source:
            yield line + "!"

    async def count(source: Any) -> int:
        return len([line async for line in source])

    written: list[str] = []
    await over(pipeline, lines(b"a\nb", b"\nc"), into(written))
    await over(pipeline, lines(b"a\nb", b"\nc"), loud, into(written))
    await over(pipeline, lines(b"a\nb", b"\nc"), count)
    say(*written)
    left = lines(b"a\nb", b"\nc")
    full: Writable[str] = Writable(write=lambda _, line, _encoding, done: done(Exception("full")))
    await over(pipeline, left, full)
    say(left.closed)
    broken: Readable[bytes] = Readable(read=lambda self, _: self.destroy(Exception("broken")))
    await over(pipeline, readline.create_interface(broken), into([]))
    await over(finished, lines(b"a"), readable=True)
    try:
        compose(lines(b"a"), PassThrough())
    except Exception as e:
        say(e)


@twins.program(
    STAGE
    + """
const { input, out, rl } = stage({}, readline.promises.createInterface);
follow(rl, 'line', 'close');
const answer = rl.question('q? ');
input.write('yes\\n');
say(await answer, out);
const controller = new AbortController();
const given_up = rl.question('r? ', { signal: controller.signal });
controller.abort();
try { await given_up; } catch (e) { say(e, e.message); }
try { await rl.question('s? ', { signal: controller.signal }); } catch (e) { say(e, e.message); }
input.write('a line\\n');
await turn();
rl.close();
try { await rl.question('x'); } catch (e) { say(e, e.message); }
"""
)
async def test_answers_are_awaited(say: Say) -> None:
    stage = Stage(readline.promises.create_interface)
    rl = stage.rl
    stage.follow(say, "line", "close")
    answer = rl.question("q? ")
    stage.input.write("yes\n")
    say(await answer, stage.out)
    controller = AbortController()
    given_up = rl.question("r? ", signal=controller.signal)
    controller.abort()
    for wanted in (given_up, rl.question("s? ", signal=controller.signal)):
        try:
            await wanted
        except AbortError as e:
            say(e, str(e))
    stage.input.write("a line\n")
    await turn()
    rl.close()
    try:
        await rl.question("x")
    except errors.UseAfterCloseError as e:
        say(e, str(e))


@twins.program(
    STAGE
    + """
const controller = new AbortController();
const { rl, input, out } = stage({ signal: controller.signal });
follow(rl, 'line', 'close');
rl.question('q? ', { signal: AbortSignal.abort() }, () => say('answer'));
const second = new AbortController();
rl.question('q? ', { signal: second.signal }, () => say('answer'));
second.abort();
input.write('no answer\\n');
await turn();
say(out);
controller.abort();
say(rl.closed);
const late = stage({ signal: controller.signal });
follow(late.rl, 'close');
say(!!late.rl.closed);
await turn();
const tell = (name, f) => { try { f(); say(name, true); } catch (e) { say(name, e.code); } };
const make = (options) => readline.createInterface({ input: new PassThrough(), ...options });
tell('history', () => make({ historySize: -1 }));
tell('history text', () => make({ historySize: 'a' }));
tell('signal', () => make({ signal: 5 }));
tell('write', () => make().write(5));
tell('question', () => make().question('q', { signal: 5 }, () => {}));
tell('delay', () => make({ crlfDelay: 'a' }));
"""
)
async def test_signals_and_bad_arguments(say: Say) -> None:
    controller = AbortController()
    stage = Stage(signal=controller.signal)
    stage.follow(say, "line", "close")
    stage.rl.question("q? ", lambda answer: say("answer"), signal=AbortSignal.abort())
    second = AbortController()
    stage.rl.question("q? ", lambda answer: say("answer"), signal=second.signal)
    second.abort()
    stage.input.write("no answer\n")
    await turn()
    say(stage.out)
    controller.abort()
    say(stage.rl.closed)
    late = Stage(signal=controller.signal)
    late.follow(say, "close")
    say(late.rl.closed)
    await turn()

    def tell(name: str, f: Any) -> None:
        try:
            f()
            say(name, True)
        except errors.StreamsError as e:
            say(name, e.code)

    def make(**options: Any) -> Any:
        return readline.create_interface(PassThrough(), **options)

    tell("history", lambda: make(history_size=-1))
    tell("history text", lambda: make(history_size="a"))
    tell("signal", lambda: make(signal=5))
    tell("write", lambda: make().write(5))
    tell("question", lambda: make().question("q", print, signal=5))
    tell("delay", lambda: make(crlf_delay="a"))


# -- text that is cut anywhere --------------------------------------------------------------------


def chunkings(seed: int, count: int) -> list[list[str]]:
    """Random texts full of ends of lines, in bytes and cut anywhere; as latin-1."""
    random_ = random.Random(seed)
    pieces = ["\n", "\r", "\r\n", "\u2028", "\u2029", "\u0085", "\x0b", "a", "é", "😀", "word"]
    programs = []
    for _ in range(count):
        text = "".join(random_.choices(pieces, k=random_.randrange(12))).encode()
        if random_.random() < 0.1:
            text = text[: random_.randrange(len(text) + 1)]
        cuts = sorted(random_.choices(range(len(text) + 1), k=random_.randrange(5)))
        ends = [0, *cuts, len(text)]
        programs.append([text[a:b].decode("latin-1") for a, b in zip(ends, ends[1:]) if a < b])
    return programs


IN_NODE = """
const readline = require('readline');
const { PassThrough } = require('stream');
(async () => {
  const answers = [];
  for (const chunks of JSON.parse(require('fs').readFileSync(0, 'utf8'))) {
    const input = new PassThrough();
    const lines = [];
    const rl = readline.createInterface({ input, crlfDelay: Infinity });
    rl.on('line', (line) => lines.push(line));
    const closed = new Promise((resolve) => rl.on('close', resolve));
    for (const chunk of chunks) { input.write(Buffer.from(chunk, 'latin1')); }
    input.end();
    await closed;
    answers.push(lines);
  }
  process.stdout.write(JSON.stringify(answers));
})();
"""


def lines_in_node(programs: list[list[str]]) -> list[list[str]]:
    answered = subprocess.run(
        [oracles.node(), "-e", IN_NODE],
        input=json.dumps(programs).encode(),
        capture_output=True,
        check=True,
    )
    answers: list[list[str]] = json.loads(answered.stdout)
    return answers


def lines_here(programs: list[list[str]]) -> list[list[str]]:
    async def lines(chunks: list[str]) -> list[str]:
        source = Readable.from_([chunk.encode("latin-1") for chunk in chunks])
        rl = readline.create_interface(source, crlf_delay=float("inf"))
        return [line async for line in rl]

    async def main() -> list[list[str]]:
        return [await lines(chunks) for chunks in programs]

    return run(main)


def test_text_that_is_cut_anywhere_has_nodes_lines() -> None:
    assert lines_here(chunkings(1, 400)) == json.loads(RECORDED.read_text("utf8"))


@pytest.mark.live
@pytest.mark.host
def test_recorded_lines_are_still_nodes() -> None:
    assert lines_in_node(chunkings(1, 400)) == json.loads(RECORDED.read_text("utf8"))
    programs = chunkings(int(os.environ.get("STREAMS2_SEED", "2")), 2000)
    assert lines_here(programs) == lines_in_node(programs)


@pytest.mark.parametrize(
    ("given", "delay", "lines"),
    [(100, 0.09, ["a", "b"]), (100, 0.2, ["a", "", "b"]), (float("inf"), 9e9, ["a", "b"])],
)
def test_a_newline_belongs_to_a_return_for_so_long(
    monkeypatch: Any, given: float, delay: float, lines: list[str]
) -> None:
    now = 1.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    splitter = LineSplitter(given)
    got = splitter.take("a\r")
    now += delay
    assert [*got, *splitter.take("\nb\n")] == lines


# -- what is not to be seen in Node ---------------------------------------------------------------


def test_an_interface_that_is_closed_has_no_more_lines_and_no_more_answers() -> None:
    """Nor does one that its block has closed: that is `__exit__`."""

    async def main() -> None:
        stage = Stage(readline.promises.create_interface)
        with stage.rl:
            waiting = stage.rl.question("q? ")
        assert stage.rl.closed
        with pytest.raises(errors.UseAfterCloseError):
            await waiting
        assert [line async for line in stage.rl] == []

    run(main)


def test_what_cannot_be_read_or_written_is_refused() -> None:
    async def main() -> None:
        for given in ({"input": 5}, {"input": PassThrough(), "output": 5}):
            with pytest.raises(errors.InvalidArgTypeError):
                readline.create_interface(**given)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="Its name here is 'crlf_delay'"):
            readline.create_interface(PassThrough(), crlfDelay=5)  # type: ignore[call-arg]

    run(main)


def test_an_error_of_the_input_that_nobody_hears_is_raised() -> None:
    async def main() -> None:
        stage = Stage()
        stage.input.destroy(OSError("boom"))
        await turn()
        await asyncio.sleep(0)

    with pytest.raises(OSError, match="boom"):
        run(main)


@pytest.mark.host
def test_the_lines_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(b"one\r\ntwo\n" * 50_000 + b"last")

    async def main() -> list[str]:
        rl = readline.create_interface(fs.create_read_stream(str(path)))
        return [line async for line in rl]

    assert run(main) == ["one", "two"] * 50_000 + ["last"]


@pytest.mark.host
def test_ctrl_c_is_an_event() -> None:
    before = signal.getsignal(signal.SIGINT)
    heard: list[str] = []

    async def main() -> None:
        stage = Stage(terminal=True)
        stage.rl.once("SIGINT", lambda: heard.append("SIGINT"))
        stage.rl.on("close", lambda: heard.append("close"))
        os.kill(os.getpid(), signal.SIGINT)
        while heard == []:
            await asyncio.sleep(0)
        # Nobody listens any more: it closes.
        closed = once(stage.rl, "close")
        os.kill(os.getpid(), signal.SIGINT)
        await closed

    run(main)
    assert heard == ["SIGINT", "close"]
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.host
def test_an_output_that_is_a_terminal_makes_the_interface_one() -> None:
    async def main() -> None:
        output = Stage().output
        output.is_tty = True  # type: ignore[attr-defined]
        with readline.create_interface(PassThrough(), output) as rl:
            assert rl.terminal
        with readline.create_interface(PassThrough(), output, terminal=False) as rl:
            assert not rl.terminal

    run(main)


if __name__ == "__main__":
    RECORDED.parent.mkdir(exist_ok=True)
    rows = ",\n".join(json.dumps(lines) for lines in lines_in_node(chunkings(1, 400)))
    RECORDED.write_text(f"[\n{rows}\n]\n", "utf8")


@pytest.mark.parametrize("query", [5, None, b"?"])
def test_a_question_is_text(query: Any) -> None:
    def main() -> None:
        asked: list[str] = []
        lines = readline.create_interface(PassThrough())
        with pytest.raises(errors.InvalidArgTypeError):
            lines.question(query, asked.append)
        lines.close()

    run(main)
