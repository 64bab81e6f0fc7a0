"""Which names mean what: names that statements bind, names of the module's own scope, fixtures that are asked for.

Everything here reads `ast` trees; nothing is changed.
"""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from pytest_aigen.trees import nodes

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)

#: Calls whose string arguments are names of fixtures.
ASKING = frozenset({"usefixtures", "getfixturevalue", "lazy_fixture", "lf"})
_OTHER_SCOPE = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def parse(text: str) -> ast.Module:
    """The tree of a module; SyntaxError for anything that is none. Warnings about its code are not ours to give."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (ValueError, RecursionError, MemoryError) as exc:
            raise SyntaxError(str(exc)) from exc


def check_compiles(text: str, name: str) -> None:
    """Raises SyntaxError unless Python accepts the module."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, name, "exec", dont_inherit=True)
        except (ValueError, RecursionError, MemoryError) as exc:
            raise SyntaxError(str(exc)) from exc


def bound_names(node: ast.AST) -> Iterator[str]:
    """Names that a statement binds in the scope it stands in: ``import a.b, c as d`` gives ``a``, ``d``."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
            return
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            yield from (a.asname or a.name.partition(".")[0] for a in aliases if a.name != "*")
            return
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
    if isinstance(node, _OTHER_SCOPE):
        return
    for child in ast.iter_child_nodes(node):
        yield from bound_names(child)


def stem(name: str) -> str:
    """The name without the number that keeps it apart: ``test_x`` for ``test_x_2``."""
    return re.sub(r"(?<=.)_\d+\Z", "", name)


def number_pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Matches the names, with whatever number."""
    stems = sorted({stem(name) for name in names})
    return re.compile(rf"\b({'|'.join(map(re.escape, stems))})(_\d+)?\b")


def is_type_checking(node: ast.AST) -> bool:
    """``if TYPE_CHECKING:`` and ``if typing.TYPE_CHECKING:``."""
    if not isinstance(node, ast.If):
        return False
    test = node.test
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def global_names(text: str) -> frozenset[str]:
    """Names that the code refers to in its module's scope, or in the builtins."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        top = symtable.symtable(text, "<code>", "exec")
    found: set[str] = set()
    tables = [top]
    while tables:
        table = tables.pop()
        tables.extend(table.get_children())
        for symbol in table.get_symbols():
            if symbol.is_referenced() if table is top else symbol.is_global():
                found.add(symbol.get_name())
    return frozenset(found)


def called(node: ast.AST) -> str:
    """The last part of the name of what is called or named: ``pytest.fixture(x)`` gives ``fixture``."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def fixture_name(node: ast.AST) -> str | None:
    """The name under which a function is a fixture, None if it is none."""
    if not isinstance(node, FUNCTION):
        return None
    for decorator in node.decorator_list:
        if called(decorator).endswith("fixture"):
            if isinstance(decorator, ast.Call):
                for keyword in decorator.keywords:
                    if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                        return str(keyword.value.value)
            return node.name
    return None


def parameters(node: Function) -> Iterator[str]:
    for group in (node.args.posonlyargs, node.args.args, node.args.kwonlyargs):
        yield from (arg.arg for arg in group)


def fixture_requests(tree: ast.AST) -> frozenset[str]:
    """Names by which functions may ask for fixtures: parameters, ``usefixtures("x")``, ``getfixturevalue("x")``."""
    found: set[str] = set()
    for node in nodes(tree):
        if isinstance(node, FUNCTION):
            found.update(parameters(node))
        elif isinstance(node, ast.Call) and called(node) in ASKING:
            found.update(
                a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)
            )
    return frozenset(found)


def annotation_words(tree: ast.AST) -> frozenset[str]:
    """Words of annotations that are written as strings."""
    found: set[str] = set()
    for node in nodes(tree):
        notes = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        for note in filter(None, notes):
            for part in ast.walk(note):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    found.update(re.findall(r"\w+", part.value))
    return frozenset(found)


def first_line(node: ast.stmt) -> int:
    """The first line of a statement, decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def last_line(node: ast.stmt | ast.expr) -> int:
    assert node.end_lineno is not None, "ast.parse sets it"
    return node.end_lineno
