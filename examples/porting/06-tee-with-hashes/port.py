"""Copy standard input to standard output and to files, and tell what its hashes are.

python port.py [-a] [--hash sha256,md5] [FILE...] < INPUT

-a appends to the files.
"""

from __future__ import annotations

import sys

from streams2 import Transform, TransformCallback, crypto, fs, run, stdio

exit_code = 0


class Hashing(Transform[bytes, bytes]):
    def __init__(self, algorithms: list[str]) -> None:
        super().__init__()
        self.hashes = {name: crypto.create_hash(name) for name in algorithms}
        self.bytes = 0

    def _transform(self, chunk: bytes, encoding: str, callback: TransformCallback) -> None:
        self.bytes += len(chunk)
        for hash in self.hashes.values():
            hash.update(chunk)
        self.push(chunk)
        callback()

    def _flush(self, callback: TransformCallback) -> None:
        for name, hash in self.hashes.items():
            self.emit("digest", name, hash.digest("hex"))
        callback()


def main() -> None:
    append = False
    algorithms = ["sha256"]
    files = []
    args = sys.argv[1:]
    while len(args) > 0:
        arg = args.pop(0)
        if arg == "-a":
            append = True
        elif arg == "--hash":
            algorithms = args.pop(0).split(",")
        else:
            files.append(arg)

    try:
        hashing = Hashing(algorithms)
    except Exception:
        print(f"no such hash among {', '.join(algorithms)}", file=sys.stderr)
        sys.exit(2)

    digests: list[str] = []
    hashing.on("digest", lambda name, value: digests.append(f"{name} {value}"))
    stdio.stdin().pipe(hashing)

    open = len(files)

    def closed() -> None:
        nonlocal open
        open -= 1
        if open >= 0:
            return
        print(f"{hashing.bytes} bytes", file=sys.stderr)
        for line in sorted(digests):
            print(line, file=sys.stderr)

    for name in files:
        file = fs.create_write_stream(name, flags="a" if append else "w")

        # A destination that fails is unpiped; the others go on.
        @file.on("error")
        def on_error(err: Exception, name: str = name) -> None:
            global exit_code
            print(f"tee: {name}: {getattr(err, 'code', None)}", file=sys.stderr)
            exit_code = 1

        file.on("close", closed)
        hashing.pipe(file)
    hashing.pipe(stdio.stdout())
    hashing.on("end", closed)


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
