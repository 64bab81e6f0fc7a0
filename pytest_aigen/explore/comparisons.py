"""What the code under test compared in a call: both operands, so that a search can put one in the other's place.

The functions of a module get code in which comparisons and look-ups go through a recorder; lines, closures and defaults
stay. Only in processes that search: what is observed and what is run as a test is the code as it is. The idea is that of
REDQUEEN (Aschermann et al., NDSS 2019), which records the operands of compare instructions of binaries.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import functools
import itertools
import operator
import types
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

Operation: TypeAlias = Literal[
    "==", "!=", "<", "<=", ">", ">=", "in", "not in", "startswith", "endswith", "has", "item"
]
#: The line, and a number of its own.
Site: TypeAlias = tuple[int, int]
#: What tells a function's code from that of the others: its name, its first line, its free variables.
_Place: TypeAlias = tuple[str, int, tuple[str, ...]]


class Compared(NamedTuple):
    """One comparison: ``left == right``, ``left in right``, ``left.startswith(right)``, ``left.get(right)``."""

    site: Site
    operation: Operation
    left: Any
    right: Any
    outcome: bool


_OPERATORS: Mapping[type[ast.cmpop], Operation] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_COMPUTE: Mapping[Operation, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
#: The names of this module: how its frames are told from those of a call.
NAMES: Mapping[str, Any] = globals()
#: Methods whose answer depends on how the object and the first argument compare.
_METHODS: Mapping[str, Operation] = {
    "startswith": "startswith",
    "endswith": "endswith",
    "get": "has",
    "pop": "has",
    "setdefault": "has",
    "find": "has",
    "index": "has",
    "count": "has",
    "split": "has",
    "partition": "has",
    "rpartition": "has",
}
_SCALARS = (str, int, float, bytes, bool)
_CONTAINERS: tuple[type, ...] = (tuple, list, set, frozenset, dict, type({}.keys()))
_CACHED = type(functools.lru_cache(len))
_MOST = 200
#: Values of a container, and characters of a text, that are kept.
_LARGEST, _LONGEST = 40, 400
#: Of a whole number: larger ones become floats no more, nor text, and are what code computed from others.
_BITS = 256
#: Names under which the recorder is a builtin: one underscore, or classes would mangle them.
_SAW, _ASKED, _ITEM = "_aigen_saw", "_aigen_asked", "_aigen_item"


class Comparisons:
    """Records what was compared since `clear`."""

    def __init__(self) -> None:
        self.seen: list[Compared] = []

    def clear(self) -> None:
        """Forget what was recorded."""
        self.seen.clear()

    def install(self, module: types.ModuleType, source: bytes, filenames: Collection[str]) -> int:
        """Give the functions of the module code that records. How many got it."""
        filename = min(filenames, default="")
        codes = recording(source, filename)
        vars(builtins).update({_SAW: self._saw, _ASKED: self._asked, _ITEM: self._item})
        changed = 0
        for function in _functions(module):
            old = function.__code__
            new = codes.get((old.co_name, old.co_firstlineno, old.co_freevars))
            if old.co_filename in filenames and new is not None:
                function.__code__ = new.replace(co_filename=old.co_filename)
                changed += 1
        return changed

    def _saw(self, line: int, number: int, operation: Operation, left: Any, right: Any) -> Any:
        # As few frames as can be: this is what a search does most.
        if operation == "in":
            result: Any = left in right
        elif operation == "not in":
            result = left not in right
        else:
            result = _COMPUTE[operation](left, right)
        if (result is True or result is False) and len(self.seen) < _MOST:
            self._note((line, number), operation, left, right, result)
        return result

    def _asked(self, line: int, number: int, name: str, owner: Any, *args: Any, **kwargs: Any) -> Any:
        if args and len(self.seen) < _MOST and type(owner) in (str, bytes, dict):
            operation, right = _METHODS[name], args[0]
            try:
                outcome = getattr(owner, name)(right) if operation != "has" else right in owner
            except TypeError:
                pass
            else:
                self._note((line, number), operation, owner, right, outcome)
        return getattr(owner, name)(*args, **kwargs)

    def _item(self, line: int, number: int, owner: Any, key: Any) -> Any:
        if type(owner) is dict and len(self.seen) < _MOST and isinstance(key, _SCALARS):
            self._note((line, number), "item", owner, key, key in owner)
        return owner[key]

    def _note(self, site: Site, operation: Operation, left: Any, right: Any, outcome: bool) -> None:
        one = left if type(left) is str and len(left) <= _LONGEST else _kept(left)
        if one is None:
            return
        two = right if type(right) is str and len(right) <= _LONGEST else _kept(right)
        if two is not None:
            self.seen.append(Compared(site, operation, one, two, outcome))


def _kept(value: Any) -> Any:
    """A copy that stays as it is; None for what is of no use."""
    kind = type(value)
    is_one = kind in _SCALARS
    if not is_one and not (kind in _CONTAINERS and len(value) <= _LARGEST):
        return None
    # Not by a function, as that would be a frame for each item.
    kept = []
    for item in (value,) if is_one else value:
        of_item = type(item)
        if of_item is str or of_item is bytes:
            if len(item) <= _LONGEST:
                kept.append(item)
        elif of_item is int:
            if item.bit_length() <= _BITS:
                kept.append(item)
        elif of_item in _SCALARS:
            kept.append(item)
    if is_one:
        return kept[0] if kept else None
    return tuple(sorted(kept, key=repr)) if kind in (set, frozenset) else tuple(kept)


def _functions(module: types.ModuleType) -> Iterator[types.FunctionType]:
    """Functions that can be reached from the module's names: methods, what is wrapped, what closures hold."""
    seen: set[int] = set()
    left: list[Any] = list(vars(module).values())
    while left:
        value = left.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, types.FunctionType):
            yield value
            for cell in value.__closure__ or ():
                with contextlib.suppress(ValueError):  # empty
                    left.append(cell.cell_contents)
            left.append(vars(value).get("__wrapped__"))
        elif isinstance(value, type):
            if value.__module__ == module.__name__:
                left += vars(value).values()
        elif isinstance(value, (staticmethod, classmethod, types.MethodType)):
            left.append(value.__func__)
        elif isinstance(value, property):
            left += [value.fget, value.fset, value.fdel]
        elif isinstance(value, (functools.partial, functools.cached_property)):
            left.append(value.func)
        elif type(value) in (list, tuple, set, frozenset):
            left += list(value)[:_LARGEST]
        elif type(value) is dict:
            left += list(value.values())[:_LARGEST]
        elif type(value) is _CACHED:
            left.append(value.__wrapped__)


