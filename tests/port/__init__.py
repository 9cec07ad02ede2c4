"""Programs in JavaScript that `streams2 port` is tried on: each prints what must be equal.

Not here: the pairs of examples/porting, and packages of npm, which are tried too.
"""
