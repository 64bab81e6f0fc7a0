"""Methods that are called by an operator, a statement or a function: what calls them, and how that is written."""

from __future__ import annotations

import copy
import math
import operator
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Operator:
    """How a method is reached without its name."""

    call: Callable[..., Any]
    #: ``{0}`` is the receiver, ``{1}`` and ``{2}`` are arguments.
    text: str
    #: Has no value, so nothing can be said about its result.
    statement: bool = False
    #: What the text needs imported.
    module: str = ""

    @property
    def arity(self) -> int:
        """Arguments besides the receiver."""
        return sum(f"{{{place}}}" in self.text for place in (1, 2))


def _again(receiver: Any) -> Any:
    return pickle.loads(pickle.dumps(receiver))


_ARITHMETIC = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "matmul": "@",
    "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
}  # fmt: skip


def _swapped(call: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda receiver, other: call(other, receiver)


def _plain(name: str) -> Callable[[Any, Any], Any]:
    found: Callable[[Any, Any], Any] = getattr(operator, f"__{name}__")
    return found


OPERATORS: dict[str, Operator] = {
    "__len__": Operator(len, "len({0})"),
    "__str__": Operator(str, "str({0})"),
    "__repr__": Operator(repr, "repr({0})"),
    "__bytes__": Operator(bytes, "bytes({0})"),
    "__format__": Operator(format, "format({0}, {1})"),
    "__bool__": Operator(bool, "bool({0})"),
    "__hash__": Operator(hash, "hash({0})"),
    "__int__": Operator(int, "int({0})"),
    "__float__": Operator(float, "float({0})"),
    "__complex__": Operator(complex, "complex({0})"),
    "__index__": Operator(operator.index, "operator.index({0})", module="operator"),
    "__round__": Operator(round, "round({0})"),
    "__trunc__": Operator(math.trunc, "math.trunc({0})", module="math"),
    "__floor__": Operator(math.floor, "math.floor({0})", module="math"),
    "__ceil__": Operator(math.ceil, "math.ceil({0})", module="math"),
    "__abs__": Operator(abs, "abs({0})"),
    "__neg__": Operator(operator.neg, "-{0}"),
    "__pos__": Operator(operator.pos, "+{0}"),
    "__invert__": Operator(operator.invert, "~{0}"),
    "__divmod__": Operator(divmod, "divmod({0}, {1})"),
    "__rdivmod__": Operator(_swapped(divmod), "divmod({1}, {0})"),
    "__iter__": Operator(iter, "iter({0})"),
    "__next__": Operator(next, "next({0})"),
    "__reversed__": Operator(reversed, "reversed({0})"),
    "__anext__": Operator(anext, "anext({0})"),
    "__eq__": Operator(operator.eq, "{0} == {1}"),
    "__ne__": Operator(operator.ne, "{0} != {1}"),
    "__lt__": Operator(operator.lt, "{0} < {1}"),
    "__le__": Operator(operator.le, "{0} <= {1}"),
    "__gt__": Operator(operator.gt, "{0} > {1}"),
    "__ge__": Operator(operator.ge, "{0} >= {1}"),
    "__contains__": Operator(operator.contains, "{1} in {0}"),
    "__getitem__": Operator(operator.getitem, "{0}[{1}]"),
    "__missing__": Operator(operator.getitem, "{0}[{1}]"),
    "__setitem__": Operator(operator.setitem, "{0}[{1}] = {2}", statement=True),
    "__delitem__": Operator(operator.delitem, "del {0}[{1}]", statement=True),
    "__getattr__": Operator(getattr, "getattr({0}, {1})"),
    "__setattr__": Operator(setattr, "setattr({0}, {1}, {2})"),
    "__delattr__": Operator(delattr, "delattr({0}, {1})"),
    "__copy__": Operator(copy.copy, "copy.copy({0})", module="copy"),
    "__deepcopy__": Operator(copy.deepcopy, "copy.deepcopy({0})", module="copy"),
    "__reduce__": Operator(_again, "pickle.loads(pickle.dumps({0}))", module="pickle"),
    "__reduce_ex__": Operator(_again, "pickle.loads(pickle.dumps({0}))", module="pickle"),
    "__setstate__": Operator(_again, "pickle.loads(pickle.dumps({0}))", module="pickle"),
    "__instancecheck__": Operator(lambda cls, value: isinstance(value, cls), "isinstance({1}, {0})"),
    "__subclasscheck__": Operator(lambda cls, value: issubclass(value, cls), "issubclass({1}, {0})"),
    **{f"__{name}__": Operator(_plain(name), f"{{0}} {sign} {{1}}") for name, sign in _ARITHMETIC.items()},
    **{
        f"__r{name}__": Operator(_swapped(_plain(name)), f"{{1}} {sign} {{0}}")
        for name, sign in _ARITHMETIC.items()
    },
    **{
        f"__i{name}__": Operator(_plain(f"i{name}"), f"{{0}} {sign}= {{1}}", statement=True)
        for name, sign in _ARITHMETIC.items()
    },
}
#: Operators whose other side is mostly of the same class.
BINARY = frozenset(
    f"__{side}{name}__" for name in _ARITHMETIC for side in ("", "r", "i")
) | {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"}  # fmt: skip
#: Called by ``with``.
ENTERING = frozenset({"__enter__", "__exit__"})
#: Called by ``async with``.
AWAITING = frozenset({"__aenter__", "__aexit__"})
#: Operators that change the receiver: an object in a state of its own before the call.
CHANGING = ("__setitem__", "__delitem__", "__enter__", "__next__", "__setattr__")
