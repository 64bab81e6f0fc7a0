"""What a test finds where it will stand: the imports, constants and helpers of its module, and the code of fixtures."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from pytest_aigen.context.source import lines_of, parsed, signature
from pytest_aigen.data import Fixture

_Function = (ast.FunctionDef, ast.AsyncFunctionDef)
#: Lines of a helper or a fixture that is shown whole, and of all helpers of a module.
_WHOLE, _MODULE = 40, 80
_LONGEST_ROW = 200
#: Fixtures that tests of web handlers and database code start from.
_WAYS_IN = ("client", "app", "session", "db", "engine", "connection")
_FIXTURES = 4


def at_hand(text: str, examples: Sequence[str]) -> str:
    """What a test module has at its top beside tests: imports, short constants, helpers and fixtures of its own.

    Whole is what ``examples``, tests of it, use; of the others there is the first line. Empty where it has nothing.
    """
    tree = _tree(text)
    words = {word for example in examples for word in _words(example)}
    rows: list[str] = []
    for node in tree.body if tree else ():
        if isinstance(node, (*_Function, ast.ClassDef)):
            rows += [] if _is_test(node) else _definition(node, text, whole=node.name in words)
        elif _bound(node) and getattr(node, "module", "") != "__future__":
            rows += _rows(node, text, _bound(node))
    if len(rows) > _MODULE:
        rows = [*rows[:_MODULE], "..."]
    return "\n".join(rows)


def helpers(text: str, examples: Sequence[str]) -> str:
    """What ``examples``, tests of a module, use of its imports, constants and helpers; empty where that is nothing.

    A helper's own helpers come with it.
    """
    tree = _tree(text)
    used = {word for example in examples for word in _words(example)}
    pending = [node for node in (tree.body if tree else ()) if not _is_test(node)]
    chosen: list[ast.stmt] = []
    while found := [node for node in pending if not used.isdisjoint(_bound(node))]:
        chosen += found
        pending = [node for node in pending if node not in found]
        for node in found:
            if not isinstance(node, (ast.Import, ast.ImportFrom)):
                used |= _words("\n".join(_rows(node, text, used)))
    rows = [row for node in sorted(chosen, key=lambda node: node.lineno) for row in _rows(node, text, used)]
    return "\n".join(rows if len(rows) <= _MODULE else [*rows[:_MODULE], "..."])


def _is_test(node: ast.stmt) -> bool:
    return isinstance(node, (*_Function, ast.ClassDef)) and node.name.lower().startswith("test")


def _bound(node: ast.stmt) -> set[str]:
    """Names that a statement at the top of a module gives."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}
    return {node.name} if isinstance(node, (*_Function, ast.ClassDef)) else set()


def _rows(node: ast.stmt, text: str, used: set[str]) -> list[str]:
    if isinstance(node, (*_Function, ast.ClassDef)):
        return _definition(node, text, whole=True)
    if isinstance(node, ast.Import):
        return [ast.unparse(node)]
    if isinstance(node, ast.ImportFrom):
        names = [alias for alias in node.names if (alias.asname or alias.name) in used]
        return [ast.unparse(ast.ImportFrom(node.module, names, node.level))]
    row = ast.unparse(node)
    return [row if len(row) <= _LONGEST_ROW else row[: _LONGEST_ROW - 3] + "..."]


def _definition(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, text: str, *, whole: bool
) -> list[str]:
    lines = _lines(node, text)
    if whole and len(lines) <= _WHOLE:
        return lines
    if isinstance(node, ast.ClassDef):
        bases = f"({', '.join(map(ast.unparse, node.bases))})" if node.bases else ""
        return [f"class {node.name}{bases}: ..."]
    return list(signature(node))


def fixture_code(
    fixtures: Iterable[Fixture],
    examples: Sequence[str],
    mentions: Iterable[str],
    read: Callable[[str], str | None],
) -> tuple[str, ...]:
    """The code of the fixtures that a test is most likely to need, with that of those which they ask for.

    First those that ``examples`` use, then ways into web applications and databases, then those with one of the words
    ``mentions`` in them. ``read`` gives the text of a file by its path relative to the root.
    """
    visible = {fixture.name: fixture for fixture in fixtures}
    code = {name: found for name, fixture in visible.items() if (found := _code(fixture, read))}
    used = [word for example in examples for word in _parameters(example)]
    ways_in = [name for name in code if any(part in _WAYS_IN for part in name.lower().split("_"))]
    words = set(mentions)
    about = [name for name in code if not words.isdisjoint(_words(code[name]))]
    chosen: dict[str, None] = {}
    pending = list(dict.fromkeys([*used, *ways_in, *about]))
    while pending and len(chosen) < _FIXTURES:
        if (name := pending.pop(0)) in code and name not in chosen:
            chosen[name] = None
            pending[:0] = _parameters(code[name])
    return tuple(f"# {visible[name].where}\n{code[name]}" for name in chosen)


def _code(fixture: Fixture, read: Callable[[str], str | None]) -> str:
    """The code of a fixture; empty where it is long, or not found."""
    text = read(fixture.where)
    tree = _tree(text or "")
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, _Function) and fixture.name in _fixture_names(node):
            lines = _lines(node, text or "")
            return "\n".join(lines) if len(lines) <= _WHOLE else ""
    return ""


def _fixture_names(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """The name under which a function is a fixture; none where it is no fixture."""
    for decorator in node.decorator_list:
        call = decorator.func if isinstance(decorator, ast.Call) else decorator
        if ast.unparse(call).rpartition(".")[2] == "fixture":
            keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
            named = [k.value.value for k in keywords if k.arg == "name" and isinstance(k.value, ast.Constant)]
            yield str(named[0]) if named else node.name


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, text: str) -> list[str]:
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    lines = lines_of(text)[first - 1 : node.end_lineno]
    indent = len(lines[0]) - len(lines[0].lstrip())
    return [line[indent:] for line in lines]


def _tree(text: str) -> ast.Module | None:
    try:
        return parsed(text)
    except (SyntaxError, ValueError):
        return None


def _dedented(code: str) -> ast.Module | None:
    lines = code.split("\n")
    indent = len(lines[0]) - len(lines[0].lstrip())
    return _tree("\n".join(line[indent:] for line in lines))


def _words(code: str) -> set[str]:
    tree = _dedented(code)
    return {
        name
        for node in (ast.walk(tree) if tree else ())
        for name in (getattr(node, "id", None), getattr(node, "attr", None), getattr(node, "arg", None))
        if isinstance(name, str)
    }


def _parameters(code: str) -> list[str]:
    """Names that the function in a text takes."""
    tree = _dedented(code)
    function = next((n for n in ast.walk(tree) if isinstance(n, _Function)), None) if tree else None
    return [a.arg for a in (*function.args.args, *function.args.kwonlyargs)] if function else []


def imported(text: str, code: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The module and the name of what pieces of a test file's code import at the top of that file, or inside."""
    trees = [tree for tree in (_tree(text), *map(_dedented, code)) if tree]
    names = {
        alias.asname or alias.name: (node.module, alias.name)
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
        for alias in node.names
    }
    words = dict.fromkeys(word for piece in code for word in sorted(_words(piece)))
    yield from (names[word] for word in words if word in names)


def relative_reader(root: Path, read: Callable[[Path], str | None]) -> Callable[[str], str | None]:
    """Reads files by their paths relative to the root."""
    return lambda where: read(root / where)
