"""The comparison: the same `cat`, written in several ways, side by side.

``streams2 compare`` on the command line.
"""

from .inputs import UnsuitableInputError as UnsuitableInputError
from .inputs import open_input as open_input
from .presentation import Report as Report
from .runner import available as available
from .runner import compare as compare
from .settings import Settings as Settings
from .variants import VARIANTS as VARIANTS
