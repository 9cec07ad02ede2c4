"""Hash the files that standard input names, a few at a time.

    python port.py [-j JOBS] [--fail-fast] < names

A file that cannot be read is told of at the end, or with --fail-fast stops everything.
"""

from __future__ import annotations

import argparse
import sys
from typing import Callable

from streams2 import Callback, Writable, crypto, fs, pipeline, readline, run, stdio

exit_code = 0


# A Writable that works on up to `limit` chunks at once, and takes no more until one is done.
def job_queue(limit: int, work: Callable[[str, Callback], object]) -> Writable[str]:
    running = 0
    parked: Callback | None = None
    finish: Callback | None = None

    def write(queue: Writable[str], job: str, _encoding: str, go_on: Callback) -> None:
        nonlocal running, parked

        def done(error: BaseException | None = None) -> None:
            nonlocal running, parked
            running -= 1
            if error is not None:
                queue.destroy(error)
                return
            if parked:
                go = parked
                parked = None
                go()
            if running == 0 and finish:
                finish()

        running += 1
        work(job, done)
        if running < limit:
            go_on()
        else:
            parked = go_on

    def final(_: Writable[str], callback: Callback) -> None:
        nonlocal finish
        if running == 0:
            callback()
        else:
            finish = callback

    return Writable(object_mode=True, high_water_mark=limit, write=write, final=final)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("--fail-fast", action="store_true")
    values = parser.parse_args()
    limit: int = values.jobs
    results: dict[str, str] = {}
    working = most = 0

    def hash_file(name: str, done: Callback) -> None:
        nonlocal working, most
        results[name] = ""
        working += 1
        most = max(most, working)
        digest = crypto.create_hash("sha256")

        def hashed(error: BaseException | None) -> None:
            nonlocal working
            global exit_code
            working -= 1
            if error is not None and values.fail_fast:
                done(error)
                return
            results[name] = code_of(error) if error else bytes(digest.read() or b"").hex()[:16]
            if error is not None:
                exit_code = 1
            done()

        pipeline(fs.create_read_stream(name), digest, callback=hashed)

    def over(error: BaseException | None) -> None:
        if error is not None:
            print(f"stopped: {code_of(error)} {getattr(error, 'path', '')}", file=sys.stderr)
            sys.exit(2)
        for name, result in results.items():
            print(f"{result:16}  {name}")
        print("too many at once" if most > limit else f"{len(results)} files")

    queue = job_queue(limit, hash_file)
    pipeline(readline.create_interface(stdio.stdin()), queue, callback=over)


def code_of(error: BaseException) -> str:
    return str(getattr(error, "code", None))


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
