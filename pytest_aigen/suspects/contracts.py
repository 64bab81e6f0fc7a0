"""What the source promises of a function: its docstring, annotations, comments and the messages that it raises."""

from __future__ import annotations

import ast
import doctest
import inspect
import io
import re
import tokenize
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from pytest_aigen.suspects.failing import Unknown, last_name, literal

_Node: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
#: Decorators that change nothing in what a call returns.
_HARMLESS = {"staticmethod", "classmethod", "property", "cached_property", "cache", "lru_cache", "override", "wraps", "abstractmethod"}  # fmt: skip
_EMPTY = inspect.Parameter.empty


@dataclass(frozen=True, slots=True)
class Example:
    """A call that a docstring shows, and the literal that it says comes back."""

    call: ast.Call
    value: Any
    text: str


@dataclass(frozen=True, slots=True)
class Function:
    """One function of a module, as far as something is promised of it."""

    node: _Node
    #: The class that it is a method of; ``""``.
    owner: str
    source: str
    #: Docstring of the class, for examples.
    owner_doc: str = ""

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def doc(self) -> str:
        return ast.get_docstring(self.node) or ""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of what is given, without ``self``."""
        arguments = self.node.args
        named = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        if self.owner and named and not self._is_static:
            named = named[1:]
        return (*named, *(a.arg for a in arguments.kwonlyargs))

    @property
    def _is_static(self) -> bool:
        return any(last_name(d) == "staticmethod" for d in self.node.decorator_list)

    @property
    def is_plain(self) -> bool:
        """Whether a call returns what the body returns: no generator, no decorator that may change it."""
        decorators = {last_name(d.func if isinstance(d, ast.Call) else d) for d in self.node.decorator_list}
        return decorators <= _HARMLESS and not any(
            isinstance(n, (ast.Yield, ast.YieldFrom)) for n in own(self.node)
        )

    def given(self, call: ast.Call) -> dict[str, Any]:
        """The arguments of a call by parameter, defaults included; those that are no literals are left out.

        Raises Unknown where the call does not fit the function, or unpacks something.
        """
        if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
            raise Unknown("*args")
        arguments = self.node.args
        positional = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        names = [name for name in positional if name in self.parameters]
        if len(call.args) > len(names) and arguments.vararg is None:
            raise Unknown("more arguments than parameters")
        nodes: dict[str, ast.expr] = dict(zip(names, call.args))
        nodes.update({k.arg: k.value for k in call.keywords if k.arg})
        if not set(nodes) <= set(self.parameters) and arguments.kwarg is None:
            raise Unknown("no such parameter")
        for name, default in zip(reversed(positional), reversed(arguments.defaults)):
            nodes.setdefault(name, default)
        for argument, value in zip(arguments.kwonlyargs, arguments.kw_defaults):
            if value is not None:
                nodes.setdefault(argument.arg, value)
        found = {}
        for name, node in nodes.items():
            try:
                found[name] = literal(ast.unparse(node)) if not isinstance(node, ast.Constant) else node.value
            except Unknown:
                continue
        return found

    def literals(self, call: ast.Call) -> dict[str, Any]:
        """The arguments of a call, each of them a literal. Raises Unknown."""
        for node in (*call.args, *(k.value for k in call.keywords)):
            literal(ast.unparse(node))
        return self.given(call)

    def shown(self, call: ast.Call) -> Example | None:
        """The example of the docstring that is this very call; None where there is none, or several that differ.

        Raises Unknown where an argument is no literal.
        """
        given, receiver = self.literals(call), self._receiver(call)
        found: list[Example] = []
        for one in examples(f"{self.doc}\n\n{self.owner_doc}", self.name):
            with suppress(Unknown):
                if self.literals(one.call) == given and self._receiver(one.call) == receiver:
                    found.append(one)
        return found[0] if found and all(one.value == found[0].value for one in found) else None

    def _receiver(self, call: ast.Call) -> str:
        """What a method is called of, as text; what that is must stand in the call itself. Raises Unknown."""
        if not self.owner or self._is_static:
            return ""
        if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call):
            return ast.unparse(call.func.value)
        raise Unknown("an object that was made elsewhere")

    def annotation(self, parameter: str) -> ast.expr | None:
        arguments = self.node.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        return next((a.annotation for a in every if a.arg == parameter), None)


def own(function: _Node) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions and classes within it."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            pending += ast.iter_child_nodes(node)


@lru_cache(maxsize=16)
def functions(source: str) -> tuple[Function, ...]:
    """The functions at the top of a module and the methods of its classes; none where it does not parse."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [Function(node, "", source) for node in tree.body if isinstance(node, kinds)]
    for owner in tree.body:
        if isinstance(owner, ast.ClassDef):
            doc = ast.get_docstring(owner) or ""
            found += [Function(n, owner.name, source, doc) for n in owner.body if isinstance(n, kinds)]
    return tuple(found)


