"""What a cluster does that one machine does not; that verdicts are the same shows every other test here that names it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen.data import Outcome
from pytest_aigen.errors import ConfigError
from tests.executors.clusters import Machines
from tests.executors.conftest import FILES, Bench, write

pytest.importorskip("distributed")

PASSES = "import time\ndef test_it(prices): time.sleep(0.1)\n"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Machines]:
    """A scheduler of one's own, without workers."""
    folder = Path(os.path.realpath(tmp_path)) / "cluster"
    folder.mkdir()
    made = Machines(folder)
    yield made
    made.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Makes a project with an executor on the cluster of this address."""
    made: list[Bench] = []

    def make(address: str, files: dict[str, str] = FILES, **changes: Any) -> Bench:
        from pytest_aigen.executors.cluster.client import Cluster

        root = write(tmp_path / "project", files)
        made.append(Bench(root, lambda place: Cluster(address, place, look=0.2), **changes))
        return made[-1]

    yield make
    for each in made:
        each.close()


async def _in_the_middle(bench: Bench, happens: Callable[[], None]) -> list[Outcome]:
    """What becomes of jobs of which some are done, some run and some wait when it happens."""
    tasks = [asyncio.ensure_future(bench.executor.run(bench.job(PASSES))) for _ in range(16)]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    happens()
    return [run.outcome for run in await asyncio.gather(*tasks)]


def test_a_worker_is_killed_in_the_middle(cluster: Machines, bench: Callable[..., Bench]) -> None:
    cluster.add()
    worker = cluster.add()
    cluster.come(len(cluster.workers))
    here = bench(cluster.address, workers=6)
    outcomes = here.loop.run_until_complete(_in_the_middle(here, worker.kill))
    assert set(outcomes) == {Outcome.PASSED}
    assert here.executor.notes == [], "its jobs ran on the other one"


def test_the_scheduler_is_lost_in_the_middle(cluster: Machines, bench: Callable[..., Bench]) -> None:
    cluster.add()
    cluster.come(len(cluster.workers))
    here = bench(cluster.address, workers=6)
    outcomes = here.loop.run_until_complete(_in_the_middle(here, cluster.scheduler.kill))
    assert set(outcomes) == {Outcome.PASSED}
    (note,) = here.executor.notes
    assert note.startswith(f"the cluster at {cluster.address} was lost, candidates run here from then on: ")
    assert "\n" not in note


def test_all_workers_are_lost(cluster: Machines, bench: Callable[..., Bench]) -> None:
    worker = cluster.add()
    cluster.come(len(cluster.workers))
    here = bench(cluster.address, workers=6)
    outcomes = here.loop.run_until_complete(_in_the_middle(here, worker.kill))
    assert set(outcomes) == {Outcome.PASSED}
    assert "it has no workers any more" in here.executor.notes[0]
    assert len(here.executor.notes) == 1


def test_other_packages(cluster: Machines, bench: Callable[..., Bench], tmp_path: Path) -> None:
    """They are a usage error at the start; a worker that comes later is passed over."""
    cluster.add()
    cluster.come(1)
    here = bench(cluster.address, workers=2)
    assert here.run(PASSES).outcome is Outcome.PASSED
    told = write(
        tmp_path / "more",
        {"left_pad-1.3.dist-info/METADATA": "Metadata-Version: 2.1\nName: left_pad\nVersion: 1.3\n"},
    )
    cluster.add({"PYTHONPATH": str(told)}, threads=4)
    cluster.come(2)
    with pytest.raises(
        ConfigError, match=r"differs from this machine: left-pad 1\.3 there, not here; .*pip freeze"
    ):
        here.executor.preflight()
    assert {here.run(PASSES).outcome for _ in range(4)} == {Outcome.PASSED}
    outcomes = here.loop.run_until_complete(_in_the_middle(here, lambda: None))
    assert set(outcomes) == {Outcome.PASSED}
    (note,) = here.executor.notes or [""]
    assert "is not used: it differs from this machine: left-pad 1.3 there, not here" in note


def test_as_many_at_once_as_the_workers_take(cluster: Machines, bench: Callable[..., Bench]) -> None:
    here = bench(cluster.address)
    with pytest.raises(ConfigError, match="the cluster has no workers; start some: dask worker ADDRESS"):
        here.executor.preflight()
    cluster.add(threads=3)
    cluster.come(1)
    assert here.executor.preflight() == 4, "three run and one waits"
    modules = subprocess.run(
        [sys.executable, "-c", "import sys, pytest_aigen.executors.cluster.client; print('distributed' in sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert modules.stdout == "False\n"


def test_a_job_that_nobody_waits_for_ends(cluster: Machines, bench: Callable[..., Bench]) -> None:
    cluster.add()
    cluster.come(1)
    here = bench(cluster.address)
    assert here.run(PASSES).outcome is Outcome.PASSED
    hangs = here.job("def test_it():\n    while True: pass\n", timeout=500.0)

    async def cancelled() -> None:
        task = asyncio.ensure_future(here.executor.run(hangs))
        await asyncio.sleep(1.0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    here.loop.run_until_complete(cancelled())
    assert here.run(PASSES).outcome is Outcome.PASSED, "the only place is free again"


def test_the_tree_is_sent_once(cluster: Machines, bench: Callable[..., Bench]) -> None:
    """What git ignores is not sent, what is not committed is; the next run finds the checkout."""
    cluster.add()
    files = {
        **FILES,
        ".gitignore": "*.secret\n",
        "a.secret": "hush",
        "tests/data.txt": "not committed",
    }
    text = """
        from pathlib import Path
        def test_it(prices):
            top = Path(__file__).parents[2]
            assert not (top / "a.secret").exists()
            assert (top / "tests" / "data.txt").read_text() == "not committed"
            print(top)
    """
    places = []
    for _ in range(2):
        here = bench(cluster.address, files)
        subprocess.run(["git", "init", "-q", str(here.root)], check=True)
        run = here.run(text)
        assert run.outcome is Outcome.PASSED, run
        places.append(run.output)
        here.loop.run_until_complete(here.executor.aclose())
    assert places == [f"{here.root}\n"] * 2, "as if it had run here"
    checkouts = list(cluster.folder.rglob("pytest-aigen-*"))
    assert len(checkouts) == 1
    assert not list(checkouts[0].rglob("*.secret"))
