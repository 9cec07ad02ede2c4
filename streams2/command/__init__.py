"""The command line, ``streams2``.

- `line`: what may be typed, and what is then called.
- `cat`: files to standard output, by a pipe or by channels.

Not here: the comparison, which is a room of its own (`compare`).
"""

from .line import main as main