def called(source: str, call: ast.Call, qualname: str) -> Function | None:
    """The function of the module that a call in a test is one of; None where it is none of them, or may be several."""
    name = last_name(call.func)
    fitting = [f for f in functions(source) if f.name == name]
    if isinstance(call.func, ast.Name):
        fitting = [f for f in fitting if not f.owner]
    exact = [f for f in fitting if f"{f.owner}.{f.name}".lstrip(".") == qualname]
    found = exact if len(exact) == 1 else fitting
    return found[0] if len(found) == 1 else None


# ---------------------------------------------------------------------------------------------- the docstring


def sentences(text: str) -> list[str]:
    """
    >>> sentences("One thing.\\nTwo\\nthings.\\n\\nThree")
    ['One thing.', 'Two things.', 'Three']
    """
    paragraphs = re.split(r"\n\s*\n|\n\s*(?=[*-] )|\n(?=\s*:\w)", text)
    return [s for p in paragraphs for s in re.split(r"(?<=[.;])\s+", " ".join(p.split())) if s]


def returned(doc: str) -> list[str]:
    """The sentences of a docstring that are about what is returned."""
    found = [
        s for s in sentences(doc) if re.match(r"(?:returns?(?!:)|:returns?:|:return:|:rtype:)\b", s, re.I)
    ]
    section = re.search(
        r"^[ \t]*Returns?:?[ \t]*\n(?:[ \t]*-+[ \t]*\n)?((?:[ \t]+\S.*\n?|[ \t]*\n(?=[ \t]+\S))+|(?:\S.*\n?)+)",
        doc + "\n",
        re.M,
    )
    return found + (sentences(section[1]) if section else [])


def raised(doc: str) -> list[tuple[str, str, str]]:
    """``(exception, condition, words)`` of each ``Raises ValueError: if ...`` of a docstring, in any of its styles."""
    found = []
    for match in re.finditer(
        r"(?P<lead>[^\n.]*?)(?P<name>\b[A-Z]\w*(?:Error|Exception|Exit|Warning)\b)[`*]*\s*[:,(-]?\s*(?P<then>(?:if|when)\s[^.;:\n]*(?:\n[ \t]+(?![A-Z:]\w*(?:Error|Exception)?\s*:)[^.;:\n]+)?)",
        doc,
        re.I,
    ):
        name = match["name"]
        before = doc[: match.start("name")]
        if not name[0].isupper() or not re.search(r"\brais(?:es|e|ed|ing)\b", before, re.I):
            continue
        if re.search(r"\b(?:not|never|no longer|without|instead of)\b", match["lead"], re.I):
            continue
        words = " ".join(match["then"].split())
        found.append((name, re.sub(r"^(?:if|when)\s+", "", words, flags=re.I), f"{name}: {words}"))
    return found


_COMMENTED = re.compile(
    r"^\s*(?:>>>\s*)?(?P<call>[A-Za-z_][\w.]*\(.*\))\s*(?:#\s*(?:returns?|->|=>|==)|->|=>|==)\s*(?P<value>.+?)\s*$"
)


