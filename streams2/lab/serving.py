"""The laboratory on this machine alone, for its own browser."""

from __future__ import annotations

import functools
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["server_of"]


class _Handler(SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it."""

    # What a browser needs to be told, whatever this system's tables say.
    extensions_map = {  # as the class that it overrides has it
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".json": "application/json",
    }

    def log_message(self, *_: object) -> None:
        pass

    def end_headers(self) -> None:
        # The files of another version may have the same names.
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()


def server_of(folder: str, port: int) -> ThreadingHTTPServer:
    """A server of the files in `folder`, on the loopback interface.

    Args:
        folder: the folder.
        port: its port; 0 is any that is free.

    Raises:
        OSError: the port is taken, say.
    """
    handler = functools.partial(_Handler, directory=folder)
    return ThreadingHTTPServer(("127.0.0.1", port), handler)
