"""Download a file, no faster than a rate: the server is held up, and nothing piles up here.

python examples/slow_download.py URL FILE BYTES_PER_SECOND
"""

from __future__ import annotations

import sys

from streams2 import fs, http, once, promises, run, throttle


async def main() -> None:
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    url, path, rate = sys.argv[1], sys.argv[2], float(sys.argv[3])
    (response,) = await once(http.get(url), "response")
    if response.status_code != 200:
        sys.exit(f"{url}: {response.status_code} {response.status_message}")
    await promises.pipeline(response, throttle(rate), fs.create_write_stream(path))


if __name__ == "__main__":
    run(main)
