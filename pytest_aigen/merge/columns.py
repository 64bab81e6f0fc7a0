"""What the columns of a table are called: after the parameters that they are given for, or what is expected."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Mapping, Sequence

from pytest_aigen.merge.scope import FUNCTION, Function, called, parameters
from pytest_aigen.merge.shape import Slot

#: Calls that say nothing about what is given to them.
_WRAPPERS = frozenset({"approx", "escape", "list", "sorted", "str", "len", "run", "islice"})
_VALUE = "value"


def names_of(
    slots: Sequence[Slot], test: Function, signatures: Mapping[str, Sequence[str]]
) -> list[str] | None:
    """One name per slot, the same for slots that always hold the same; None where they would not read.

    ``test`` is the first of the tests that the slots belong to.
    """
    taken = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)} | {
        *parameters(test),
        "request",
    }
    found: dict[str, Slot] = {}
    names: list[str] = []
    for slot in slots:
        name = _name(slot, signatures) or _VALUE
        if name in found and _dumps(found[name]) != _dumps(slot):
            name = f"expected_{name}" if is_expected(slot) else ""
        if name in taken and not is_assigned(slot):
            name = f"given_{name}"
        if not name.isidentifier() or keyword.iskeyword(name):
            return None
        if name in found and _dumps(found[name]) != _dumps(slot):
            return None
        found.setdefault(name, slot)
        names.append(name)
    return names


def _dumps(slot: Slot) -> list[str]:
    return [ast.dump(literal) for literal in slot.literals]


def is_assigned(slot: Slot) -> bool:
    """Whether the literal is all that a variable is set to: ``text = "a"``."""
    parent = slot.around[-1] if slot.around else None
    return (
        isinstance(parent, ast.Assign)
        and len(parent.targets) == 1
        and isinstance(parent.targets[0], ast.Name)
    )


def is_expected(slot: Slot) -> bool:
    """Whether it stands on the right of a comparison."""
    chain: list[ast.AST] = [*slot.around, slot.literals[0]]
    return any(
        isinstance(node, ast.Compare) and chain[place + 1] is not node.left
        for place, node in enumerate(chain[:-1])
    )


def _name(slot: Slot, signatures: Mapping[str, Sequence[str]]) -> str:
    """The name of the innermost thing around the literal that has one for it; empty where nothing has."""
    chain: list[ast.AST] = [*slot.around, slot.literals[0]]
    for place in range(len(chain) - 2, -1, -1):
        parent, child = chain[place], chain[place + 1]
        match parent:
            case ast.keyword(arg=str(name)):
                return "message" if name == "match" else name.strip("_")
            case ast.Call(args=args) if child in args:
                if called(parent) in _WRAPPERS:
                    continue
                known = signatures.get(called(parent), ())
                index = args.index(child)
                return known[index].strip("_") if index < len(known) else ""
            case ast.Compare(left=left, ops=[op]):
                return _compared(left, op, is_left=child is left)
            case ast.Assign(targets=[ast.Name(id=name)]):
                return name
            case ast.Subscript(slice=inner) if inner is child:
                return "key"
            case ast.keyword() | ast.List() | ast.Tuple() | ast.Dict() | ast.Set() | ast.Await():
                continue
            case _:
                return ""
    return ""


def _compared(left: ast.expr, op: ast.cmpop, *, is_left: bool) -> str:
    if is_left:
        return "part" if isinstance(op, (ast.In, ast.NotIn)) else ""
    if isinstance(left, ast.Attribute):
        if isinstance(left.value, ast.Name):
            return left.attr.strip("_")
        if left.attr in ("out", "err") and called(left.value) == "readouterr":
            return "output" if left.attr == "out" else "errors"
    return "expected"


def signatures(source: str, qualname: str) -> dict[str, list[str]]:
    """The parameters of what a module defines, by the last part of its name; of two of a name that of ``qualname``.

    >>> signatures("def total(prices, *, vat=0): ...\\nclass Basket:\\n    def add(self, item): ...\\n", "total")
    {'total': ['prices'], 'Basket': [], 'add': ['item']}
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    found: dict[str, list[str]] = {}
    sure: set[str] = set()
    for name, own in _signatures(tree.body, ()):
        last = name[-1]
        if last in found and found[last] != own and last not in sure:
            found[last] = []  # nobody knows which of them is meant
        else:
            found.setdefault(last, own)
        if ".".join(name) == qualname:
            found[last] = own
            sure.add(last)
    return found


def _signatures(body: Sequence[ast.stmt], inside: tuple[str, ...]) -> list[tuple[tuple[str, ...], list[str]]]:
    found = []
    for statement in body:
        if isinstance(statement, FUNCTION):
            own = [arg.arg for arg in (*statement.args.posonlyargs, *statement.args.args)]
            is_static = any(called(d) == "staticmethod" for d in statement.decorator_list)
            if inside and not is_static:
                own = own[1:]
            found.append(((*inside, statement.name), own))
            if inside and statement.name == "__init__":
                found.append((inside, own))
        elif isinstance(statement, ast.ClassDef):
            name = (*inside, statement.name)
            makers = [s for s in statement.body if isinstance(s, FUNCTION) and s.name == "__init__"]
            if not makers:
                found.append((name, _fields(statement)))
            found += _signatures(statement.body, name)
    return found


def _fields(node: ast.ClassDef) -> list[str]:
    """Of a dataclass or the like: what it is made from."""
    return [
        s.target.id
        for s in node.body
        if isinstance(s, ast.AnnAssign)
        and isinstance(s.target, ast.Name)
        and not re.search(r"\bClassVar\b", ast.unparse(s.annotation))
    ]
