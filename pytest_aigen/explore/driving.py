"""Results driven to their end, as text."""

from __future__ import annotations

from pytest_aigen.explore.calls import ITEMS, How
from pytest_aigen.explore.literals import Imports
from pytest_aigen.explore.recipes import Ref
from pytest_aigen.explore.spelling import INDENT


def drive(expression: str, how: How, imports: Imports, *, looped: bool) -> tuple[list[str], str]:
    """The lines that have to stand before, and the expression for what comes of it in the end.

    ``looped``: whether it stands in a coroutine.
    """
    if how == "list":
        return [], f"list({expression})"
    if how == "lists":
        return [], f"[list(part) for part in {expression}]"
    if how == "islice":
        return [], f"list({imports.use(Ref('itertools', 'islice'))}({expression}, {ITEMS}))"
    if looped:
        written = {"await": f"await {expression}", "alist": f"[item async for item in {expression}]"}
        return [], written.get(how, expression)
    if how == "await":
        return [], f"{imports.module('asyncio')}.run({expression})"
    if how == "alist":
        body = [f"{INDENT}return [item async for item in {expression}]", ""]
        return ["async def collect():", *body], f"{imports.module('asyncio')}.run(collect())"
    if how == "awith":
        body = [f"{INDENT}async with {expression} as entered:", f"{INDENT * 2}return entered", ""]
        return ["async def enter():", *body], f"{imports.module('asyncio')}.run(enter())"
    return [], expression
