"""The machines, and the two sides of a stream that they drive.

To be read in one sitting, in this order:

1. `machine`: what a state machine is: a table, and one place where the state changes.
2. `pipe`: the pause/resume machine between a source and a destination.
3. `life`: what every stream goes through, from its construction to ``'close'``.
4. `supply` and `flow`, two tables, and `read_side`, which they drive: how chunks come in, wait and
   leave, and how that ends.
5. `demand`, a table, and `write_side`, which it drives: how chunks are accepted, refused, written.

Beside the path: `chunks` (a queue with a size), `encodings` and `intake` (text and bytes),
`calling` (how methods are called, and call back), `faces` and `ends` (what is asked of streams),
`object_flow` (the short way of objects that flow).

Not here: the streams themselves. Nothing in this room knows a Readable or a Writable.
"""
