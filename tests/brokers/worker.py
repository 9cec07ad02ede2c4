"""One worker of the harness: `python -m tests.brokers.worker URL FROM TO`, until it is killed."""

from __future__ import annotations

import sys

from streams2 import brokers, promises, run


async def main(url: str, source: str, sink: str) -> None:
    async with brokers.connect(url) as broker:
        await promises.pipeline(
            broker.subscriber(source),
            brokers.work(lambda message: message.data, concurrency=64),
            broker.publisher(sink),
        )


if __name__ == "__main__":
    run(lambda: main(*sys.argv[1:]))
