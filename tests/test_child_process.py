"""Children: what they say of their lives, beside Node's; what they leave behind: nothing."""

from __future__ import annotations

import asyncio
import functools
import os
import pickle
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from streams2 import (
    AbortController,
    AbortSignal,
    Transform,
    child_process,
    consumers,
    errors,
    fs,
    next_tick,
    once,
    promises,
    run,
    run_async,
)
from streams2.child_process import ChildProcess, exec_, exec_file, spawn

from .twins import Twins

pytestmark = pytest.mark.host
twins = Twins()

Say = Any


def sh(script: str, **options: Any) -> ChildProcess:
    return spawn("sh", ["-c", script], **options)


def open_descriptors() -> set[str]:
    return set(os.listdir("/dev/fd"))


def children() -> list[str]:
    path = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    return path.read_text().split() if path.exists() else []


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Any:
    before = open_descriptors(), threading.active_count(), children()
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("streams2"):
            # It has told of its child, and is about to end.
            thread.join(30)
    assert (open_descriptors(), threading.active_count(), children()) == before


@pytest.fixture(params=["descriptor", "thread"])
def _both_ways(request: Any, monkeypatch: Any) -> None:
    if request.param == "thread":
        monkeypatch.delattr(os, "pidfd_open", raising=False)


# -- beside Node ----------------------------------------------------------------------------------


@twins.program("""
const child = child_process.spawn('true', { stdio: 'ignore' });
child.on('spawn', () => say('spawn'));
child.on('exit', (code, signal) => { say('exit', code, signal); nextTick(say, 'after exit'); });
child.on('close', (code, signal) => say('close', code, signal));
nextTick(say, 'tick');
say(child.spawnfile, child.spawnargs, child.exitCode, child.signalCode, child.killed);
say(child.stdin, child.stdout, child.stdio, child.connected, child.pid > 0);
await events.once(child, 'close');
say(child.exitCode, child.signalCode, child.kill(), child.killed);
""")
async def test_a_short_life(say: Say) -> None:
    child = spawn("true", stdio="ignore")
    child.on("spawn", lambda: say("spawn"))

    def on_exit(code: Any, signal: Any) -> None:
        say("exit", code, signal)
        next_tick(say, "after exit")

    child.on("exit", on_exit)
    child.on("close", lambda code, signal: say("close", code, signal))
    next_tick(say, "tick")
    say(child.spawnfile, child.spawnargs, child.exit_code, child.signal_code, child.killed)
    say(child.stdin, child.stdout, child.stdio, child.connected, (child.pid or 0) > 0)
    await once(child, "close")
    say(child.exit_code, child.signal_code, child.kill(), child.killed)


@twins.program("""
for (const [file, options] of [['nosuch', {}], ['/etc/passwd', {}], ['true', { cwd: '/nosuch' }],
                               ['nosuch', { stdio: 'ignore' }], ['nosuch', { shell: '/no/sh' }]]) {
  const child = child_process.spawn(file, ['a', 'b'], options);
  say(child.pid, child.kill(), child.stdin === null);
  child.on('spawn', () => say('spawn'));
  child.on('exit', () => say('exit'));
  child.on('error', (e) => say(e.code, e.message, e.syscall, e.path, e.spawnargs, child.exitCode));
  child.on('close', (code, signal) => say('close', code, signal, child.kill()));
  await events.once(child, 'close').catch(() => {});
  if (options.stdio) continue;
  await events.once(child, 'close');
  say(child.stdin.destroyed, child.stdout.readableEnded);
}
""")
async def test_what_cannot_be_started(say: Say) -> None:
    cases: list[tuple[str, dict[str, Any]]] = [
        ("nosuch", {}),
        ("/etc/passwd", {}),
        ("true", {"cwd": "/nosuch"}),
        ("nosuch", {"stdio": "ignore"}),
        ("nosuch", {"shell": "/no/sh"}),
    ]
    for file, options in cases:
        child = spawn(file, ["a", "b"], **options)
        say(child.pid, child.kill(), child.stdin is None)
        child.on("spawn", lambda: say("spawn"))
        child.on("exit", lambda code, signal: say("exit"))

        def failed(e: Any, child: ChildProcess = child) -> None:
            say(e.code, e.message, e.syscall, e.path, e.spawnargs, child.exit_code)

        def closed(code: Any, signal: Any, child: ChildProcess = child) -> None:
            say("close", code, signal, child.kill())

        child.on("error", failed)
        child.on("close", closed)
        closing = once(child, "close")
        try:
            await closing
        except OSError:
            pass
        if "stdio" in options:
            continue
        await once(child, "close")
        say(child.stdin.destroyed, child.stdout.readable_ended)  # type: ignore[union-attr]


