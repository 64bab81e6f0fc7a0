"""Which part of an argument an expression stands for: the argument itself, an attribute, an item, what it returns."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any, TypeAlias

_OF_TEXT = frozenset(dir(str)) - frozenset(dir(list)) - frozenset(dir(bytes)) | {
    "split", "strip", "lower", "upper", "startswith", "endswith", "replace", "join", "encode", "title"
}  # fmt: skip
#: Of a text they give a text again: what is asked of the result is asked of the text.
_STILL_TEXT = frozenset({"strip", "lstrip", "rstrip", "lower", "upper", "replace", "title", "casefold", "encode", "decode", "expandtabs"})  # fmt: skip
_OF_BYTES = frozenset({"decode", "hex"})
_OF_DICT = frozenset({"items", "keys", "values", "get", "setdefault", "popitem"})
_OF_LIST = frozenset({"append", "extend", "insert", "sort", "reverse", "remove"})
_OF_SET = frozenset({"add", "union", "difference", "discard", "intersection", "issubset"})
KNOWN = (
    frozenset(dir(str)) | frozenset(dir(bytes)) | _OF_DICT | _OF_LIST | _OF_SET
    | frozenset(dir(int)) | frozenset(dir(float))
)  # fmt: skip
_WHOLE = frozenset({"list", "tuple", "sorted", "reversed", "iter", "set", "frozenset", "enumerate", "str", "copy", "deepcopy", "dict", "cast"})  # fmt: skip
Names: TypeAlias = "dict[str, Guess]"


@dataclass(slots=True)
class Guess:
    """Types in the order of their likelihood, and what is read from the argument."""

    types: dict[Any, None] = field(default_factory=dict)
    #: Types that fit as well as many others would.
    maybe: dict[Any, None] = field(default_factory=dict)
    #: Attributes that no built-in type has, so those of an object of its own, with what is done with each.
    attributes: Names = field(default_factory=dict)
    keys: Names = field(default_factory=dict)
    #: Classes named in ``isinstance``, in annotations of functions that it is passed to, in the docstring: as written.
    classes: dict[str, None] = field(default_factory=dict)
    #: What iterating over it or looking into it gives.
    item: Guess | None = None
    #: What calling it gives, and with how many arguments it is called.
    result: Guess | None = None
    arity: int = 0
    #: Into how many names it is unpacked.
    width: int = 0

    def add(self, *types: Any) -> None:
        for kind in types:
            self.types.setdefault(kind)

    def items(self) -> Guess:
        """The guess for its items."""
        if self.item is None:
            self.item = Guess()
        return self.item

    def results(self) -> Guess:
        """The guess for what it returns when it is called."""
        if self.result is None:
            self.result = Guess()
        return self.result

    @property
    def known(self) -> bool:
        """Whether anything was found out."""
        return bool(
            self.types
            or self.maybe
            or self.attributes
            or self.keys
            or self.classes
            or self.item
            or self.result
        )


def of(node: ast.AST | None, names: Names) -> Guess | None:
    """The guess that the expression stands for; None for what has nothing to do with the argument."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        if isinstance(node.value, ast.Name) and f"{node.value.id}.{node.attr}" in names:
            return names[f"{node.value.id}.{node.attr}"]
        base = of(node.value, names)
        if base is None or node.attr in KNOWN or node.attr.startswith("__"):
            return None
        return base.attributes.setdefault(node.attr, Guess())
    if isinstance(node, ast.Subscript):
        base = of(node.value, names)
        if base is None or isinstance(node.slice, ast.Slice):
            return base
        key = text_of(node.slice)
        return base.items() if key is None else base.keys.setdefault(key, Guess())
    if isinstance(node, ast.Call):
        return _of_call(node, names)
    if isinstance(node, ast.BoolOp):
        return next((found for value in node.values if (found := of(value, names))), None)
    if isinstance(node, ast.IfExp):
        return of(node.body, names) or of(node.orelse, names)
    if isinstance(node, (ast.NamedExpr, ast.Starred, ast.Await)):
        return of(node.value, names)
    return None


def _of_call(node: ast.Call, names: Names) -> Guess | None:
    function, first = node.func, node.args[0] if node.args else None
    if isinstance(function, ast.Attribute):
        base = of(function.value, names)
        if base is not None:
            if function.attr in _STILL_TEXT or function.attr == "copy":
                return base
            if function.attr in ("get", "pop", "setdefault") and (key := text_of(first)) is not None:
                return base.keys.setdefault(key, Guess())
            if function.attr == "values":
                return base.items()
            if function.attr in KNOWN or function.attr.startswith("__"):
                return None
            return base.attributes.setdefault(function.attr, Guess()).results()
    if name_of(function) in _WHOLE:
        return of(node.args[-1] if name_of(function) == "cast" else first, names)
    found = of(function, names)
    return None if found is None else found.results()


def attribute_of(attribute: str, found: Guess) -> None:
    """Note that the attribute is read."""
    if attribute in _OF_DICT:
        found.add(dict)
    elif attribute in _OF_TEXT:
        found.add(str)
    elif attribute in _OF_BYTES:
        found.add(bytes)
    elif attribute in _OF_LIST:
        found.add(list)
    elif attribute in _OF_SET:
        found.add(set)
    elif attribute not in KNOWN and not attribute.startswith("__"):
        found.attributes.setdefault(attribute, Guess())


def text_of(node: ast.AST | None) -> str | None:
    """The text that is written there."""
    return node.value if isinstance(node, ast.Constant) and type(node.value) is str else None


def name_of(node: ast.AST | None) -> str:
    """The last part of a dotted name."""
    return node.id if isinstance(node, ast.Name) else str(getattr(node, "attr", ""))
