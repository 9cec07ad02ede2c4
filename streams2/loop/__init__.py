"""Time: the tick queue, which makes the order of events, and `run`, which knows when all is over.

- `ticks`: work that runs before the event loop turns again; `due`: the calls that it runs between.
- `run`: run a program until nothing is left to do; what holds a run open.
- `run_async`: the same on a loop that runs already; `keepers`: who of the two is told.
- `quiet`: a loop without sockets and threads, for a browser; clocks that need no waiting.
- `secluded`: what such a loop has not, and what is said to who asks for it.
- `belongings`: what goes when its loop goes.

Not here: anything that knows an event, a stream or a descriptor.
"""
