"""What is wrong with a flow: why it stands still, what debug mode finds, how much goes through it.

- `explain`: why it stands still, and what would end that, as text and as data (`answers`).
- `scene`: what there is while one asks; `waiting`: what each thing waits for.
- `later`: what the code of a task still comes to.
- `tasks`, `sides`: what a task waits for, and why a side of a stream does not go on.
- `asked`: what one can ask about; `iterables`: why a writer, or a reader, does not go on.
- `outside`: what it waits for that is no part of the program; `ends`: the other end of what has
  two, where that is one; `given`: what a server gives to whoever listens.
- `wakers`: what is still to run, and what that can reach.
- `hands`: who has what, and hears of what; `budgets`, `streamables`: who waits at an iterable
  stream; `queues`: what a stream of a broker waits for.
- `names`: what the user calls each thing; `words`: how it is said.
- `watch`: ask when something takes too long; `asking`: from a run that is stuck, or from outside.
- `stats`: how much goes through it, and how long it waits; `exporters`: the same for Prometheus and
  OpenTelemetry; `publishing`, `top`: for who looks from outside.
- `debug`: debug mode, which warns of mistakes while a program runs; `debug_watch`: what it looks
  for; `debug_hooks`, `debug_methods`, `debug_calls`: how it hears of things.

Not here: anything that runs while nobody asks. Where a thing was made is in `errors.places`.
"""

from ..errors.warnings import BackpressureWarning as BackpressureWarning
from ..errors.warnings import CallbackWarning as CallbackWarning
from ..errors.warnings import ChunkChangedWarning as ChunkChangedWarning
from ..errors.warnings import DebugWarning as DebugWarning
from ..errors.warnings import SlowMethodWarning as SlowMethodWarning
from ..errors.warnings import ThreadWarning as ThreadWarning
from ..errors.warnings import UnusedStreamWarning as UnusedStreamWarning
from .answers import Culprit as Culprit
from .answers import Explanation as Explanation
from .answers import Sentence as Sentence
from .debug import debugging as debugging
from .explain import explain as explain
from .exporters import to_opentelemetry as to_opentelemetry
from .exporters import to_prometheus as to_prometheus
from .publishing import serve as serve
from .stats import Figure as Figure
from .stats import Stats as Stats
from .stats import stats as stats
from .watch import Watch as Watch
from .watch import watch as watch

__all__ = [
    *("BackpressureWarning", "CallbackWarning", "ChunkChangedWarning", "DebugWarning"),
    *("SlowMethodWarning", "ThreadWarning", "UnusedStreamWarning", "debugging"),
    *("Culprit", "Explanation", "Sentence", "Watch", "explain", "watch"),
    *("Figure", "Stats", "serve", "stats", "to_opentelemetry", "to_prometheus"),
]
