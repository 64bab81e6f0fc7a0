"""The function under test as something to call: its arguments with what to try for each, instances to call it on."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from pytest_aigen.data import Fixture, Observation
from pytest_aigen.explore import examples
from pytest_aigen.explore.annotations import namespace
from pytest_aigen.explore.arguments import Arguments
from pytest_aigen.explore.calls import Param, bind
from pytest_aigen.explore.constants import harvest
from pytest_aigen.explore.definitions import find
from pytest_aigen.explore.examples import Examples
from pytest_aigen.explore.fixtures import Offers
from pytest_aigen.explore.instances import Instances
from pytest_aigen.explore.lists import distinct
from pytest_aigen.explore.locate import Place, Role, locate
from pytest_aigen.explore.operators import AWAITING, BINARY, CHANGING, ENTERING, OPERATORS
from pytest_aigen.explore.pool import Pool
from pytest_aigen.explore.recipes import Call, Kind, Receiver, Recipe, Ref, Subclass, resolve
from pytest_aigen.explore.values import Values

_KINDS: Mapping[Role, Kind] = {"call": "method", "get": "property", "set": "setter", "delete": "deleter"}
#: Called on the class without a decorator that says so.
_OF_CLASSES = frozenset({"__init_subclass__", "__class_getitem__"})
#: Arguments that are mostly of the class of the method.
_ALIKE = frozenset({"other", "another", "rhs", "that"})


@dataclass(frozen=True)
class Subject:
    """What is explored, and all that there is to call it with."""

    kind: Kind
    function: Ref | Subclass
    params: tuple[Param, ...]
    pool: Pool
    #: Ways to make the object of a method; empty for a function.
    receivers: tuple[Receiver, ...] = ()
    #: Methods that may change the object before the call.
    steps: tuple[tuple[str, tuple[Param, ...]], ...] = ()
    #: Calls written in the docstring.
    examples: tuple[Call, ...] = ()
    #: Makes values for what the result takes.
    values: Values | None = None

    @property
    def callable(self) -> bool:
        """Whether there is something to try for all that it needs."""
        if self.kind not in ("function", "init") and not self.receivers:
            return False
        return all(param.values for param in self.params if param.required)


class Module:
    """The module under test: its objects and its text."""

    def __init__(
        self,
        name: str,
        text: str | ast.Module,
        observations: Sequence[Observation] = (),
        fixtures: Sequence[Fixture] = (),
    ) -> None:
        #: Raises whatever importing it raises.
        self.object = importlib.import_module(name)
        self.name = name
        self.tree = ast.parse(text) if isinstance(text, str) else text
        #: Calls that the suite made of its functions.
        self.observations = observations
        #: Fixtures that its tests can ask for.
        self.offers = Offers(fixtures)
        file = str(getattr(self.object, "__file__", None) or "")
        #: Under which its code objects are known.
        self.filenames = frozenset({file, os.path.realpath(file)})

    @cached_property
    def arguments(self) -> Arguments:
        """What makes the parameters of its functions."""
        return Arguments(self.tree, namespace(self.object, self.tree), self.offers)

    @cached_property
    def examples(self) -> Examples:
        """Examples in its documentation and calls in its code."""
        return examples.read(self.tree, vars(self.object), self.observations)

    def subject(self, qualname: str, first: int = 0) -> Subject | None:
        """What there is to call for the scope of that name, and of several that one which begins on that line; of a
        nested function the outermost one.
        """
        place = locate(self.object, qualname, first)
        if place is None:
            return None
        pool = harvest(self.tree, place.name, vars(self.object), self.examples)
        instances = Instances(self.object, self._takes, pool, self.arguments.evaluate, self.offers)
        values = instances.values()
        owner = place.owner
        if owner is None:
            if place.role != "call":
                return None
            return self._subject("function", place, place.value, values, skip=0)
        if place.last in ("__init__", "__post_init__", "__new__") and not issubclass(owner, type):
            callee = instances.concrete(owner)
            if callee is None:
                return None
            return self._subject("init", place, resolve(callee), values, callee=callee)
        if isinstance(place.value, (staticmethod, classmethod)) or place.last in _OF_CLASSES:
            return self._subject("function", place, getattr(owner, place.last), values)
        receivers = tuple(made for made in instances.of(owner) if isinstance(made, Receiver))
        steps = tuple(self._steps(owner, place.last, values))
        kind = _KINDS[place.role]
        function = None
        if kind == "method":
            function = place.value
        elif kind == "setter":
            function = place.value.fset
        return self._subject(
            kind, place, function, values, skip=1, receivers=receivers, steps=steps, same=receivers[:8]
        )

    def answers(self, qualname: str, first: int = 0) -> bool:
        """Whether the function returns something but None anywhere; a property always does."""
        node = find(self.tree, qualname)
        place = locate(self.object, qualname, first)
        if place is not None and place.owner is not None and place.role == "get":
            return True
        return any(
            isinstance(child, ast.Return)
            and child.value is not None
            and not (isinstance(child.value, ast.Constant) and child.value.value is None)
            for child in ast.walk(node or ast.Module([], []))
        )

    def _subject(
        self,
        kind: Kind,
        place: Place,
        function: Any,
        values: Values,
        *,
        skip: int = 0,
        same: Sequence[Recipe] = (),
        callee: Ref | Subclass | None = None,
        **more: Any,
    ) -> Subject | None:
        if function is not None and not callable(function):
            return None
        name = place.name if callee is None else place.name.rpartition(".")[0]
        params = self.arguments.params(function, name, values, skip=skip) if function is not None else ()
        if params is None:
            return None
        if kind == "method" and place.last in ENTERING | AWAITING:
            params = ()
        if kind == "method" and place.last in OPERATORS:
            params = params[: OPERATORS[place.last].arity]
        params = tuple(_fitted(param, number, place, same, values) for number, param in enumerate(params))
        reference = callee or Ref(self.name, name)
        return Subject(
            kind,
            reference,
            params,
            values.pool,
            examples=self._shown(kind, reference, params),
            values=values,
            **more,
        )

    def _takes(self, function: Any, name: str, values: Values) -> Sequence[Param] | None:
        return self.arguments.params(function, name, values, skip=0)

    def _shown(self, kind: Kind, function: Ref | Subclass, params: Sequence[Param]) -> tuple[Call, ...]:
        """Calls of the function in examples, as far as they fit."""
        if kind not in ("function", "init", "method"):
            return ()
        forms = [(param.name, param.form) for param in params]
        calls: list[Call] = []
        for example in self.examples.of(function.name.rpartition(".")[2]):
            chosen = examples.bound(example, forms)
            if chosen is None or (kind == "method" and example.receiver is None):
                continue
            receiver = example.receiver if kind == "method" else None
            calls.append(Call(kind, function, bind(params, chosen), receiver))
        return tuple(calls)

    def _steps(self, owner: type, without: str, values: Values) -> Iterable[tuple[str, tuple[Param, ...]]]:
        for name in sorted(dir(owner)):
            static = inspect.getattr_static(owner, name, None)
            if (name.startswith("_") and name not in CHANGING) or not inspect.isfunction(static):
                continue
            if name == without and name not in CHANGING:
                continue
            if inspect.isgeneratorfunction(static) or static.__module__ in ("builtins", "typing", "abc"):
                continue
            params = self.arguments.params(static, f"{owner.__qualname__}.{name}", values, skip=1)
            if params is not None and name in OPERATORS:
                params = params[: OPERATORS[name].arity]
            if params is not None and all(param.values for param in params if param.required):
                yield name, params


def _fitted(param: Param, number: int, place: Place, same: Sequence[Recipe], values: Values) -> Param:
    """With values that the place of the argument asks for: the class that is registered, an object like the receiver."""
    first: Sequence[Recipe] = ()
    if place.registered is not None and number == 0:
        first = values.of(place.registered)
    elif place.last in BINARY or param.name in _ALIKE:
        first = same
    if not first or param.form in ("star", "stars"):
        return param
    return replace(param, values=tuple(distinct([*first, *param.values])))
