"""What an argument without annotation is, read from what is done with it: in the function, in those of its module to
which it is passed on, and, of what a constructor keeps, in the methods.
"""

from __future__ import annotations

import ast
import collections.abc as abc
import functools
from collections.abc import Callable, Iterator
from typing import Any

from pytest_aigen.explore.definitions import Function, find
from pytest_aigen.explore.parts import KNOWN, Guess, Names, attribute_of, name_of, of, text_of
from pytest_aigen.explore.words import documented, documented_classes, named

#: Functions that take it as their argument -> the types that they take.
_TAKEN_BY: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("match", "search", "fullmatch", "findall", "finditer", "sub", "ord", "loads", "Path", "urlparse", "urlsplit", "strptime", "fromisoformat", "open", "Decimal"), (str,)),
    **dict.fromkeys(("sorted", "list", "tuple", "set", "sum", "max", "min", "enumerate", "zip", "map", "iter", "any", "all", "reversed", "join", "chain"), (list,)),
    **dict.fromkeys(("int", "float"), (str, int, float)),
    **dict.fromkeys(("abs", "round", "range", "divmod", "chr", "isnan", "sqrt", "floor", "ceil", "hex", "bin"), (int, float)),
    "len": (list, str), "next": (abc.Iterator, list), "isgenerator": (abc.Generator,), "unpack": (bytes,), "unpack_from": (bytes,), "b64decode": (str, bytes),
    "items": (dict,), "dict": (dict,), "from_bytes": (bytes,), "unhexlify": (str, bytes),
}  # fmt: skip
_BUILTINS: dict[str, Any] = {
    kind.__name__: kind for kind in (str, int, float, bool, list, dict, tuple, set, bytes)
}
_DEPTH = 3


def guess(
    node: ast.AST | None, name: str, docstring: str = "", tree: ast.AST | None = None, owner: str = ""
) -> Guess:
    """What the argument of that name may be; ``owner`` is the dotted name of the class of a method in the module."""
    found = Guess()
    found.add(*documented(docstring, name))
    for text in documented_classes(docstring, name):
        found.classes.setdefault(text)
    if node is not None and name:
        _Reader(tree, owner).read(node, {name: found}, _DEPTH)
    found.add(*found.maybe, *named(name))
    return found


