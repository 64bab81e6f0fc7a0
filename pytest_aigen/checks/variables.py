"""Which variable each name of a candidate stands for, and what is put into it."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from pytest_aigen.checks.reading import Function, is_literal
from pytest_aigen.trees import nodes

#: A scope by its number, and a name that is bound in it; attributes of ``self`` belong to the scope of the class.
Variable: TypeAlias = tuple[int, str]
DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp)


@dataclass(eq=False, slots=True)
class Scope:
    """A module, class, function or lambda."""

    number: int
    node: ast.AST
    parent: Scope | None = None
    #: Of what stands in a method, the scope of its class.
    owner: Scope | None = None
    bound: set[str] = field(default_factory=set)
    #: Names that ``nonlocal`` or ``global`` say are bound outside.
    outer: set[str] = field(default_factory=set)


class Variables:
    """The variables of a module; no order of statements is looked at."""

    def __init__(self, tree: ast.Module) -> None:
        self._scopes: dict[int, Scope] = {}
        self._count = 0
        #: What is put into each: expressions, and the definition of a function or class.
        self.sources: dict[Variable, list[ast.AST]] = defaultdict(list)
        #: What is put into an attribute or an item of each.
        self.parts: dict[Variable, list[ast.AST]] = defaultdict(list)
        #: Those that an inner function, or a method, puts something into.
        self._shared: set[Variable] = set()
        #: Those that loops go through.
        self._looping: set[Variable] = set()
        #: Parameters, with the function or lambda that has them.
        self.parameters: dict[Variable, ast.AST] = {}
        self._enter(tree, self._scope(tree, None, None))
        for node in nodes(tree):
            self._bind(node)

    def scope(self, node: ast.AST) -> Scope:
        """The scope in which a node stands."""
        return self._scopes[id(node)]

    def of(self, node: ast.AST) -> Variable | None:
        """The variable that a name or ``self.attribute`` stands for; None for what an import or nothing binds."""
        scope = self._scopes.get(id(node))
        if isinstance(node, ast.Attribute):
            owner = self._owner(node, scope)
            return (owner.number, node.attr) if owner is not None and node.attr in owner.bound else None
        if not isinstance(node, ast.Name):
            return None
        first = scope
        while scope is not None:
            inside = scope is first or not isinstance(scope.node, ast.ClassDef)
            if inside and node.id in scope.bound - scope.outer:
                return scope.number, node.id
            scope = scope.parent
        return None

    def is_self(self, node: ast.AST) -> bool:
        """``self`` or ``cls`` of a method."""
        if not isinstance(node, ast.Name) or node.id not in ("self", "cls"):
            return False
        variable = self.of(node)
        return variable is None or variable in self.parameters

    def _owner(self, node: ast.Attribute, scope: Scope | None) -> Scope | None:
        """The scope of the class that an attribute belongs to, as far as that is seen."""
        if self.is_self(node.value):
            return scope.owner if scope is not None else None
        at = self.of(node.value) if isinstance(node.value, ast.Name) else None
        classes = [s for s in self.sources.get(at, ()) if isinstance(s, ast.ClassDef)] if at else []
        return self._inner(classes[0]) if classes else None

    def parameter(self, function: ast.AST, name: str) -> Variable:
        return self._inner(function).number, name

    def base(self, node: ast.AST) -> Variable | None:
        """The variable that an expression such as ``x.y[0].z()`` is about."""
        while (variable := self.of(node)) is None:
            if isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.Await)):
                node = node.value
            elif isinstance(node, ast.Call):
                node = node.func
            else:
                return None
        return variable

    def within(self, node: ast.AST) -> Iterator[Variable]:
        """The variables that are used in a node."""
        for part in ast.walk(node):
            variable = self.of(part)
            if variable is not None:
                yield variable

    def is_fixed(self, variable: Variable) -> bool:
        """It holds plain values only, which nothing changes."""
        sources = self.sources.get(variable, ())
        if (
            variable in self.parts
            or variable in self._shared
            or (variable in self.parameters and not sources)
        ):
            return False
        loops = variable in self._looping
        return all(_is_plain(source) or (loops and self._has_plain_elements(source)) for source in sources)

    def _has_plain_elements(self, node: ast.AST) -> bool:
        """A list of plain values, or a variable that holds one."""
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return all(map(_is_plain, node.elts))
        variable = self.of(node)
        sources = self.sources.get(variable, ()) if variable else ()
        return bool(sources) and all(isinstance(s, ast.List) and self._has_plain_elements(s) for s in sources)

    # ------------------------------------------------------------------------------------------------- scopes

    def _scope(self, node: ast.AST, parent: Scope | None, owner: Scope | None) -> Scope:
        self._count += 1
        self._scopes[-id(node)] = scope = Scope(self._count, node, parent, owner)
        return scope

    def _inner(self, node: ast.AST) -> Scope:
        return self._scopes[-id(node)]

    def _enter(self, node: ast.AST, scope: Scope) -> None:
        self._scopes[id(node)] = scope
        inner = scope
        inside: list[ast.AST] = []
        if isinstance(node, (*_functions(), ast.ClassDef)):
            owner = scope if isinstance(scope.node, ast.ClassDef) else scope.owner
            if isinstance(node, (Function, ast.ClassDef)):
                scope.bound.add(node.name)
            inner = self._scope(node, scope, None if isinstance(node, ast.ClassDef) else owner)
            inside = [*node.body] if isinstance(node.body, list) else [node.body]
        if isinstance(node, (ast.Nonlocal, ast.Global)):
            scope.outer.update(node.names)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            scope.bound.add(node.id)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            scope.bound.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and scope.owner:
            if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
                scope.owner.bound.add(node.attr)
        if isinstance(node, _functions()):
            for arg in ast.walk(node.args):
                if isinstance(arg, ast.arg):
                    inner.bound.add(arg.arg)
                    self.parameters[inner.number, arg.arg] = node
        for child in ast.iter_child_nodes(node):
            self._enter(child, inner if child in inside else scope)

    # ------------------------------------------------------------------------------------------------ sources

    def _bind(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._put(target, [value])
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._put(target, [value])
            case ast.AugAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
                self._put(target, [value])
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                self._put(target, [value])
                self._looping.update(self.within(target))
            case ast.AsyncFor(target=target, iter=value):
                self._put(target, [value])
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    if item.optional_vars is not None:
                        expects = re.search(
                            "raises|warn|logs|deprecated", ast.unparse(item.context_expr).lower()
                        )
                        self._put(item.optional_vars, [item.context_expr, *(body if expects else ())])
            case ast.Try(body=body, handlers=handlers):
                for handler in handlers:
                    if handler.name:
                        self.sources[self.scope(handler).number, handler.name] += body
            case ast.Match(subject=subject, cases=cases):
                for part in [p for case in cases for p in ast.walk(case.pattern)]:
                    if isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name:
                        self.sources[self.scope(part).number, part.name].append(subject)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.sources[self.scope(node).number, node.name].append(node)

    def _put(self, target: ast.AST, values: list[ast.AST]) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            one = values[0]
            paired = isinstance(one, (ast.Tuple, ast.List)) and len(one.elts) == len(target.elts)
            paired = paired and not any(isinstance(e, ast.Starred) for e in (*target.elts, *one.elts))  # type: ignore[attr-defined]
            for number, inner in enumerate(target.elts):
                self._put(inner, [one.elts[number]] if paired else values)  # type: ignore[attr-defined]
            return
        variable = self.of(target)
        if variable is not None:
            self.sources[variable] += values
            if isinstance(target, ast.Attribute) or target.id in self.scope(target).outer:  # type: ignore[attr-defined]
                self._shared.add(variable)
        elif (variable := self.base(target)) is not None:
            self.parts[variable] += values


def _is_plain(node: ast.AST) -> bool:
    """A literal that cannot be changed."""
    return (
        isinstance(node, ast.expr)
        and is_literal(node)
        and not any(isinstance(p, DISPLAYS) for p in ast.walk(node))
    )


def _functions() -> tuple[type[ast.FunctionDef], type[ast.AsyncFunctionDef], type[ast.Lambda]]:
    return ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda
