"""Contexts for tests of what takes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pytest_aigen.data import (
    NOT_RUN,
    Accepted,
    Branches,
    Candidate,
    Context,
    Edit,
    Gap,
    Job,
    Lines,
    Refusal,
    Rejected,
    Run,
    Target,
    Trial,
)

OUTLINE = """\
# module shop.basket
import json
from shop.errors import SoldOut
LIMIT = 10
def total(prices, *, discount=0): ...
class Basket:
    def __init__(self, owner): ...
    def __weigh(self): ...
    def add(self, item): ..."""

SOURCE = """\
     12 def total(prices, *, discount=0):
     13     if not prices:
>    14         raise ValueError("nothing to add up")
     15     if discount:
>    16         return sum(prices) * (1 - discount)
     17     return sum(prices)"""

NAMES = {
    "json": "import json",
    "SoldOut": "from shop.errors import SoldOut",
    "LIMIT": "from shop.basket import LIMIT",
    "total": "from shop.basket import total",
    "Basket": "from shop.basket import Basket",
    "__Scale": "from shop.basket import __Scale",
}


def context(
    *,
    qualname: str = "total",
    tools: Sequence[str] = (),
    names: Mapping[str, str] = NAMES,
    lines: Lines = frozenset({14, 16}),
    branches: Branches = frozenset({(13, 14), (15, 16)}),
    module: str = "shop.basket",
) -> Context:
    """What is known about ``total`` in shop/basket.py."""
    path = Path("/project").joinpath(*module.split(".")).with_suffix(".py")
    gap = Gap(path, qualname, 12, 17, lines, branches)
    return Context(
        target=Target(gap, module, Path("/project/tests/test_basket.py")),
        left=gap,
        relative=path.relative_to("/project").as_posix(),
        outline=OUTLINE,
        source=SOURCE,
        names=names,
        tools=tuple(tools),
    )


def left(given: Context, *lines: int) -> Context:
    """The same context with only these lines still missing."""
    return replace(given, left=replace(given.left, lines=frozenset(lines), branches=frozenset()))


def candidate(given: Context, name: str, code: str, attempt: int = 0) -> Candidate:
    return Candidate(given.target, name, code, "llm", attempt)


def accepted(proposed: Candidate) -> Accepted:
    path = proposed.target.test_path
    edit = Edit(path, None, proposed.code, (proposed.name,))
    return Accepted(Trial(proposed, edit, Job(path, (proposed.name,))))


def rejected(proposed: Candidate, check: str, reason: str, run: Run = NOT_RUN) -> Rejected:
    return Rejected(proposed, Refusal(check, reason), run)
