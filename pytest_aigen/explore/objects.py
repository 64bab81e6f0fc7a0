"""The function under test as something to call: its arguments with what to try for each, instances to call it on."""

from __future__ import annotations

import ast
import importlib
import inspect
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pytest_aigen.explore.calls import Param, bind
from pytest_aigen.explore.constants import Pool, find, harvest
from pytest_aigen.explore.recipes import Call, Kind, New, Recipe, Ref, resolve
from pytest_aigen.explore.usage import guess
from pytest_aigen.explore.values import MIXED, Values, distinct, fields_of

_FORMS: Mapping[Any, Any] = {
    inspect.Parameter.POSITIONAL_ONLY: "positional",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "either",
    inspect.Parameter.KEYWORD_ONLY: "keyword",
    inspect.Parameter.VAR_POSITIONAL: "star",
    inspect.Parameter.VAR_KEYWORD: "stars",
}
#: Constructions tried for the receiver of a method, and for an argument.
_MOST_RECEIVERS, _MOST_INSTANCES = 48, 14


@dataclass(frozen=True)
class Subject:
    """What is explored, and all that there is to call it with."""

    kind: Kind
    function: Ref
    params: tuple[Param, ...]
    pool: Pool
    #: Ways to make the object of a method; empty for a function.
    receivers: tuple[New, ...] = ()
    #: Methods that may change the object before the call.
    steps: tuple[tuple[str, tuple[Param, ...]], ...] = ()
    #: Calls written in the docstring.
    examples: tuple[Call, ...] = ()

    @property
    def callable(self) -> bool:
        """Whether there is something to try for all that it needs."""
        if self.kind in ("method", "property") and not self.receivers:
            return False
        return all(param.values for param in self.params if param.required)


