"""What the checks cost: the runs of each beside the first run of the candidate.

python benchmarks/checks.py [PROJECT] [--tests 30]

The candidates are those that the offline engine has accepted for the project, by default the shop of examples. Nothing
is written to it. Checks that a session asks once for a whole module (`stable`, `neighbours`) are asked for each test
here, so that the sum is more than a session pays.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import os
import pkgutil
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import pytest

from pytest_aigen import checks, hookspecs, verify
from pytest_aigen.data import Candidate, Gap, Outcome, Reached, Refusal, Suite, Target, Trial, Workplace
from pytest_aigen.executors.forkserver import ForkServer
from pytest_aigen.protocols import Check, Stage
from pytest_aigen.settings import CHECKS, Settings

SHOP = Path(__file__).parent.parent / "examples" / "shop"
#: All checks together, as a multiple of the first run.
TARGET = 12.0
T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("project", type=Path, nargs="?", default=SHOP)
    parser.add_argument("--tests", type=int, default=30, help="the most candidates to measure")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(os.path.realpath(folder)) / "project"
        shutil.copytree(options.project, root, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        asyncio.run(measure(root, options.tests))


async def measure(root: Path, most: int) -> None:
    """Print the table."""
    report = generated(root)
    verdicts = [v for v in report["verdicts"] if v["accepted"]][:most]
    sources = tuple(root / name for name in report["coverage"]["after"]["files"])
    folders = tuple({(root / verdict["test_path"]).parent for verdict in verdicts})
    paths = tuple(str(path) for path in (root / "src", root) if path.is_dir())
    sys.path[:0] = paths  # where the check of imports looks
    executor = ForkServer(Workplace(root, root, (), paths, folders, sources))
    first: list[tuple[float, float]] = []
    costs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for verdict in verdicts:
        trial = drafted(verdict, root)
        for check in asked():
            if check.stage is Stage.RUN and trial.run.outcome is Outcome.NOT_RUN:
                await executor.run(
                    trial.job
                )  # what is imported once for many candidates is nobody's first run
                run, cost = await timed(executor.run(trial.job))
                first.append(cost)
                gained = {
                    path: run.covered[path] & reached
                    for path, reached in trial.gained.items()
                    if path in run.covered
                }
                trial = replace(trial, run=run, gained=gained)
            if check.stage is Stage.MODULE and len(costs[check.name]) == 0:
                await check(trial, executor)  # starts what it needs
            said, cost = await timed(check(trial, executor))
            costs[check.name].append(cost)
            if isinstance(said, Refusal):
                print(f"  refused: {trial.candidate.name}: {said.check}: {said.reason.splitlines()[0]}")
    await executor.aclose()
    table(first, costs)


def table(first: list[tuple[float, float]], costs: dict[str, list[tuple[float, float]]]) -> None:
    print(f"{len(first)} accepted tests; medians")
    print(f"{'':12}{'wall ms':>10}{'cpu ms':>10}{'wall / first':>14}{'cpu / first':>14}")
    print(
        f"{'first run':12}{1000 * median(w for w, _ in first):>10.1f}{1000 * median(c for _, c in first):>10.1f}"
    )
    for name, each in costs.items():
        row(name, each, first)
    row("together", [(sum(w for w, _ in e), sum(c for _, c in e)) for e in zip(*costs.values())], first)
    print(f"target: at most {TARGET:g}")


def row(name: str, costs: list[tuple[float, float]], first: list[tuple[float, float]]) -> None:
    walls, cpus = zip(*costs)
    ratios = [
        median(cost[part] / max(base[part], 0.001) for cost, base in zip(costs, first)) for part in (0, 1)
    ]
    print(
        f"{name:12}{1000 * median(walls):>10.1f}{1000 * median(cpus):>10.1f}{ratios[0]:>14.2f}{ratios[1]:>14.2f}"
    )


def generated(root: Path) -> dict[str, Any]:
    """The report of the offline engine."""
    path = root / "report.json"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--ai-gen",
        "--ai-gen-engine=explore",
        "--ai-gen-mode=diff",
    ]
    subprocess.run([*command, f"--ai-gen-report=json:{path}"], cwd=root, capture_output=True, check=False)
    found = json.loads(path.read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def drafted(verdict: dict[str, Any], root: Path) -> Trial:
    """The trial as it was before it ran."""
    file, _, qualname = verdict["target"].partition("::")
    gained = {
        root / name: Reached(frozenset(lines["lines"]), frozenset(map(tuple, lines["branches"])))
        for name, lines in verdict["gained"].items()
    }
    gap = Gap(root / file, qualname, 1, 1, frozenset())
    target = Target(gap, Path(file).stem, root / verdict["test_path"])
    candidate = Candidate(target, verdict["name"], verdict["code"], verdict["origin"])
    return replace(verify.draft(candidate, timeout=10.0), gained=gained)


def asked() -> list[Check]:
    """The checks in the order in which a session asks them."""
    manager = pytest.PytestPluginManager()
    manager.add_hookspecs(hookspecs)
    for info in pkgutil.iter_modules(checks.__path__):
        manager.register(importlib.import_module(f"{checks.__name__}.{info.name}"))
    several = manager.hook.pytest_aigen_checks(settings=Settings(), suite=Suite())
    found = [check for some in several for check in some if check.name in CHECKS]
    return sorted(found, key=lambda check: (check.stage.value, CHECKS.index(check.name)))


async def timed(action: Awaitable[T]) -> tuple[T, tuple[float, float]]:
    """What it returned, and the seconds that it took by the clock and of processors."""
    await asyncio.sleep(0.05)  # what is left of the run before it
    wall, cpu = time.perf_counter(), processors()
    value = await action
    wall = time.perf_counter() - wall
    return value, (wall, processors() - cpu)


def processors() -> float:
    """Processor seconds of this process and all that it started, as Linux counts them; 0 elsewhere."""
    tick = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
    parents: dict[int, tuple[int, int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(folder.name)] = int(fields[1]), sum(map(int, fields[11:15]))
    ours, total = {os.getpid()}, 0
    while True:
        more = {pid for pid, (parent, _) in parents.items() if parent in ours} - ours
        if not more:
            break
        ours |= more
    total = sum(parents[pid][1] for pid in ours if pid in parents)
    return total / tick


if __name__ == "__main__":
    main()
