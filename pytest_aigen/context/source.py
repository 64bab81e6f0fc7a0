"""The module under test as text to show: its outline, a function with its missing lines marked, its imports."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache

from pytest_aigen.data import Gap, Lines

_DOC_LINES = 3
_LONGEST_ARGUMENTS = 250


@lru_cache(maxsize=64)
def parsed(text: str) -> ast.Module:
    """The syntax tree of a source file, made once; not to be changed."""
    return ast.parse(text)


def lines_of(text: str) -> list[str]:
    """The lines as Python counts them: a form feed or a Unicode separator ends none."""
    lines = re.split(r"\r\n|\r|\n", text)
    return lines if lines[-1] else lines[:-1]


def is_like(text: str, other: str) -> bool:
    """Whether a text is Python with as many lines as another."""
    try:
        parsed(text)
    except (SyntaxError, ValueError):
        return False
    return text.count("\n") == other.count("\n")


def marked(text: str, gap: Gap) -> str:
    """The whole scope with its line numbers, ``>`` before each line that is missing, in the header of its class.

    Of a module body only what is missing is shown, with two lines round it.
    """
    lines = lines_of(text)
    shown = set(range(gap.first, gap.last + 1))
    if gap.is_module_body:
        wanted = gap.lines | {branch[0] for branch in gap.branches}
        shown = {near for line in wanted for near in range(line - 2, line + 3) if 1 <= near <= len(lines)}
    rows: list[str] = []
    if "." in gap.qualname:
        rows += [f"       {line}" for line in _class_headers(text, gap)]
    last = 0
    for number in sorted(shown):
        if last and number > last + 1:
            rows.append("       ...")
        mark = ">" if number in gap.lines else " "
        rows.append(f"{mark}{number:5} {lines[number - 1]}".rstrip() if number <= len(lines) else "")
        last = number
    return "\n".join(rows)


def _class_headers(text: str, gap: Gap) -> Iterator[str]:
    """``class`` lines round a method."""
    lines = lines_of(text)
    for node in _read(text).classes:
        if node.lineno < gap.first and (node.end_lineno or 0) >= gap.last:
            yield from lines[node.lineno - 1 : node.body[0].lineno - 1][:1]


def branches_in_words(text: str, gap: Gap) -> tuple[str, ...]:
    """Each missing branch whose line is executed already.

    ``line 42: the case where "n > limit" is false (on to line 45)``
    """
    lines = lines_of(text)
    rows = []
    for start, end in sorted(gap.branches):
        if start in gap.lines or not 1 <= start <= len(lines):
            continue
        goal = (
            f"on to line {end}" if end > 0 else "out of the function" if gap.qualname else "out of the module"
        )
        test = _test_at(text, start)
        if test is None:
            rows.append(f'line {start}: "{lines[start - 1].strip()}" never goes {goal}')
        else:
            code, body = test
            rows.append(f'line {start}: the case where "{code}" is {str(end in body).lower()} ({goal})')
    return tuple(rows)


def _test_at(text: str, line: int) -> tuple[str, range] | None:
    """The condition of the ``if`` or ``while`` that begins on a line, and the lines of what is done where it holds.

    None where there is none, or not on a line of its own.
    """
    if (node := conditions(text).get(line)) is None:
        return None
    first = (node.test.end_lineno or line) + 1
    last = node.body[-1].end_lineno or 0
    return (ast.unparse(node.test), range(first, last + 1)) if node.body[0].lineno >= first else None


def outline(text: str, module: str, *, is_package: bool = False) -> str:
    """The module without its bodies: imports made absolute, constants, classes and signatures with short docstrings."""
    tree = parsed(text)
    rows = [f"# module {module}"]
    for node in tree.body:
        rows += _outlined(node, module, is_package, "")
    return "\n".join(rows)


def _outlined(node: ast.stmt, module: str, is_package: bool, indent: str) -> Iterator[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield indent + absolute(node, module, is_package=is_package)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield from signature(node, indent)
    elif isinstance(node, ast.ClassDef):
        bases = ", ".join(ast.unparse(base) for base in [*node.bases, *(k.value for k in node.keywords)])
        yield from (f"{indent}@{ast.unparse(d)}" for d in node.decorator_list)
        yield f"{indent}class {node.name}{f'({bases})' if bases else ''}:"
        yield from _doc(node, indent + "    ")
        inner = [row for child in node.body for row in _outlined(child, module, is_package, indent + "    ")]
        yield from inner or [indent + "    ..."]
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        row = ast.unparse(node)
        yield indent + (row if len(row) <= 200 else row[:197] + "...")
    elif isinstance(node, (ast.If, ast.Try)):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                yield from _outlined(child, module, is_package, indent)


def signature(node: ast.FunctionDef | ast.AsyncFunctionDef, indent: str = "") -> Iterator[str]:
    """Decorators, the ``def`` line, of a long one without its types, and the first lines of the docstring."""
    yield from (f"{indent}@{ast.unparse(d)}" for d in node.decorator_list)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    arguments = ast.unparse(node.args)
    if len(arguments) > _LONGEST_ARGUMENTS:
        bare = deepcopy(node.args)
        for argument in (n for n in ast.walk(bare) if isinstance(n, ast.arg)):
            argument.annotation = None
        arguments = ast.unparse(bare)
    yield f"{indent}{word} {node.name}({arguments}){returns}: ..."
    yield from _doc(node, indent + "    ")


def _doc(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, indent: str) -> Iterator[str]:
    if doc := ast.get_docstring(node):
        kept = [line for line in doc.splitlines() if line.strip()][:_DOC_LINES]
        yield f'{indent}"""' + f"\n{indent}".join(kept) + '"""'


def absolute(node: ast.Import | ast.ImportFrom, module: str, *, is_package: bool = False) -> str:
    """The import as a test would write it.

    >>> absolute(ast.parse("from .b import c").body[0], "pkg.a")
    'from pkg.b import c'
    """
    if isinstance(node, ast.Import) or not node.level:
        return ast.unparse(node)
    names = ", ".join(ast.unparse(alias) for alias in node.names)
    return f"from {origin(node, module, is_package=is_package)} import {names}"


def origin(node: ast.ImportFrom, module: str, *, is_package: bool = False) -> str:
    """The dotted name of the module that is imported from; empty where the dots lead out of every package.

    >>> origin(ast.parse("from . import b").body[0], "pkg", is_package=True)
    'pkg'
    """
    parts = module.split(".")
    kept = parts[: max(len(parts) - node.level + is_package, 0)] if node.level else []
    return ".".join([*kept, *([node.module] if node.module else [])])


def importable_names(text: str, module: str, *, is_package: bool = False) -> dict[str, str]:
    """Names bound at the top of a module, each with the import statement by which a test gets the same thing.

    What the module itself imports comes from where the module has it from.
    """
    names: dict[str, str] = {}
    for node in top_level(parsed(text)):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                single = ast.ImportFrom(node.module, [alias], node.level)
                names[alias.asname or alias.name] = absolute(single, module, is_package=is_package)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                names[bound] = ast.unparse(ast.Import([alias]))
        else:
            for name in _bound(node):
                names[name] = f"from {module} import {name}"
    names.pop("*", None)
    return names


def undecided(text: str) -> set[str]:
    """Names at the top of a module of which the source does not tell what they are: bound under a condition."""
    return {
        name
        for statement in parsed(text).body
        if isinstance(statement, (ast.If, ast.Try))
        for node in top_level(statement)
        for name in (*_bound(node), *_imported(node))
    }


def imported_packages(text: str) -> list[str]:
    """The packages that a module imports at its top, relative imports left out, in order."""
    found: list[str] = []
    for node in top_level(parsed(text)):
        if isinstance(node, ast.Import):
            found += [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append(node.module.partition(".")[0])
    return list(dict.fromkeys(found))


def _imported(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)


def top_level(tree: ast.Module | ast.If | ast.Try | ast.ExceptHandler | ast.With) -> Iterator[ast.stmt]:
    """Statements of the module scope, those inside ``if``, ``try`` and ``with`` included."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.If, ast.Try, ast.ExceptHandler, ast.With)):
            yield from top_level(node)
        elif isinstance(node, ast.stmt):
            yield node


