"""What a candidate takes of modules, or puts into them, that they do not have: ``shop.prise``, ``patch("shop.cart.prise")``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from pytest_aigen.checks.reading import Function, dotted, imported
from pytest_aigen.checks.variables import Variables
from pytest_aigen.checks.world import World, mean, no_module
from pytest_aigen.trees import nodes

#: Words by which a test says that a name need not be there.
MAYBE = ("AttributeError", "hasattr(", "getattr(", "sys.modules", "reload(", "delattr", "setattr(")
PATCHES = ("unittest.mock.patch", "mock.patch", "mocker.patch")


def missing_attribute(tree: ast.Module, world: World) -> str:
    """The first name that is taken of a module without it, as a sentence; empty where there is none.

    What the candidate puts into a module itself is there.
    """
    names, variables = imported(tree), Variables(tree)
    put = {
        ast.dump(n.value) + n.attr
        for n in nodes(tree)
        if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)
    }
    put_by_name = {name for _, name, _ in _places(tree, names)}
    optional = {id(part) for node in nodes(tree) if _is_optional(node) for part in ast.walk(node)}
    for node in nodes(tree):
        if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load) or id(node) in optional:
            continue
        if ast.dump(node.value) + node.attr in put or node.attr in put_by_name:
            continue
        if variables.base(node) is None and (module := _module(node.value, names, world)):
            if found := _missing(module, node.attr, world):
                return found
    return ""


def missing_place(tree: ast.Module, world: World) -> str:
    """The first place that is patched and is not there, as a sentence; empty where all are."""
    for owner, name, node in _places(tree, imported(tree)):
        if any(keyword.arg in ("create", "raising") for keyword in node.keywords):
            continue
        if isinstance(owner, str):
            found = _missing_place(f"{owner}.{name}", world)
        else:
            names = imported(tree)
            module = _module(owner, names, world) if Variables(tree).base(owner) is None else ""
            found = _missing(module, name, world) if module else ""
        if found:
            return found
    return ""


def _places(tree: ast.Module, names: Mapping[str, str]) -> Iterator[tuple[str | ast.expr, str, ast.Call]]:
    """What is patched: its owner, dotted or as an expression, its name, and the call."""
    for node in nodes(tree):
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func, names)
        if name in PATCHES or name == "monkeypatch.setattr":
            match node.args:
                case [ast.Constant(value=str(target)), *_] if "." in target:
                    owner, _, last = target.rpartition(".")
                    yield owner, last, node
                case [owner_node, ast.Constant(value=str(attribute)), *_]:
                    yield owner_node, attribute, node
        elif name.rpartition(".")[0] in PATCHES and name.endswith(".object"):
            match node.args:
                case [owner_node, ast.Constant(value=str(attribute)), *_]:
                    yield owner_node, attribute, node


def _missing_place(target: str, world: World) -> str:
    parts = target.split(".")
    for length in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:length])
        if world.has_file(module):
            rest = parts[length]
            only = length == len(parts) - 1
            found = _missing(module, rest, world)
            package = world.find(module)
            if found and not only and package is not None and package.folders:
                return no_module(f"{module}.{rest}", world)
            return found
    return no_module(parts[0], world) if world.find(parts[0]) is None else ""


def _module(node: ast.expr, names: Mapping[str, str], world: World) -> str:
    """The module that an expression stands for; empty where it is something else."""
    root = node
    while isinstance(root, ast.Attribute):
        root = root.value
    if not isinstance(root, ast.Name) or root.id not in names:
        return ""
    name = dotted(node, names)
    package, _, last = name.rpartition(".")
    if not world.has_file(name):
        return ""
    # A name that a package binds itself hides the module of the same name.
    return (
        ""
        if package and last in (world.names(package) or ()) and _is_shadowed(package, last, world)
        else name
    )


def _is_shadowed(package: str, last: str, world: World) -> bool:
    module = world.find(package)
    if module is None or module.source is None:
        return False
    try:
        tree = ast.parse(module.source.read_text("utf-8", errors="replace"))
    except (OSError, SyntaxError, ValueError):
        return True
    for node in nodes(tree):
        if isinstance(node, (Function, ast.ClassDef)) and node.name == last:
            return True
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == last:
            return True
        if isinstance(node, ast.ImportFrom) and any((a.asname or a.name) == last for a in node.names):
            return True
    return False


def _missing(module: str, name: str, world: World) -> str:
    names = world.names(module)
    dunder = name.startswith("__") and name.endswith("__")
    if names is None or name in names or dunder or world.has_file(f"{module}.{name}"):
        return ""
    return f"`{module}` has no `{name}`{mean(name, names)}"


def _is_optional(node: ast.AST) -> bool:
    """Code that says by its words that the name need not be there."""
    return isinstance(node, (ast.If, ast.Try, ast.IfExp)) or (
        isinstance(node, (ast.With, ast.Assert)) and any(word in ast.unparse(node) for word in MAYBE)
    )
