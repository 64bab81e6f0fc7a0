"""What a candidate changes for the whole process, and nothing takes back: ``sys.path``, ``sys.modules``, ``os.environ``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from pytest_aigen.checks.reading import Function, dotted, shown
from pytest_aigen.trees import nodes

STATE = ("sys.path", "sys.modules", "sys.meta_path", "sys.path_hooks", "os.environ", "os.environb")
MUTATORS = (
    "append", "clear", "extend", "insert", "pop", "popitem", "remove", "reverse", "setdefault", "sort",
    "update", "__setitem__", "__delitem__", "__ior__",
)  # fmt: skip
#: What takes back what it changes.
INSTEAD = {
    "sys.path": "`monkeypatch.syspath_prepend`",
    "sys.modules": "`monkeypatch.setitem(sys.modules, …)`",
    "os.environ": "`monkeypatch.setenv` or `delenv`",
}
RELOADS = ("importlib.reload", "imp.reload")
ENVIRONMENT = ("os.putenv", "os.unsetenv", "site.addsitedir")


def process_state(tree: ast.Module, names: Mapping[str, str]) -> Iterator[str]:
    """Sentences about each write."""
    yield from _state_writes(tree, {**names, **dict(_aliases(tree, names))}, frozenset())


def _aliases(tree: ast.Module, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Variables that are one of these: ``env = os.environ``."""
    for node in nodes(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.expr() as value) if (
                dotted(value, names) in STATE
            ):
                yield name, dotted(value, names)


def _state_writes(node: ast.AST, names: Mapping[str, str], restored: frozenset[str]) -> Iterator[str]:
    """Writes to `STATE` that no ``patch.dict`` round them takes back."""
    restored |= _patched(node, names)
    written: list[ast.expr] = []
    match node:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            written = [
                t.value if isinstance(t, ast.Subscript) else t for t in targets if not isinstance(t, ast.Name)
            ]
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target, value=ast.expr()):
            written = [target.value if isinstance(target, ast.Subscript) else target]
        case ast.Call(
            func=ast.Name(id="setattr" | "delattr"), args=[owner, ast.Constant(value=str(name)), *_]
        ):
            written = [ast.Attribute(owner, name, ast.Load())]
        case ast.Call(func=ast.Attribute(value=owner, attr=attr)) if attr in MUTATORS:
            written = [owner]
    if isinstance(node, ast.Call) and dotted(node.func, names) in ENVIRONMENT:
        yield f"changes the whole process: {shown(node)}; use `monkeypatch.setenv` or `monkeypatch.syspath_prepend`"
    if isinstance(node, ast.Call) and dotted(node.func, names) in RELOADS:
        yield (
            f"changes the module for all later tests, whose classes are the old ones: {shown(node)};"
            " use `monkeypatch.delitem(sys.modules, …)` and import it anew"
        )
    for place in written:
        # A local variable of the same name as an imported one is not told apart: the import is the likelier meaning.
        state = dotted(place, names)
        if state in STATE and state not in restored:
            yield f"changes `{state}` for the whole process: {shown(node)}; use {INSTEAD.get(state, 'monkeypatch')}"
    for child in ast.iter_child_nodes(node):
        yield from _state_writes(child, names, restored)


def _patched(node: ast.AST, names: Mapping[str, str]) -> frozenset[str]:
    """States that ``patch.dict`` restores at the end of this function or ``with``."""
    if isinstance(node, (ast.With, ast.AsyncWith)):
        patches: list[ast.AST] = [item.context_expr for item in node.items]
    elif isinstance(node, (Function, ast.ClassDef)):
        own = [part for s in node.body for part in ast.walk(s) if isinstance(part, ast.Call)]
        patches = [*node.decorator_list, *(c for c in own if dotted(c.func, names).startswith("mocker."))]
    else:
        return frozenset()
    found = set()
    for patch in patches:
        if isinstance(patch, ast.Call) and patch.args and dotted(patch.func, names).endswith("patch.dict"):
            first = patch.args[0]
            found.add(str(first.value) if isinstance(first, ast.Constant) else dotted(first, names))
    return frozenset(found)
