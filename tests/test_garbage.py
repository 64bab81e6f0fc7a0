"""Python looks for garbage as before afterwards, and has less to look through."""

from __future__ import annotations

import gc
from pathlib import Path

from pytest_aigen.garbage import fewer_collections
from pytest_aigen.mutants.choice import source


def test_all_is_as_before_and_what_was_remembered_is_gone() -> None:
    before = gc.get_threshold()
    with fewer_collections():
        assert gc.get_threshold() > before
        first = source(Path("shop.py"), "X = 1\n")
        assert source(Path("shop.py"), "X = 1\n") is first
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)
    assert source(Path("shop.py"), "X = 1\n") is not first