class _Reader:
    """Goes through code with the guesses that names stand for."""

    def __init__(self, tree: ast.AST | None, owner: str) -> None:
        self.tree = tree
        self.owner = find(tree, owner) if tree is not None and owner else None
        self._been: set[tuple[int, tuple[str, ...]]] = set()

    def read(self, node: ast.AST, names: Names, left: int) -> None:
        key = (id(node), tuple(names))
        if key in self._been:
            return
        self._been.add(key)
        for child in _telling(node):
            self._look(child, names, left)
        if isinstance(node, ast.FunctionDef) and node.name == "__init__" and self.owner is not None and left:
            kept = {name: found for name, found in names.items() if name.startswith("self.")}
            for method in ast.iter_child_nodes(self.owner) if kept else ():
                if isinstance(method, Function) and method is not node:
                    self.read(method, dict(kept), left - 1)

    # ------------------------------------------------------------------------- what is done with expressions

    def _look(self, node: ast.AST, names: Names, left: int) -> None:
        if isinstance(node, ast.Attribute):
            if (base := of(node.value, names)) is not None:
                attribute_of(node.attr, base)
        elif isinstance(node, ast.Call):
            self._call(node, names, left)
        elif isinstance(node, ast.Subscript):
            self._subscript(node, names)
        elif isinstance(node, (ast.Assign, ast.NamedExpr, ast.AnnAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                self._assign(target, node.value, names)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            self._loop(node.target, node.iter, names)
        elif isinstance(node, ast.Compare):
            self._compare(node, names)
        elif isinstance(node, ast.BinOp):
            self._operate(node, names)
        elif isinstance(node, ast.withitem):
            if (found := of(node.context_expr, names)) and isinstance(node.optional_vars, ast.Name):
                names[node.optional_vars.id] = found
        elif isinstance(node, ast.Match):
            if (found := of(node.subject, names)) is not None:
                for case in node.cases:
                    _matched(case.pattern, found)

    def _subscript(self, node: ast.Subscript, names: Names) -> None:
        base = of(node.value, names)
        if base is None:
            return
        if text_of(node.slice) is not None:
            base.add(dict)
            base.keys.setdefault(str(text_of(node.slice)), Guess())
        elif isinstance(node.slice, ast.Slice):
            base.add(str, list)
        else:
            base.add(list, dict, str)

    def _assign(self, target: ast.AST, value: ast.AST | None, names: Names) -> None:
        found = of(value, names)
        if isinstance(target, (ast.Tuple, ast.List)):
            parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else None
            if parts is not None and len(parts) == len(target.elts):
                for one, other in zip(target.elts, parts):
                    self._assign(one, other, names)
            elif found is not None:
                if not any(isinstance(part, ast.Starred) for part in target.elts):
                    found.width = len(target.elts)
                found.add(list)
                for part in target.elts:
                    if isinstance(part, ast.Name):
                        names[part.id] = found.items()
        elif isinstance(target, ast.Name) and found is not None:
            names[target.id] = found
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and found is not None:
            names[f"{target.value.id}.{target.attr}"] = found

    def _loop(self, target: ast.AST, iterated: ast.AST, names: Names) -> None:
        pairs = isinstance(iterated, ast.Call) and name_of(iterated.func) in ("items", "enumerate")
        if pairs and isinstance(iterated, ast.Call):
            function, given = iterated.func, iterated.args
            inner = function.value if isinstance(function, ast.Attribute) else given[0] if given else None
            found = of(inner, names)
            target = target.elts[1] if isinstance(target, ast.Tuple) and len(target.elts) == 2 else target
        else:
            found = of(iterated, names)
        if found is None:
            return
        if not (pairs and name_of(getattr(iterated, "func", None)) == "items"):
            found.add(list, str)
        if isinstance(target, ast.Name):
            names[target.id] = found.items()
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._assign(target, None, names)
            found.items().width = len(target.elts)
            found.items().add(tuple)
            for part in target.elts:
                if isinstance(part, ast.Name):
                    names[part.id] = found.items().items()

    def _operate(self, node: ast.BinOp, names: Names) -> None:
        left, right = of(node.left, names), of(node.right, names)
        found, other = (left, node.right) if left is not None else (right, node.left)
        if isinstance(node.op, ast.Mod) and (right is not None or isinstance(other, ast.Constant)):
            if left is not None and not isinstance(getattr(other, "value", ""), str):
                left.add(int, float)
        elif found is not None and isinstance(other, ast.Constant):
            found.add(type(other.value))
        elif found is not None:
            found.maybe.update(dict.fromkeys((int, float, *([str] if isinstance(node.op, ast.Add) else []))))

    def _call(self, node: ast.Call, names: Names, left: int) -> None:
        called = of(node.func, names)
        if called is not None and called is not of(getattr(node.func, "value", None), names):
            called.add(Callable)
            called.arity = max(called.arity, len(node.args))
            called.results()
        base = of(node.func.value, names) if isinstance(node.func, ast.Attribute) else None
        if base is not None and isinstance(node.func, ast.Attribute):
            if (
                node.func.attr in ("get", "pop")
                and (key := text_of(node.args[0] if node.args else None)) is not None
            ):
                base.keys.setdefault(key, Guess())
        name = name_of(node.func)
        for place, arg in enumerate(node.args):
            found = of(arg, names)
            if found is None:
                continue
            if name in ("isinstance", "issubclass") and not place and len(node.args) == 2:
                parts = node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]
                for part in parts:
                    found.classes.setdefault(ast.unparse(part))
            elif name in ("hasattr", "getattr") and not place and len(node.args) > 1:
                if (text := text_of(node.args[1])) and text not in KNOWN and not text.startswith("__"):
                    found.attributes.setdefault(text, Guess())
            elif base is None or name not in KNOWN:
                found.add(*_TAKEN_BY.get(name, ()))
        if left:
            self._follow(node, names, left)

    def _follow(self, node: ast.Call, names: Names, left: int) -> None:
        """On into a function or class of the module that gets the argument."""
        callee = _callee(node.func, self.tree, self.owner)
        if callee is None:
            return
        spec = callee.args
        params = [*spec.posonlyargs, *spec.args]
        if params and params[0].arg in ("self", "cls"):
            params = params[1:]
        by_name = {param.arg: param for param in (*params, *spec.kwonlyargs)}
        pairs = [
            *zip(params, node.args),
            *((by_name[key.arg], key.value) for key in node.keywords if key.arg in by_name),
        ]
        inner: Names = {}
        for param, value in pairs:
            found = of(value, names)
            if found is None:
                continue
            inner[param.arg] = found
            if param.annotation is not None:
                text = text_of(param.annotation)
                found.classes.setdefault(ast.unparse(param.annotation) if text is None else text)
        if inner:
            self.read(callee, inner, left - 1)

    def _compare(self, node: ast.Compare, names: Names) -> None:
        sides = [node.left, *node.comparators]
        asked = node.left
        if isinstance(asked, ast.Call) and name_of(asked.func) == "type" and len(asked.args) == 1:
            if (found := of(asked.args[0], names)) is not None:
                for part in ast.walk(node.comparators[0]):
                    if isinstance(part, ast.Name):
                        found.add(*([_BUILTINS[part.id]] if part.id in _BUILTINS else []))
        for index, op in enumerate(node.ops):
            one, other = sides[index], sides[index + 1]
            left, right = of(one, names), of(other, names)
            if isinstance(op, (ast.In, ast.NotIn)):
                _membership(one, other, left, right)
                continue
            for found, against in ((left, other), (right, one)):
                if found is None:
                    continue
                if isinstance(against, ast.Constant) and against.value is not None:
                    found.add(type(against.value))
                elif isinstance(op, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)):
                    found.add(int, float)


