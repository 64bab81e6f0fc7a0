"""What an argument without annotation is, guessed from what the function does with it, its docstring and its name."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_OF_TEXT = frozenset(dir(str)) - frozenset(dir(list)) - frozenset(dir(bytes)) | {
    "split", "strip", "lower", "upper", "startswith", "endswith", "replace", "join", "encode", "title"
}  # fmt: skip
_OF_BYTES = frozenset({"decode", "hex"})
_OF_DICT = frozenset({"items", "keys", "values", "get", "setdefault", "popitem"})
_OF_LIST = frozenset({"append", "extend", "insert", "sort", "reverse", "remove"})
_OF_SET = frozenset({"add", "union", "difference", "discard", "intersection", "issubset"})
_KNOWN = (
    frozenset(dir(str))
    | frozenset(dir(bytes))
    | _OF_DICT
    | _OF_LIST
    | _OF_SET
    | frozenset(dir(int))
    | frozenset(dir(float))
)

_WORDS: dict[str, Any] = {
    "str": str, "string": str, "text": str, "unicode": str, "basestring": str, "int": int, "integer": int,
    "float": float, "number": float, "bool": bool, "boolean": bool, "list": list, "sequence": list,
    "iterable": list, "dict": dict, "mapping": dict, "dictionary": dict, "tuple": tuple, "set": set, "frozenset": frozenset, "bytes": bytes,
    "callable": Callable, "function": Callable, "none": type(None),
}  # fmt: skip

_NAMES: tuple[tuple[str, tuple[Any, ...]], ...] = (
    (r"^(is|has|should|use|allow|include|ignore|with|no|keep|strict|verbose|force|reverse)_|_?flag$|^(strict|verbose|reverse|default_on)$", (bool,)),
    (r"^(func|function|fn|callback|predicate|pred|key_?func|keyfn|condition|validator|transform|factory|callable)\d?$|_(func|fn|callback)$", (Callable,)),
    (r"^key$", (str, Callable, int)),
    (r"^(n|i|j|k|m|num|count|size|length|width|height|index|idx|limit|step|start|stop|end|times|depth|level|year|month|day|hour|minute|second|seconds|number|amount|total|max\w*|min\w*|n_?\w*|num_?\w*|indent|offset|position|pos|base)$", (int, float)),
    (r"^(x|y|z|a|b|low|high|lo|hi|value|val|rate|ratio|price|weight|percent\w*|factor)$", (int, float, str)),
    (r"^(s|str|text|string|name|word|line|path|url|uri|email|title|msg|message|pattern|prefix|suffix|sep|separator|delimiter|fmt|format|encoding|char|sentence|label|code|filename|\w*_?(str|string|text|name|path|url))$", (str,)),
    (r"^(items|lst|l|list|seq|sequence|iterable|iterables|values|elements|array|arr|xs|rows|lines|words|args|numbers|nums|collection|it)\d?$", (list,)),
    (r"^(d|dct|dict|mapping|map|options|opts|config|kwargs|params|headers|record|data|obj_dict|\w*_dict|\w*_map)\d?$", (dict, list, str)),
    (r"^(b|bytes|buf|buffer|payload|raw)$", (bytes, str)),
)  # fmt: skip


@dataclass(slots=True)
class Guess:
    """Types in the order of their likelihood, and what is read from the argument."""

    types: dict[Any, None] = field(default_factory=dict)
    #: Attributes that no built-in type has, so those of an object of its own; True where they are called.
    attributes: dict[str, bool] = field(default_factory=dict)
    keys: dict[str, None] = field(default_factory=dict)
    #: Classes named in ``isinstance``, as written.
    classes: dict[str, None] = field(default_factory=dict)

    def add(self, *types: Any) -> None:
        for kind in types:
            self.types.setdefault(kind)


def guess(node: ast.AST | None, name: str, docstring: str = "") -> Guess:
    """What the argument of that name may be."""
    found = Guess()
    for kind in documented(docstring, name):
        found.add(kind)
    if node is not None:
        for child in ast.walk(node):
            _look(child, name, found)
    for pattern, kinds in _NAMES:
        if re.search(pattern, name):
            found.add(*kinds)
            break
    return found


def documented(docstring: str, name: str) -> list[Any]:
    """Types that a docstring gives, in the Sphinx, Google and NumPy styles.

    >>> documented(":param str name: who", "name")
    [<class 'str'>]
    """
    quoted = re.escape(name)
    patterns = (
        rf":type\s+{quoted}\s*:\s*(.+)",
        rf":param\s+([\w\[\], |]+?)\s+\*{{0,2}}{quoted}\s*:",
        rf"^\s*\*{{0,2}}{quoted}\s*\(([^)]+)\)\s*:",
        rf"^\s*{quoted}\s*:\s*([\w, \[\]|]+)$",
    )
    for pattern in patterns:
        match = re.search(pattern, docstring or "", re.MULTILINE)
        if match:
            words = re.findall(r"[a-z]+", match.group(1).lower())
            kinds = [_WORDS[word] for word in words if word in _WORDS]
            if kinds:
                return list(dict.fromkeys(kinds))
    return []


def _named(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _look(node: ast.AST, name: str, found: Guess) -> None:
    if isinstance(node, ast.Attribute) and _named(node.value, name):
        _attribute(node.attr, found)
    elif isinstance(node, ast.Call):
        _call(node, name, found)
    elif isinstance(node, ast.Subscript) and _named(node.value, name):
        if isinstance(node.slice, ast.Constant) and type(node.slice.value) is str:
            found.keys.setdefault(node.slice.value)
            found.add(dict)
        elif isinstance(node.slice, ast.Slice):
            found.add(str, list)
        else:
            found.add(list, dict, str)
    elif isinstance(node, (ast.For, ast.comprehension)) and _named(node.iter, name):
        found.add(list, str)
    elif isinstance(node, ast.Compare):
        _compare(node, name, found)
    elif isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Mod):
        other = node.right if _named(node.left, name) else node.left if _named(node.right, name) else None
        if isinstance(other, ast.Constant):
            found.add(type(other.value))
        elif other is not None:
            found.add(int, float)


def _attribute(attribute: str, found: Guess) -> None:
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
    elif attribute not in _KNOWN and not attribute.startswith("__"):
        found.attributes.setdefault(attribute, False)


def _call(node: ast.Call, name: str, found: Guess) -> None:
    if _named(node.func, name):
        found.add(Callable)
        return
    if isinstance(node.func, ast.Attribute) and _named(node.func.value, name):
        if node.func.attr in found.attributes or node.func.attr not in _KNOWN:
            found.attributes[node.func.attr] = True
        if node.func.attr in ("get", "pop") and node.args and isinstance(node.args[0], ast.Constant):
            if type(node.args[0].value) is str:
                found.keys.setdefault(node.args[0].value)
        return
    if not any(_named(arg, name) for arg in node.args):
        return
    called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if called == "isinstance" and len(node.args) == 2:
        for part in node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]:
            found.classes.setdefault(ast.unparse(part))
    elif called in ("match", "search", "fullmatch", "findall", "finditer", "sub"):
        found.add(str)
    elif called in (
        "sorted",
        "list",
        "tuple",
        "set",
        "sum",
        "max",
        "min",
        "enumerate",
        "zip",
        "map",
        "iter",
        "any",
        "all",
        "reversed",
    ):
        found.add(list)
    elif called in ("len",):
        found.add(list, str)
    elif called in ("int", "float"):
        found.add(str, int, float)
    elif called in ("abs", "round", "range", "divmod", "chr"):
        found.add(int, float)
    elif called in ("ord", "loads", "Path"):
        found.add(str)
    elif called == "join":
        found.add(list)


def _compare(node: ast.Compare, name: str, found: Guess) -> None:
    sides = [node.left, *node.comparators]
    asked = node.left
    if isinstance(asked, ast.Call) and isinstance(asked.func, ast.Name) and asked.func.id == "type":
        if len(asked.args) == 1 and _named(asked.args[0], name):
            for part in ast.walk(node.comparators[0]):
                if isinstance(part, ast.Name) and part.id in _WORDS:
                    found.add(_WORDS[part.id])
    for index, op in enumerate(node.ops):
        left, right = sides[index], sides[index + 1]
        if isinstance(op, (ast.In, ast.NotIn)):
            if _named(right, name):
                if isinstance(left, ast.Constant) and type(left.value) is str:
                    found.keys.setdefault(left.value)
                    found.add(str, dict)
                else:
                    found.add(list, dict)
            elif _named(left, name) and isinstance(right, (ast.Tuple, ast.List, ast.Set)):
                for item in right.elts:
                    if isinstance(item, ast.Constant):
                        found.add(type(item.value))
            continue
        for one, other in ((left, right), (right, left)):
            if _named(one, name):
                if isinstance(other, ast.Constant) and other.value is not None:
                    found.add(type(other.value))
                elif isinstance(op, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)):
                    found.add(int, float)
