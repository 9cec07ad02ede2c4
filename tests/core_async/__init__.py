"""Channel programs that run on the real core.async and on streams2, and must come out equal.

A program is a list of operations, each a list: what to do, and with what::

    [["chan", "c", 1],
     ["put", "c", 7],
     ["take", "c"]]

After each operation all that it set going comes to rest, and its outcome is written down::

    [what it answered, what happened inside of it, what happened after it]

What happens is told as ``[operation, step, value]``: the operation that waited for it, the step of
its process, and the value. Or else ``["uncaught"]``: an error that no operation answers. An
operation that raises answers ``["error", which]``.

- `runner.clj` runs programs on core.async (`jvm` keeps it going), `runner` on streams2: an
  operation is one line in each. They share the names of functions and of stages of transforms.
- `generator` makes random programs that have one possible outcome, and `compare` shrinks those
  that differ.
- `corpus` holds programs that are there for a reason, with the outcomes recorded from core.async:
  they are replayed where there is no JVM.

core.async knows threads and chance. `runner.clj` takes both away, from outside: work for its pool
is run in order by one thread, and of several operations that are possible `alts` does the first.
"""
