"""How many lines of code a function has."""

from __future__ import annotations

import ast
import inspect
import io
import textwrap
import tokenize
from typing import Callable

__all__ = ["code_lines"]

_NO_CODE = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}


def code_lines(function: Callable[..., object]) -> int:
    """Count the lines of `function` that hold code; comments and docstrings are none.

    Args:
        function: a function whose source can be found.

    Raises:
        OSError: it cannot.
    """
    source = textwrap.dedent(inspect.getsource(function))
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - _docstring_lines(source))


def _docstring_lines(source: str) -> set[int]:
    found: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            first = node.body[0]
            if ast.get_docstring(node, clean=False) is not None:
                found.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return found
