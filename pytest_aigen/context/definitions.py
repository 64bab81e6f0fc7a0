"""What a function refers to, resolved through imports into the project: short functions whole, classes with what is used."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from textwrap import dedent

from pytest_aigen.context.source import lines_of, origin, parsed, signature, top_level

_LONGEST = 400
#: Lines of a function that is shown whole.
_WHOLE = 30
#: Lines of a long one, before that which matters.
_ROUND = 6
_DEPTH = 3
_MADE_BY = ("__init__", "__new__", "__post_init__")
_Function = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Project:
    """Where definitions are looked for."""

    #: The source of a module of the project by its dotted name, None for any other module.
    texts: Callable[[str], str | None]
    #: Which of these modules are packages.
    is_package: Callable[[str], bool] = lambda module: False
    #: The module and name of what a module has under a name when it is loaded; None where that is not known.
    live: Callable[[str, str], tuple[str, str] | None] = lambda module, name: None


@dataclass(frozen=True, slots=True)
class Found:
    """A definition in a module of the project."""

    module: str
    node: ast.stmt
    text: str


def definitions(
    names: Sequence[str],
    module: str,
    project: Project,
    *,
    used: Collection[str] = (),
    outlined: str = "",
    target: str = "",
    limit: int = 12,
) -> tuple[str, ...]:
    """Definitions of these names of a module, at most ``limit``; names that cannot be found in the project are left out.

    ``errors.Empty`` is a name of a module of the project that is imported there as ``errors``. Of classes the methods in
    ``used`` are shown, those of their base classes too. What ``outlined``, a module, shows in its outline is not said
    again, nor ``target``, a qualified name in it, whose code is shown. No definition is shown twice.
    """
    named: dict[ast.stmt, Found] = {}
    #: As a base class of another, what of it is used there.
    based: dict[ast.stmt, tuple[Found, set[str]]] = {}
    for name in names:
        found = find(name, module, project)
        if found is None:
            continue
        based.setdefault(found.node, (found, set()))
        named[found.node] = found
        hidden = target if found.module == outlined else ""
        overridden = hidden.rpartition(".")[2] if "." in hidden else ""
        for base, inherited in _bases(found, {*used, *_MADE_BY}, project, overridden):
            based.setdefault(base.node, (base, set()))[1].update(inherited)
    shown: list[str] = []
    for node, (found, inherited) in based.items():
        is_outlined = found.module == outlined
        if node in named:
            hidden = target if is_outlined else ""
            wanted = {*used, *_MADE_BY, *inherited}
            shown.append(_shown(found, wanted, hidden=hidden, outlined=is_outlined))
        else:
            shown.append(_base(found, inherited, outlined=is_outlined))
    return tuple(filter(None, shown))[:limit]


def find(name: str, module: str, project: Project) -> Found | None:
    """The definition of a name of a module, wherever in the project it is."""
    owner, _, attribute = name.rpartition(".")
    home = _imported_module(owner, module, project) if owner else module
    return _definition(attribute, home, project, depth=_DEPTH) if home else None


def _imported_module(name: str, module: str, project: Project) -> str | None:
    """The module of the project that is imported under a name; None where it is none."""
    for node in top_level(parsed(project.texts(module) or "")):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            start = (
                f"{origin(node, module, is_package=project.is_package(module))}."
                if isinstance(node, ast.ImportFrom)
                else ""
            )
            for alias in node.names:
                if (alias.asname or alias.name) == name and project.texts(start + alias.name) is not None:
                    return start + alias.name
    return None


def _definition(name: str, module: str, project: Project, *, depth: int) -> Found | None:
    text = project.texts(module)
    if text is None or not depth:
        return None
    for node in top_level(parsed(text)):
        if isinstance(node, (*_Function, ast.ClassDef)) and node.name == name:
            return Found(module, node, text)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and name in _targets(node):
            return Found(module, node, text)
        if isinstance(node, ast.Import) and name in {alias.asname or alias.name for alias in node.names}:
            break
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    where = origin(node, module, is_package=project.is_package(module))
                    found = _definition(alias.name, where, project, depth=depth - 1)
                    if found is not None:
                        return found
    if (there := project.live(module, name)) is not None and there != (module, name):
        return _definition(there[1], there[0], project, depth=1)
    return None


def class_as_outline(found: Found) -> str:
    """A class with its fields, how its objects are made, and the signatures of its other methods."""
    node = found.node
    assert isinstance(node, ast.ClassDef)
    functions = [child for child in node.body if isinstance(child, _Function)]
    made = _methods(node, found.text, _MADE_BY, only_whole=False)
    others = (row for f in functions if f.name not in _MADE_BY for row in signature(f, "    "))
    return "\n".join([*_head(node, fields=True), *made, *others])


def _shown(found: Found, used: Collection[str], *, hidden: str, outlined: bool) -> str:
    """A definition as text; empty where the outline says all of it."""
    node = found.node
    if isinstance(node, _Function):
        if node.name == hidden:
            return ""
        whole = _whole(node, found.text)
        rows = whole or ([] if outlined else list(signature(node)))
    elif isinstance(node, ast.ClassDef):
        owner, _, method = hidden.rpartition(".")
        wanted = set(used) - {method if owner == node.name else ""}
        inner = list(_methods(node, found.text, wanted, only_whole=outlined))
        if outlined and not inner:
            return ""
        rows = [*_head(node, fields=not outlined), *inner, *_others(node, used)]
        rows = rows if len(rows) > 1 else [rows[0], "    ..."]
    else:
        rows = [] if outlined else [ast.unparse(node)[:_LONGEST]]
    return "\n".join([f"# {found.module}", *rows]) if rows else ""


def _base(found: Found, used: Collection[str], *, outlined: bool) -> str:
    """What is used of a base class as text; empty where that is nothing, or the outline says all of it."""
    if not isinstance(found.node, ast.ClassDef):
        return ""
    inner = list(_methods(found.node, found.text, used, only_whole=outlined))
    rows = [*_head(found.node, fields=False), *inner, *_others(found.node, used)]
    return "\n".join([f"# {found.module}", *rows]) if inner else ""


def _head(node: ast.ClassDef, *, fields: bool) -> Iterator[str]:
    bases = ", ".join(map(ast.unparse, [*node.bases, *node.keywords]))
    yield from (f"@{ast.unparse(d)}" for d in node.decorator_list)
    yield f"class {node.name}{f'({bases})' if bases else ''}:"
    if doc := ast.get_docstring(node):
        yield f'    """{doc.splitlines()[0]}"""'
    for child in node.body if fields else ():
        if isinstance(child, (ast.AnnAssign, ast.Assign)):
            yield f"    {ast.unparse(child)[:_LONGEST]}"


def _methods(node: ast.ClassDef, text: str, wanted: Collection[str], *, only_whole: bool) -> Iterator[str]:
    """How its objects are made, and what is used of them."""
    for child in node.body:
        if isinstance(child, _Function) and child.name in wanted:
            whole = _whole(child, text, "    ")
            yield from whole if whole or only_whole else signature(child, "    ")


def _others(node: ast.ClassDef, used: Collection[str]) -> Iterator[str]:
    names = [child.name for child in node.body if isinstance(child, _Function)]
    if others := [name for name in dict.fromkeys(names) if name not in used]:
        yield f"    # methods: {', '.join(others)}"


def _whole(node: ast.FunctionDef | ast.AsyncFunctionDef, text: str, indent: str = "") -> list[str]:
    """All lines of a function, without its docstring where it is long with it; none where it is long without."""
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    lines = lines_of(text)[first - 1 : node.end_lineno]
    if len(lines) > _WHOLE and ast.get_docstring(node) is not None and len(node.body) > 1:
        doc = node.body[0]
        del lines[doc.lineno - first : (doc.end_lineno or doc.lineno) - first + 1]
    if len(lines) > _WHOLE:
        return []
    return [indent + line if line else "" for line in dedent("\n".join(lines)).split("\n")]


def _bases(
    found: Found, used: Collection[str], project: Project, overridden: str
) -> Iterator[tuple[Found, Collection[str]]]:
    """The nearest base classes of a class, as far as they are of the project, with what is used and not overridden.

    A method that is ``overridden`` by the target is among that: the target may call it.
    """
    pending = [(found, set(used))]
    seen = [found]
    while pending and len(seen) <= _DEPTH:
        one, wanted = pending.pop(0)
        if isinstance(one.node, ast.ClassDef):
            own = {child.name for child in one.node.body if isinstance(child, _Function)}
            wanted = wanted - (own - {overridden})
            for name in map(ast.unparse, one.node.bases):
                base = find(name, one.module, project)
                if base is not None and base not in seen:
                    seen.append(base)
                    pending.append((base, wanted))
                    yield base, wanted


def callers(text: str, module: str, qualname: str, *, limit: int = 2) -> dict[str, str]:
    """Functions of the module, by name, that call a private one, which a test had better call in its place."""
    name = qualname.rpartition(".")[2]
    if not name.startswith("_") or name.endswith("__"):
        return {}
    found: dict[str, str] = {}
    for owner, node in _functions(parsed(text)):
        if node.name == name or len(found) == limit:
            continue
        called = (call.func for call in ast.walk(node) if isinstance(call, ast.Call))
        lines = [f.lineno for f in called if name in (getattr(f, "attr", ""), getattr(f, "id", ""))]
        if lines:
            indent = "    " if owner else ""
            rows = _whole(node, text, indent) or [
                next(signature(node, indent)),
                *_round(node, text, lines[0]),
            ]
            found[node.name] = "\n".join([f"# {module}, calls {name}", *owner, *rows])
    return found


def _first_row(node: ast.FunctionDef | ast.AsyncFunctionDef, indent: str) -> str:
    rows = list(signature(node, indent))
    return next(row for row in rows if row.startswith((f"{indent}def ", f"{indent}async "))).removesuffix(
        " ..."
    )


def _round(node: ast.FunctionDef | ast.AsyncFunctionDef, text: str, line: int) -> Iterator[str]:
    """A few lines of a long function, up to one of them."""
    first = max(line - _ROUND, node.body[0].lineno)
    yield "        ..."
    yield from lines_of(text)[first - 1 : line]
    yield "        ..."


def _functions(tree: ast.Module) -> Iterator[tuple[list[str], ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Functions, and methods with the first line of their class."""
    for node in top_level(tree):
        if isinstance(node, _Function):
            yield [], node
        elif isinstance(node, ast.ClassDef):
            for child in node.body:
                if isinstance(child, _Function):
                    yield [next(row for row in _head(node, fields=False) if row.startswith("class "))], child


def _targets(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}