@twins.program("""
const tell = (name, f) => { try { say(name, typeof f()); } catch (e) { say(name, e.code); } };
const { spawn, exec, execFile } = child_process;
tell('empty', () => spawn(''));
tell('number', () => spawn(5));
tell('nul', () => spawn('a\\0'));
tell('nul in args', () => spawn('a', ['a\\0']));
tell('args', () => spawn('a', 'b'));
tell('args number', () => spawn('a', 5));
tell('cwd', () => spawn('a', { cwd: 5 }));
tell('cwd is a file', () => spawn('true', { cwd: '/etc/passwd' }));
tell('detached', () => spawn('a', { detached: 1 }));
tell('uid', () => spawn('a', { uid: 'a' }));
tell('uid below 0', () => spawn('true', { uid: -1 }));
tell('uid 1.5', () => spawn('a', { uid: 1.5 }));
tell('gid', () => spawn('a', { gid: 'a' }));
tell('shell', () => spawn('a', { shell: 5 }));
tell('argv0', () => spawn('a', { argv0: 5 }));
tell('stdio', () => spawn('a', { stdio: 'foo' }));
tell('stdio 5', () => spawn('a', { stdio: 5 }));
tell('stdio foo', () => spawn('a', { stdio: ['foo'] }));
tell('stdio object', () => spawn('a', { stdio: [{}] }));
tell('stdio closed', () => spawn('true', { stdio: [999] }));
tell('signal', () => spawn('a', { signal: 5 }));
tell('timeout', () => spawn('a', { timeout: -1 }));
tell('timeout text', () => spawn('a', { timeout: 'a' }));
tell('timeout 1.5', () => spawn('a', { timeout: 1.5 }));
tell('killSignal', () => spawn('a', { killSignal: 'SIGFOO' }));
tell('killSignal 0', () => spawn('a', { killSignal: 0 }));
tell('killSignal object', () => spawn('a', { killSignal: {} }));
tell('env nul', () => spawn('a', { env: { A: 'a\\0' } }));
tell('too big', () => spawn('true', ['a'.repeat(3e6)]));
tell('exec', () => exec(5));
tell('exec empty', () => exec(''));
tell('callback', () => execFile('a', [], {}, 5));
tell('maxBuffer', () => exec('a', { maxBuffer: -1 }));
tell('maxBuffer text', () => exec('a', { maxBuffer: 'a' }));
tell('exec timeout', () => exec('a', { timeout: -1 }));
const child = spawn('sleep', ['10'], { stdio: 'ignore' });
tell('kill', () => child.kill('SIGFOO'));
tell('kill 1000', () => child.kill(1000));
say(child.killed, child.kill(0), child.killed, child.kill('sigkill'));
await events.once(child, 'close');
""")
async def test_bad_arguments(say: Say) -> None:
    def tell(name: str, f: Any) -> None:
        try:
            f()
            say(name, "object")
        except Exception as e:
            say(name, getattr(e, "code", repr(e)))

    bad: Any = spawn
    tell("empty", lambda: spawn(""))
    tell("number", lambda: bad(5))
    tell("nul", lambda: spawn("a\0"))
    tell("nul in args", lambda: spawn("a", ["a\0"]))
    tell("args", lambda: bad("a", "b"))
    tell("args number", lambda: bad("a", 5))
    tell("cwd", lambda: bad("a", cwd=5))
    tell("cwd is a file", lambda: spawn("true", cwd="/etc/passwd"))
    tell("detached", lambda: bad("a", detached=1))
    tell("uid", lambda: bad("a", uid="a"))
    tell("uid below 0", lambda: spawn("true", uid=-1))
    tell("uid 1.5", lambda: bad("a", uid=1.5))
    tell("gid", lambda: bad("a", gid="a"))
    tell("shell", lambda: bad("a", shell=5))
    tell("argv0", lambda: bad("a", argv0=5))
    tell("stdio", lambda: spawn("a", stdio="foo"))
    tell("stdio 5", lambda: bad("a", stdio=5))
    tell("stdio foo", lambda: spawn("a", stdio=["foo"]))
    tell("stdio object", lambda: spawn("a", stdio=[object()]))
    tell("stdio closed", lambda: spawn("true", stdio=[999]))
    tell("signal", lambda: bad("a", signal=5))
    tell("timeout", lambda: spawn("a", timeout=-1))
    tell("timeout text", lambda: bad("a", timeout="a"))
    tell("timeout 1.5", lambda: bad("a", timeout=1.5))
    tell("killSignal", lambda: spawn("a", kill_signal="SIGFOO"))
    tell("killSignal 0", lambda: spawn("a", kill_signal=0))
    tell("killSignal object", lambda: bad("a", kill_signal={}))
    tell("env nul", lambda: spawn("a", env={"A": "a\0"}))
    tell("too big", lambda: spawn("true", ["a" * 3_000_000]))
    tell("exec", lambda: exec_(5))  # type: ignore[arg-type]
    tell("exec empty", lambda: exec_(""))
    tell("callback", lambda: exec_file("a", [], 5))  # type: ignore[arg-type]
    tell("maxBuffer", lambda: exec_("a", max_buffer=-1))
    tell("maxBuffer text", lambda: exec_("a", max_buffer="a"))  # type: ignore[arg-type]
    tell("exec timeout", lambda: exec_("a", timeout=-1))
    child = spawn("sleep", ["10"], stdio="ignore")
    tell("kill", lambda: child.kill("SIGFOO"))
    tell("kill 1000", lambda: child.kill(1000))
    say(child.killed, child.kill(0), child.killed, child.kill("sigkill"))
    await once(child, "close")