def examples(doc: str, name: str) -> list[Example]:
    """Calls of the function that the docstring shows with the literal that comes back, as doctests or with ``# returns``."""
    found = []
    try:
        shown = doctest.DocTestParser().get_examples(doc)
    except ValueError:
        shown = []
    for one in shown:
        if not re.match(
            rf"(?:from|import)\s|(?:\w+\.)*{re.escape(name)}\(|[A-Z]\w*\(.*\)\.{re.escape(name)}\(",
            one.source,
        ):
            break  # what comes after it may depend on it
        if one.exc_msg is None and not one.options:
            found.append(
                (one.source.strip(), one.want.strip(), f">>> {one.source.strip()}\n{one.want.strip()}")
            )
    for line in doc.splitlines():
        if match := _COMMENTED.match(line):
            value = match["value"].rstrip(".")
            found.append(
                (
                    match["call"],
                    {"true": "True", "false": "False", "none": "None"}.get(value, value),
                    line.strip(),
                )
            )
    parsed = []
    for source, value, text in found:
        try:
            node = ast.parse(source, mode="eval").body
            if isinstance(node, ast.Call) and last_name(node.func) == name:
                parsed.append(Example(node, literal(value), text))
        except (SyntaxError, ValueError, Unknown):
            continue
    return parsed


# --------------------------------------------------------------------------------------- messages and comments


def messages(function: Function) -> list[tuple[str, str]]:
    """``(exception, message)`` of each ``raise`` whose message is a literal."""
    found = []
    for node in own(function.node):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            first = node.exc.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.append((last_name(node.exc.func), first.value))
    return found


def comments(function: Function) -> list[tuple[str, bool]]:
    """The comments in a function, each with whether it is about a ``return``: on its line, or right above it."""
    lines = function.source.splitlines(keepends=True)
    first, last = function.node.lineno, function.node.end_lineno or function.node.lineno
    returns = {n.lineno for n in own(function.node) if isinstance(n, ast.Return)}
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO("".join(lines)).readline):
            if token.type == tokenize.COMMENT and first <= token.start[0] <= last:
                line = token.start[0]
                alone = not token.line[: token.start[1]].strip()
                found.append((token.string.lstrip("#: ").strip(), (line + 1 if alone else line) in returns))
    except (tokenize.TokenError, SyntaxError):
        return []
    return found


# ---------------------------------------------------------------------------------------------- types

_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,), "bytes": (bytes,), "bool": (bool,), "int": (int,), "float": (float, int), "complex": (complex, float, int),
    "list": (list,), "List": (list,), "dict": (dict,), "Dict": (dict,), "tuple": (tuple,), "Tuple": (tuple,),
    "set": (set,), "Set": (set,), "frozenset": (frozenset,), "None": (type(None),),
}  # fmt: skip


def types(annotation: ast.expr | None) -> tuple[type, ...]:
    """The types that an annotation of builtins allows; empty where it names another thing.

    >>> types(ast.parse("str | None", mode="eval").body)
    (<class 'str'>, <class 'NoneType'>)
    """
    if isinstance(annotation, ast.Constant):
        if isinstance(annotation.value, str):
            try:
                return types(ast.parse(annotation.value, mode="eval").body)
            except SyntaxError:
                return ()
        return (type(None),) if annotation.value is None else ()
    if isinstance(annotation, (ast.Name, ast.Attribute)):
        return _TYPES.get(last_name(annotation), ())
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _all([annotation.left, annotation.right])
    if isinstance(annotation, ast.Subscript):
        name = last_name(annotation.value)
        inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        if name == "Union":
            return _all(inner)
        if name == "Optional":
            return _all([*inner, ast.Constant(None)])
        return _TYPES.get(name, ())
    return ()


def _all(parts: list[ast.expr]) -> tuple[type, ...]:
    found = [types(part) for part in parts]
    return tuple(kind for kinds in found for kind in kinds) if all(found) else ()


def fits(value: Any, allowed: tuple[type, ...]) -> bool:
    """Whether a value is of one of the types; a bool is no number here, unless that is what is asked for."""
    if isinstance(value, bool):
        return bool in allowed or int in allowed
    return isinstance(value, allowed)
