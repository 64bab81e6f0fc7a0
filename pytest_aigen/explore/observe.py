"""What a call did, as far as a test may assert it: stable, expressible, meant by the code."""

from __future__ import annotations

import ast
import dis
import functools
import importlib.metadata
import os
import re
import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from pytest_aigen.data import Reached
from pytest_aigen.explore import comparisons
from pytest_aigen.explore.calls import How, of_the_test
from pytest_aigen.explore.looks import Look, looks_at, parts_of, plain_value, telling, texts
from pytest_aigen.explore.recipes import ARGUMENT, SCALARS, Call, Recipe, Ref
from pytest_aigen.explore.record import ADDRESS, Inexpressible, class_ref, record, scalar
from pytest_aigen.explore.room import Left
from pytest_aigen.explore.trace import Traced

_RAISE = dis.opmap["RAISE_VARARGS"]
#: What Python itself says of an object: that it is one.
_PLAIN_REPR = re.compile(r"<[\w.<>]+ (object )?at 0x[0-9a-fA-F]+>")
#: What methods of containers raise where there is no such thing, though it is not they who say ``raise``.
_PROTOCOL: Mapping[str, tuple[type[Exception], ...]] = {
    "__getitem__": (KeyError, IndexError), "__delitem__": (KeyError, IndexError), "__setitem__": (IndexError,),
    "pop": (KeyError, IndexError), "popitem": (KeyError,), "remove": (KeyError, ValueError), "index": (ValueError,),
    "popleft": (IndexError,), "peek": (IndexError,), "move_to_end": (KeyError,), "__next__": (StopIteration,),
    "__getattr__": (AttributeError,),
}  # fmt: skip
#: Values that a test can only say "it is one" about.
_NO_OBJECTS = (
    types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, type,
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
class Itself:
    """The receiver."""

    how: How = "plain"


@dataclass(frozen=True, slots=True)
class Given:
    """One of the arguments, which cannot be written down a second time."""

    #: Its position or name.
    argument: int | str
    how: How = "plain"


@dataclass(frozen=True, slots=True)
class Like:
    """A text that holds addresses."""

    #: The text in parts: an address stands between each two.
    parts: tuple[str, ...]
    how: How = "plain"


@dataclass(frozen=True, slots=True)
class Changed:
    """An argument, or an attribute of the receiver, after the call."""

    #: Position or name of the argument; None for the receiver.
    argument: int | str | None
    #: How the value is looked at: ``{0}``, ``{0}.name``, ``len({0})``.
    look: str
    value: Recipe
    #: Whether it was so before: the test says that the call leaves it alone.
    is_same: bool = False


@dataclass(frozen=True, slots=True)
class Printed:
    text: str
    #: As ``capsys`` calls the streams.
    stream: str = "out"


@dataclass(frozen=True, slots=True)
class Logged:
    """Messages of level WARNING and above."""

    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning that the project's own code gives."""

    category: Ref
    message: str


@dataclass(frozen=True, slots=True)
class Stored:
    """Data of the module or of a class that the call changed, and a test has to put back."""

    place: Ref
    #: The value that it had, in a tuple; empty where it cannot be written down: then it is copied.
    before: tuple[Recipe, ...]
    after: Recipe = None
    #: Whether the test is about what it is afterwards.
    is_asserted: bool = False


Effect: TypeAlias = Left | Changed | Printed | Logged | Warned | Stored
Outcome: TypeAlias = Raised | Returned | Made | Itself | Given | Like | None


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
    #: Whether it reads a clock, so that it may be another tomorrow.
    is_timed: bool = False


class Project:
    """Which code is the project's own, and where it raises."""

    def __init__(self, module: str, path: Path) -> None:
        self.path = path
        parts = module.split(".")
        #: Of its distribution, as far as that has the name of the outermost package; empty where it has not.
        self.version = _version(parts[0])
        if path.name == "__init__.py":
            parts.append("__init__")
        self.root = str(path.parents[len(parts) - 2]) + os.sep if len(parts) > 1 else str(path)

    def owns(self, filename: str) -> bool:
        return filename == self.root or (self.root.endswith(os.sep) and filename.startswith(self.root))

    @functools.cached_property
    def may_speak(self) -> bool:
        """Whether the module has words for warnings, logs or standard error."""
        return bool(re.search(r"\bwarn|\blog|stderr", _text(self.path)))

    def warns(self, message: str) -> bool:
        """Whether a warning is the module's own: words of it, between what may be filled in, stand in the source."""
        pieces = (piece.strip()[:16].strip() for piece in re.split(r"[\d'\"<(`]+", message))
        return any(len(piece) >= 6 and piece in _text(self.path) for piece in pieces)

    def on_purpose(self, error: BaseException) -> bool:
        """Whether a ``raise`` of the project, or what the test itself passes in, raised it; for SystemExit, a call of
        ``exit`` too; for a missing key and the like, a method that is known to answer so.
        """
        trace = error.__traceback__
        if trace is None or not isinstance(error, (Exception, SystemExit)):
            return False
        # A lookup that is watched is carried out by what watches it.
        while trace.tb_next is not None and trace.tb_next.tb_frame.f_code.co_filename != comparisons.__file__:
            trace = trace.tb_next
        code = trace.tb_frame.f_code
        if of_the_test(error) or code.co_filename == ARGUMENT:
            return True
        if not self.owns(code.co_filename):
            return False
        if code.co_code[trace.tb_lasti] == _RAISE or type(error) in _PROTOCOL.get(code.co_name, ()):
            return True
        return isinstance(error, SystemExit) and trace.tb_lineno in _exits(code.co_filename)


@functools.cache
def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


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
        return Itself(traced.how)
    if constructs:
        return _made(result, traced.how)
    if type(result) is str and result == project.version:
        raise Inexpressible("another one with the next release")
    try:
        return Returned(record(result), traced.how) if result is not None else None
    except Inexpressible:
        if type(result) is str and traced.how == "plain":
            return _like(result)
        given = _given(traced) if traced.how == "plain" else None
        return _made(result, traced.how) if given is None else given


@functools.cache
def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return ""


def _given(traced: Traced) -> Given | None:
    if traced.prepared is None:
        return None
    pairs: tuple[tuple[int | str, Any], ...] = (
        *enumerate(traced.prepared.positional),
        *traced.prepared.keywords.items(),
    )
    return next((Given(place) for place, value in pairs if value is traced.result), None)


def _like(text: str) -> Like:
    """Raises Inexpressible for a text that is no more stable without its addresses."""
    parts = tuple(ADDRESS.split(text))
    if (
        _PLAIN_REPR.fullmatch(text)
        or len(parts) == 1
        or len(text) > 120
        or "\n" in text
        or sum(map(len, parts)) < 8
    ):
        raise Inexpressible("long, or an address")
    return Like(tuple(str(scalar(part)) for part in parts))


def _message(error: BaseException) -> str:
    """Its first line, empty where it would not stay true."""
    try:
        text = str(error).partition("\n")[0]
        return str(scalar(text))
    except Exception:
        return ""


def _made(result: Any, how: How) -> Made:
    if isinstance(result, (types.FunctionType, type)) and how == "plain":
        return _named(result)
    if isinstance(result, _NO_OBJECTS) or type(result) in SCALARS or how in ("islice", "lists"):
        raise Inexpressible("nothing to look at")
    if type(result) in (list, tuple, dict):
        looks = tuple(parts_of(result)[:4])
    elif isinstance(result, functools.partial):
        looks = _partial(result)
    else:
        plain = plain_value(result)
        looks = (*plain, *telling(list(looks_at(result)), texts(result))[: 4 - 2 * len(plain)])
    if type(result).__module__ == "builtins" and not looks:
        raise Inexpressible("nothing to look at")
    return Made(class_ref(type(result)), looks, how)


def _named(result: Any) -> Made:
    """A function or a class that was made by the call: it has a name."""
    name = result.__name__
    if not isinstance(name, str) or not name.isidentifier():
        raise Inexpressible("without a name")
    kind = Ref("builtins", "type") if isinstance(result, type) else Ref("types", "FunctionType")
    return Made(kind, (("{0}.__name__", name),))


def _partial(made: functools.partial[Any]) -> tuple[Look, ...]:
    looks = (
        ("{0}.func", record(made.func)),
        ("{0}.args", record(made.args)),
        ("{0}.keywords", record(made.keywords)),
    )
    return tuple((look, value) for look, value in looks if value or look == "{0}.func")
