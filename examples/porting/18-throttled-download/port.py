"""Download a file, no faster than so many bytes a second.

python port.py [--rate BYTES] URL FILE

What is not whole is removed. Redirections are followed, up to five of them.
"""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path
from typing import Callable, Optional
from urllib.parse import urljoin

from streams2 import Transform, TransformCallback, fs, http, pipeline, run
from streams2.timers import set_timeout

exit_code = 0

Answer = Callable[[Optional[BaseException], Optional[http.IncomingMessage]], object]
Done = Callable[[Optional[BaseException], int, str], object]


def throttle(rate: float) -> Transform[bytes, bytes]:
    due = 0.0

    def transform(
        self: Transform[bytes, bytes], chunk: bytes, encoding: str, callback: TransformCallback
    ) -> None:
        nonlocal due
        now = time.monotonic()
        wait = max(0, due - now)
        due = max(due, now) + len(chunk) / rate
        set_timeout(callback, wait * 1000, None, chunk)

    return Transform(transform=transform)


def get(url: str, redirections: int, callback: Answer) -> None:
    def on_response(response: http.IncomingMessage) -> None:
        status_code, headers = response.status_code or 0, response.headers
        location = str(headers.get("location", ""))
        if 300 <= status_code < 400 and location:
            response.resume()
            if redirections == 0:
                callback(Exception("too many redirections"), None)
                return
            get(urljoin(url, location), redirections - 1, callback)
            return
        if status_code != 200:
            response.resume()
            callback(Exception(f"status {status_code}"), None)
            return
        callback(None, response)

    request = http.get(url, on_response, agent=False)
    request.on("error", lambda err: callback(err, None))


def download(url: str, path: str, rate: float, done: Done) -> None:
    def got(err: BaseException | None, response: http.IncomingMessage | None) -> None:
        if response is None:
            done(err, 0, "")
            return
        received = 0
        expected = str(response.headers.get("content-length", ""))

        @response.on("data")
        def on_data(chunk: bytes) -> None:
            nonlocal received
            received += len(chunk)

        def piped(err: BaseException | None) -> None:
            if err is None:
                done(None, received, expected)
                return
            Path(path).unlink(missing_ok=True)
            done(err, 0, "")

        pipeline(response, throttle(rate), fs.create_write_stream(path), callback=piped)

    get(url, 5, got)


def main() -> None:
    args = sys.argv[1:]
    rate = math.inf
    if args[:1] == ["--rate"]:
        rate = float(args[1])
        del args[:2]
    url, path = args

    def done(err: BaseException | None, received: int, expected: str) -> None:
        global exit_code
        if err is not None:
            print(f"failed: {getattr(err, 'code', None) or err}", file=sys.stderr)
            exit_code = 1
            return
        print(f"{received} bytes of {expected or 'any number'}")

    download(url, path, rate, done)


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
