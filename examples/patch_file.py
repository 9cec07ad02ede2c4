"""Change a file in its middle: one open file, a stream that writes it, and one that reads it.

python examples/patch_file.py FILE POSITION TEXT
"""

from __future__ import annotations

import sys

from streams2 import fs, promises, run


async def main() -> None:
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    path, position, text = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    async with await fs.promises.open(path, "r+") as file:
        patch = file.create_write_stream(start=position, auto_close=False)
        patch.end(text)
        await promises.finished(patch)
        async for chunk in file.create_read_stream(start=0, encoding="utf8"):
            print(chunk, end="")


if __name__ == "__main__":
    run(main)