@twins.program("""
const child = child_process.spawn('cat');
child.stdout.on('data', (chunk) => { say(chunk); child.stdin.end(); });
child.stdin.on('finish', () => say('finish'));
child.stdout.on('end', () => say('end'));
child.on('close', (code, signal) => say('close', code, signal));
say(child.stdin.write('hello'), child.stdio.length);
await events.once(child, 'close');
say(child.stdin.destroyed, child.stdout.destroyed, child.stderr.destroyed);
""")
async def test_what_goes_in_comes_out(say: Say) -> None:
    child = spawn("cat")
    assert child.stdin
    assert child.stdout
    assert child.stderr

    def on_data(chunk: bytes) -> None:
        say(chunk)
        child.stdin.end()  # type: ignore[union-attr]

    child.stdout.on("data", on_data)
    child.stdin.on("finish", lambda: say("finish"))
    child.stdout.on("end", lambda: say("end"))
    child.on("close", lambda code, signal: say("close", code, signal))
    say(child.stdin.write("hello"), len(child.stdio))
    await once(child, "close")
    say(child.stdin.destroyed, child.stdout.destroyed, child.stderr.destroyed)


@twins.program("""
const child = child_process.spawn('sh', ['-c', 'exec 0<&-; echo; exec sleep 9']);
child.stdout.once('data', () => {
  child.stdin.write('abc', (error) => say('callback', error));
  child.stdin.on('error', (error) => say('error', error, error.message, error.syscall));
  child.stdin.on('close', () => { say('close'); child.kill(); });
});
child.on('exit', (code, signal) => say('exit', code, signal));
await events.once(child, 'close');
""")
async def test_a_child_that_closes_its_input(say: Say) -> None:
    child = sh("exec 0<&-; echo; exec sleep 9")
    assert child.stdin
    assert child.stdout

    def on_data(chunk: bytes) -> None:
        stdin = child.stdin
        assert stdin
        stdin.write("abc", callback=lambda error: say("callback", error))
        stdin.on("error", lambda e: say("error", e, e.message, e.syscall))

        def closed() -> None:
            say("close")
            child.kill()

        stdin.on("close", closed)

    child.stdout.once("data", on_data)
    child.on("exit", lambda code, signal: say("exit", code, signal))
    await once(child, "close")


@twins.program("""
const child = child_process.spawn('sleep', ['9']);
const answer = child.stdin.write(Buffer.alloc(1e6), (error) => say('callback', error));
say(answer, child.stdin.writableNeedDrain);
child.stdin.on('error', (error) => say('error', error));
child.kill('SIGINT');
child.on('exit', (code, signal) => say(code, signal, child.killed));
await events.once(child, 'close');
""")
async def test_a_child_that_is_killed_while_it_is_written_to(say: Say) -> None:
    child = spawn("sleep", ["9"])
    assert child.stdin
    answer = child.stdin.write(bytes(1_000_000), callback=lambda error: say("callback", error))
    say(answer, child.stdin.writable_need_drain)
    child.stdin.on("error", lambda error: say("error", error))
    child.kill("SIGINT")
    child.on("exit", lambda code, signal: say(code, signal, child.killed))
    await once(child, "close")


@twins.program("""
const { spawn } = child_process;
const watch = async (child) => {
  child.on('spawn', () => say('spawn'));
  child.on('error', (error) => say(error, error.message, String(error.cause)));
  child.on('exit', (code, signal) => say('exit', code, signal));
  await new Promise((resolve) => child.on('close', resolve));
  say('close', child.killed);
};
let controller = new AbortController();
let watched = watch(spawn('sleep', ['9'], { signal: controller.signal }));
setTimeout(() => controller.abort(new Error('enough')), 20);
await watched;
const signal = AbortSignal.abort(new Error('before'));
await watch(spawn('sleep', ['9'], { signal, killSignal: 'SIGKILL' }));
await watch(spawn('nosuch', { signal: AbortSignal.abort() }));
controller = new AbortController();
const child = spawn('true', { signal: controller.signal });
child.on('exit', () => controller.abort());
await watch(child);
await watch(spawn('sleep', ['9'], { timeout: 20 }));
await watch(spawn('sleep', ['9'], { timeout: 20, killSignal: 2 }));
await watch(spawn('true', { timeout: 1e6 }));
""")
async def test_a_child_that_is_stopped_by_a_signal_or_a_timeout(say: Say) -> None:
    def watch(child: ChildProcess) -> asyncio.Future[None]:
        closed: asyncio.Future[None]
        closed = asyncio.get_running_loop().create_future()
        child.on("spawn", lambda: say("spawn"))

        def failed(e: Any) -> None:
            cause = e.__cause__
            say(
                e,
                getattr(e, "message", None) or str(e),
                f"Error: {cause}" if cause else "undefined",
            )

        child.on("error", failed)
        child.on("exit", lambda code, signal: say("exit", code, signal))

        def on_close(code: Any, signal: Any) -> None:
            say("close", child.killed)
            closed.set_result(None)

        child.on("close", on_close)
        return closed

    controller = AbortController()
    watched = watch(spawn("sleep", ["9"], signal=controller.signal))
    asyncio.get_running_loop().call_later(0.02, controller.abort, Exception("enough"))
    await watched
    aborted = AbortSignal.abort(Exception("before"))
    await watch(spawn("sleep", ["9"], signal=aborted, kill_signal="SIGKILL"))
    await watch(spawn("nosuch", signal=AbortSignal.abort()))
    controller = AbortController()
    child = spawn("true", signal=controller.signal)
    child.on("exit", lambda code, signal: controller.abort())
    await watch(child)
    await watch(spawn("sleep", ["9"], timeout=20))
    await watch(spawn("sleep", ["9"], timeout=20, kill_signal=2))
    await watch(spawn("true", timeout=1_000_000))


