"""Which source files a test module is about, by what it imports and how often it uses that. Syntax only."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping
from pathlib import Path


def uses(text: str, module: str, sources: Mapping[str, Path]) -> Counter[Path]:
    """How often names of each source file are used in the text of a test module.

    ``module`` is the dotted name of the test module, for relative imports; ``sources`` are files by dotted name.

    >>> uses("from pkg.a import f\\nf(f(1))", "tests.test_a", {"pkg.a": Path("a.py")})
    Counter({PosixPath('a.py'): 2})
    """
    try:
        tree = ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError):
        return Counter()
    names: dict[str, Path] = {}
    plain: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname is None:
                    plain.add(alias.name)
                elif alias.name in sources:
                    names[alias.asname] = sources[alias.name]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, module)
            for alias in node.names:
                path = sources.get(f"{base}.{alias.name}") or sources.get(base)
                if path is not None:
                    names[alias.asname or alias.name] = path
    found: Counter[Path] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names:
            found[names[node.id]] += 1
        elif isinstance(node, ast.Attribute):
            dotted = ast.unparse(node.value)
            if dotted in sources and any(name == dotted or name.startswith(f"{dotted}.") for name in plain):
                found[sources[dotted]] += 1
    return found


def _absolute(node: ast.ImportFrom, module: str) -> str:
    if not node.level:
        return node.module or ""
    package = module.split(".")[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])