class Module:
    """The module under test: its objects and its text."""

    def __init__(self, name: str, text: str) -> None:
        #: Raises whatever importing it raises.
        self.object = importlib.import_module(name)
        self.name = name
        self.tree = ast.parse(text)

    @cached_property
    def namespace(self) -> dict[str, Any]:
        """Names that annotations may use, those imported for type checking included."""
        names: dict[str, Any] = {**vars(typing), **vars(self.object)}
        for node in self.tree.body:
            if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
                for statement in node.body:
                    if isinstance(statement, (ast.Import, ast.ImportFrom)):
                        scope = {"__package__": self.object.__package__, "__name__": self.name}
                        try:
                            exec(ast.unparse(statement), scope)
                        except Exception:
                            continue
                        names.update({key: value for key, value in scope.items() if not key.startswith("__")})
        return names

    def subject(self, qualname: str, first: int = 0) -> Subject | None:
        """What there is to call for the scope of that name, and of several that one which begins on that line; of a
        nested function the outermost one.
        """
        owner, function, name = self._locate(qualname)
        if function is None:
            return None
        pool = harvest(self.tree, name, vars(self.object))
        values = Values(pool, lambda cls, depth: self.instances(cls, depth, pool))
        if owner is None:
            return self._subject("function", name, function, values, skip=0)
        static = inspect.getattr_static(owner, name.rpartition(".")[2], None)
        bare = name.rpartition(".")[2]
        if isinstance(static, (staticmethod, classmethod)) or bare in (
            "__init_subclass__",
            "__class_getitem__",
        ):
            return self._subject("function", name, getattr(owner, bare), values, skip=0)
        if bare in ("__init__", "__post_init__", "__new__"):
            init = self._subject("init", name.rpartition(".")[0], owner, values, skip=0)
            return None if inspect.isabstract(owner) else init
        receivers = tuple(new for new in self.instances(owner, 0, pool) if isinstance(new, New))
        steps = tuple(self._steps(owner, bare, values))
        kind: Kind = "method"
        if not callable(static):
            kind, function = "property", None
            if isinstance(static, property) and static.fset is not None and _begins(static.fset, first):
                kind, function = "setter", static.fset
        return self._subject(kind, name, function, values, skip=1, receivers=receivers, steps=steps)

    def answers(self, qualname: str, first: int = 0) -> bool:
        """Whether the function returns something but None anywhere; a property always does."""
        node = find(self.tree, qualname)
        subject = self.subject(qualname, first)
        if subject is not None and subject.kind == "property":
            return True
        return any(
            isinstance(child, ast.Return)
            and child.value is not None
            and not (isinstance(child.value, ast.Constant) and child.value.value is None)
            for child in ast.walk(node or ast.Module([], []))
        )

    def _locate(self, qualname: str) -> tuple[type | None, Any, str]:
        """The class that owns it, the function, and the dotted name under which it is reached."""
        owner: type | None = None
        value: Any = self.object
        reached: list[str] = []
        for part in qualname.replace(".<locals>", "").split("."):
            if not isinstance(value, (types.ModuleType, type)):
                break  # a nested function: its outer one is called
            if isinstance(value, type):
                owner = value
                part = (
                    f"_{value.__name__.lstrip('_')}{part}"
                    if part.startswith("__") and not part.endswith("__")
                    else part
                )
                value = inspect.getattr_static(value, part, None)
            else:
                value = vars(value).get(part)
            if value is None:
                return None, None, ""
            reached.append(part)
        if isinstance(value, type):
            return None, None, ""
        return owner, value, ".".join(reached)

    def _subject(
        self, kind: Kind, name: str, function: Any, values: Values, *, skip: int, **more: Any
    ) -> Subject | None:
        if function is not None and not callable(function):
            return None
        params = self.params(function, name, values, skip=skip) if function is not None else ()
        if params is None:
            return None
        reference = Ref(self.name, name)
        examples = (
            () if kind != "function" else tuple(_examples(inspect.getdoc(function) or "", reference, params))
        )
        return Subject(kind, reference, params, values.pool, examples=examples, **more)

    def params(self, function: Any, name: str, values: Values, *, skip: int) -> tuple[Param, ...] | None:
        """Its arguments; None where it has no signature."""
        try:
            parameters = list(inspect.signature(function).parameters.values())[skip:]
        except (TypeError, ValueError):
            return None
        node = find(self.tree, name)
        if isinstance(node, ast.ClassDef):
            node = find(node, "__init__") or node
        return tuple(self._param(parameter, function, node, values) for parameter in parameters)

    def _param(
        self, parameter: inspect.Parameter, function: Any, node: ast.AST | None, values: Values
    ) -> Param:
        name, default = parameter.name, parameter.default
        hint = self.hint(parameter.annotation, function)
        typed: list[Recipe] = []
        if hint is not inspect.Parameter.empty:
            typed = values.of(hint, name)
        form = _FORMS[parameter.kind]
        if form == "star":
            one = typed or values.guessed(guess(node, "", ""), name.removesuffix("s"))
            typed = [(value,) for value in one[:10]] + [(), tuple(one[:2]), tuple(one[:3])]
        elif form == "stars":
            typed = [{"a": value} for value in (typed or [1, "hello"])[:3]] + [{}]
        elif not typed:
            found = guess(node, name, inspect.getdoc(function) or "")
            if default is not inspect.Parameter.empty and default is not None:
                found.types = {type(default): None, **found.types}
            for text in found.classes:
                kind = self._evaluate(text)
                if isinstance(kind, type):
                    found.add(kind)
            typed = values.guessed(found, name)
        kinds = {type(value) for value in typed}
        wrong = (
            tuple(value for value in MIXED if type(value) not in kinds)
            if form not in ("star", "stars")
            else ()
        )
        required = default is inspect.Parameter.empty and form not in ("star", "stars")
        return Param(name, form, required, tuple(typed), wrong)

    def _evaluate(self, text: str) -> Any:
        try:
            return eval(text, dict(self.namespace))
        except Exception:
            return None

    def hint(self, annotation: Any, function: Any) -> Any:
        """The annotation with names looked up; ``empty`` for one that cannot be."""
        empty = inspect.Parameter.empty
        if isinstance(annotation, typing.ForwardRef):
            annotation = annotation.__forward_arg__
        if not isinstance(annotation, str):
            return annotation
        scope = {**self.namespace, **getattr(inspect.unwrap(function), "__globals__", {})}
        try:
            return eval(annotation, scope)
        except Exception:
            return empty

    def instances(self, cls: type, depth: int, pool: Pool) -> Sequence[Recipe]:
        """Ways to make an instance, the simplest first; none for a class that cannot be imported or made."""
        reference = Ref(cls.__module__, cls.__qualname__)
        try:
            if resolve(reference) is not cls:
                return []
        except (ImportError, AttributeError):
            return []
        if inspect.isabstract(cls):
            below = sorted(
                cls.__subclasses__(), key=lambda sub: (sub.__module__ != self.name, sub.__qualname__)
            )
            return [new for sub in below[:3] for new in self.instances(sub, depth, pool)]
        if getattr(cls, "_is_protocol", False):
            return []
        values = Values(
            pool,
            lambda other, deeper: self.instances(other, max(deeper, depth + 1), pool) if depth < 3 else [],
        )
        params = self.params(cls, cls.__qualname__ if cls.__module__ == self.name else "?", values, skip=0)
        if params is None:
            return [New(reference)]
        found = list(_constructions(reference, params, by_name=fields_of(cls) is not None))
        found += self._factories(cls, reference, values)
        return distinct(found, _MOST_INSTANCES if depth else _MOST_RECEIVERS)

    def _factories(self, cls: type, reference: Ref, values: Values) -> Iterable[New]:
        for name, static in vars(cls).items():
            if not isinstance(static, classmethod) or name.startswith("_"):
                continue
            annotation = static.__func__.__annotations__.get("return")
            if annotation in (cls, cls.__name__, "Self", f"'{cls.__name__}'") or annotation is getattr(
                typing, "Self", ...
            ):
                params = self.params(getattr(cls, name), f"{cls.__qualname__}.{name}", values, skip=0)
                factory = Ref(reference.module, f"{reference.name}.{name}")
                yield from list(_constructions(factory, params or (), by_name=False))[:3]

    def _steps(self, owner: type, without: str, values: Values) -> Iterable[tuple[str, tuple[Param, ...]]]:
        for name in sorted(dir(owner)):
            static = inspect.getattr_static(owner, name, None)
            if name.startswith("_") or name == without or not inspect.isfunction(static):
                continue
            if inspect.isgeneratorfunction(static) or static.__module__ in ("builtins", "typing", "abc"):
                continue
            params = self.params(static, f"{owner.__qualname__}.{name}", values, skip=1)
            if params is not None and all(param.values for param in params if param.required):
                yield name, params