@twins.program("""
const child = child_process.spawn('sh', ['-c', 'cat <&3; echo out >&4; echo three >&3'],
  { stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'pipe', 'ignore'] });
say(child.stdio.map((s) => s && [s.readable, s.writable]), child.stdin, child.stderr);
child.stdio[3].end('into three');
const got = { 1: '', 3: '', 4: '' };
for (const n of [1, 3, 4]) child.stdio[n].on('data', (chunk) => { got[n] += chunk; });
await events.once(child, 'close');
say(got);
""")
async def test_more_descriptors_than_three(say: Say) -> None:
    child = sh(
        "cat <&3; echo out >&4; echo three >&3",
        stdio=["ignore", "pipe", "inherit", "pipe", "pipe", "ignore"],
    )
    streams: list[Any] = child.stdio
    shown = [s and [s.readable, getattr(s, "writable", True)] for s in streams]
    say(shown, child.stdin, child.stderr)
    streams[3].end("into three")
    got = {"1": "", "3": "", "4": ""}

    def take(n: str, chunk: bytes) -> None:
        got[n] += chunk.decode()

    for n in (1, 3, 4):
        streams[n].on("data", functools.partial(take, str(n)))
    await once(child, "close")
    say(got)


@twins.program("""
const out = async (...args) => {
  const child = child_process.spawn(...args);
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  await events.once(child, 'close');
  say(String(Buffer.concat(chunks)), child.spawnfile, child.spawnargs);
};
await out('echo $0 $A', { shell: true, env: { A: 'x' } });
await out('echo', ['$A'], { shell: '/bin/sh', env: { A: 'y', B: undefined } });
await out('sh', ['-c', 'echo $0'], { argv0: 'zero' });
await out('pwd', { cwd: '/usr' });
await out('true', { cwd: '', shell: '' });
await out('printf', ['%s', '5', 'a b']);
await out('sh', ['-c', 'read _ _ _ _ _ sid _ < /proc/$$/stat; test $sid = $$ && echo leads'],
          { detached: true });
""")
async def test_how_a_child_is_started(say: Say) -> None:
    async def out(*args: Any, **options: Any) -> None:
        child = spawn(*args, **options)
        chunks: list[bytes] = []
        assert child.stdout
        child.stdout.on("data", chunks.append)
        await once(child, "close")
        say(b"".join(chunks).decode(), child.spawnfile, child.spawnargs)

    await out("echo $0 $A", shell=True, env={"A": "x"})
    await out("echo", ["$A"], shell="/bin/sh", env={"A": "y", "B": None})
    await out("sh", ["-c", "echo $0"], argv0="zero")
    await out("pwd", cwd="/usr")
    await out("true", cwd="", shell="")
    await out("printf", ["%s", "5", "a b"])
    leads = "read _ _ _ _ _ sid _ < /proc/$$/stat; test $sid = $$ && echo leads"
    await out("sh", ["-c", leads], detached=True)


