"""Answers a model that asks for a name: source of the project, signature and docstring of what is not of it."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Mapping
from textwrap import dedent
from types import ModuleType
from typing import Any

from pytest_aigen.context import installed, live
from pytest_aigen.context.definitions import Found, Project, class_as_outline, find
from pytest_aigen.context.source import lines_of, outline

#: Characters of an answer, lines of a class that is shown whole, and of a docstring of a library.
MOST, _WHOLE, _DOC = 6000, 60, 15
_DOCUMENTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def info(
    asked: str,
    module: str,
    project: Project,
    loaded: Mapping[str, ModuleType],
    is_own: Callable[[str], bool],
) -> str:
    """What is known of a name that a module has, or of a dotted one: ``Basket``, ``Basket.add``, ``shop.tax.rate``.

    A text for whatever is asked. Nothing is imported or called.
    """
    name = asked.strip().strip("`").partition("(")[0].strip()
    if len(name) > 200 or not _NAME.fullmatch(name):
        return "Give one name: of this module, such as `Basket` or `Basket.add`, or a dotted one, such as `shop.tax.rate`."
    text = _of_project(name, module, project) or _of_library(name, module, project, loaded, is_own)
    if not text:
        return (
            f"`{name}` is not known: it is no name of `{module}`, nor a module of the project or of a library that is in"
            " use, nor a name of one. Write the tests without it."
        )
    return text if len(text) <= MOST else text[:MOST].rpartition("\n")[0] + "\n..."


def _of_project(name: str, module: str, project: Project) -> str:
    if found := _found(name, module, project):
        return found
    home, rest = _home(name, lambda home: project.texts(home) is not None)
    if home and not rest:
        return outline(project.texts(home) or "", home, is_package=project.is_package(home))
    return _found(rest, home, project) if home else ""


def _found(name: str, module: str, project: Project) -> str:
    """A definition of a module, or a member of a class of it, with the module it stands in."""
    if (found := find(name, module, project)) is not None:
        return f"# {found.module}\n{_shown(found)}"
    owner, _, member = name.rpartition(".")
    found = find(owner, module, project) if owner else None
    for child in getattr(found.node, "body", ()) if found else ():
        if found is not None and getattr(child, "name", "") == member:
            head = lines_of(found.text)[found.node.lineno - 1]
            return f"# {found.module}\n{head}\n{_source(Found(found.module, child, found.text), '    ')}"
    return ""


def _shown(found: Found) -> str:
    """The source; of a long class its outline."""
    text = _source(found)
    if text.count("\n") < _WHOLE or not hasattr(found.node, "bases"):
        return text
    return class_as_outline(found)


def _source(found: Found, indent: str = "") -> str:
    node = found.node
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    text = dedent("\n".join(lines_of(found.text)[first - 1 : node.end_lineno]))
    return "\n".join(indent + line if line else "" for line in text.split("\n"))


def _of_library(
    name: str, module: str, project: Project, loaded: Mapping[str, ModuleType], is_own: Callable[[str], bool]
) -> str:
    """Signature and docstring of a class or function, and the docstring of a module, of a library: from the loaded module,
    else from its source.
    """
    value: Any = live.named(loaded, module, name)
    home, rest = _home(name, lambda home: home in loaded)
    if value is None and home:
        value = live.named(loaded, home, rest) if rest else loaded[home]
    of = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    if isinstance(of, str) and not is_own(of) and installed.is_library(of):
        row = f"# module {of}" if isinstance(value, ModuleType) else live.signature(name, value)
        doc = value.__doc__ if isinstance(value.__doc__, str) else ""
        return _with_doc(row, doc)
    found = find(name, module, whole := installed.with_libraries(project))
    home, rest = _home(name, lambda home: installed.text(home) is not None)
    if found is None and rest:
        found = find(rest, home, whole)
    if found is None or is_own(found.module) or not isinstance(found.node, _DOCUMENTED):
        return ""
    return _with_doc(installed.row(name, found), ast.get_docstring(found.node) or "")


def _home(name: str, is_module: Callable[[str], bool]) -> tuple[str, str]:
    """The longest beginning of a dotted name that is a module, and the rest."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        if is_module(home := ".".join(parts[:length])):
            return home, ".".join(parts[length:])
    return "", name


def _with_doc(row: str, doc: str) -> str:
    rows = inspect.cleandoc(doc).split("\n")[:_DOC] if doc else []
    return "\n".join([row, *(f"    {line}".rstrip() for line in rows)]) if row else ""
