"""Resource limits, in an interpreter of its own: they cannot be raised again."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytest_aigen.sandbox import limits

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no resource limits")

SCRIPT = """
import resource, sys
from pytest_aigen.sandbox import limits
{before}
limits.apply(cpu_seconds=7)
for name in ("CORE", "AS", "FSIZE", "CPU"):
    print(*resource.getrlimit(getattr(resource, "RLIMIT_" + name)))
"""


def applied(before: str = "") -> list[tuple[int, int]]:
    script = SCRIPT.replace("{before}", before)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return [(int(line.split()[0]), int(line.split()[1])) for line in done.stdout.splitlines()]


def test_limits() -> None:
    core, memory, file, cpu = applied()
    assert core == (0, 0)
    assert memory[0] <= limits.MEMORY
    assert file[0] <= limits.FILE
    assert cpu == (7, 7)


def test_lower_limits_stay() -> None:
    before = "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 2000))"
    assert applied(before)[2] == (1000, 1000)