def _begins(function: Any, first: int) -> bool:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and code.co_firstlineno == first


def _constructions(reference: Ref, params: Sequence[Param], by_name: bool) -> Iterable[New]:
    required = [param for param in params if param.required]
    if not all(param.values for param in required):
        return
    plain = {param.name: param.values[0] for param in required}

    def make(chosen: dict[str, Recipe]) -> New:
        args = bind(params, chosen)
        if by_name:
            return New(reference, (), tuple((arg.name, arg.value) for arg in args))
        positional = tuple(
            value for arg in args if arg.form in ("either", "positional", "star")
            for value in (arg.value if arg.form == "star" else [arg.value])
        )  # fmt: skip
        keywords = tuple(
            pair for arg in args if arg.form in ("keyword", "stars")
            for pair in (arg.value.items() if arg.form == "stars" else [(arg.name, arg.value)])
        )  # fmt: skip
        return New(reference, positional, keywords)

    yield make(plain)
    for turn in (1, 2):
        if any(len(param.values) > turn for param in required):
            yield make({param.name: param.values[turn % len(param.values)] for param in required})
    for turn in range(10):
        for param in params:
            if turn + param.required < len(param.values):
                yield make({**plain, param.name: param.values[turn + param.required]})


def _examples(docstring: str, function: Ref, params: Sequence[Param]) -> Iterable[Call]:
    """Calls of the function in ``>>>`` lines, or anywhere in a docstring, whose arguments are literals."""
    name = function.name.rpartition(".")[2]
    for line in docstring.splitlines():
        start = line.find(f"{name}(")
        if start < 0:
            continue
        for end in range(len(line), start + len(name) + 1, -1):
            if line[end - 1] != ")":
                continue
            try:
                node = ast.parse(line[start:end].strip(), mode="eval").body
                chosen = _literals(node, params)
            except (SyntaxError, ValueError, TypeError):
                continue
            if chosen is not None:
                yield Call("function", function, bind(params, chosen))
                break


def _literals(node: ast.expr, params: Sequence[Param]) -> dict[str, Recipe] | None:
    if not isinstance(node, ast.Call):
        return None
    open_params = [param for param in params if param.form in ("either", "positional")]
    star = next((param for param in params if param.form == "star"), None)
    given = [ast.literal_eval(arg) for arg in node.args]
    chosen = {param.name: value for param, value in zip(open_params, given)}
    if len(given) > len(open_params):
        if star is None:
            return None
        chosen[star.name] = tuple(given[len(open_params) :])
    names = {param.name for param in params}
    for keyword in node.keywords:
        if keyword.arg not in names:
            return None
        chosen[str(keyword.arg)] = ast.literal_eval(keyword.value)
    return chosen
