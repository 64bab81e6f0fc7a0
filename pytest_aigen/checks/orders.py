"""Where the order of a set, which depends on the hash seed, can show: a light data-flow analysis of sources.

A set is followed from where it is made, through names, attributes, keys of dicts, arguments and what functions return, to
what is done with it. To ask what is in it, to compare, change, count or sort it shows no order; to loop over it, and all
that is not known, may. Names are followed within their scope, and into files that import them; attributes, keys and
functions by name alone, in all files.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

from pytest_aigen.checks.reading import Function
from pytest_aigen.checks.turned import Row, Shown
from pytest_aigen.trees import nodes

#: Where a set is kept: a name in a scope (by its identity), an attribute, or a key of a dict.
Place: TypeAlias = tuple[int | str, str]

_SETS = frozenset({"set", "frozenset"})
#: Functions that return the same in whatever order their arguments are.
_ORDERLESS = frozenset({"sorted", "len", "min", "max", "any", "all", "bool", "isinstance"}) | _SETS
#: Methods of a set that tell or change what is in it, and those that return a set.
_ASKING = frozenset((
    "add", "discard", "remove", "clear", "update", "isdisjoint", "issubset", "issuperset", "difference_update",
    "intersection_update", "symmetric_difference_update",
))  # fmt: skip
_COMBINING = frozenset({"union", "difference", "intersection", "symmetric_difference", "copy"})
_SET_OPERATORS = (ast.Sub, ast.BitOr, ast.BitAnd, ast.BitXor)
_ATTRIBUTE, _KEY = "attribute", "key"
#: Functions and methods that go through an argument once and ask for nothing else of it.
_GOING_THROUGH = frozenset((
    "list", "tuple", "iter", "enumerate", "map", "filter", "zip", "sum", "sorted", "min", "max", "dict", "deque", "chain",
))  # fmt: skip
_METHODS_GOING_THROUGH = frozenset({"join", "extend", "fromkeys", "from_iterable", "writelines"})


@lru_cache(maxsize=64)
def showing(*texts: str) -> Sequence[Shown]:
    """Where the order of a set can show in each of some sources; nowhere in one that does not parse.

    >>> shown, = showing("def a(x):\\n    return x in {1, 2}\\n\\n\\ndef b(x):\\n    return list({x, 2})\\n")
    >>> shown.lines
    frozenset({6})
    """
    return _Followed([_source(text) for text in texts]).shown


class _Source:
    """A source, with the parents of its nodes and what is looked for in it."""

    def __init__(self, text: str) -> None:
        try:
            self.tree = ast.parse(text.removeprefix("\ufeff"))
        except (SyntaxError, ValueError, RecursionError):
            self.tree = ast.Module([], [])
        self.lines = frozenset(range(1, len(text.splitlines()) + 1))
        self.parents = {id(child): node for node in nodes(self.tree) for child in ast.iter_child_nodes(node)}
        self.functions: dict[str, list[Function]] = defaultdict(list)
        #: Under what names it imports a name.
        self.imported: dict[str, list[str]] = defaultdict(list)
        #: Expressions that make a set, and those that hand on the function that does.
        self.made: list[ast.expr] = []
        self.handed_on: list[ast.Name] = []
        self.read: dict[Place, list[ast.Name | ast.Attribute | ast.Subscript]] = defaultdict(list)
        for node in nodes(self.tree):
            self._look_at(node)

    def _look_at(self, node: ast.AST) -> None:
        if isinstance(node, Function):
            self.functions[node.name].append(node)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                self.imported[alias.name].append(alias.asname or alias.name)
        elif isinstance(node, (ast.Set, ast.SetComp)):
            self.made.append(node)
        elif isinstance(node, ast.Call) and _called(node) in _SETS:
            self.made.append(node)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            if node.id in _SETS and self._is_handed_on(node):
                self.handed_on.append(node)
            # A name is read in its own scope, or in one within.
            for scope in {id(self.tree), *(id(each) for each in self.above(node))}:
                self.read[scope, node.id].append(node)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            self.read[_ATTRIBUTE, node.attr].append(node)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            if (key := _constant(node.slice)) is not None:
                self.read[_KEY, key].append(node)

    def _is_handed_on(self, node: ast.Name) -> bool:
        """Whether ``set`` itself is an argument, as of ``defaultdict``: nobody follows what that makes."""
        parent = self.parents[id(node)]
        if isinstance(parent, ast.keyword):
            return True
        return isinstance(parent, ast.Call) and node is not parent.func and _called(parent) not in _ORDERLESS

    def is_gone_through(self, node: ast.expr) -> bool:
        """Whether all that is done with what an expression makes is to go through it once."""
        match self.parents[id(node)]:
            case ast.For(iter=it) | ast.comprehension(iter=it, is_async=0):
                return it is node
            case ast.Starred() | ast.YieldFrom() | ast.AugAssign(op=ast.Add()):
                return True
            case ast.Assign(targets=targets):
                return all(isinstance(target, (ast.Tuple, ast.List)) for target in targets)
            case ast.Call(func=ast.Attribute(attr=name), args=[only]):
                return only is node and name in _METHODS_GOING_THROUGH
            case ast.Call(func=ast.Name(id=name)) as call if node is not call.func:
                return name in _GOING_THROUGH and name not in self.functions
        return False

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        while (parent := self.parents.get(id(node))) is not None:
            yield parent
            node = parent

    def function(self, node: ast.AST) -> Function | None:
        return next((each for each in self.above(node) if isinstance(each, Function)), None)

    def scope(self, node: ast.AST) -> ast.AST:
        return self.function(node) or self.tree


_source = lru_cache(maxsize=512)(_Source)


class _Followed:
    """What becomes of all sets of some sources."""

    def __init__(self, sources: Sequence[_Source]) -> None:
        self._sources = sources
        self.shown = tuple(Shown() for _ in sources)
        self._seen: set[int | Place] = set()
        self._todo: list[tuple[int, ast.expr]] = []
        for index, source in enumerate(sources):
            self._todo += [(index, node) for node in source.made]
            for name in source.handed_on:
                self._shows(index, name)
        while self._todo:
            index, node = self._todo.pop()
            if id(node) not in self._seen:
                self._seen.add(id(node))
                self._follow(index, node)

    def _shows(self, index: int, node: ast.expr) -> None:
        source, shown = self._sources[index], self.shown[index]
        if source.function(node) is None:
            lines = source.lines
        else:
            statement = next(each for each in source.above(node) if isinstance(each, ast.stmt))
            first = statement.body[0] if isinstance(statement, (ast.For, ast.AsyncFor)) else statement
            lines = frozenset(range(first.lineno, (statement.end_lineno or 0) + 1))
        # Positions inside f-strings are wrong before Python 3.12.
        in_text = any(isinstance(each, ast.JoinedStr) for each in source.above(node))
        if not in_text and source.is_gone_through(node):
            shown.rows.append(Row(node, lines))
        else:
            shown.elsewhere |= lines

    def _push(self, index: int, node: ast.AST) -> None:
        assert isinstance(node, ast.expr)
        self._todo.append((index, node))

    def _keep(self, place: Place) -> None:
        if place not in self._seen:
            self._seen.add(place)
            self._todo += self._reads(place)

    def _reads(self, place: Place) -> Iterator[tuple[int, ast.Name | ast.Attribute | ast.Subscript]]:
        for index, source in enumerate(self._sources):
            for node in source.read.get(place, ()):
                yield index, node

    def _keep_name(self, index: int, scope: ast.AST, name: str) -> None:
        self._keep((id(scope), name))
        if scope is self._sources[index].tree:
            self._keep((_ATTRIBUTE, name))
            for other in self._sources:
                for known_as in other.imported.get(name, ()):
                    self._keep((id(other.tree), known_as))

    def _keep_in(self, index: int, target: ast.expr) -> bool:
        """Whether it is known where an assignment keeps a set."""
        source = self._sources[index]
        match target:
            case ast.Name():
                scope = source.scope(target)
                outer = [node for node in nodes(scope) if isinstance(node, (ast.Global, ast.Nonlocal))]
                for each in (scope, *([source.tree] if outer else ())):
                    self._keep_name(index, each, target.id)
                if any(isinstance(each, ast.ClassDef) for each in source.above(target)):
                    self._keep((_ATTRIBUTE, target.id))
            case ast.Attribute():
                self._keep((_ATTRIBUTE, target.attr))
            case ast.Subscript() if (key := _constant(target.slice)) is not None:
                self._keep((_KEY, key))
            case _:
                return False
        return True

    def _follow(self, index: int, node: ast.expr) -> None:
        parent = self._sources[index].parents[id(node)]
        if not self._is_known(index, node, parent):
            self._shows(index, node)

    def _is_known(self, index: int, node: ast.expr, parent: ast.AST) -> bool:
        """Whether what is done with a set shows no order; what it becomes is followed."""
        source = self._sources[index]
        match parent:
            case ast.Compare() | ast.Expr() | ast.Delete() | ast.Assert() | ast.If() | ast.While():
                return True
            case ast.UnaryOp(op=ast.Not()):
                return True
            case ast.IfExp() if node is parent.test:
                return True
            case ast.IfExp() | ast.BoolOp() | ast.Await():
                self._push(index, parent)
                return True
            case ast.BinOp(op=op) if isinstance(op, _SET_OPERATORS):
                self._push(index, parent)
                return True
            case ast.Return():
                return self._is_returned(source.function(parent))
            case ast.NamedExpr():
                self._push(index, parent)
                return self._keep_in(index, parent.target)
            case ast.Assign():
                known = [self._keep_in(index, target) for target in parent.targets]
                return all(known)
            case ast.AnnAssign():
                return self._keep_in(index, parent.target)
            case ast.AugAssign(op=op):
                return isinstance(op, _SET_OPERATORS)
            case ast.Dict():
                if (
                    node not in parent.values
                    or (key := _constant(parent.keys[parent.values.index(node)])) is None
                ):
                    return False
                self._keep((_KEY, key))
                return True
            case ast.comprehension():
                return self._is_orderless(index, source.parents[id(parent)])
            case ast.keyword():
                call = source.parents[id(parent)]
                return isinstance(call, ast.Call) and parent.arg is not None and self._hand(call, parent.arg)
            case ast.Attribute():
                return self._is_method(index, parent)
            case ast.Call() if node is not parent.func:
                return self._is_argument(index, node, parent)
        return False

    def _is_returned(self, function: Function | None) -> bool:
        """Follow a set to where a function is called; False where that cannot be told."""
        if function is None or function.name.startswith("__"):
            return False
        name = function.name
        places: list[Place] = [(_ATTRIBUTE, name), *((id(source.tree), name) for source in self._sources)]
        for index, node in (read for place in places for read in self._reads(place)):
            parent = self._sources[index].parents[id(node)]
            if isinstance(parent, ast.Call) and parent.func is node:
                self._push(index, parent)
            elif function.decorator_list:
                self._push(index, node)
            else:
                return False
        return True

    def _is_orderless(self, index: int, comprehension: ast.AST) -> bool:
        if isinstance(comprehension, ast.SetComp):
            return True
        call = self._sources[index].parents[id(comprehension)]
        return isinstance(call, ast.Call) and _called(call) in _ORDERLESS and not call.keywords

    def _is_method(self, index: int, method: ast.Attribute) -> bool:
        call = self._sources[index].parents[id(method)]
        if method.attr in _COMBINING and isinstance(call, ast.Call) and call.func is method:
            self._push(index, call)
            return True
        return method.attr in _ASKING

    def _is_argument(self, index: int, node: ast.expr, call: ast.Call) -> bool:
        # With a key, what has the same one stays in order.
        if _called(call) in _ORDERLESS:
            return not call.keywords
        if isinstance(call.func, ast.Attribute):
            if call.func.attr in _ASKING:
                return True
            if call.func.attr in _COMBINING:
                self._push(index, call)
                return True
        if any(isinstance(each, ast.Starred) for each in call.args):
            return False
        return self._hand(call, call.args.index(node))

    def _hand(self, call: ast.Call, which: int | str) -> bool:
        """Follow a set as an argument, by position or name, into all functions of the called name; False where there is none."""
        name = call.func.attr if isinstance(call.func, ast.Attribute) else _called(call)
        if isinstance(call.func, ast.Attribute) and any(
            hasattr(kind, name) for kind in (str, bytes, list, dict)
        ):
            return False
        functions = [
            (index, function)
            for index, source in enumerate(self._sources)
            for function in source.functions.get(name, ())
        ]
        for index, function in functions:
            given = [*function.args.posonlyargs, *function.args.args]
            if isinstance(which, str):
                names = [each.arg for each in (*given, *function.args.kwonlyargs) if each.arg == which]
            else:
                bound = bool(given) and given[0].arg in ("self", "cls")
                names = [each.arg for each in given[which + bound : which + bound + 1]]
            if not names:
                return False
            self._keep_name(index, function, names[0])
        return bool(functions)


def _called(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _constant(node: ast.expr | None) -> str | None:
    return repr(node.value) if isinstance(node, ast.Constant) else None
