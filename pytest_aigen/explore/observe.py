"""What a call did, as far as a test may assert it: stable, expressible, meant by the code."""

from __future__ import annotations

import ast
import dis
import functools
import itertools
import os
import sys
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from pytest_aigen.data import Reached
from pytest_aigen.explore.calls import ITEMS, How
from pytest_aigen.explore.recipes import SCALARS, Call, Recipe, Ref
from pytest_aigen.explore.record import Inexpressible, class_ref, record, scalar
from pytest_aigen.explore.trace import Traced

_RAISE = dis.opmap["RAISE_VARARGS"]
#: Values that a test can only say "it is one" about.
_NO_OBJECTS = (
    types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, type, functools.partial,
    types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception that the code raises on purpose."""

    error: Ref
    message: str
    how: How = "plain"


@dataclass(frozen=True, slots=True)
class Returned:
    """A value that can be written down."""

    value: Recipe
    how: How = "plain"


@dataclass(frozen=True, slots=True)
class Made:
    """An object: its class, and what can be written down of it, by how it is looked at."""

    of: Ref
    looks: tuple[tuple[str, Recipe], ...]
    how: How = "plain"


@dataclass(frozen=True, slots=True)
class Changed:
    """An argument, or an attribute of the receiver, after the call."""

    #: Position or name of the argument; None for the receiver.
    argument: int | str | None
    #: How the value is looked at: ``{0}``, ``{0}.name``, ``len({0})``.
    look: str
    value: Recipe


@dataclass(frozen=True, slots=True)
class Printed:
    text: str


Effect: TypeAlias = Changed | Printed
Outcome: TypeAlias = Raised | Returned | Made | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A call and all that a test of it asserts."""

    call: Call
    outcome: Outcome
    effects: tuple[Effect, ...]
    reached: Reached
    how: How = "plain"
    #: Lines of the module under test that ran.
    lines: frozenset[int] = frozenset()


class Project:
    """Which code is the project's own, and where it raises."""

    def __init__(self, module: str, path: Path) -> None:
        parts = module.split(".")
        if path.name == "__init__.py":
            parts.append("__init__")
        self.root = str(path.parents[len(parts) - 2]) + os.sep if len(parts) > 1 else str(path)

    def owns(self, filename: str) -> bool:
        return filename == self.root or (self.root.endswith(os.sep) and filename.startswith(self.root))

    def on_purpose(self, error: BaseException) -> bool:
        """Whether a ``raise`` of the project raised it; for SystemExit, a call of ``exit`` too."""
        trace = error.__traceback__
        if trace is None or not isinstance(error, (Exception, SystemExit)):
            return False
        while trace.tb_next is not None:
            trace = trace.tb_next
        code = trace.tb_frame.f_code
        if not self.owns(code.co_filename):
            return False
        if code.co_code[trace.tb_lasti] == _RAISE:
            return True
        return isinstance(error, SystemExit) and trace.tb_lineno in _exits(code.co_filename)


@functools.cache
def _exits(filename: str) -> frozenset[int]:
    """Lines that call ``exit``."""
    try:
        tree = ast.parse(Path(filename).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return frozenset()
    return frozenset(
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("exit")
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    )


def outcome(traced: Traced, project: Project, constructs: bool = False) -> Outcome:
    """What came out of the call. Raises Inexpressible for what is no test."""
    if traced.error is not None:
        if not project.on_purpose(traced.error):
            raise Inexpressible("an accident")
        return Raised(class_ref(type(traced.error)), _message(traced.error), traced.how)
    result, prepared = traced.result, traced.prepared
    if prepared is not None and result is prepared.receiver and result is not None:
        return None
    if constructs:
        return _made(result, traced.how)
    try:
        return Returned(record(result), traced.how) if result is not None else None
    except Inexpressible:
        return _made(result, traced.how)


def _message(error: BaseException) -> str:
    """Its first line, empty where it would not stay true."""
    try:
        text = str(error).partition("\n")[0]
        return str(scalar(text))
    except Exception:
        return ""


def _made(result: Any, how: How) -> Made:
    if isinstance(result, _NO_OBJECTS) or type(result) in SCALARS or how in ("list", "islice", "lists"):
        raise Inexpressible("nothing to look at")
    looks = tuple(looks_at(result))
    if type(result).__module__ == "builtins" and not looks:
        raise Inexpressible("nothing to look at")
    return Made(class_ref(type(result)), looks[:4], how)


def attributes_of(value: Any) -> Iterable[tuple[str, Recipe]]:
    """Public attributes and properties that can be written down; private ones of the project where there is no other."""
    names = [name for name in getattr(value, "__dict__", {}) if isinstance(name, str)]
    slots = [name for cls in type(value).__mro__ for name in _slots(cls)]
    properties = sorted(
        name for cls in type(value).__mro__ for name, member in vars(cls).items()
        if isinstance(member, property) and cls.__module__ != "builtins"
    )  # fmt: skip
    everything = list(dict.fromkeys([*names, *slots, *properties]))
    public = [name for name in everything if not name.startswith("_")]
    private = (
        [name for name in everything if not name.startswith("__")] if not _is_installed(type(value)) else []
    )
    for name in public or private:
        try:
            found = getattr(value, name)
            if not callable(found):
                yield name, record(found)
        except Exception:
            continue


def _is_installed(cls: type) -> bool:
    """Whether a class is of the standard library or of an installed package: what is private there may change."""
    file = str(getattr(sys.modules.get(cls.__module__), "__file__", "") or "")
    return cls.__module__.partition(".")[0] in sys.stdlib_module_names or "site-packages" in Path(file).parts


def looks_at(value: Any) -> Iterable[tuple[str, Recipe]]:
    """All that can be written down of an object, by how it is looked at; its text where there is nothing else."""
    found = [(f"{{0}}.{name}", recipe) for name, recipe in attributes_of(value)]
    cls = type(value)
    for base in (dict, list, set):
        if isinstance(value, base):
            found += _look(f"{base.__name__}({{0}})", lambda base=base: base(value))  # type: ignore[misc]
            break
    else:
        if hasattr(cls, "__len__") and not found:
            found += _look("len({0})", lambda: len(value))
        if hasattr(cls, "__iter__") and hasattr(cls, "__len__") and not hasattr(cls, "__next__"):
            found += _look("list({0})", lambda: _few(value))
    if not found and cls.__module__ != "builtins":
        for name, make in (("__str__", str), ("__repr__", repr)):
            if getattr(cls, name) is not getattr(object, name):
                found += _look(f"{make.__name__}({{0}})", lambda make=make: make(value))  # type: ignore[misc]
    yield from found


def _few(value: Any) -> list[Any]:
    items = list(itertools.islice(value, ITEMS + 1))
    if len(items) > ITEMS:
        raise Inexpressible("too many items")
    return items


def _look(how: str, get: Callable[[], Any]) -> list[tuple[str, Recipe]]:
    try:
        return [(how, record(get()))]
    except Exception:
        return []


def _slots(cls: type) -> tuple[str, ...]:
    slots = vars(cls).get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


def state(traced_receiver: Any) -> dict[str, Recipe]:
    """The receiver's attributes."""
    return dict(looks_at(traced_receiver)) if traced_receiver is not None else {}
