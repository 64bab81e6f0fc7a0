"""Values that the code itself names: numbers and texts that it compares with, keys that it looks up, its patterns."""

from __future__ import annotations

import ast
import datetime
import enum
import functools
import itertools
import re
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pytest_aigen.explore.definitions import Function, find
from pytest_aigen.explore.examples import Examples
from pytest_aigen.explore.pool import LONGEST, Pool
from pytest_aigen.explore.shapes import shaped, words_of

#: Methods that tell what time it is.
_PRESENT = frozenset({"now", "today", "utcnow"})


def harvest(
    tree: ast.Module,
    qualname: str,
    namespace: Mapping[str, Any],
    examples: Examples | None = None,
    depth: int = 2,
) -> Pool:
    """The constants of a function, and of the functions of its module that it calls, nearest first; with what its
    documentation and the examples of the module say.
    """
    pool = Pool()
    start = find(tree, qualname)
    owner = qualname.rpartition(".")[0]
    cls = namespace.get(owner)
    if isinstance(cls, type):
        namespace = {**namespace, "self": cls, "cls": cls}
    todo: list[tuple[ast.AST, int]] = [(start, depth)] if start is not None else []
    seen = {id(start)}
    while todo:
        node, left = todo.pop(0)
        _collect(node, pool, namespace)
        if not left:
            continue
        for name in _called(node):
            callee = find(tree, name) or (find(tree, f"{owner}.{name}") if owner else None)
            if isinstance(callee, ast.ClassDef):
                callee = find(callee, "__init__")
            if callee is not None and id(callee) not in seen:
                seen.add(id(callee))
                todo.append((callee, left - 1))
    _document(pool, tree, qualname, start)
    pool.reads_clock = reads_clock(tree)
    if examples is not None:
        pool.usual = examples.usual
        for place in (qualname, owner, ""):
            pool.documented.update(dict.fromkeys(examples.texts.get(place, ())))
    return pool


@functools.lru_cache(maxsize=8)
def reads_clock(tree: ast.Module) -> bool:
    """Whether the module asks what time it is."""
    return any(isinstance(node, ast.Attribute) and node.attr in _PRESENT for node in ast.walk(tree))


def _document(pool: Pool, tree: ast.Module, qualname: str, start: ast.AST | None) -> None:
    """What documentation there is, the nearest first; of the module its beginning."""
    parts = qualname.replace(".<locals>", "").split(".")
    pool.words = tuple(dict.fromkeys(word for part in reversed(parts) for word in words_of(part)))
    nodes: list[ast.AST] = [start] if start is not None else []
    nodes += [node for end in range(len(parts) - 1, 0, -1) if (node := find(tree, ".".join(parts[:end])))]
    texts = [ast.get_docstring(node) or "" for node in nodes if isinstance(node, (ast.ClassDef, *Function))]
    for node in ast.walk(start) if start is not None else ():
        if isinstance(node, ast.Raise) and node.exc is not None:
            texts += [
                part.value
                for part in ast.walk(node.exc)
                if isinstance(part, ast.Constant) and type(part.value) is str
            ]
    texts.append((ast.get_docstring(tree) or "").partition("\n\n")[0])
    pool.documentation = "\n".join(texts)[:4000]


def _called(node: ast.AST) -> list[str]:
    names: dict[str, None] = {}
    for child in ast.walk(node):
        if isinstance(child, ast.Call):
            if isinstance(child.func, ast.Name):
                names.setdefault(child.func.id)
            elif isinstance(child.func, ast.Attribute) and isinstance(child.func.value, ast.Name):
                if child.func.value.id in ("self", "cls"):
                    names.setdefault(child.func.attr)
        elif (
            isinstance(child, ast.Attribute)
            and isinstance(child.value, ast.Name)
            and child.value.id == "self"
        ):
            names.setdefault(child.attr)
    return list(names)