@twins.program("""
const { exec, execFile } = child_process;
const told = (run) => new Promise((resolve) => run((error, stdout, stderr) => {
  say(error, error && error.message, error && error.cmd, error && error.killed,
      error && error.signal, stdout, stderr);
  resolve();
}));
await told((cb) => exec('echo hi; echo e >&2', cb));
await told((cb) => exec('echo hi; echo e >&2; exit 3', cb));
await told((cb) => execFile('sh', ['-c', 'exit 3'], cb));
await told((cb) => exec('kill -9 $$', cb));
await told((cb) => execFile('nosuch', ['a'], cb));
await told((cb) => execFile('true', { cwd: '/nosuch' }, cb));
await told((cb) => exec('echo hello; sleep 1', { maxBuffer: 3 }, cb));
await told((cb) => exec('printf abc', { maxBuffer: 3 }, cb));
await told((cb) => exec('echo hello >&2', { maxBuffer: 3 }, cb));
await told((cb) => exec('printf "éééé"', { maxBuffer: 3 }, cb));
await told((cb) => exec('echo hello', { maxBuffer: 3, encoding: 'buffer' }, cb));
await told((cb) => exec('echo hello', { maxBuffer: 0 }, cb));
await told((cb) => exec('yes | head -c 2000', { maxBuffer: Infinity }, cb));
await told((cb) => exec('echo hello', { encoding: null }, cb));
await told((cb) => exec('echo hello', { encoding: 'hex' }, cb));
await told((cb) => exec('echo hello', { encoding: 'foo' }, cb));
await told((cb) => exec('printf "\\\\351"', { encoding: 'latin1' }, cb));
await told((cb) => exec('exec sleep 5', { timeout: 20 }, cb));
await told((cb) => exec('exec sleep 5', { timeout: 20, killSignal: 'SIGKILL' }, cb));
await told((cb) => exec('exec sleep 5', { signal: AbortSignal.abort() }, cb));
await told((cb) => execFile('echo $0', { shell: true }, cb));
await told((cb) => { exec('cat', cb).stdin.end('abc'); });
await told((cb) => { exec('exec sleep 5', cb).kill(); });
const child = exec('exit 2', () => say('callback'));
child.on('exit', (code) => say('exit', code));
child.on('close', (code) => say('close', code));
await events.once(child, 'close');
const silent = execFile('nosuch');
await new Promise((resolve) => silent.on('close', resolve));
""")
async def test_exec_and_exec_file(say: Say) -> None:
    async def told(begin: Any) -> None:
        done = asyncio.get_running_loop().create_future()

        def callback(error: Any, stdout: Any, stderr: Any) -> None:
            message = error and (getattr(error, "message", None) or str(error))
            cmd, killed, by = (getattr(error, n, None) for n in ("cmd", "killed", "signal"))
            say(error, message, cmd, killed, by, stdout, stderr)
            done.set_result(None)

        begin(callback)
        await done

    await told(lambda cb: exec_("echo hi; echo e >&2", cb))
    await told(lambda cb: exec_("echo hi; echo e >&2; exit 3", cb))
    await told(lambda cb: exec_file("sh", ["-c", "exit 3"], cb))
    await told(lambda cb: exec_("kill -9 $$", cb))
    await told(lambda cb: exec_file("nosuch", ["a"], cb))
    await told(lambda cb: exec_file("true", cwd="/nosuch", callback=cb))
    await told(lambda cb: exec_("echo hello; sleep 1", cb, max_buffer=3))
    await told(lambda cb: exec_("printf abc", cb, max_buffer=3))
    await told(lambda cb: exec_("echo hello >&2", cb, max_buffer=3))
    await told(lambda cb: exec_('printf "éééé"', cb, max_buffer=3))
    await told(lambda cb: exec_("echo hello", cb, max_buffer=3, encoding="buffer"))
    await told(lambda cb: exec_("echo hello", cb, max_buffer=0))
    await told(lambda cb: exec_("yes | head -c 2000", cb, max_buffer=float("inf")))
    await told(lambda cb: exec_("echo hello", cb, encoding=None))
    await told(lambda cb: exec_("echo hello", cb, encoding="hex"))
    await told(lambda cb: exec_("echo hello", cb, encoding="foo"))
    await told(lambda cb: exec_('printf "\\351"', cb, encoding="latin1"))
    await told(lambda cb: exec_("exec sleep 5", cb, timeout=20))
    await told(lambda cb: exec_("exec sleep 5", cb, timeout=20, kill_signal="SIGKILL"))
    await told(lambda cb: exec_("exec sleep 5", cb, signal=AbortSignal.abort()))
    await told(lambda cb: exec_file("echo $0", shell=True, callback=cb))
    await told(lambda cb: exec_("cat", cb).stdin.end("abc"))  # type: ignore[union-attr]
    await told(lambda cb: exec_("exec sleep 5", cb).kill())
    child = exec_("exit 2", lambda *_: say("callback"))
    child.on("exit", lambda code, signal: say("exit", code))
    child.on("close", lambda code, signal: say("close", code))
    await once(child, "close")
    silent = exec_file("nosuch")
    closed = asyncio.get_running_loop().create_future()
    silent.on("close", lambda code, signal: closed.set_result(None))
    await closed


@twins.program("""
const { spawn } = child_process;
const left = spawn('sh', ['-c', 'exit 0']);
left.on('exit', () => say(left.stdout.readableFlowing));
left.on('close', () => say(left.stdout.readableEnded));
await events.once(left, 'close');
const paused = spawn('sh', ['-c', 'head -c 1000 /dev/zero; exit 0']);
paused.stdout.pause();
paused.on('exit', () => say(paused.stdout.readableFlowing));
paused.on('close', () => say(paused.stdout.readableEnded));
await events.once(paused, 'close');
const destroyed = spawn('sh', ['-c', 'exec yes']);
destroyed.stdout.destroy();
await events.once(destroyed, 'close');
say(destroyed.stdout.readableEnded);
""")
async def test_what_nobody_reads_is_read_at_the_end(say: Say) -> None:
    left: Any = sh("exit 0")
    left.on("exit", lambda code, signal: say(left.stdout.readable_flowing))
    left.on("close", lambda code, signal: say(left.stdout.readable_ended))
    await once(left, "close")
    paused: Any = sh("head -c 1000 /dev/zero; exit 0")
    paused.stdout.pause()
    paused.on("exit", lambda code, signal: say(paused.stdout.readable_flowing))
    paused.on("close", lambda code, signal: say(paused.stdout.readable_ended))
    await once(paused, "close")
    destroyed: Any = sh("exec yes")
    destroyed.stdout.destroy()
    await once(destroyed, "close")
    say(destroyed.stdout.readable_ended)


