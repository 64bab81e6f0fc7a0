"""``match=`` that names a message of the source as a whole, and so that it matches nothing else."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from pytest_aigen.edits import Edits

#: What has another meaning in a regular expression.
_SPECIAL = re.compile(r"[.^$*+?{}\[\]\\|()]")
_ESCAPED = re.compile(r"\\([^\w\s]| )")


def whole_messages(code: str, source: str) -> str:
    """The code of a test with ``match=`` anchored where it is, escaped or not, all that the source says in a ``raise``.

    ``pytest.raises`` searches, so a part of a message is enough for it, and brackets in one that is not escaped mean
    something else. The same code where there is no such message, or one of the two does not parse.

    >>> whole_messages("with pytest.raises(OSError, match='f() is gone.'): g()", "raise OSError('f() is gone.')")
    'with pytest.raises(OSError, match=r"^f\\\\(\\\\) is gone\\\\.$"): g()'
    """
    messages = _messages(source)
    if not messages or "match=" not in code:
        return code
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return code
    edits = Edits(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in ("raises", "warns"):
            for keyword in node.keywords:
                if keyword.arg == "match" and (message := _meant(keyword.value, messages)):
                    edits.replace(keyword.value, _anchored(message))
    return edits.apply()


def _meant(value: ast.expr, messages: frozenset[str]) -> str:
    """The message that a literal is, as it stands or without its escapes; empty where it is none."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        for text in (value.value, _ESCAPED.sub(r"\1", value.value)):
            if text in messages:
                return text
    return ""


def _anchored(message: str) -> str:
    pattern = f"^{_SPECIAL.sub(lambda found: chr(92) + found[0], message)}$"
    if not pattern.isprintable() or '"' in pattern:
        return repr(pattern)
    return f'r"{pattern}"' if "\\" in pattern else f'"{pattern}"'


@lru_cache(maxsize=32)
def _messages(source: str) -> frozenset[str]:
    """Texts that are the only argument of what is raised, or the first one of a warning."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    said: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and len(node.exc.args) == 1:
            said += node.exc.args
        elif isinstance(node, ast.Call) and _name(node.func) == "warn":
            said += node.args[:1]
    texts = (each.value for each in said if isinstance(each, ast.Constant))
    return frozenset(text for text in texts if isinstance(text, str) and text)


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
