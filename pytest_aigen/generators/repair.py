"""Repairs by rule, which cost no request: what a reply gets wrong in ways that have one remedy.

Each rule looks at the syntax tree of a source text and describes edits; `mend` applies one rule after another.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence

from pytest_aigen.data import Context
from pytest_aigen.edits import Edits
from pytest_aigen.generators import known, modules, scope
from pytest_aigen.generators.private import rename_private
from pytest_aigen.generators.reply import parses
from pytest_aigen.generators.waiting import mark_async
from pytest_aigen.generators.where import correct_imports, correct_strings, folders

Rule = Callable[[ast.Module, Edits, Context], None]
#: Fixtures that come with pytest and its most common plugins.
_FIXTURES = {
    "monkeypatch", "tmp_path", "tmpdir", "capsys", "capfd", "caplog", "request", "recwarn", "tmp_path_factory",
    "mocker", "event_loop", "capsysbinary",
}  # fmt: skip
_CLASS_HEAD = re.compile(r"class\s+(\w+)")
_HEAD = re.compile(r"(?:async\s+)?def\s+\w+\s*\(")


def mend(source: str, context: Context) -> str:
    """The source text with every rule applied; a rule whose result does not parse is left out."""
    for rule in RULES:
        edits = Edits(source)
        rule(ast.parse(source), edits, context)
        if edits and parses(after := edits.apply()):
            source = after
    return source


def binding(name: str, attributes: frozenset[str], context: Context) -> str | None:
    """How a test imports a name that its reply used and did not bind; None where more than one thing may be meant.

    The module under test comes first, then what that module imports itself, then what is the same everywhere.
    """
    if name in context.names:
        return context.names[name]
    if name in (imported := _imports_of(context.outline)):
        return imported[name]
    module = context.target.module
    package, _, last = module.rpartition(".")
    if name == last and package:
        return f"from {package} import {last}"
    if name == module.partition(".")[0]:
        return f"import {module}"
    return known.statement(
        name, attributes, installed=frozenset(tool.partition(":")[0] for tool in context.tools)
    )


def _imports_of(outline: str) -> dict[str, str]:
    """The imports of the module under test, by the name they bind."""
    found: dict[str, str] = {}
    for line in outline.split("\n"):
        if line.startswith(("import ", "from ")) and "(" not in line and parses(line):
            for node in ast.parse(line).body:
                if (
                    isinstance(node, (ast.Import, ast.ImportFrom))
                    and getattr(node, "module", "") != "__future__"
                ):
                    for alias in node.names:
                        single = type(node)(**{**dict(ast.iter_fields(node)), "names": [alias]})
                        found[alias.asname or alias.name.partition(".")[0]] = ast.unparse(single)
    found.pop("*", None)
    return found


# -------------------------------------------------------------------------------------------------- the rules


def drop_pasted(tree: ast.Module, edits: Edits, context: Context) -> None:
    """A definition of the module under test that the reply repeats: the real one is to be tested."""
    for node in tree.body:
        if (
            isinstance(node, (*scope.FUNCTION, ast.ClassDef))
            and _is_of_project(node.name, context)
            and not scope.is_test(node)
            and not scope.is_test_class(node)
            and scope.fixture_decorator(node) is None
            and not _builds_on(node, node.name)
        ):
            edits.splice(*edits.whole(node), "")


def _is_of_project(name: str, context: Context) -> bool:
    """Whether the module under test has this name, its own or from another module of the project."""
    words = context.names.get(name, "").split()
    return len(words) > 1 and words[1].partition(".")[0] == context.target.module.partition(".")[0]


def _builds_on(node: ast.stmt, name: str) -> bool:
    """Whether a definition takes the real thing of its own name from somewhere, as a wrapper or a subclass does."""
    return any(
        (isinstance(n, ast.Attribute) and n.attr == name)
        or (isinstance(n, (ast.Import, ast.ImportFrom)) and any(a.name == name for a in n.names))
        for n in ast.walk(node)
    ) or (
        isinstance(node, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id == name for b in node.bases)
    )


def collect_classes(tree: ast.Module, edits: Edits, context: Context) -> None:
    """A class of tests whose name pytest would not collect."""
    for node in tree.body:
        if (
            isinstance(node, ast.ClassDef)
            and not node.name.startswith("Test")
            and not scope.is_unittest(node)
            and scope.is_test_class(node)
            and not [base for base in node.bases if scope.dotted(base) != "object"]
            and (match := _CLASS_HEAD.match(edits.source, edits.start(node)))
        ):
            edits.splice(match.start(1), match.end(1), "Test" + node.name)


def mend_self(tree: ast.Module, edits: Edits, context: Context) -> None:
    """A method without ``self``, and a function with one."""
    for owner, function in _functions(tree.body, None):
        arguments = scope.parameters(function)
        if owner is None:
            takes = bool(arguments) and arguments[0].arg == "self"
            if takes and _is_ours(function) and not _uses(function, "self"):
                end = edits.start(arguments[1]) if len(arguments) > 1 else edits.end(arguments[0])
                edits.splice(edits.start(arguments[0]), end, "")
        elif _lacks_self(function, context) and (match := _HEAD.match(edits.source, edits.start(function))):
            others = arguments or function.args.vararg or function.args.kwarg
            edits.splice(match.end(), match.end(), "self, " if others else "self")


def _is_ours(function: scope.Function) -> bool:
    """Whether pytest calls the function."""
    setup = function.name in ("setup_method", "teardown_method", "setUp", "tearDown")
    return setup or scope.is_test(function) or scope.fixture_decorator(function) is not None


def _lacks_self(function: scope.Function, context: Context) -> bool:
    """Whether a method takes no ``self`` though it should: its first parameter, if any, is a fixture or a test's."""
    names = [argument.arg for argument in scope.parameters(function)]
    if (
        not _is_ours(function)
        or "self" in names
        or "staticmethod" in map(scope.dotted, function.decorator_list)
    ):
        return False
    if not names or function.name.startswith("test"):
        return names[:1] not in (["cls"], ["this"])
    return names[0] in _FIXTURES or names[0] in {fixture.name for fixture in context.fixtures}


