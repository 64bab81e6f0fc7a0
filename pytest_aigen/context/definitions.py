"""What a function refers to: constants, signatures and constructors, resolved through imports into the project."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from pytest_aigen.context.source import origin, parsed, signature, top_level

_LONGEST = 400


def definitions(
    names: Sequence[str],
    module: str,
    texts: Callable[[str], str | None],
    *,
    is_package: Callable[[str], bool] = lambda module: False,
    limit: int = 12,
) -> tuple[str, ...]:
    """Definitions of these names of a module, at most ``limit``; names that cannot be found in the project are left out.

    ``errors.Empty`` is a name of a module of the project that is imported there as ``errors``.

    ``texts`` gives the source of a module of the project by its dotted name, None for any other module;
    ``is_package`` tells which of them are packages.
    """
    found: dict[str, None] = {}
    for name in names:
        owner, _, attribute = name.rpartition(".")
        home = _imported_module(owner, module, texts, is_package) if owner else module
        text = home and _definition(attribute, home, texts, is_package, depth=3)
        if text and text not in found and len(found) < limit:
            found[text] = None
    return tuple(found)


def _imported_module(
    name: str, module: str, texts: Callable[[str], str | None], is_package: Callable[[str], bool]
) -> str | None:
    """The module of the project that is imported under a name; None where it is none."""
    for node in top_level(parsed(texts(module) or "")):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            start = (
                f"{origin(node, module, is_package=is_package(module))}."
                if isinstance(node, ast.ImportFrom)
                else ""
            )
            for alias in node.names:
                if (alias.asname or alias.name) == name and texts(start + alias.name) is not None:
                    return start + alias.name
    return None


def _definition(
    name: str,
    module: str,
    texts: Callable[[str], str | None],
    is_package: Callable[[str], bool],
    *,
    depth: int,
) -> str | None:
    text = texts(module)
    if text is None or not depth:
        return None
    for node in top_level(parsed(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
            return "\n".join([f"# {module}", *signature(node)])
        if isinstance(node, ast.ClassDef) and node.name == name:
            return "\n".join([f"# {module}", *_class(node)])
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and name in _targets(node):
            return f"# {module}\n{ast.unparse(node)[:_LONGEST]}"
        if isinstance(node, ast.Import) and name in {alias.asname or alias.name for alias in node.names}:
            return None
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    where = origin(node, module, is_package=is_package(module))
                    return _definition(alias.name, where, texts, is_package, depth=depth - 1)
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