def _collect(node: ast.AST, pool: Pool, namespace: Mapping[str, Any]) -> None:
    local: dict[str, str] = {}
    for child in _code(node):
        if isinstance(child, ast.Constant):
            pool.add(child.value)
        elif isinstance(child, ast.UnaryOp) and isinstance(child.op, ast.USub):
            if isinstance(child.operand, ast.Constant) and type(child.operand.value) in (int, float):
                pool.add(-child.operand.value)  # type: ignore[operator]
        elif isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
            value = namespace.get(child.id)
            if isinstance(value, (int, float, str, bytes, list, tuple, set, frozenset, dict, re.Pattern)):
                pool.add(value)
            elif isinstance(value, type) and issubclass(value, enum.Enum):
                for member in value:
                    pool.add(member.value)
        elif isinstance(child, ast.Attribute) and isinstance(child.value, ast.Name):
            owner = namespace.get(child.value.id)
            if isinstance(owner, type) and isinstance(value := vars(owner).get(child.attr), _KEPT):
                pool.add(value)
        elif isinstance(child, ast.Assign) and isinstance(child.targets[0], ast.Name):
            if (folded := _folded(child.value, namespace, local)) is not None:
                local[child.targets[0].id] = folded
        elif isinstance(child, ast.Subscript):
            _key(child.slice, pool)
        elif isinstance(child, ast.Compare) and _asks_length(child.left):
            for length in child.comparators:
                if isinstance(length, ast.Constant) and type(length.value) is int and 0 < length.value <= 40:
                    pool.shaped.setdefault(("1234567890" * 4)[: length.value])
                    pool.shaped.setdefault(("abcdefghijklmnopqrstuvwxyz" * 2)[: length.value])
        elif isinstance(child, ast.Compare) and isinstance(child.ops[0], (ast.In, ast.NotIn)):
            _key(child.left, pool)
        elif isinstance(child, ast.Call):
            _call(child, pool, lambda part: _folded(part, namespace, local))


_KEPT = (int, float, str, bytes, list, tuple, set, frozenset, dict, re.Pattern)