@twins.program("""
const child = child_process.spawn('cat');
say(child.stdin.write(Buffer.alloc(70000)), child.stdin.writableLength);
const refused = child.stdin.write(Buffer.alloc(7e5));
say(refused, child.stdin.writableNeedDrain);
child.stdin.on('drain', () => { say('drain'); child.stdin.end(); });
child.stdout.resume();
await events.once(child, 'close');
say(child.stdin.bytesWritten, child.stdout.bytesRead);
""")
async def test_a_write_that_the_system_takes_at_once_leaves_room(say: Say) -> None:
    child: Any = spawn("cat")
    # A pipe takes 64 KiB, where Node's sockets take more: so these are two.
    child.stdin.write(bytes(35_000))
    say(child.stdin.write(bytes(30_000)), child.stdin.writable_length)
    child.stdin.write(bytes(5_000))
    refused = child.stdin.write(bytes(700_000))
    say(refused, child.stdin.writable_need_drain)

    def drained() -> None:
        say("drain")
        child.stdin.end()

    child.stdin.on("drain", drained)
    child.stdout.resume()
    await once(child, "close")
    say(child.stdin.bytes_written, child.stdout.bytes_read)


# -- what is not to be seen in Node ---------------------------------------------------------------


def life(child: Any) -> list[Any]:
    """The events of a child that matter, as they come."""
    events: list[Any] = []
    for event in ("spawn", "error", "exit", "close"):
        child.on(event, lambda *args, event=event: events.append((event, *args)))
    return events


@pytest.mark.parametrize("start", ["run", "asyncio", "run_async", "thread"])
@pytest.mark.usefixtures("_both_ways")
def test_children_live_under_every_loop(start: str) -> None:
    async def main() -> Any:
        child: Any = sh("cat; echo e >&2; exit 3")
        events = life(child)
        child.stdin.end(b"x" * 300_000)
        read = asyncio.gather(consumers.buffer(child.stdout), consumers.buffer(child.stderr))
        await once(child, "close")
        out, err = await read
        return events, len(out), err

    answers: list[Any] = []
    if start == "run":
        answers.append(run(main))
    elif start == "asyncio":
        answers.append(asyncio.run(main()))
    elif start == "run_async":
        answers.append(asyncio.run(run_async(main)))
    else:
        thread = threading.Thread(target=lambda: answers.append(run(main)))
        thread.start()
        thread.join(30)
    assert answers == [([("spawn",), ("exit", 3, None), ("close", 3, None)], 300_000, b"e\n")]


@pytest.mark.usefixtures("_both_ways")
def test_what_a_child_wrote_comes_before_its_exit() -> None:
    async def main() -> None:
        for _ in range(20):
            child: Any = sh("echo hello")
            events: list[str] = []
            child.stdout.on("data", lambda chunk, events=events: events.append("data"))
            child.on("exit", lambda code, signal, events=events: events.append("exit"))
            await once(child, "close")
            assert events == ["data", "exit"]

    run(main)


@pytest.mark.usefixtures("_both_ways")
def test_a_run_waits_for_its_children_unless_it_is_let_go() -> None:
    seen: list[Any] = []

    def waits() -> None:
        spawn("sleep", ["0.05"], stdio="ignore").on("exit", lambda *end: seen.append(end))

    run(waits)
    assert seen == [(0, None)]
    left: list[Any] = []

    def lets_go() -> None:
        child = spawn("sleep", ["60"], stdio="ignore")
        child.unref()
        child.ref()
        child.unref()
        left.append(child)

    run(lets_go)
    # It lives on, as a child of Node's does, and is buried when it ends.
    os.kill(left[0].pid, signal.SIGKILL)
    for thread in threading.enumerate():
        if thread.name.startswith("streams2"):
            thread.join(30)
    with pytest.raises(ProcessLookupError):
        os.kill(left[0].pid, 0)
    assert left[0].kill() is False


def test_pipes_can_be_let_go_as_well() -> None:
    def main() -> None:
        child: Any = spawn("sleep", ["60"])
        for thing in (child, child.stdin, child.stdout, child.stderr):
            thing.unref()
        child.stdout.ref()
        child.stdout.unref()
        left.append(child)

    left: list[Any] = []
    run(main)
    os.kill(left[0].pid, signal.SIGKILL)
    for thread in threading.enumerate():
        if thread.name.startswith("streams2"):
            thread.join(30)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_slow_reader_stops_a_child_that_floods(stream: str, tmp_path: Path) -> None:
    """It counts what it could write: no more than the pipe, the stream and a chunk hold."""
    counted = tmp_path / "count"
    flood = f"""
import os, sys
fd = {1 if stream == "stdout" else 2}
count = 0
while True:
    count += os.write(fd, bytes(4096))
    with open({str(counted)!r}, "w") as file:
        file.write(str(count))
"""

    async def main() -> None:
        child: Any = spawn(sys.executable, ["-S", "-c", flood])
        flooded = getattr(child, stream)
        while flooded.readable_length < flooded.readable_high_water_mark:
            await asyncio.sleep(0.01)
        before = -1
        # As long as it writes it is not stopped.
        while before != (before := int(counted.read_text() or 0)):
            await asyncio.sleep(0.2)
        assert before <= flooded.readable_high_water_mark + 2 * 65536 + 4096
        assert flooded.readable_length <= flooded.readable_high_water_mark + 65536
        child.kill("SIGKILL")
        await once(child, "close")

    run(main)


