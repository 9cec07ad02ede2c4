"""How many lines of code a function has, counted in Python and in JavaScript in the same way.

A line counts if it holds code. A comment, a docstring and an empty line do not, and neither does a
line that only closes what was opened: Python has few of these, and JavaScript one for each brace.
What a function calls on its own page counts with it, for it would not do its work without.

>>> lines_of_functions("def f():\\n    '''Docs.'''\\n    return 1\\n")
{'f': 2}
>>> lines_of_functions("function f() {\\n  return 1; // one\\n}\\n", "js")
{'f': 2}
"""

from __future__ import annotations

import ast
import inspect
import io
import re
import textwrap
import tokenize
from collections.abc import Mapping
from typing import Callable

__all__ = ["code_lines", "lines_of_functions"]

_NO_CODE = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}

_CLOSES = re.compile(r"[\s)\]};,]*")


def code_lines(function: Callable[..., object]) -> int:
    """Count the lines of `function` that hold code.

    Args:
        function: a function whose source can be found.

    Raises:
        OSError: it cannot.
    """
    return _python_lines(textwrap.dedent(inspect.getsource(function)))


def lines_of_functions(page: str, language: str = "python") -> dict[str, int]:
    """Count the lines of each function of a page, with those of the page that it calls.

    Args:
        page: the text of a module.
        language: ``"python"`` or ``"js"``. Of JavaScript, functions must begin and end at the left
            margin, and have no regular expression or template with a slash or a quote in it.
    """
    if language == "js":
        texts = {name: _without_comments(text) for name, text in _javascript_functions(page)}
        counts = {name: _code_in(text) for name, text in texts.items()}
    else:
        texts = dict(_python_functions(page))
        counts = {name: _python_lines(text) for name, text in texts.items()}
    return {name: sum(counts[one] for one in _with_callees(name, texts)) for name in texts}


def _with_callees(name: str, texts: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    left = [name]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += [other for other in texts if re.search(rf"(?<!\.)\b{other}\(", texts[one])]
    return found


# -- Python ---------------------------------------------------------------------------------------


def _python_functions(page: str) -> list[tuple[str, str]]:
    lines = page.splitlines()
    return [
        (node.name, "\n".join(lines[node.lineno - 1 : node.end_lineno]))
        for node in ast.parse(page).body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]


def _python_lines(source: str) -> int:
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE and not _CLOSES.fullmatch(token.string):
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


# -- JavaScript -----------------------------------------------------------------------------------

_JAVASCRIPT_FUNCTION = re.compile(r"^(?:async )?function (\w+).*?^}", re.MULTILINE | re.DOTALL)
# What is quoted is kept: a "//" inside of it begins no comment.
_COMMENT_OR_QUOTED = re.compile(
    r"""//[^\n]*|/\*.*?\*/|("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)""", re.DOTALL
)


def _javascript_functions(page: str) -> list[tuple[str, str]]:
    return [(found[1], found[0]) for found in _JAVASCRIPT_FUNCTION.finditer(page)]


def _without_comments(text: str) -> str:
    return _COMMENT_OR_QUOTED.sub(lambda found: found[1] or "\n" * found[0].count("\n"), text)


def _code_in(text: str) -> int:
    return sum(_CLOSES.fullmatch(line) is None for line in text.splitlines())
