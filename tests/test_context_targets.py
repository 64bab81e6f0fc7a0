"""What a model is told of twelve targets in the shape of real code, read as it is sent.

Each folder below ``tests/golden/targets`` is a small project; ``case.json`` says which function is the target, which of
its lines nothing reaches, and what the session would know. ``prompt.md`` is the request.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pytest_aigen.context.build import Contexts
from pytest_aigen.data import Coverage, FileCoverage, Fixture, Gap, Observation, Suite, Target
from pytest_aigen.generators import prompt

FOLDER = Path(__file__).parent / "golden" / "targets"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/case.json"))


def modules(root: Path) -> dict[str, Path]:
    """The dotted names of the sources of a project, tests apart."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = [part for part in path.relative_to(root).with_suffix("").parts if part != "src"]
        if parts[0] != "tests" and path.parent != root:
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def gap(spec: Mapping[str, Any], root: Path) -> Gap:
    path, _, qualname = spec["target"].partition("::")
    text = (root / path).read_text("utf-8")
    scope: Any = ast.parse(text)
    for name in filter(None, qualname.split(".")):
        scope = next(node for node in scope.body if getattr(node, "name", "") == name)
    first = min([scope.lineno, *(d.lineno for d in scope.decorator_list)]) if qualname else 1
    last = scope.end_lineno if qualname else len(text.splitlines())
    branches = frozenset((start, end) for start, end in spec.get("branches", ()))
    return Gap(root / path, qualname, first, last, frozenset(spec["missing"]), branches)


def suite(spec: Mapping[str, Any], root: Path, path: Path) -> Suite:
    return Suite(
        modules=tuple(sorted((root / "tests").glob("test_*.py"))),
        fixtures=tuple((base, Fixture(*fields)) for base, *fields in spec.get("fixtures", ())),
        tools=tuple(spec.get("tools", ())),
        markers=tuple(spec.get("markers", ())),
        plugin_fixtures={name: tuple(names) for name, names in spec.get("plugin_fixtures", {}).items()},
        root=root,
        observations=tuple(
            Observation(path, qualname, 1, tuple((name, value) for name, value in arguments), receiver)
            for qualname, receiver, arguments in spec.get("observed", ())
        ),
    )


def loaded(
    spec: Mapping[str, Any], root: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, ModuleType]]:
    """The modules that the case wants to be loaded, in its order."""
    paths = {**modules(root), **{path.stem: path for path in root.glob("*.py")}}
    for name in spec.get("load", ()):
        if "." in name:  # a parent that is not loaded yet has to be there all the same
            parent = name.rpartition(".")[0]
            monkeypatch.setitem(sys.modules, parent, sys.modules.get(parent, ModuleType(parent)))
        module = ModuleType(name)
        module.__package__ = name if paths[name].name == "__init__.py" else name.rpartition(".")[0]
        monkeypatch.setitem(sys.modules, name, module)
        exec(compile(paths[name].read_text("utf-8"), name, "exec", dont_inherit=True), vars(module))
        yield name, module


@pytest.mark.parametrize("name", NAMES)
def test_what_a_model_is_told(
    name: str, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = FOLDER / name
    spec = json.loads((root / "case.json").read_text("utf-8"))
    there = gap(spec, root)
    reached = frozenset(range(there.first, there.last + 1)) - there.lines
    paths = modules(root)
    contexts = Contexts(
        {path: path.read_text("utf-8") for path in paths.values()},
        paths,
        Coverage(
            {there.path: FileCoverage(there.path, there.lines | reached, reached)},
            {there.path: dict.fromkeys(spec.get("near", ()), reached)},
        ),
        suite(spec, root, there.path),
        root=root,
        read=lambda path: path.read_text("utf-8") if path.is_file() else None,
        nearest=lambda coverage, path, lines: [
            test for test, hit in coverage.contexts[path].items() if hit & lines
        ],
        loaded=dict(loaded(spec, root, monkeypatch)),
    )
    module = next(name for name, path in paths.items() if path == there.path)
    context = contexts(Target(there, module, root / spec["test"]), there)
    said = "\n".join(f"<<<<<<<< {m.role}\n{m.content}" for m in prompt.opening(context)[1:])
    golden(f"targets/{name}/prompt.md", said + "\n")


def test_there_are_twelve() -> None:
    assert len(NAMES) == 12
