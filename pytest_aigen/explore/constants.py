"""Values that the code itself names: numbers and texts that it compares with, keys that it looks up, its patterns."""

from __future__ import annotations

import ast
import datetime
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pytest_aigen.explore.patterns import samples

Function: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef"
_LONGEST = 60
_MOST = 80


@dataclass(slots=True)
class Pool:
    """Constants by type, in the order in which they were found; each once."""

    ints: dict[int, None] = field(default_factory=dict)
    floats: dict[float, None] = field(default_factory=dict)
    texts: dict[str, None] = field(default_factory=dict)
    bytes: dict[bytes, None] = field(default_factory=dict)
    #: Texts that serve as keys: ``x["key"]``, ``x.get("key")``, ``"key" in x``.
    keys: dict[str, None] = field(default_factory=dict)
    #: Texts that match a pattern of the code, or a date format: whole inputs rather than pieces.
    shaped: dict[str, None] = field(default_factory=dict)

    #: Texts with a prefix or suffix that the code asks for.
    affixed: dict[str, None] = field(default_factory=dict)

    def add(self, value: object) -> None:
        """Takes a constant, and those in a container; anything else is ignored."""
        if isinstance(value, bool):
            return
        if type(value) is int and len(self.ints) < _MOST and abs(value) < 2**70:
            self.ints.setdefault(value)
        elif type(value) is float and len(self.floats) < _MOST:
            self.floats.setdefault(value)
        elif type(value) is str and len(value) <= _LONGEST and len(self.texts) < _MOST:
            self.texts.setdefault(value)
        elif type(value) is bytes and len(value) <= _LONGEST and len(self.bytes) < _MOST:
            self.bytes.setdefault(value)
        elif isinstance(value, re.Pattern):
            if isinstance(value.pattern, str):
                for text in samples(value.pattern, value.flags):
                    self.shaped.setdefault(text)
        elif isinstance(value, Mapping):
            for key, item in list(value.items())[:20]:
                if type(key) is str and len(key) <= _LONGEST:
                    self.texts.setdefault(key)
                elif type(key) is not str:
                    self.add(key)
                self.add(item)
        elif isinstance(value, (list, tuple)):
            for item in value[:20]:
                self.add(item)
        elif isinstance(value, (set, frozenset)):
            for item in sorted(value, key=repr)[:20]:
                self.add(item)

    def near(self) -> Iterator[int]:
        """The numbers, and those one below and one above."""
        seen: dict[int, None] = {}
        for number in self.ints:
            for value in (number, number - 1, number + 1):
                seen.setdefault(value)
        return iter(seen)


def find(tree: ast.AST, qualname: str) -> ast.AST | None:
    """The definition of that dotted name; of a nested function, ``outer.inner``, too."""
    node: Any = tree
    for part in qualname.replace(".<locals>", "").split("."):
        node = next(
            (
                child
                for child in _scope(node)
                if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
                and child.name == part
            ),
            None,
        )
        if node is None:
            return None
    found: ast.AST = node
    return found


def _scope(node: ast.AST) -> Iterator[ast.AST]:
    """Statements of a scope, also those under ``if`` and ``try``; last definition of a name first."""
    found: list[ast.AST] = []
    stack = [
        child for child in ast.iter_child_nodes(node) if isinstance(child, (ast.stmt, ast.excepthandler))
    ]
    while stack:
        child = stack.pop(0)
        found.append(child)
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            stack[:0] = [
                inner
                for inner in ast.iter_child_nodes(child)
                if isinstance(inner, (ast.stmt, ast.excepthandler))
            ]
    return reversed(found)


def harvest(tree: ast.Module, qualname: str, namespace: Mapping[str, Any], depth: int = 2) -> Pool:
    """The constants of a function, and of the functions of its module that it calls, nearest first."""
    pool = Pool()
    start = find(tree, qualname)
    owner = qualname.rpartition(".")[0]
    todo: list[tuple[ast.AST, int]] = [(start, depth)] if start is not None else []
    seen = {id(start)}
    while todo:
        node, left = todo.pop(0)
        _collect(node, pool, namespace)
        if not left:
            continue
        for name in _called(node):
            callee = find(tree, name) or (find(tree, f"{owner}.{name}") if owner else None)
            if isinstance(callee, ast.ClassDef):
                callee = find(callee, "__init__")
            if callee is not None and id(callee) not in seen:
                seen.add(id(callee))
                todo.append((callee, left - 1))
    return pool


