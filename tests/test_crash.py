"""Writes and recoveries that are ended with SIGKILL, at every step and at random instants."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests import crashing
from tests.conftest import SHORT

pytestmark = pytest.mark.slow

TIMES = 30 if SHORT else 200


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_any_instant(tmp_path: Path) -> None:
    """In a process of its own, which has one thread: AIGEN_CRASH_SEED brings a failure back."""
    seed = int(os.environ.get("AIGEN_CRASH_SEED") or random.randrange(1 << 32))
    root = Path(crashing.__file__).parent.parent
    done = subprocess.run(
        [sys.executable, crashing.__file__, str(tmp_path), str(seed), str(TIMES)],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0), f"AIGEN_CRASH_SEED={seed}"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("tests/test_plain.py", "tests/test_plain.py is b'half"),
        ("tests/.test_plain.py.0123.aigen", "left behind: tests/.test_plain.py.0123.aigen"),
        (".pytest_aigen/journal/0123.before", "left behind: .pytest_aigen/journal/0123.before"),
    ],
)
def test_what_it_would_find(tmp_path: Path, spoil: str, said: str) -> None:
    place = crashing.Place(tmp_path)
    assert place.whole() + place.tidy() == []
    (tmp_path / spoil).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / spoil).write_bytes(b"half")
    assert any(said in line for line in [*place.whole(), *place.tidy()])