def _bound(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            yield from (
                n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            )


def used_names(text: str, gap: Gap) -> list[str]:
    """Names that the scope reads, in order of first use, builtins left out; for a method its class first."""
    found: dict[str, None] = {}
    if "." in gap.qualname:
        found[gap.qualname.partition(".")[0]] = None
    for name in _read(text).names:
        if gap.first <= name.lineno <= gap.last:
            found[name.id] = None
    return [name for name in found if not hasattr(builtins, name)]


def used_attributes(text: str, gap: Gap) -> list[str]:
    """What the scope reads of a name, as ``errors.Empty``, in order of first use."""
    inside = (
        node
        for node in _read(text).attributes
        if isinstance(node.value, ast.Name) and gap.first <= node.lineno <= gap.last
    )
    return list(dict.fromkeys(ast.unparse(node) for node in inside))


def names_on(text: str, lines: Lines) -> frozenset[str]:
    """What is read on these lines: names, and attributes of names as ``errors.Empty``."""
    read = _read(text)
    return frozenset(node.id for node in read.names if node.lineno in lines) | frozenset(
        ast.unparse(node)
        for node in read.attributes
        if node.lineno in lines and isinstance(node.value, ast.Name)
    )


def attribute_names(text: str, gap: Gap) -> frozenset[str]:
    """The names after a dot in the scope, and in the methods that it calls of its own class."""
    read = _read(text)
    inside = [node for node in read.attributes if gap.first <= node.lineno <= gap.last]
    used = {node.attr for node in inside}
    own = {n.attr for n in inside if isinstance(n.value, ast.Name) and n.value.id in ("self", "cls")}
    for child in _own_class(text, gap):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) and child.name in own:
            last = child.end_lineno or child.lineno
            used = used | {node.attr for node in read.attributes if child.lineno <= node.lineno <= last}
    return frozenset(used)


