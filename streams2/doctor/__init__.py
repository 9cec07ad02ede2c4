"""Why does it stand still? What each stream, channel and task waits for, down to what would end it.

- `explain`: the question, and the answer as text and as data (`answers`).
- `tasks`, `sides`: what a task waits for, and why a side of a stream does not go on.
- `wakers`: what is still to run, and what that can reach.
- `names`: what the user calls each thing.
- `watch`: ask when something takes too long; `asking`: from a run that is stuck, or from outside.

Not here: anything that runs while nobody asks. Where a thing was made is in `errors.places`.
"""

from .answers import Culprit as Culprit
from .answers import Explanation as Explanation
from .answers import Sentence as Sentence
from .explain import explain as explain
from .watch import Watch as Watch
from .watch import watch as watch

__all__ = ["Culprit", "Explanation", "Sentence", "Watch", "explain", "watch"]
