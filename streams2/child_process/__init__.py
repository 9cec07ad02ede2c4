"""Other programs, as streams: `spawn`, `exec_`, `exec_file`. Node: child_process

- `arguments`: what may be asked for, and what is said of what may not.
- `signals`: signals by Node's names.
- `pipes`: our ends of the pipes to a child, as streams.
- `launching`: how a child is started.
- `waiting`: how its end is noticed.
- `child`: `ChildProcess`, and `spawn`.
- `executing`, `promises`: a child's whole output at once.

Not here: `fork`, whose children are programs for Node; and ``spawnSync``, ``execSync`` and
``execFileSync``, which are what `subprocess.run` does.
"""

from typing import TYPE_CHECKING

from ..events.naming import of_module as _of_module
from . import promises as promises
from .child import ChildProcess as ChildProcess
from .child import spawn as spawn
from .executing import exec_ as exec_
from .executing import exec_file as exec_file

if not TYPE_CHECKING:
    __getattr__ = _of_module(__name__)