def names_to_construct(text: str, gap: Gap) -> list[str]:
    """Names in the types of what an object of the method's class is made of."""
    types: list[ast.expr] = []
    for child in _own_class(text, gap):
        if isinstance(child, ast.AnnAssign):
            types.append(child.annotation)
        elif isinstance(child, ast.FunctionDef) and child.name == "__init__":
            given = (*child.args.posonlyargs, *child.args.args, *child.args.kwonlyargs)
            types += [argument.annotation for argument in given if argument.annotation is not None]
    names = (n.id for kind in types for n in ast.walk(kind) if isinstance(n, ast.Name))
    return [name for name in dict.fromkeys(names) if not hasattr(builtins, name)]


def _own_class(text: str, gap: Gap) -> list[ast.stmt]:
    """The body of the class that a method stands in; nothing for a function."""
    inside = [
        node
        for node in _read(text).classes
        if node.lineno < gap.first and (node.end_lineno or 0) >= gap.last and "." in gap.qualname
    ]
    return inside[-1].body if inside else []


def conditions(text: str) -> Mapping[int, ast.If | ast.While]:
    """Each ``if`` and ``while`` of a module, by the line on which it begins."""
    return _read(text).conditions


@dataclass(frozen=True, slots=True)
class _Nodes:
    """Of one walk over a module."""

    classes: tuple[ast.ClassDef, ...]
    #: That are read.
    names: tuple[ast.Name, ...]
    attributes: tuple[ast.Attribute, ...]
    conditions: Mapping[int, ast.If | ast.While]


@lru_cache(maxsize=8)
def _read(text: str) -> _Nodes:
    nodes = list(ast.walk(parsed(text)))
    conditions: dict[int, ast.If | ast.While] = {}
    for node in nodes:
        if isinstance(node, (ast.If, ast.While)):
            conditions.setdefault(node.lineno, node)
    return _Nodes(
        tuple(node for node in nodes if isinstance(node, ast.ClassDef)),
        tuple(node for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)),
        tuple(node for node in nodes if isinstance(node, ast.Attribute)),
        conditions,
    )