def test_children_in_a_row_with_a_transform_in_between() -> None:
    class Upper(Transform[bytes, bytes]):
        def _transform(self, chunk: bytes, encoding: Any, callback: Any) -> None:
            callback(None, chunk.upper())

    async def main() -> bytes:
        first: Any = sh("head -c 1000000 /dev/zero | tr '\\0' a")
        second: Any = spawn("cat")
        piping = promises.pipeline(first.stdout, Upper(), second.stdin)
        out, _ = await asyncio.gather(consumers.buffer(second.stdout), piping)
        return out

    assert run(main) == b"A" * 1_000_000


@pytest.mark.usefixtures("_both_ways")
def test_a_pipeline_that_fails_lets_the_child_know() -> None:
    async def main() -> list[Any]:
        child: Any = sh("exec yes")
        events = life(child)

        def fail(self: Any, chunk: Any, encoding: Any, callback: Any) -> None:
            callback(RuntimeError("enough"))

        with pytest.raises(RuntimeError, match="enough"):
            await promises.pipeline(child.stdout, Transform(transform=fail))
        child.stderr.resume()
        await once(child, "close")
        return events

    assert run(main) == [("spawn",), ("exit", None, "SIGPIPE"), ("close", None, "SIGPIPE")]


def test_one_childs_output_can_be_anothers_input() -> None:
    async def main() -> Any:
        writes: Any = sh("echo hi; exec yes")
        reads: Any = spawn("head", ["-n", "2"], stdio=[writes.stdout, "pipe", "inherit"])
        assert reads.stdin is None
        ends = life(writes)
        out, _ = await asyncio.gather(consumers.text(reads.stdout), once(writes, "close"))
        return out, ends[-1]

    assert run(main) == ("hi\ny\n", ("close", None, "SIGPIPE"))


def test_files_and_descriptors_can_be_shared(tmp_path: Path) -> None:
    async def main() -> None:
        log = fs.create_write_stream(str(tmp_path / "log"))
        await once(log, "open")
        with open(tmp_path / "plain", "wb") as plain:
            child = sh("echo out; echo err >&2", stdio=["ignore", log, plain])
            await once(child, "close")
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        child = sh("cat; cat <&5", stdio=[reader, log.fd, None, None, None, "ignore"])
        os.write(writer, b"in\n")
        os.close(writer)
        os.close(reader)
        child.stderr.resume()  # type: ignore[union-attr]
        await once(child, "close")
        log.end()
        await once(log, "close")
        with pytest.raises(errors.InvalidArgValueError):
            spawn("cat", stdio=[log])

    run(main)
    assert (tmp_path / "log").read_text() == "out\nin\n"
    assert (tmp_path / "plain").read_text() == "err\n"


def test_a_child_has_no_descriptor_that_it_was_not_given() -> None:
    async def main() -> str:
        child: Any = sh("ls /proc/$$/fd", stdio=["ignore", "pipe", "inherit", "ignore", "pipe"])
        return await consumers.text(child.stdout)

    assert run(main).split() == ["0", "1", "2", "4"]


def test_a_script_that_names_no_interpreter_is_one_of_sh(tmp_path: Path) -> None:
    (tmp_path / "script").write_text("echo $1")
    (tmp_path / "script").chmod(0o755)

    async def main() -> list[str]:
        result = await child_process.promises.exec_file(str(tmp_path / "script"), ["a b"])
        path = f"{tmp_path}:{os.environ['PATH']}"
        second = await child_process.promises.exec_file("script", ["c"], env={"PATH": path})
        return [result.stdout, second.stdout]

    assert run(main) == ["a b\n", "c\n"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may run things as somebody else")
def test_a_child_can_be_somebody_else() -> None:
    async def main() -> str:
        child: Any = spawn("id", ["-u"], uid=65534, gid=65534, cwd="/")
        out = await consumers.text(child.stdout)
        child = spawn("id", ["-G"], uid=65534, gid=65534, cwd="/")
        return out + await consumers.text(child.stdout)

    assert run(main) == "65534\n65534\n"


def test_no_more_descriptors_is_an_error_event() -> None:
    import resource

    async def main() -> Any:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        used = [os.open(os.devnull, os.O_RDONLY) for _ in range(3)]
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(used) + 2, hard))
        try:
            child = spawn("true")
            events = life(child)
            await asyncio.sleep(0)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            for fd in used:
                os.close(fd)
        while len(events) < 2:
            await asyncio.sleep(0)
        return events[0][1].code, events[1][0], child.pid

    assert run(main) == ("EMFILE", "close", None)


# -- awaited --------------------------------------------------------------------------------------


def test_a_command_can_be_awaited() -> None:
    async def main() -> None:
        run_soon = child_process.promises.exec_("echo a; echo b >&2")
        assert run_soon.child.pid
        assert await run_soon == ("a\n", "b\n")
        assert (await child_process.promises.exec_("printf x", encoding=None)).stdout == b"x"
        with pytest.raises(errors.CommandFailedError) as failed:
            await child_process.promises.exec_file("sh", ["-c", "echo a; echo b >&2; exit 2"])
        error = failed.value
        assert (error.code, error.stdout, error.stderr) == (2, "a\n", "b\n")
        copied = pickle.loads(pickle.dumps(error))
        assert (copied.code, copied.cmd, str(copied)) == (error.code, error.cmd, str(error))
        with pytest.raises(FileNotFoundError) as missing:
            await child_process.promises.exec_file("nosuch")
        assert missing.value.stdout == ""  # type: ignore[attr-defined]

    run(main)


