"""Examples of the use of a module: calls that its tests make, doctests and calls in its docstrings, and literal calls
in its code.
"""

from __future__ import annotations

import ast
import builtins
import datetime
import decimal
import doctest
import enum
import fractions
import inspect
import pathlib
import re
import types
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_aigen.data import Observation
from pytest_aigen.explore.definitions import Function, find
from pytest_aigen.explore.recipes import Code, New, Recipe, Ref

_MOST = 200
#: What expressions of observed values name.
_LIBRARY = {module.__name__: module for module in (datetime, decimal, fractions, pathlib, uuid)}
_CALL = re.compile(r"[A-Za-z_][\w.]*\(")


@dataclass(frozen=True, slots=True)
class Example:
    """A call of something in the module."""

    #: The last part of the name that is called.
    name: str
    args: tuple[Recipe, ...]
    kwargs: tuple[tuple[str, Recipe], ...] = ()
    #: What a method is called on.
    receiver: New | None = None
    #: The names of what stands round it, for examples in the documentation of a function or class; empty in code.
    place: str = ""


@dataclass(frozen=True, slots=True)
class Examples:
    """What a module shows of itself."""

    calls: tuple[Example, ...]
    #: Texts in the examples of each docstring, by the dotted name of what it documents; ``""`` is the module.
    texts: Mapping[str, tuple[str, ...]]
    #: What arguments of a name are given in examples, and what they are by default, anywhere in the module.
    usual: Mapping[str, Sequence[Recipe]]

    def of(self, name: str) -> list[Example]:
        """Calls of that name, documented ones first."""
        return sorted((call for call in self.calls if call.name == name), key=lambda call: not call.place)


def read(
    tree: ast.Module, namespace: Mapping[str, Any], observations: Sequence[Observation] = ()
) -> Examples:
    """All examples of the module, in the order in which they stand; before them the calls that its tests make."""
    calls: dict[str, Example] = {}
    for observation in observations:
        reader = _Reader({**namespace, **_LIBRARY}, observation.qualname)
        reader.run(observation.text)
        calls.update(
            {repr(call): call for call in reader.calls if call.name in observation.qualname.split(".")}
        )
    texts: dict[str, tuple[str, ...]] = {}
    for place, docstring in _docstrings(tree):
        reader = _Reader(namespace, place or "module")
        for source in _sources(docstring):
            reader.run(source)
        for call in reader.calls:
            calls.setdefault(repr(call), call)
        texts[place] = tuple(dict.fromkeys(reader.texts))
    reader = _Reader(namespace, "")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (node.args or node.keywords):
            reader.call(node)
    for call in reader.calls:
        calls.setdefault(repr(call), call)
    some = tuple(list(calls.values())[:_MOST])
    return Examples(some, texts, _by_parameter(some, tree))


def _by_parameter(calls: Sequence[Example], tree: ast.Module) -> Mapping[str, Sequence[Recipe]]:
    found: dict[str, list[Recipe]] = {}
    for call in calls:
        node = _definition(tree, call.name)
        for name, value in zip(_positional(node), call.args) if node is not None else ():
            found.setdefault(name, []).append(value)
        for name, value in call.kwargs:
            found.setdefault(name, []).append(value)
    for node in ast.walk(tree):
        if isinstance(node, Function):
            given = node.args.defaults
            names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
            pairs = [
                *zip(names[len(names) - len(given) :], given),
                *(
                    (arg.arg, value)
                    for arg, value in zip(node.args.kwonlyargs, node.args.kw_defaults)
                    if value
                ),
            ]
            for name, default in pairs:
                try:
                    value = ast.literal_eval(default)
                except (ValueError, SyntaxError, TypeError):
                    continue
                if value is not None and type(value) is not bool:
                    found.setdefault(name, []).append(value)
    return found


def _definition(tree: ast.Module, name: str) -> ast.AST | None:
    found = find(tree, name)
    if found is None:
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        found = next((method for node in classes if (method := find(node, name)) is not None), None)
    return find(found, "__init__") if isinstance(found, ast.ClassDef) else found


def _positional(node: ast.AST) -> list[str]:
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return []
    names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def _docstrings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    def walk(node: ast.AST, place: str) -> Iterator[tuple[str, str]]:
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            if docstring := ast.get_docstring(node):
                yield place, docstring
        for child in ast.iter_child_nodes(node):
            name = getattr(child, "name", None)
            named = isinstance(child, (ast.ClassDef, *Function))
            yield from walk(child, f"{place}.{name}".lstrip(".") if named else place)

    return walk(tree, "")


def _sources(docstring: str) -> Iterator[str]:
    """Pieces of Python in a docstring: doctests, what stands in backticks, lines that hold a call."""
    try:
        prompted = [example.source for example in doctest.DocTestParser().get_examples(docstring)]
    except ValueError:  # its own idea of indentation
        prompted = [line.strip()[4:] for line in docstring.splitlines() if line.strip().startswith(">>> ")]
    yield from prompted
    for line in docstring.splitlines():
        if line.strip().startswith((">>>", "...")):
            continue
        yield from re.findall(r"`{1,2}([^`]+)`{1,2}", line)
        for match in _CALL.finditer(line):
            if (text := _balanced(line, match.start(), match.end())) is not None:
                yield text


def _balanced(line: str, start: int, place: int) -> str | None:
    """From there to the parenthesis that closes the call; None where the line ends before."""
    depth, quote = 1, ""
    while place < len(line):
        char = line[place]
        if quote:
            if char == "\\":
                place += 1
            elif char == quote:
                quote = ""
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if not depth:
                return line[start : place + 1]
        place += 1
    return None


