"""What a function refers to: constants, signatures and constructors, resolved through imports into the project."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from pytest_aigen.context.source import absolute, parsed, signature

_LONGEST = 400


def definitions(
    names: Sequence[str], module: str, texts: Callable[[str], str | None], *, limit: int = 12
) -> tuple[str, ...]:
    """Definitions of these names of a module, at most ``limit``; names that cannot be found in the project are left out.

    ``texts`` gives the source of a module of the project by its dotted name, None for any other module.
    """
    found: dict[str, str] = {}
    for name in names:
        if (text := _definition(name, module, texts, depth=3)) and len(found) < limit:
            found[name] = text
    return tuple(found.values())


def _definition(name: str, module: str, texts: Callable[[str], str | None], *, depth: int) -> str | None:
    text = texts(module)
    if text is None or not depth:
        return None
    for node in parsed(text).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
            return "\n".join([f"# {module}", *signature(node)])
        if isinstance(node, ast.ClassDef) and node.name == name:
            return "\n".join([f"# {module}", *_class(node)])
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and name in _targets(node):
            return f"# {module}\n{ast.unparse(node)[:_LONGEST]}"
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    origin = ast.parse(absolute(node, module)).body[0]
                    assert isinstance(origin, ast.ImportFrom)
                    return _definition(alias.name, origin.module or "", texts, depth=depth - 1)
    return None


def _class(node: ast.ClassDef) -> Iterator[str]:
    """The class with its fields and its constructor; other methods by name."""
    bases = ", ".join(ast.unparse(base) for base in node.bases)
    yield from (f"@{ast.unparse(d)}" for d in node.decorator_list)
    yield f"class {node.name}{f'({bases})' if bases else ''}:"
    if doc := ast.get_docstring(node):
        yield f'    """{doc.splitlines()[0]}"""'
    others: list[str] = []
    for child in node.body:
        if isinstance(child, (ast.AnnAssign, ast.Assign)):
            yield f"    {ast.unparse(child)[:_LONGEST]}"
        elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if child.name in ("__init__", "__new__", "__post_init__"):
                yield from signature(child, "    ")
            else:
                others.append(child.name)
    if others:
        yield f"    # methods: {', '.join(others)}"


def _targets(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}