def _folded(node: ast.AST, namespace: Mapping[str, Any], local: Mapping[str, str]) -> str | None:
    """The text that an expression of constants and names stands for; None for any other."""
    if isinstance(node, ast.Constant):
        return node.value if type(node.value) is str else None
    if isinstance(node, ast.Name):
        value = local.get(node.id, namespace.get(node.id))
        return value if isinstance(value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _folded(node.left, namespace, local), _folded(node.right, namespace, local)
        return None if left is None or right is None else left + right
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        form, parts = _folded(node.left, namespace, local), node.right
        given = parts.elts if isinstance(parts, ast.Tuple) else [parts]
        values = tuple(_folded(part, namespace, local) or _number(part) for part in given)
        try:
            return None if form is None else form % values
        except (TypeError, ValueError):
            return None
    if isinstance(node, ast.JoinedStr):
        pieces = [
            _folded(part.value if isinstance(part, ast.FormattedValue) else part, namespace, local)
            for part in node.values
        ]
        return None if None in pieces else "".join(filter(None, pieces))
    return None


def _number(node: ast.AST) -> int:
    """A number in a template: the number that is written there, or some."""
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else 2


def _asks_length(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"


def _key(node: ast.AST, pool: Pool) -> None:
    if isinstance(node, ast.Constant) and type(node.value) is str and len(node.value) <= LONGEST:
        pool.keys.setdefault(node.value)


_MATCHERS = ("match", "search", "fullmatch", "compile", "findall", "finditer", "split", "sub", "subn")
#: Functions that read a text -> words for what they read.
_READERS: Mapping[str, tuple[str, ...]] = {
    "loads": ("json",), "fromisoformat": ("datetime", "date", "time"), "urlparse": ("url",), "urlsplit": ("url",),
    "parse_qs": ("querystring",), "parse_qsl": ("querystring",), "literal_eval": ("expression",), "fromstring": ("xml",),
    "ip_address": ("ip",), "ip_network": ("cidr",), "inet_aton": ("ipv4",), "inet_pton": ("ip",), "UUID": ("uuid",), "Decimal": ("decimal",),
    "parsedate_tz": ("httpdate",), "parsedate": ("httpdate",), "parsedate_to_datetime": ("httpdate",), "parseaddr": ("email",), "ip_interface": ("cidr",),
    "IPv4Address": ("ipv4",), "IPv6Address": ("ipv6",), "unquote": ("urlencoded",), "unescape": ("escapes",), "b32decode": ("base64",), "Fraction": ("number",),
    "b64decode": ("base64",), "unhexlify": ("base64", "hexadecimal"), "fromhex": ("hexadecimal",),
    "read_string": ("ini",), "safe_load": ("yaml",), "shlex": ("command",), "strtobool": ("bool",), "lookup": ("encoding",),
}  # fmt: skip


def _call(node: ast.Call, pool: Pool, fold: Callable[[ast.AST], str | None]) -> None:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and type(arg.value) is str]
    if name in ("get", "pop", "setdefault", "getattr", "hasattr") and texts:
        pool.keys.setdefault(texts[0])
    elif name in _MATCHERS and node.args and _of_re(node.func):
        pattern = node.args[0].value if isinstance(node.args[0], ast.Constant) else fold(node.args[0])
        if isinstance(pattern, (str, bytes)):
            pool.pattern(pattern, _flags(node))
    elif name in ("split", "rsplit", "partition", "rpartition") and texts:
        for form in ("a{0}b", "1{0}2", "1{0}2{0}3", "a{0}b{0}c{0}d", "{0}a{0}"):
            pool.affixed.setdefault(form.format(texts[0][:20]))
    elif name in ("startswith", "removeprefix"):
        for text in _affixes(node):
            for rest in ("10", "abc", " abc"):
                pool.affixed.setdefault(text + rest)
    elif name in ("endswith", "removesuffix"):
        for text in _affixes(node):
            pool.affixed.setdefault("hello" + text)
            pool.affixed.setdefault("1" + text)
    elif name in ("strptime", "strftime"):
        for form in texts:
            if "%" in form:
                pool.shaped.setdefault(datetime.datetime(2024, 1, 15, 10, 30).strftime(form))
    elif name in ("unpack", "unpack_from", "calcsize", "Struct", "iter_unpack") and texts:
        _packed(texts[0], pool)
    elif name == "int" and len(node.args) == 2 and isinstance(node.args[1], ast.Constant):
        by_base = {"16": ("ff", "0x1f"), "2": ("101", "0b11"), "8": ("17", "0o17"), "36": ("z1",)}
        pool.shaped.update(dict.fromkeys(by_base.get(str(node.args[1].value), ())))
    elif name in _READERS:
        pool.shaped.update(dict.fromkeys(itertools.islice(shaped(_READERS[name]), 8)))


def _of_re(function: ast.AST) -> bool:
    return isinstance(function, ast.Name) or (
        isinstance(function, ast.Attribute) and getattr(function.value, "id", "") in ("re", "regex")
    )


def _flags(node: ast.Call) -> int:
    """The flags that are given by name: ``re.X | re.IGNORECASE``."""
    names = [
        part.attr
        for arg in [*node.args[1:], *(key.value for key in node.keywords)]
        for part in ast.walk(arg)
        if isinstance(part, ast.Attribute)
    ]
    return sum(
        {int(getattr(re, name)) for name in names if isinstance(getattr(re, name, None), re.RegexFlag)}
    )


def _affixes(node: ast.Call) -> list[str]:
    parts = node.args[0].elts if node.args and isinstance(node.args[0], ast.Tuple) else node.args[:1]
    return [part.value for part in parts if isinstance(part, ast.Constant) and type(part.value) is str]


def _packed(form: str, pool: Pool) -> None:
    """Bytes of the size that the format takes: counted up, and of zeros."""
    try:
        size = struct.calcsize(form)
    except struct.error:
        return
    if size <= LONGEST:
        pool.bytes.update(
            dict.fromkeys((bytes(range(1, size + 1)), bytes(size), bytes(range(1, size)), b"\xff" * size))
        )


def _code(node: ast.AST) -> Iterable[ast.AST]:
    """What is executed: no docstrings, no messages of ``raise``, no annotations, no decorators."""
    stack: list[ast.AST] = [node]
    while stack:
        child = stack.pop(0)
        yield child
        if isinstance(child, ast.Raise):
            continue
        parts: list[ast.AST] = list(ast.iter_child_nodes(child))
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            parts = list(child.body)
            if not isinstance(child, ast.ClassDef):
                parts += [default for default in (*child.args.defaults, *child.args.kw_defaults) if default]
        elif isinstance(child, ast.AnnAssign):
            parts = [child.target, *([child.value] if child.value else [])]
        elif isinstance(child, ast.JoinedStr):
            parts = [part for part in parts if isinstance(part, ast.FormattedValue)]
        stack[:0] = [
            part
            for part in parts
            if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
        ]
