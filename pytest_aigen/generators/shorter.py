"""A context made shorter, from its least useful end, for a model that takes no longer one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_aigen.data import Context

#: What a test can be written without, the least useful first.
_LESS: tuple[Callable[[Context], Context], ...] = (
    lambda context: replace(context, evidence=(), observations=()),
    lambda context: replace(context, examples=context.examples[:1]),
    lambda context: replace(context, examples=()),
    lambda context: replace(context, definitions=context.definitions[: len(context.definitions) // 2]),
    lambda context: replace(context, definitions=()),
    lambda context: replace(context, fixtures=()),
    lambda context: replace(context, outline=""),
)


def shorter(context: Context, fits: Callable[[Context], bool]) -> Context:
    """The context without as many of its sections as it takes to fit; the target itself stays."""
    for less in _LESS:
        if fits(context):
            break
        context = less(context)
    return context
