"""Programs of iterable streams that run on Node's stream/iter and on `streams2.iter`.

A program is a list of operations, each a list: what to do, and with what::

    [["push", "w", "r", {"backpressure": "strict"}, []],
     ["write", "w", ["a", 20000]],
     ["iter", "i", "r"],
     ["next", "i"]]

After each operation all that it set going comes to rest; several in a ``["burst", [...]]`` come to
rest together. The outcome is what each party was told, in order: for each, lists of the number of
the operation at which it was told, the number of the operation that it answers, and the answer.

- `runner.mjs` runs programs on Node (`node` keeps it going), `runner` on streams2.
- `generator` makes random programs; `compare` shrinks those that differ.
- `corpus` holds recorded ones: they are replayed where there is no Node.

A chunk is ``[letter, length]``: it is made, and told, so. Programs leave out what is known to
differ: docs/differences.md.
"""
