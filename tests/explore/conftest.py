from __future__ import annotations

import ast
import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_aigen.data import Candidate, Context, Gap, Target
from pytest_aigen.explore.finds import Limits
from pytest_aigen.explore.generator import Explore
from pytest_aigen.explore.recipes import resolve
from tests.explore.forks import Forks, Here
from tests.explore.samples import SAMPLES

Propose = Callable[..., list[Candidate]]


def whole(path: Path, qualname: str, number: int = 0) -> Gap:
    """A gap of all lines of a function's body."""
    from pytest_aigen.measure import functions

    nodes = [node for name, node in functions(ast.parse(path.read_text())) if name == qualname]
    node = nodes[number]
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    lines = {
        child.lineno
        for statement in node.body
        for child in ast.walk(statement)
        if isinstance(child, ast.stmt)
    }
    return Gap(path, qualname, first, node.end_lineno or node.lineno, frozenset(lines))


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Path]]:
    """Writes one of the sample modules; gives its path."""
    monkeypatch.syspath_prepend(str(tmp_path))
    resolve.cache_clear()

    def write(name: str) -> Path:
        path = tmp_path / f"{name}.py"
        path.write_text(SAMPLES[name])
        return path

    yield write
    resolve.cache_clear()
    for name in SAMPLES:
        sys.modules.pop(name, None)


@pytest.fixture
def propose(sample: Callable[[str], Path]) -> Propose:
    """Explores one function of a sample: its candidates."""

    def run(
        name: str,
        qualname: str,
        *,
        number: int = 0,
        timeout: float = 60.0,
        variants: bool = False,
        here: bool = False,
    ) -> list[Candidate]:
        path = sample(name)
        gap = whole(path, qualname, number)
        target = Target(gap, name, path.parent / f"test_{name}.py")
        context = Context(target, gap, path.name, "", "", {})
        # The clock decides nothing here: a busy machine finds the same.
        executor = Here() if here else Forks(variants=variants)
        engine = Explore(executor, timeout=timeout, limits=Limits(seconds=30.0), search_time=1000.0)

        async def gather() -> list[Candidate]:
            return [candidate async for candidate in engine.propose(context, ())]

        return asyncio.run(gather())

    return run
