"""What whole tests look like; the golden files are the same on every Python, and say so to each of them."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from pytest_aigen.data import Candidate

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="probes run in forks here")

SHAPES = {
    "clamps": ["clamp"],
    "durations": ["parse_duration"],
    "stacks": ["Stack.push", "Stack.pop", "Stack.__contains__", "Stack.top", "Stack.of"],
    "says": ["old", "reports", "complains", "register", "counts"],
    "things": ["Version.bump", "Car.twin", "points", "separated"],
    "kinds": ["double", "count", "opened", "greet", "shout", "halves"],
}


@pytest.mark.parametrize("module", SHAPES)
def test_shapes(
    module: str, propose: Callable[..., list[Candidate]], golden: Callable[[str, str], None]
) -> None:
    codes = [candidate.code for qualname in SHAPES[module] for candidate in propose(module, qualname)]
    golden(f"explore/{module}.py", "\n\n".join(codes))
