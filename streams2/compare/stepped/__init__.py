"""How a small run of each kind is made, watched and recorded: as `drivers` does the real ones.

- `watched`: what is seen of a run; `places`: what holds chunks and is not streams2's own.
- `loop`: a loop on which no time passes, and the runs on it; `streams`, `asyncio_streams`,
  `iterables`, `anyio_tasks`: what is copied between there. `tasks`: what anyio's, trio's and the
  iterables' files have in common; `memory`: channels; `swapping`: how these are got hold of.
- `trio_tasks`, `threads`, `node`: the runs on no such loop.

Not here: which runs are made, and of what. See `small_choice` and `small_plan`.
"""
