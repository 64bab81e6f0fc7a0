"""Repairs by rule: from where things are imported."""

from __future__ import annotations

import ast
import collections.abc

from pytest_aigen.data import Context
from pytest_aigen.edits import Edits
from pytest_aigen.generators import modules, scope
from pytest_aigen.patterns import regex

#: What stands for the module under test in replies that were not told, or forgot, what it is called.
_PLACEHOLDER = regex(
    r"(?:__main__|(?:your|my|the)_?(?:module|package|code|file|script|project)\w*|module(?:_name|_under_test)?"
    r"|package_name|path\.to\.\w+|some_module|example_module|source_module|target_module|script|solution)(?:\.\w+)*"
)
#: Functions whose first argument may be the dotted name of what they replace.
_BY_NAME = {"patch", "setattr", "delattr", "dict", "import_module", "multiple"}
_DOTTED = regex(r"[A-Za-z_]\w*(?:\.\w+)+")


def folders(context: Context) -> tuple[str, ...]:
    """Where the modules of the project are found: the folder that holds its top package, and that of the tests."""
    path, depth = context.target.gap.path, context.target.module.count(".") + 1
    if path.name == "__init__.py":
        depth += 1
    root = path.parents[depth - 1] if len(path.parents) >= depth else path.parent
    return str(root), str(context.target.test_path.parent)


def correct_imports(tree: ast.Module, edits: Edits, context: Context) -> None:
    """Imports of the module under test by a name that it has not: a placeholder, a lost prefix, the wrong module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module != "__future__":
            before = [_from(node, alias) for alias in node.names]
            after = [_corrected_from(node, alias, context) for alias in node.names]
        elif isinstance(node, ast.Import):
            before = [_import(alias.name, alias.asname) for alias in node.names]
            after = [_corrected_import(alias, context) for alias in node.names]
        else:
            continue
        if before != after:
            edits.replace(node, "; ".join(dict.fromkeys(after)))


def _from(node: ast.ImportFrom, alias: ast.alias) -> str:
    return f"from {'.' * node.level}{node.module or ''} import {alias.name}" + (
        f" as {alias.asname}" if alias.asname else ""
    )


def _import(name: str, alias: str | None) -> str:
    return f"import {name}" + (f" as {alias}" if alias else "")


def _corrected_from(node: ast.ImportFrom, alias: ast.alias, context: Context) -> str:
    module, name, under_test = node.module or "", alias.name, context.target.module
    if node.level:
        parents = under_test.split(".")[: max(1, under_test.count(".") + 1 - node.level)]
        module = ".".join([*parents, *([module] if module else [])])
    suffix = f" as {alias.asname}" if alias.asname and alias.asname != name else ""
    unchanged = f"from {module} import {name}{suffix}" if node.level else _from(node, alias)
    if module == under_test:
        return unchanged
    if module == "collections" and name in collections.abc.__all__:
        return f"from collections.abc import {name}{suffix}"
    where = folders(context)
    there = modules.exists(module, where)
    lacks = not there or (_same_project(module, under_test) and not modules.mentions(module, name, where))
    if lacks and name in context.names:
        return renamed(context.names[name], name, alias.asname)
    if there:
        return unchanged
    package, _, last = under_test.rpartition(".")
    if name == last and package:
        return f"from {package} import {last}{suffix}"
    if _stands_for(module, under_test):
        return f"from {under_test} import {name}{suffix}"
    return unchanged


def _same_project(module: str, under_test: str) -> bool:
    return module.partition(".")[0] == under_test.partition(".")[0]


def _stands_for(module: str, under_test: str) -> bool:
    """Whether the name of a module that does not exist means the module under test.

    >>> _stands_for("text", "shop.text"), _stands_for("your_module", "shop.text"), _stands_for("numpy", "shop.text")
    (True, True, False)
    """
    return (
        bool(_PLACEHOLDER.fullmatch(module))
        or f".{under_test}".endswith(f".{module}")
        or (module.endswith(f".{under_test}") or module.rpartition(".")[2] == under_test.rpartition(".")[2])
    )


def renamed(statement: str, name: str, alias: str | None) -> str:
    """An import statement that binds its name as ``alias``."""
    if alias is None or alias == name or " as " in statement:
        return statement
    return f"{statement} as {alias}"


def _corrected_import(alias: ast.alias, context: Context) -> str:
    under_test = context.target.module
    unchanged = _import(alias.name, alias.asname)
    if (
        alias.name == under_test
        or modules.exists(alias.name, folders(context))
        or not _stands_for(alias.name, under_test)
    ):
        return unchanged
    if "." in alias.name and alias.asname is None:
        return unchanged  # it is used by its whole path
    package, _, last = under_test.rpartition(".")
    bound = alias.asname or alias.name
    if bound == last and package:
        return f"from {package} import {last}"
    return _import(under_test, bound if bound != under_test else None)


def correct_strings(tree: ast.Module, edits: Edits, context: Context) -> None:
    """The same in the dotted names that ``patch`` and ``setattr`` take."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and node.args
            and scope.dotted(node.func).rpartition(".")[2] in _BY_NAME
        ):
            name = getattr(node.args[0], "value", None)
            if isinstance(name, str) and _DOTTED.fullmatch(name):
                corrected = _corrected_path(name, context)
                for quote in "\"'" if corrected != name else "":
                    edits.replace(node.args[0], quote + corrected + quote, quote + name + quote)


def _corrected_path(dotted: str, context: Context) -> str:
    under_test = context.target.module
    if (
        dotted == under_test
        or dotted.startswith(under_test + ".")
        or modules.exists(dotted.partition(".")[0], folders(context))
    ):
        return dotted
    parts = dotted.split(".")
    for length in range(len(parts) - 1, 0, -1):
        if _stands_for(".".join(parts[:length]), under_test):
            return ".".join([under_test, *parts[length:]])
    return dotted