def test_a_command_that_is_cancelled_is_killed() -> None:
    async def main() -> list[Any]:
        running = child_process.promises.exec_("exec sleep 60")
        events = life(running.child)
        task = asyncio.ensure_future(asyncio.wait_for(running, 60))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await once(running.child, "close")
        return events[-1:]

    assert run(main) == [("close", None, "SIGTERM")]


def test_a_child_lives_no_longer_than_its_block() -> None:
    """Its `__exit__` sends a signal."""

    async def main() -> list[Any]:
        with spawn("sleep", ["60"], stdio="ignore") as child:
            events = life(child)
        await once(child, "close")
        return events[1:]

    assert run(main) == [("exit", None, "SIGTERM"), ("close", None, "SIGTERM")]


def test_text_that_has_no_bytes_leaves_nothing_open() -> None:
    async def main() -> None:
        with pytest.raises(UnicodeEncodeError):
            spawn("echo", ["\ud800"])

    run(main)


def test_without_a_loop_nothing_is_started() -> None:
    with pytest.raises(errors.NoRunningLoopError):
        spawn("true")


def test_options_by_nodes_names_are_explained() -> None:
    with pytest.raises(TypeError, match="Its name here is 'kill_signal'"):
        spawn("true", killSignal="SIGINT")  # type: ignore[call-arg]
    with pytest.raises(AttributeError, match="exec_file"):
        child_process.execFile  # type: ignore[attr-defined]  # noqa: B018


# -- killed at any time ---------------------------------------------------------------------------


def harness(seed: int, rounds: int) -> None:
    """Kill children, or destroy our ends of their pipes, at random points: nothing is left."""
    import random

    random_ = random.Random(seed)
    scripts = (
        "cat",
        "exec yes",
        "exec yes >&2",
        "exec cat",
        "exit 3",
        "exec 0<&-; sleep 1",
        "nosuch",
    )

    async def one() -> None:
        options: dict[str, Any] = {"timeout": random_.choice((None, 5, 30))}
        controller = AbortController()
        if random_.random() < 0.3:
            options["signal"] = controller.signal
        if random_.random() < 0.2:
            options["stdio"] = ["pipe", "pipe", "pipe", "pipe"]
        script = random_.choice((*scripts, "nosuch"))
        child = spawn("nosuch", **options) if script == "nosuch" else sh(script, **options)
        ends: list[Any] = []
        closed = asyncio.get_running_loop().create_future()
        child.on("error", ends.append)
        child.on("exit", lambda *end: ends.append(end))
        child.on("close", lambda *end: closed.set_result(None))
        for stream in child.stdio:
            if stream is not None:
                stream.on("error", lambda error: None)
        stdin: Any = child.stdin
        if random_.random() < 0.7:
            stdin.write(bytes(random_.choice((10, 100_000, 1_000_000))))
        if random_.random() < 0.5:
            child.stdout.resume()  # type: ignore[union-attr]
        for _ in range(random_.randrange(6)):
            await asyncio.sleep(random_.choice((0, 0, 0.001, 0.003)))
        streams: Any = [stream for stream in child.stdio if stream is not None]
        end = random_.choice(("kill", "abort", "destroy", "fail", "end"))
        if end == "abort":
            controller.abort()
        elif end == "destroy":
            for stream in streams:
                stream.destroy()
        elif end == "fail":
            random_.choice(streams).destroy(RuntimeError("fail"))
        elif end == "end":
            stdin.end()
        child.kill(random_.choice(("SIGTERM", "SIGKILL")))
        await asyncio.wait_for(closed, 30)
        assert len([e for e in ends if isinstance(e, tuple)]) <= 1

    for _ in range(rounds):
        run(one)


@pytest.mark.usefixtures("_both_ways")
def test_nothing_is_left_of_children_that_are_killed_at_any_time() -> None:
    harness(int(os.environ.get("STREAMS2_SEED", "1")), int(os.environ.get("STREAMS2_KILLS", "12")))


OUTLIVED = """
import os, sys
from streams2 import run
from streams2.child_process import spawn

def main():
    child = spawn("sh", ["-c", "read line <$0; echo $line >$1", *sys.argv[1:]],
                  detached=True, stdio="ignore")
    child.unref()
    print(child.pid, os.getpgid(child.pid), os.getsid(child.pid))

run(main)
"""


def test_a_detached_child_outlives_us(tmp_path: Path) -> None:
    """It leads a group and a session, waits for what comes after our end, and nobody warns."""
    asks, answers = tmp_path / "asks", tmp_path / "answers"
    for pipe in (asks, answers):
        os.mkfifo(pipe)
    flags = ["-X", "dev", "-W", "error"]
    command = [sys.executable, *flags, "-c", OUTLIVED, str(asks), str(answers)]
    # Both asyncio and the debug mode tell of what took long, too: a busy machine is no fault.
    patient = {**os.environ, "STREAMS2_DEBUG_BLOCKED": "60"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=patient)
    assert "Warning" not in done.stderr
    assert len(set(done.stdout.split())) == 1
    asks.write_text("still here\n")
    assert answers.read_text() == "still here\n"
