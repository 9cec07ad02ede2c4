"""The course in docs/learn: what its pages show, and the exercises that go with them.

>>> seen = watch(lambda source, sink: source.pipe(sink))
>>> seen.peak.held
36
>>> check(4, "def cat(source, *sinks):\\n    for sink in sinks: source.pipe(sink)").passed
True

- `stage`: the tap and the bucket that all programs run between; `clock`: the time, which stands.
- `blocking`, `desk`, `broker`: other stages, for the first chapter and the last two.
- `watching`: run a `cat`, and see what happened; `figures`: the same as a picture.
- `exercises`: the programs to mend; `programs`: a learner's text becomes functions.
- `checking`: what a program comes to; `judges`: which scenes it plays; `judging`: what is wrong
  with them, in words.
- `running`: the check in a process of its own, with a limit; `command`: ``streams2 learn``.

Not here: the recording, which is `trace`. Nothing below knows that it is taught.
"""

from .blocking import watch_files
from .checking import Verdict, check
from .desk import watch_desk
from .exercises import EXERCISES, Exercise
from .stage import MARK, SONG, Bucket, Tap
from .watching import Scene, Seen, Step, watch

__all__ = [
    "EXERCISES",
    "MARK",
    "SONG",
    "Bucket",
    "Exercise",
    "Scene",
    "Seen",
    "Step",
    "Tap",
    "Verdict",
    "check",
    "watch",
    "watch_desk",
    "watch_files",
]