class _Reader:
    """Reads the lines of one docstring, with the names that they bind."""

    def __init__(self, namespace: Mapping[str, Any], place: str) -> None:
        self.namespace = namespace
        self.place = place
        self.names: dict[str, Recipe] = {}
        self.calls: list[Example] = []
        self.texts: list[str] = []

    def run(self, source: str) -> None:
        try:
            body = ast.parse(source.strip()).body
        except (SyntaxError, ValueError):
            return
        for node in body:
            if (
                isinstance(node, ast.Assign)
                and len(node.targets) == 1
                and isinstance(node.targets[0], ast.Name)
            ):
                try:
                    self.names[node.targets[0].id] = self.recipe(node.value)
                except ValueError:
                    self.names.pop(node.targets[0].id, None)
            for child in ast.walk(node):
                if isinstance(child, ast.Call):
                    self.call(child)
                elif isinstance(child, ast.Constant) and type(child.value) is str:
                    self.texts.append(child.value)

    def call(self, node: ast.Call) -> None:
        """Note the call, where all that it is given can be made."""
        function = node.func
        try:
            receiver = None
            if isinstance(function, ast.Attribute) and self.place:
                receiver = self._receiver(function.value)
            args = tuple(self.recipe(arg) for arg in node.args)
            kwargs = tuple((key.arg or "", self.recipe(key.value)) for key in node.keywords)
        except (ValueError, RecursionError):
            return
        name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        if name and all(key for key, _ in kwargs):
            self.calls.append(Example(name, args, kwargs, receiver, self.place))

    def _receiver(self, node: ast.expr) -> New | None:
        try:
            value = self.recipe(node)
        except ValueError:
            return None
        return value if isinstance(value, New) else None

    def recipe(self, node: ast.expr) -> Recipe:
        """The recipe of a written expression. Raises ValueError where there is none."""
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError):
            pass
        if isinstance(node, ast.Name) and node.id in self.names:
            return self.names[node.id]
        if isinstance(node, (ast.Name, ast.Attribute)):
            return _reference(self._look_up(node))
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            items = [self.recipe(item) for item in node.elts]
            return (
                items
                if isinstance(node, ast.List)
                else tuple(items)
                if isinstance(node, ast.Tuple)
                else set(items)
            )
        if isinstance(node, ast.Dict) and all(node.keys):
            keys = [self.recipe(key) for key in node.keys if key is not None]
            try:
                return dict(zip(keys, map(self.recipe, node.values)))
            except TypeError:
                raise ValueError("a key without hash") from None
        if isinstance(node, ast.Lambda) and _closed(node):
            return Code(ast.unparse(node))
        if isinstance(node, ast.Call):
            function = _reference(self._look_up(node.func))
            args = tuple(map(self.recipe, node.args))
            kwargs = tuple((key.arg or "", self.recipe(key.value)) for key in node.keywords)
            if all(key for key, _ in kwargs):
                return New(function, args, kwargs)
        raise ValueError("no recipe")

    def _look_up(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Name):
            if node.id in self.names or node.id in ("open", "eval", "exec", "input", "exit", "quit", "print"):
                raise ValueError(node.id)
            if node.id in self.namespace:
                return self.namespace[node.id]
            if hasattr(builtins, node.id):
                return getattr(builtins, node.id)
        elif isinstance(node, ast.Attribute):
            owner = self._look_up(node.value)
            if isinstance(owner, (types.ModuleType, type)) and hasattr(owner, node.attr):
                return getattr(owner, node.attr)
        raise ValueError("unknown name")


def _reference(value: Any) -> Ref:
    """A class, a function, a member of an enum, by the name under which it is imported. Raises ValueError for others."""
    if isinstance(value, enum.Enum):
        return Ref(type(value).__module__, f"{type(value).__qualname__}.{value.name}")
    name = getattr(value, "__qualname__", None)
    if isinstance(value, type) or inspect.isroutine(value):
        module = getattr(value, "__module__", None) or getattr(
            getattr(value, "__self__", None), "__module__", None
        )
        if isinstance(name, str) and isinstance(module, str) and "<" not in name:
            return Ref(module, name)
    raise ValueError("nothing to import")


def _closed(node: ast.Lambda) -> bool:
    """Whether it uses its own arguments and builtins alone."""
    own = {arg.arg for arg in ast.walk(node) if isinstance(arg, ast.arg)}
    return all(
        child.id in own or hasattr(builtins, child.id)
        for child in ast.walk(node)
        if isinstance(child, ast.Name)
    )


def bound(example: Example, names: Sequence[tuple[str, str]]) -> dict[str, Recipe] | None:
    """The arguments by name, given the names and forms of the parameters; None where they do not fit.

    >>> bound(Example("f", (1,), (("b", 2),)), [("a", "either"), ("b", "keyword")])
    {'a': 1, 'b': 2}
    """
    open_names = [name for name, form in names if form in ("either", "positional")]
    star = next((name for name, form in names if form == "star"), None)
    stars = next((name for name, form in names if form == "stars"), None)
    chosen: dict[str, Recipe] = dict(zip(open_names, example.args))
    if len(example.args) > len(open_names):
        if star is None:
            return None
        chosen[star] = example.args[len(open_names) :]
    known = {name for name, form in names if form in ("either", "keyword", "positional")}
    extra: dict[Recipe, Recipe] = {}
    for name, value in example.kwargs:
        if name in known:
            chosen[name] = value
        elif stars is not None:
            extra[name] = value
        else:
            return None
    return {**chosen, str(stars): extra} if extra else chosen