def _called(node: ast.AST) -> list[str]:
    names: dict[str, None] = {}
    for child in ast.walk(node):
        if isinstance(child, ast.Call):
            if isinstance(child.func, ast.Name):
                names.setdefault(child.func.id)
            elif isinstance(child.func, ast.Attribute) and isinstance(child.func.value, ast.Name):
                if child.func.value.id in ("self", "cls"):
                    names.setdefault(child.func.attr)
        elif (
            isinstance(child, ast.Attribute)
            and isinstance(child.value, ast.Name)
            and child.value.id == "self"
        ):
            names.setdefault(child.attr)
    return list(names)


def _collect(node: ast.AST, pool: Pool, namespace: Mapping[str, Any]) -> None:
    for child in _code(node):
        if isinstance(child, ast.Constant):
            pool.add(child.value)
        elif isinstance(child, ast.UnaryOp) and isinstance(child.op, ast.USub):
            if isinstance(child.operand, ast.Constant) and type(child.operand.value) in (int, float):
                pool.add(-child.operand.value)  # type: ignore[operator]
        elif isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
            value = namespace.get(child.id)
            if isinstance(value, (int, float, str, bytes, list, tuple, set, frozenset, dict, re.Pattern)):
                pool.add(value)
        elif isinstance(child, ast.Subscript):
            _key(child.slice, pool)
        elif isinstance(child, ast.Compare) and _asks_length(child.left):
            for length in child.comparators:
                if isinstance(length, ast.Constant) and type(length.value) is int and 0 < length.value <= 40:
                    pool.shaped.setdefault(("1234567890" * 4)[: length.value])
                    pool.shaped.setdefault(("abcdefghijklmnopqrstuvwxyz" * 2)[: length.value])
        elif isinstance(child, ast.Compare) and isinstance(child.ops[0], (ast.In, ast.NotIn)):
            _key(child.left, pool)
        elif isinstance(child, ast.Call):
            _call(child, pool)


def _asks_length(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"


def _key(node: ast.AST, pool: Pool) -> None:
    if isinstance(node, ast.Constant) and type(node.value) is str and len(node.value) <= _LONGEST:
        pool.keys.setdefault(node.value)


def _call(node: ast.Call, pool: Pool) -> None:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and type(arg.value) is str]
    if name in ("get", "pop", "setdefault") and texts:
        pool.keys.setdefault(texts[0])
    elif name in ("match", "search", "fullmatch", "compile", "findall", "finditer", "split", "sub") and texts:
        if isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") in ("re", "regex"):
            for text in samples(texts[0]):
                pool.shaped.setdefault(text)
    elif name == "startswith":
        for text in texts:
            for rest in ("10", "abc", " abc"):
                pool.affixed.setdefault(text + rest)
    elif name == "endswith":
        for text in texts:
            pool.affixed.setdefault("hello" + text)
            pool.affixed.setdefault("1" + text)
    elif name in ("strptime", "strftime"):
        for form in texts:
            if "%" in form:
                pool.shaped.setdefault(datetime.datetime(2024, 1, 15, 10, 30).strftime(form))


def _code(node: ast.AST) -> Iterable[ast.AST]:
    """What is executed: no docstrings, no messages of ``raise``, no annotations, no decorators."""
    stack: list[ast.AST] = [node]
    while stack:
        child = stack.pop(0)
        yield child
        if isinstance(child, ast.Raise):
            continue
        parts: list[ast.AST] = list(ast.iter_child_nodes(child))
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            parts = list(child.body)
            if not isinstance(child, ast.ClassDef):
                parts += [default for default in (*child.args.defaults, *child.args.kw_defaults) if default]
        elif isinstance(child, ast.AnnAssign):
            parts = [child.target, *([child.value] if child.value else [])]
        elif isinstance(child, ast.JoinedStr):
            parts = [part for part in parts if isinstance(part, ast.FormattedValue)]
        stack[:0] = [
            part
            for part in parts
            if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
        ]
