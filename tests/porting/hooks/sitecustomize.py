"""An uncaught error says what it is, before Python prints it in its own way."""

import json
import os
import sys
import types
from typing import Optional


def _tell(
    kind: "type[BaseException]", error: BaseException, trace: Optional[types.TracebackType]
) -> None:
    told = {
        "code": getattr(error, "code", None),
        "message": getattr(error, "message", None) or str(error),
    }
    sys.stdout.flush()
    os.write(2, f"\n@@crash {json.dumps(told)}\n".encode())
    sys.__excepthook__(kind, error, trace)


sys.excepthook = _tell