def _membership(one: ast.AST, other: ast.AST, left: Guess | None, right: Guess | None) -> None:
    if right is not None:
        if (key := text_of(one)) is not None:
            right.keys.setdefault(key, Guess())
            right.add(str, dict)
        else:
            right.add(list, dict)
    elif left is not None and isinstance(other, (ast.Tuple, ast.List, ast.Set)):
        left.add(*(type(item.value) for item in other.elts if isinstance(item, ast.Constant)))


def _matched(pattern: ast.AST, found: Guess) -> None:
    """What the arm of a ``match`` says about its subject."""
    if isinstance(pattern, ast.MatchClass):
        found.classes.setdefault(ast.unparse(pattern.cls))
    elif isinstance(pattern, ast.MatchMapping):
        found.add(dict)
        for key in pattern.keys:
            if (text := text_of(key)) is not None:
                found.keys.setdefault(text, Guess())
    elif isinstance(pattern, ast.MatchSequence):
        found.add(list)
        found.width = found.width or len(pattern.patterns)
        for part in pattern.patterns:
            _matched(part, found.items())
    elif isinstance(pattern, ast.MatchValue) and isinstance(pattern.value, ast.Constant):
        found.add(type(pattern.value.value))
    elif isinstance(pattern, ast.MatchOr):
        for part in pattern.patterns:
            _matched(part, found)
    elif isinstance(pattern, ast.MatchAs) and pattern.pattern is not None:
        _matched(pattern.pattern, found)


def _callee(
    function: ast.AST, tree: ast.AST | None, owner: ast.AST | None
) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    found: ast.AST | None = None
    if isinstance(function, ast.Name) and tree is not None:
        found = owner if function.id == "cls" and owner is not None else find(tree, function.id)
    elif isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        if function.value.id in ("self", "cls") and owner is not None:
            found = find(owner, function.attr)
    if isinstance(found, ast.ClassDef):
        found = find(found, "__init__")
    return found if isinstance(found, (ast.FunctionDef, ast.AsyncFunctionDef)) else None


#: Nodes that can say something about an argument.
_TELLING = (
    ast.Attribute, ast.Call, ast.Subscript, ast.Assign, ast.NamedExpr, ast.AnnAssign, ast.For, ast.AsyncFor,
    ast.comprehension, ast.Compare, ast.BinOp, ast.withitem, ast.Match,
)  # fmt: skip


@functools.lru_cache(maxsize=512)
def _telling(node: ast.AST) -> tuple[ast.AST, ...]:
    """Those in the node, in order. The methods of a class are gone through for each argument of its constructor."""
    return tuple(child for child in _in_order(node) if isinstance(child, _TELLING))


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it, as they are evaluated: the loops of a comprehension before its items."""
    yield node
    for part in getattr(node, "generators", ()):
        yield from _in_order(part)
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.comprehension):
            yield from _in_order(child)
