"""A context made shorter, from its least useful end, to fit the room that there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from pytest_aigen.data import Context

#: What a test can be written without, the least useful first: of which field the last items go, and how many stay.
_LESS = (
    ("libraries", 3),
    ("evidence", 3),
    ("examples", 1),
    ("definitions", 6),
    ("markers", 0),
    ("libraries", 0),
    ("fixture_code", 1),
    ("evidence", 0),
    ("at_hand", 0),
    ("definitions", 4),
    ("helpers", 0),
    ("examples", 0),
    ("fixture_code", 0),
    ("definitions", 0),
    ("plugin_fixtures", 0),
    ("fixtures", 0),
    ("outline", 0),
)
#: How what is missing is called.
_NOUNS = {
    "definitions": "definitions",
    "libraries": "signatures of libraries",
    "examples": "existing tests",
    "helpers": "helpers of these tests",
    "at_hand": "what is at hand in the test module",
    "fixtures": "fixtures",
    "fixture_code": "fixtures' code",
    "plugin_fixtures": "fixtures of plugins",
    "markers": "markers",
    "evidence": "what the present tests did",
    "outline": "the outline of the module",
}


def shorter(context: Context, fits: Callable[[Context], bool]) -> Context:
    """The context without as many of its parts as it takes to fit, which are noted in it; the target itself stays."""
    short = context
    for less in _steps(context):
        if fits(short):
            break
        short = replace(less, omitted=tuple(_omitted(context, less)))
    return short


def _steps(context: Context) -> Iterator[Context]:
    for name, keep in _LESS:
        while len(value := getattr(context, name)) > keep:
            less: Any = {name: value[:-1] if isinstance(value, tuple) else type(value)()}
            context = replace(context, **less)
            yield context


def _omitted(context: Context, less: Context) -> Iterator[str]:
    for name, noun in _NOUNS.items():
        before, after = getattr(context, name), getattr(less, name)
        if len(after) < len(before):
            yield noun if not isinstance(before, tuple) or not after else f"{len(before) - len(after)} {noun}"
