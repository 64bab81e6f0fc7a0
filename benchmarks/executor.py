"""What one candidate costs: the fork server beside a fresh ``coverage run -m pytest``.

python benchmarks/executor.py [--repeat 300] [--fresh 20]

With the plugins of the environment in which it runs, which it names; for more, run it in one that has them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from statistics import median, quantiles

from pytest_aigen.data import Job, Outcome, Workplace
from pytest_aigen.executors.forkserver import ForkServer
from pytest_aigen.executors.spawn import Spawn
from pytest_aigen.protocols import Executor

SOURCE = """\
import json


def price(amount, member=False, coupon=None):
    if amount < 0:
        raise ValueError("negative")
    if member:
        amount *= 0.9
    if coupon == "HALF":
        amount /= 2
    return round(amount, 2)
"""
CANDIDATE = """\
import pytest
from shop import price


def test_price():
    assert price(100, member=True, coupon="HALF") == {wanted}


def test_negative():
    with pytest.raises(ValueError):
        price(-1)
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=300, help="candidates through the fork server")
    parser.add_argument("--fresh", type=int, default=5, help="candidates through fresh interpreters")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(os.path.realpath(folder)), options.repeat, options.fresh))


async def measure(root: Path, repeat: int, fresh: int) -> None:
    """Print the table."""
    (root / "tests").mkdir()
    (root / "shop.py").write_text(SOURCE)
    (root / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    test = root / "tests" / "test_shop.py"
    passing, failing = CANDIDATE.format(wanted=45.0), CANDIDATE.format(wanted=44.0)
    workplace = Workplace(root, root, (), (str(root),), (root / "tests",), (root / "shop.py",))
    names = sorted(
        distribution.name
        for distribution in metadata.distributions()
        if any(point.group == "pytest11" for point in distribution.entry_points)
    )
    print(f"{len(names)} plugins: {', '.join(names)}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}")
    print(f"{'':28}{'runs':>6}{'median':>10}{'p95':>10}   ms")
    fork = ForkServer(workplace)
    begun = time.perf_counter()
    await fork.run(Job(test, (), {test: passing}))
    row("fork server: start", [time.perf_counter() - begun])
    row("fork server: two pass", await times(fork, Job(test, (), {test: passing}), repeat, Outcome.PASSED))
    row("fork server: one fails", await times(fork, Job(test, (), {test: failing}), repeat, Outcome.FAILED))
    await fork.aclose()
    spawn = Spawn(workplace)
    row("spawn: two pass", await times(spawn, Job(test, (), {test: passing}), fresh, Outcome.PASSED))
    await spawn.aclose()
    test.write_text(passing)
    row("coverage run -m pytest", [seconds(lambda: run_fresh(root)) for _ in range(fresh)])


async def times(executor: Executor, job: Job, repeat: int, outcome: Outcome) -> list[float]:
    """Seconds of each run, from the question to the answer."""
    taken = []
    for _ in range(repeat):
        begun = time.perf_counter()
        run = await executor.run(job)
        taken.append(time.perf_counter() - begun)
        assert run.outcome is outcome, run
        assert run.covered, run
    return taken


def run_fresh(root: Path) -> None:
    command = [sys.executable, "-m", "coverage", "run", "--branch", "-m", "pytest", "-q", "tests"]
    subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL)


def seconds(action: Callable[[], None]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def row(name: str, taken: list[float]) -> None:
    p95 = quantiles(taken, n=20)[-1] if len(taken) > 1 else taken[0]
    print(f"{name:28}{len(taken):>6}{median(taken) * 1000:>10.1f}{p95 * 1000:>10.1f}", flush=True)


if __name__ == "__main__":
    main()
