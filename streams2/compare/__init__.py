"""The comparison: the same `cat`, written in several ways, side by side.

``streams2 compare`` on the command line.

- `variants`: the ways to write it, one module each; `drivers`: how each is called and watched.
- `endpoints`, `asyncio_endpoints`, `blocking_endpoints`, `task_endpoints`: the files it copies
  between, with their `pacing`, their `failures` and their `inputs`.
- `settings`, `job`: what is to be done; `runner`, `processes`, `child`: each in a process of its
  own.
- `measurements`, `timeline`, `resources`, `code_lines`: what is measured. `noise`, `luck`: what is
  no result of it; `why`: what it comes from.
- `presentation`, `rates`, `tables`, `terminal`, `plot`, `timeline_svg`, `report_page`, `saving`:
  how it is shown; `command`: what may be typed.
- `small_choice`, `small_plan`, `small_run`: the runs to step through: which, of what, and running;
  `stepped`: how each kind of run is watched.

Not here: how a run is recorded and drawn step by step. That is `streams2.trace`.
"""

from .inputs import UnsuitableInputError as UnsuitableInputError
from .inputs import open_input as open_input
from .presentation import Report as Report
from .runner import available as available
from .runner import compare as compare
from .settings import Settings as Settings
from .variants import VARIANTS as VARIANTS