def _uses(node: ast.AST, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node))


def _functions(
    body: Sequence[ast.stmt], owner: ast.ClassDef | None
) -> Iterator[tuple[ast.ClassDef | None, scope.Function]]:
    """Top-level functions, and the methods of classes that hold tests."""
    for node in body:
        if isinstance(node, scope.FUNCTION):
            yield owner, node
        elif isinstance(node, ast.ClassDef) and scope.is_test_class(node):
            yield from _functions(node.body, node)


def own_marks(tree: ast.Module, edits: Edits, context: Context) -> None:
    """What holds for a whole module is said at each test: the module that they go to has other tests too.

    ``pytestmark`` becomes decorators, a fixture with ``autouse`` is asked for by name.
    """
    tests = [n for n in tree.body if scope.is_test(n) or scope.is_test_class(n)]
    decorators: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and list(scope.bound(node)) == ["pytestmark"]:
            marks = node.value.elts if isinstance(node.value, (ast.List, ast.Tuple)) else [node.value]
            decorators += [ast.unparse(mark) for mark in marks]
            edits.replace(node, "")
        decorator = scope.fixture_decorator(node)
        if isinstance(decorator, ast.Call) and any(k.arg == "autouse" for k in decorator.keywords):
            decorator.keywords = [k for k in decorator.keywords if k.arg != "autouse"]
            plain = not decorator.args and not decorator.keywords
            edits.replace(decorator, ast.unparse(decorator.func if plain else decorator))
            decorators.append(f'pytest.mark.usefixtures("{scope.fixture_name(node)}")')
    for test in tests:
        for text in decorators:
            if isinstance(test, (*scope.FUNCTION, ast.ClassDef)):
                edits.decorate(test, text)


def unwrap_mock(tree: ast.Module, edits: Edits, context: Context) -> None:
    """The old ``mock`` package where it is not installed: the standard library has it."""
    if modules.exists("mock", folders(context)):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "mock" and not node.level:
            node.module = "unittest.mock"
            edits.replace(node, ast.unparse(node))
        elif isinstance(node, ast.Import) and [a.name for a in node.names] == ["mock"]:
            alias = node.names[0].asname
            edits.replace(node, "from unittest import mock" + (f" as {alias}" if alias else ""))


RULES: tuple[Rule, ...] = (
    drop_pasted,
    unwrap_mock,
    correct_imports,
    correct_strings,
    rename_private,
    collect_classes,
    mend_self,
    own_marks,
    mark_async,
)
