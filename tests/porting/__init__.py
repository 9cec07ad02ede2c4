"""Pairs of programs, one for Node and its port, that must do the same: see examples/porting.

- `cases`: what a pair is tried with, as its ``cases.json`` says;
- `playing`: one program, run in a folder of its own, talked to by a script;
- `peers`: who talks to it over sockets;
- `outcomes`: what came of it, and where two of them differ;
- `hooks`: what the two interpreters load first, so that an uncaught error says what it is.

Not here: programs of a few lines that are written twice, which are in `tests.twins`.
"""
