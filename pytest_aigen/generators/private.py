"""Repairs by rule: names with two leading underscores, which Python renames inside classes.

``obj.__size`` of ``class Box`` is ``obj._Box__size`` everywhere else; and inside ``class TestBox`` a plain ``__helper``
becomes ``_TestBox__helper``, which nobody defined.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from pytest_aigen.data import Context
from pytest_aigen.edits import Edits
from pytest_aigen.generators import scope
from pytest_aigen.generators.where import renamed
from pytest_aigen.patterns import regex

_CLASS = regex(r"^(\s*)class\s+(\w+)")
_MEMBER = regex(r"\b(?:def\s+|self\.|cls\.)(__\w+)|^\s*(__\w+)\s*(?::[^=]*)?=")


def is_private(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


def mangled(owner: str, name: str) -> str:
    """
    >>> mangled("__Box", "__size")
    '_Box__size'
    """
    return f"_{owner.lstrip('_')}{name}"


def owners(context: Context) -> dict[str, str]:
    """Private members of the module under test -> the class that has them; of several, that of the target, or none."""
    found: dict[str, set[str]] = {}
    inside: list[tuple[int, str]] = []
    for line in context.outline.split("\n"):
        indent = len(line) - len(line.lstrip())
        if line.strip():
            inside = [entry for entry in inside if entry[0] < indent]
        if match := _CLASS.match(line):
            inside.append((indent, match[2]))
        elif inside:
            for name in _members(line):
                found.setdefault(name, set()).add(inside[-1][1])
    known = {name: classes.pop() for name, classes in found.items() if len(classes) == 1}
    for part in context.parts:
        *classes_round, function = part.target.gap.qualname.split(".")
        if classes_round:
            known.update(dict.fromkeys(_members(f"{part.source}\ndef {function}"), classes_round[-1]))
    return known


def _members(text: str) -> Iterator[str]:
    for match in _MEMBER.finditer(text):
        if is_private(name := match[1] or match[2]):
            yield name


def rename_private(tree: ast.Module, edits: Edits, context: Context) -> None:
    """Ask for private members by the names that they have, and keep imported private names out of classes' reach."""
    if "__" not in edits.source:
        return
    known = owners(context)
    bare = {mangled(owner, name).lstrip("_"): mangled(owner, name) for name, owner in known.items()}
    for node, inside in _walk(tree, ()):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in known
            and not _owns(inside, node.attr, known[node.attr])
        ):
            _rename_attribute(node, mangled(known[node.attr], node.attr), edits)
        elif isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr.lstrip("_") in bare:
            _rename_attribute(node, bare[node.attr.lstrip("_")], edits)  # with the underscores of the class
        elif (
            isinstance(node, ast.Attribute)
            and inside
            and is_private(node.attr)
            and node.attr in context.names
        ):
            if isinstance(node.ctx, ast.Load):
                edits.replace(node, f'getattr({ast.unparse(node.value)}, "{node.attr}")')
        elif isinstance(node, ast.Call):
            _rename_in_strings(node, edits, known)
    _import_plainly(tree, edits, context)


def _walk(
    node: ast.AST, inside: tuple[ast.ClassDef, ...]
) -> Iterator[tuple[ast.AST, tuple[ast.ClassDef, ...]]]:
    """Every node with the classes round it."""
    for child in ast.iter_child_nodes(node):
        yield child, inside
        yield from _walk(child, (*inside, child) if isinstance(child, ast.ClassDef) else inside)


def _rename_attribute(node: ast.Attribute, name: str, edits: Edits) -> None:
    at = edits.end(node) - len(node.attr)
    if edits.source[at : at + len(node.attr)] == node.attr:
        edits.splice(at, at + len(node.attr), name)


def _owns(inside: tuple[ast.ClassDef, ...], name: str, owner: str) -> bool:
    """Whether a private name in this place is a matter of the class that it stands in, not of the one under test."""
    if not inside or scope.is_test_class(inside[-1]):
        return False
    bases = {scope.dotted(base).rpartition(".")[2] for base in inside[-1].bases}
    own = {
        n.attr for n in ast.walk(inside[-1]) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)
    }
    own |= {bound for statement in inside[-1].body for bound in scope.bound(statement)}
    return owner not in bases or name in own


def _rename_in_strings(call: ast.Call, edits: Edits, known: dict[str, str]) -> None:
    for argument in call.args:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            head, dot, name = argument.value.rpartition(".")
            if name in known and (not head or re.fullmatch(r"[\w.]+", head)):
                for quote in "\"'":
                    text = f"{quote}{argument.value}{quote}"
                    edits.replace(argument, f"{quote}{head}{dot}{mangled(known[name], name)}{quote}", text)


def _import_plainly(tree: ast.Module, edits: Edits, context: Context) -> None:
    """``from module import __Box`` as ``_Box`` where a class uses it."""
    names = {
        node.id
        for node, inside in _walk(tree, ())
        if isinstance(node, ast.Name) and inside and is_private(node.id)
    }
    imported = {a.asname or a.name for n in tree.body if isinstance(n, ast.ImportFrom) for a in n.names}
    taken = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | imported | set(context.names)
    for name in sorted(names & (imported | context.names.keys())):
        plain = "_" + name.lstrip("_")
        while plain in taken:
            plain += "_"
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id == name:
                edits.replace(node, plain, name)
            elif isinstance(node, ast.alias) and name == (node.asname or node.name):
                edits.replace(node, f"{node.name} as {plain}")
        if name not in imported:
            edits.splice(0, 0, renamed(context.names[name], name, plain) + "\n")