@functools.lru_cache(maxsize=8)
def recording(source: bytes, filename: str) -> Mapping[_Place, types.CodeType]:
    """The code of a module's functions as it records; empty for a text that cannot be compiled."""
    try:
        code = compile(_instrumented(source), filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    return {(each.co_name, each.co_firstlineno, each.co_freevars): each for each in _codes(code)}


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield each
            yield from _codes(each)


def _instrumented(source: bytes) -> ast.Module:
    """The module with bodies of functions that record."""
    changed: ast.Module = _Functions(itertools.count()).visit(ast.parse(source))
    return ast.fix_missing_locations(changed)


class _Functions(ast.NodeTransformer):
    """Instruments bodies; decorators, defaults and annotations stay."""

    def __init__(self, numbers: Iterator[int]) -> None:
        self.numbers = numbers

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        return self.body(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        return self.body(node)

    def body(self, node: Any) -> Any:
        """Instrument the statements of a function."""
        expressions = _Expressions(self.numbers)
        node.body = [expressions.visit(statement) for statement in node.body]
        return node


class _Expressions(_Functions):
    """Instruments what stands in a body."""

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return _Functions(self.numbers).generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        operands = [node.left, *node.comparators]
        if any(type(each) not in _OPERATORS for each in node.ops):
            return node
        if not all(isinstance(each, (ast.Name, ast.Constant)) for each in operands[1:-1]):
            return node  # what stands in the middle is evaluated once
        parts = [
            self._call(node, _SAW, ast.Constant(_OPERATORS[type(each)]), left, right)
            for each, left, right in zip(node.ops, operands, operands[1:])
        ]
        return parts[0] if len(parts) == 1 else ast.copy_location(ast.BoolOp(ast.And(), parts), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        function = node.func
        if not isinstance(function, ast.Attribute) or function.attr not in _METHODS:
            return node
        if not node.args or isinstance(node.args[0], ast.Starred):
            return node
        name = ast.Constant(function.attr)
        return self._call(node, _ASKED, name, function.value, *node.args, keywords=node.keywords)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load) or isinstance(node.slice, (ast.Slice, ast.Tuple)):
            return node
        return self._call(node, _ITEM, node.value, node.slice)

    def _call(
        self, node: ast.expr, name: str, *args: ast.expr, keywords: Sequence[ast.keyword] = ()
    ) -> ast.expr:
        where = [ast.Constant(node.lineno), ast.Constant(next(self.numbers))]
        call = ast.Call(ast.Name(name, ast.Load()), [*where, *args], list(keywords))
        for new in (call, call.func, *where):
            ast.copy_location(new, node)
        return call
