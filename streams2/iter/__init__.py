"""Node's iterable streams: no classes to extend, and no events.

A stream is an async iterable of batches, each a list of `bytes`; anything that can be iterated over
takes part. It equals ``node:stream/iter`` of Node 26.10, which is experimental there: it may change
with Node.

>>> from streams2 import run
>>> from streams2.iter import pull, push, text
>>> async def main():
...     writer, readable = push()
...     await writer.write("green tea")
...     writer.end_sync()
...     return await text(pull(readable, lambda batch: batch and [b"hot ", *batch]))
>>> run(main)
'hot green tea'

- `sources`, `batches`: what a stream is made from, and what it is made of.
- `pulling`, `transforms`: pipelines that read when they are read from.
- `pushing`, `writer`, `bucket`, `policies`: a writer with a budget, and what is done past it.
- `broadcasting`, `sharing`, `sharing_sync`, `fan`: one stream, several readers.
- `merging`, `duplexing`: several streams as one; two ends that talk to each other.
- `piping`, `collecting`: what is done with a whole stream.
- `from_classic`, `to_classic`: from and to `Readable` and `Writable`.
- `protocols`, `signals`: what an object may offer; how a stream is stopped.

Not here: `Readable` and `Writable`, which are the second design; channels, the third.

Node: node:stream/iter
"""

from .batches import Batch as Batch
from .batches import ByteChunk as ByteChunk
from .broadcasting import Broadcast as Broadcast
from .broadcasting import Broadcasting as Broadcasting
from .broadcasting import broadcast as broadcast
from .collecting import array as array
from .collecting import array_sync as array_sync
from .collecting import bytes_ as bytes_
from .collecting import bytes_sync as bytes_sync
from .collecting import text as text
from .collecting import text_sync as text_sync
from .duplexing import DuplexEnd as DuplexEnd
from .duplexing import EndOptions as EndOptions
from .duplexing import duplex as duplex
from .from_classic import ClassicWriter as ClassicWriter
from .from_classic import from_readable as from_readable
from .from_classic import from_writable as from_writable
from .merging import merge as merge
from .piping import pipe_to as pipe_to
from .piping import pipe_to_sync as pipe_to_sync
from .policies import Policy as Policy
from .protocols import BroadcastProtocol as BroadcastProtocol
from .protocols import DrainableProtocol as DrainableProtocol
from .protocols import ShareProtocol as ShareProtocol
from .protocols import ShareSyncProtocol as ShareSyncProtocol
from .protocols import ToAsyncStreamable as ToAsyncStreamable
from .protocols import ToStreamable as ToStreamable
from .pulling import pull as pull
from .pulling import pull_sync as pull_sync
from .pushing import Pushed as Pushed
from .pushing import push as push
from .sharing import Share as Share
from .sharing import share as share
from .sharing_sync import SyncShare as SyncShare
from .sharing_sync import share_sync as share_sync
from .sources import from_ as from_
from .sources import from_sync as from_sync
from .to_classic import to_readable as to_readable
from .to_classic import to_readable_sync as to_readable_sync
from .to_classic import to_writable as to_writable
from .transforms import TransformObject as TransformObject
from .transforms import TransformOptions as TransformOptions
from .transforms import tap as tap
from .transforms import tap_sync as tap_sync
from .writer import Writer as Writer
from .writer import WriterLike as WriterLike
from .writer import ondrain as ondrain
