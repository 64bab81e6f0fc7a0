"""Where a name is meant and where it is merely spelled the same: scopes of a libcst tree.

libcst's own scope metadata does not know that patterns of a ``match`` statement bind names, and takes several times as
long; this follows the rules of the language reference, section "Resolution of names", for all statements.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from itertools import accumulate
from typing import TypeAlias

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from pytest_aigen.merge.layout import split_lines

#: What carries a name: a name, or an import alias without ``as``.
Occurrence: TypeAlias = cst.Name | cst.ImportAlias

_PLAIN = (
    "whitespace",
    "lpar",
    "rpar",
    "leading_lines",
    "lines_after",
    "trailing",
    "header",
    "footer",
    "comma",
)


@dataclass(eq=False, slots=True)
class Scope:
    kind: str  #: ``module``, ``class``, ``function`` or ``comprehension``
    parent: Scope | None = None
    bound: set[str] = field(default_factory=set)
    declared_global: set[str] = field(default_factory=set)
    declared_nonlocal: set[str] = field(default_factory=set)

    def owner(self, name: str) -> Scope:
        """The scope whose variable ``name`` is when it stands in this one."""
        scope = self
        while scope.parent is not None:
            if name in scope.declared_global:
                return scope.top
            visible = scope is self or scope.kind != "class"
            if visible and name in scope.bound and name not in scope.declared_nonlocal:
                return scope
            scope = scope.parent
        return scope

    @property
    def top(self) -> Scope:
        return self if self.parent is None else self.parent.top


@dataclass(eq=False, slots=True)
class Function:
    """A function that stands in the module or in a class, its own scope, and the decorators above it and its class."""

    node: cst.FunctionDef
    scope: Scope
    decorators: tuple[cst.Decorator, ...]


class References:
    """All occurrences of names in a module, by the scope that owns them."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.module = cst.parse_module(code)
        self.top = Scope("module")
        self.functions: list[Function] = []
        self.calls: list[cst.Call] = []
        self._seen: list[tuple[str, Occurrence, Scope]] = []
        self._decorators: tuple[cst.Decorator, ...] = ()
        self._walk(self.module, self.top)
        self._owned: dict[tuple[Scope, str], list[Occurrence]] = defaultdict(list)
        for name, node, scope in self._seen:
            self._owned[scope.owner(name), name].append(node)

    def of(self, name: str, scope: Scope) -> list[Occurrence]:
        """Every place where ``name`` is the variable of ``scope``."""
        return self._owned.get((scope, name), [])

    def replace(self, texts: Mapping[cst.CSTNode, str]) -> str:
        """The code with other texts in place of some nodes."""
        starts = [0, *accumulate(len(line) for line in split_lines(self.code))]
        spans = []
        for node, text in texts.items():
            span = self._positions[node]
            start = starts[span.start.line - 1] + span.start.column
            spans.append((start, starts[span.end.line - 1] + span.end.column, text))
        code = self.code
        for start, end, text in sorted(spans, reverse=True):
            code = code[:start] + text + code[end:]
        return code

    @cached_property
    def _positions(self) -> Mapping[cst.CSTNode, CodeRange]:
        return MetadataWrapper(self.module, unsafe_skip_copy=True).resolve(PositionProvider)

    def _walk(self, node: cst.CSTNode, scope: Scope) -> None:
        match node:
            case cst.Name():
                self._seen.append((node.value, node, scope))
            case cst.Attribute():
                self._walk(node.value, scope)
            case cst.Arg():
                self._walk(node.value, scope)
            case cst.FunctionDef():
                self._function(node, scope)
            case cst.ClassDef():
                self._class(node, scope)
            case cst.Lambda():
                self._walk(node.body, self._parameters(node.params, scope, scope))
            case cst.ListComp() | cst.SetComp() | cst.DictComp() | cst.GeneratorExp():
                self._comprehension(node, scope)
            case cst.NamedExpr():
                outer = scope
                while outer.kind == "comprehension" and outer.parent is not None:
                    outer = outer.parent
                self._bind(node.target, outer)
                self._walk(node.value, scope)
            case cst.ImportAlias():
                self._import(node, scope)
            case cst.Import() | cst.ImportFrom():
                for alias in node.names if not isinstance(node.names, cst.ImportStar) else ():
                    self._import(alias, scope)
            case cst.Global() | cst.Nonlocal():
                declared = scope.declared_global if isinstance(node, cst.Global) else scope.declared_nonlocal
                for item in node.names:
                    declared.add(item.name.value)
                    self._walk(item.name, scope)
            case cst.MatchKeywordElement():
                self._walk(node.pattern, scope)
            case _:
                if isinstance(node, cst.Call):
                    self.calls.append(node)
                for child_name, child in _children(node):
                    if child_name in ("target", "name", "rest") and isinstance(child, cst.BaseExpression):
                        self._bind(child, scope)
                    else:
                        self._walk(child, scope)

    def _bind(self, target: cst.CSTNode, scope: Scope) -> None:
        """What stands on the left of an assignment, behind ``as`` or ``for``, or captures in a pattern."""
        match target:
            case cst.Name():
                scope.bound.add(target.value)
                self._seen.append((target.value, target, scope))
            case cst.Tuple() | cst.List():
                for element in target.elements:
                    self._bind(element.value, scope)
            case _:
                self._walk(target, scope)

    def _import(self, alias: cst.ImportAlias, scope: Scope) -> None:
        if alias.asname is not None:
            self._bind(alias.asname.name, scope)
            return
        first: cst.BaseExpression = alias.name
        while isinstance(first, cst.Attribute):
            first = first.value
        if isinstance(first, cst.Name):
            scope.bound.add(first.value)
            self._seen.append((first.value, alias, scope))

    def _function(self, node: cst.FunctionDef, scope: Scope) -> None:
        self._bind(node.name, scope)
        for decorator in node.decorators:
            self._walk(decorator, scope)
        outer = self._type_parameters(node.type_parameters, scope)
        inner = self._parameters(node.params, outer, scope)
        if node.returns is not None:
            self._walk(node.returns, outer)
        if scope.kind in ("module", "class"):
            self.functions.append(Function(node, inner, (*self._decorators, *node.decorators)))
        self._walk(node.body, inner)

    def _parameters(self, params: cst.Parameters, outer: Scope, defaults: Scope) -> Scope:
        inner = Scope("function", outer)
        stars = (params.star_arg, params.star_kwarg)
        for param in (*params.posonly_params, *params.params, *params.kwonly_params, *stars):
            if isinstance(param, cst.Param):
                self._bind(param.name, inner)
                if param.annotation is not None:
                    self._walk(param.annotation, outer)
                if param.default is not None:
                    self._walk(param.default, defaults)
        return inner

    def _class(self, node: cst.ClassDef, scope: Scope) -> None:
        self._bind(node.name, scope)
        for decorator in node.decorators:
            self._walk(decorator, scope)
        outer = self._type_parameters(node.type_parameters, scope)
        for arg in (*node.bases, *node.keywords):
            self._walk(arg, outer)
        before, self._decorators = self._decorators, (*self._decorators, *node.decorators)
        self._walk(node.body, Scope("class", outer))
        self._decorators = before

    def _type_parameters(self, node: cst.TypeParameters | None, scope: Scope) -> Scope:
        if node is None:
            return scope
        inner = Scope("function", scope)
        self._walk(node, inner)
        return inner

    def _comprehension(self, node: cst.BaseComp, scope: Scope) -> None:
        inner = Scope("comprehension", scope)
        outermost = True
        step: cst.CompFor | None = node.for_in
        while step is not None:
            self._walk(step.iter, scope if outermost else inner)
            self._bind(step.target, inner)
            for condition in step.ifs:
                self._walk(condition, inner)
            step, outermost = step.inner_for_in, False
        for part in ("elt", "key", "value"):
            if hasattr(node, part):
                self._walk(getattr(node, part), inner)


def _children(node: cst.CSTNode) -> Iterator[tuple[str, cst.CSTNode]]:
    for name in _fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield name, value
        elif isinstance(value, (list, tuple)):
            for item in value:
                if isinstance(item, cst.CSTNode):
                    yield name, item


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    names = (f.name for f in dataclasses.fields(kind))
    return tuple(name for name in names if not any(plain in name for plain in _PLAIN))


@lru_cache(maxsize=8)
def references(code: str) -> References:
    """The references of a module's code. Raises libcst.ParserSyntaxError."""
    return References(code)
