"""How many candidates a second a dask cluster takes: with 1, 2 and 4 workers, and what this machine does alone.

python benchmarks/cluster.py [--jobs 120] [--workers 1 2 4] [--think 0.2]

The workers are processes on this machine, with one thread each. The same small candidate, again and again, once as it is,
which keeps a processor busy, and once with a test that sleeps ``--think`` seconds, which shows what the way costs where
workers have processors of their own. Needs ``pip install pytest-aigen[dask]``.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from executor import CANDIDATE, SOURCE

from pytest_aigen.data import Job, Outcome, Workplace
from pytest_aigen.executors.cluster.client import Cluster
from pytest_aigen.executors.cluster.moved import packed
from pytest_aigen.executors.forkserver import ForkServer
from pytest_aigen.protocols import Executor

SLEEPS = "\n\ndef test_sleeps():\n    import time\n    time.sleep({seconds})\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=120, help="candidates of each kind")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--think", type=float, default=0.2, help="seconds that the other kind sleeps")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(os.path.realpath(folder)), options.jobs, options.workers, options.think))


async def measure(top: Path, jobs: int, workers: list[int], think: float) -> None:
    """Print the table."""
    root = top / "project"
    (root / "tests").mkdir(parents=True)
    (root / "shop.py").write_text(SOURCE)
    (root / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    test = root / "tests" / "test_shop.py"
    place = Workplace(root, root, (), (str(root),), (root / "tests",), (root / "shop.py",))
    passing = CANDIDATE.format(wanted=45.0)
    kinds = [Job(test, (), {test: passing}), Job(test, (), {test: passing + SLEEPS.format(seconds=think)})]
    print(f"{jobs} jobs of each kind; {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}")
    print(f"a job is sent in {len(packed(kinds[0], root)) / 1024:.1f} KB")
    print(f"{'':24}{'as it is':>12}{f'sleeps {think} s':>14}{'client, ms a job':>18}")
    local = ForkServer(replace(place, workers=1))
    await row("here, one at a time", local, kinds, jobs)
    for number in workers:
        with cluster(top / f"cluster-{number}", number) as address:
            # One more for each worker waits there, as in a run.
            executor = Cluster(address, replace(place, workers=2 * number))
            await row(f"dask, {number} workers", executor, kinds, jobs)
            assert executor.notes == [], executor.notes


async def row(name: str, executor: Executor, kinds: list[Job], jobs: int) -> None:
    """Jobs a second of each kind, and the processor time that each costs the process that asks."""
    rates = []
    for job in kinds:
        await asyncio.gather(*(executor.run(job) for _ in range(8)))  # sessions start
        begun, spent = time.perf_counter(), time.process_time()
        runs = await asyncio.gather(*(executor.run(job) for _ in range(jobs)))
        rates.append(jobs / (time.perf_counter() - begun))
        spent = time.process_time() - spent
        assert {run.outcome for run in runs} == {Outcome.PASSED}, runs[0]
    await executor.aclose()
    print(f"{name:24}{rates[0]:>10.1f}/s{rates[1]:>12.1f}/s{1000 * spent / jobs:>18.1f}", flush=True)


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[str]:
    """The address of a scheduler with so many workers, which are ended afterwards."""
    from distributed import Client

    folder.mkdir()
    address = f"tcp://127.0.0.1:{_free_port()}"
    started = [_start(folder, "dask_scheduler", "--host", address, "--no-dashboard")]
    try:
        for number in range(workers):
            place = folder / str(number)
            options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(place))
            started.append(_start(folder, "dask_worker", address, *options))
        with Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)
        yield address
    finally:
        for process in started:
            process.kill()
            process.wait()


def _start(folder: Path, module: str, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.{module}", *words]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


if __name__ == "__main__":
    main()
