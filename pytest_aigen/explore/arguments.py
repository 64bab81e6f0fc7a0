"""What to try for each argument of a function, from its annotation, its use, its name and the documentation."""

from __future__ import annotations

import ast
import inspect
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pytest_aigen.explore.annotations import around, resolved
from pytest_aigen.explore.calls import Param
from pytest_aigen.explore.definitions import find
from pytest_aigen.explore.files import with_files
from pytest_aigen.explore.fixtures import Offers
from pytest_aigen.explore.lists import distinct, interleave
from pytest_aigen.explore.parts import Guess
from pytest_aigen.explore.recipes import Form, Recipe
from pytest_aigen.explore.usage import guess
from pytest_aigen.explore.uses import MIXED, MOST
from pytest_aigen.explore.values import Values

_FORMS: Mapping[Any, Form] = {
    inspect.Parameter.POSITIONAL_ONLY: "positional",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "either",
    inspect.Parameter.KEYWORD_ONLY: "keyword",
    inspect.Parameter.VAR_POSITIONAL: "star",
    inspect.Parameter.VAR_KEYWORD: "stars",
}


class Arguments:
    """Makes the parameters of functions of one module."""

    def __init__(self, tree: ast.Module, names: Mapping[str, Any], offers: Offers) -> None:
        self.tree = tree
        self.offers = offers
        #: What annotations may use.
        self.names = names
        #: Arguments are asked for once for each way to make an instance that takes them.
        self._guesses: dict[tuple[_Site, str], Guess] = {}

    def params(
        self, function: Any, name: str, values: Values, *, skip: int, node: ast.AST | None = None
    ) -> tuple[Param, ...] | None:
        """Its arguments; None where it has no signature. ``name`` is the dotted one in the module; of a function without
        name the definition is given.
        """
        try:
            parameters = list(inspect.signature(function).parameters.values())[skip:]
        except (TypeError, ValueError):
            return None
        node, owner = node or find(self.tree, name), name.rpartition(".")[0]
        if isinstance(node, ast.ClassDef):
            node, owner = find(node, "__init__") or node, name
        docstring = inspect.getdoc(function) or ""
        return tuple(
            self._param(parameter, function, _Site(node, owner, docstring), values)
            for parameter in parameters
        )

    def hint(self, annotation: Any, function: Any) -> Any:
        """The annotation with names looked up; ``inspect.Parameter.empty`` for one that cannot be."""
        if not isinstance(annotation, str):
            return resolved(annotation, {})
        scope = (
            around(function, str(self.names.get("__name__")).partition(".")[0]) if callable(function) else {}
        )
        return resolved(annotation, {**self.names, **scope})

    def evaluate(self, text: str) -> Any:
        """The type of that name, or None."""
        found = resolved(text, self.names)
        return None if found is inspect.Parameter.empty or isinstance(found, str) else found

    def _param(self, parameter: inspect.Parameter, function: Any, site: _Site, values: Values) -> Param:
        name, default = parameter.name, parameter.default
        form = _FORMS[parameter.kind]
        hint = self.hint(parameter.annotation, function)
        typed = values.of(hint, name) if hint is not inspect.Parameter.empty else []
        if form == "star":
            typed = list(_spread(typed or values.guessed(self._guess(site, name), name.removesuffix("s"))))
        elif form == "stars":
            typed = list(self._keywords(site, name, typed, values))
        elif not typed or hint in (Any, object):
            found = self._guess(site, name)
            if default is not inspect.Parameter.empty and default is not None:
                found = replace(found, types={type(default): None, **found.types})
            typed = values.guessed(found, name)
        if default is not inspect.Parameter.empty:
            typed = _otherwise(typed, default)
        spreads = form in ("star", "stars")
        if not spreads:
            typed = with_files(typed, name, site.node, self.tree, values.pool)
            offered = self.offers.named(name, hint)
            typed = distinct(
                [*offered, *typed]
                if not typed or hint is inspect.Parameter.empty
                else [*typed[:1], *offered, *typed[1:]]
            )
        kinds = {type(value) for value in typed}
        wrong = () if spreads else tuple(value for value in MIXED if type(value) not in kinds)
        required = default is inspect.Parameter.empty and not spreads
        return Param(name, form, required, tuple(typed), wrong, hint)

    def _guess(self, site: _Site, name: str) -> Guess:
        key = (site, name)
        if key not in self._guesses:
            self._guesses[key] = guess(site.node, name, site.docstring, self.tree, site.owner)
        return self._guesses[key]

    def _keywords(self, site: _Site, name: str, typed: Sequence[Recipe], values: Values) -> Sequence[Recipe]:
        """``**kwargs``: one at a time of those that the function asks for, or hands on to one that names them."""
        found = self._guess(site, name)
        names: dict[str, list[Recipe]] = {}
        for key, inner in found.keys.items():
            names[key] = [*typed[:3]] or values.guessed(inner, key, 1)[:8]
        for target in _handed_on(site.node, name, self.tree, site.owner):
            names.setdefault(target.arg, values.guessed(guess(None, target.arg), target.arg, 1)[:5])
        some: list[Recipe] = [{}]
        some += interleave([[{key: value} for value in column] for key, column in names.items()])
        if len(names) > 1:
            some.insert(1, {key: column[0] for key, column in names.items() if column})
        return distinct(
            [*some, *({"a": value} for value in (typed or [1, "hello", None, [1, 2]])[:5]), {"a": 1, "b": 2}]
        )


@dataclass(frozen=True, slots=True)
class _Site:
    """Where an argument stands."""

    node: ast.AST | None
    owner: str
    docstring: str


def _otherwise(typed: Sequence[Recipe], default: Any) -> list[Recipe]:
    """Values like the default but not the same first: to give what is the default anyway says nothing."""
    alike = [value for value in typed if type(value) is type(default) and repr(value) != repr(default)][:2]
    return distinct([*alike, *typed], MOST)


def _spread(one: Sequence[Recipe]) -> Sequence[Recipe]:
    return [
        *((value,) for value in one[:30]), (), tuple(one[:2]), tuple(one[:3]),
        *((one[0], value) for value in one[1:12]), *(tuple(pair) for pair in itertools.pairwise(one[1:8])),
    ]  # fmt: skip


def _handed_on(node: ast.AST | None, name: str, tree: ast.Module, owner: str) -> list[ast.arg]:
    """Named arguments of the functions and classes of the module that get ``**name``."""
    found: list[ast.arg] = []
    for call in ast.walk(node) if node is not None else ():
        if not isinstance(call, ast.Call):
            continue
        if not any(key.arg is None and getattr(key.value, "id", "") == name for key in call.keywords):
            continue
        target: ast.AST | None = None
        if isinstance(call.func, ast.Name):
            target = find(tree, owner if call.func.id == "cls" else call.func.id)
        elif isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") in ("self", "cls"):
            target = find(tree, f"{owner}.{call.func.attr}")
        if isinstance(target, ast.ClassDef):
            target = find(target, "__init__")
        if isinstance(target, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found += [
                arg for arg in (*target.args.args, *target.args.kwonlyargs) if arg.arg not in ("self", "cls")
            ]
    return found
