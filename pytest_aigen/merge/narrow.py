"""A candidate's fixtures that every test of the module would get: the candidate's own test asks for them instead."""

from __future__ import annotations

import ast

from pytest_aigen.merge.scope import FUNCTION, called, first_line, fixture_name, last_line


def narrow(code: str, tree: ast.Module, lines: list[str], name: str) -> str | None:
    """The code with ``autouse`` fixtures turned into ones that its test asks for; None if there are none.

    ``lines`` are those of the code, with their ends.
    """
    test = _find(tree, name)
    if "autouse" not in code or test is None:
        return None
    lines = list(lines)
    asked: list[str] = []
    prefix = ""
    for statement in reversed(tree.body):
        for decorator in reversed(getattr(statement, "decorator_list", [])):
            if _is_autouse(decorator):
                _replace(lines, decorator, _without_autouse(decorator))
                asked.insert(0, repr(fixture_name(statement)).replace("'", '"'))
                prefix = prefix or _pytest(decorator)
    if not asked:
        return None
    row = first_line(test) - 1
    indent = lines[row][: len(lines[row]) - len(lines[row].lstrip(" \t"))]
    use = f"{indent}@{prefix or 'pytest'}.mark.usefixtures({', '.join(asked)})\n"
    # Fixtures stand above or below the test; no line was added or removed so far.
    lines.insert(row, use)
    return "".join(lines) if prefix else "import pytest\n" + "".join(lines)


def _find(tree: ast.Module, name: str) -> ast.stmt | None:
    body: list[ast.stmt] = tree.body
    found: ast.stmt | None = None
    for part in name.split("::"):
        found = next((s for s in body if getattr(s, "name", None) == part), None)
        body = getattr(found, "body", [])
    return found if isinstance(found, FUNCTION) else None


def _is_autouse(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and called(decorator).endswith("fixture")
        and any(
            k.arg == "autouse" and isinstance(k.value, ast.Constant) and bool(k.value.value)
            for k in decorator.keywords
        )
    )


def _without_autouse(decorator: ast.expr) -> str:
    assert isinstance(decorator, ast.Call)
    keywords = [k for k in decorator.keywords if k.arg != "autouse"]
    if not keywords and not decorator.args:
        return ast.unparse(decorator.func)
    return ast.unparse(ast.Call(decorator.func, decorator.args, keywords))


def _pytest(decorator: ast.expr) -> str:
    """How the code calls pytest: ``pytest`` in ``pytest.fixture()``."""
    func = decorator.func if isinstance(decorator, ast.Call) else decorator
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.attr == "fixture":
        return func.value.id
    return ""


def _replace(lines: list[str], node: ast.expr, text: str) -> None:
    """Puts text in place of an expression; the lines keep their number."""
    first, last = node.lineno - 1, last_line(node) - 1
    assert node.end_col_offset is not None
    head = lines[first].encode()[: node.col_offset].decode()
    tail = lines[last].encode()[node.end_col_offset :].decode()
    lines[first : last + 1] = [head + text + tail, *[""] * (last - first)]
