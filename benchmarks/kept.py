"""What the tests that a generator left in a project are worth, told by tools that are not ours.

python benchmarks/kept.py --python VENV/bin/python PROJECT --modules PACKAGE/a.py PACKAGE/b.py [--mutmut]

PROJECT is a folder with a package and its tests/. VENV has pytest, pytest-randomly, pytest-reverse, pytest-xdist and
time-machine, and for --mutmut also mutmut 3.8 or later. The plain suite runs in file order, reversed, in random order, in
two processes, in another time zone, under five hash seeds, from another folder and a year ahead; each should pass. Then
mutmut mutates the functions of the modules, where the suite covers them, in a copy. The score is what the suite notices
(killed, timed out, crashed) in percent of all mutants that a test reaches.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

PLAIN = ("-p", "no:randomly")
#: A plugin that moves the clock before any test module is imported.
AHEAD = """\
import datetime
import time_machine

time_machine.travel(datetime.datetime.now() + datetime.timedelta(days=365), tick=True).start()
"""


class Condition(NamedTuple):
    name: str
    options: Sequence[str] = PLAIN
    environ: Mapping[str, str] = {}
    #: The folder to run from, relative to the project.
    cwd: str = "."


CONDITIONS = (
    Condition("file order"),
    Condition("reversed", (*PLAIN, "--reverse")),
    Condition("random order", ("-p", "randomly", "-p", "no:reverse")),
    Condition("two processes", (*PLAIN, "-n", "2")),
    Condition("TZ=Asia/Kolkata", environ={"TZ": "Asia/Kolkata"}),
    *(Condition(f"PYTHONHASHSEED={n}", environ={"PYTHONHASHSEED": str(n)}) for n in range(1, 6)),
    Condition("a year ahead", (*PLAIN, "-p", "year_ahead")),
    Condition("from another folder", cwd=".."),
)
NOTICED = ("killed", "timeout", "segfault", "suspicious")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("project", type=Path, nargs="+")
    parser.add_argument("--python", type=Path, required=True, help="an environment with the tools")
    parser.add_argument("--modules", nargs="*", default=[], help="what to mutate, relative to the project")
    parser.add_argument("--mutmut", action="store_true", help="measure the mutation score too")
    options = parser.parse_args()
    python = Path(os.path.abspath(options.python))
    for project in options.project:
        print(project.name)
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy" / project.name
            shutil.copytree(project, copy, ignore=shutil.ignore_patterns("__pycache__", "mutants", ".*"))
            (Path(folder) / "year_ahead.py").write_text(AHEAD)
            for condition in CONDITIONS:
                print(f"  {condition.name:22} {plain_run(python, copy, condition)}", flush=True)
            if options.mutmut:
                print(f"  {'mutmut':22} {mutation_score(python, copy, options.modules)}", flush=True)


def plain_run(python: Path, project: Path, condition: Condition) -> str:
    """The last line that pytest prints, after ``ok`` or ``FAILS``."""
    environ = {
        **os.environ,
        **condition.environ,
        "PYTHONPATH": os.pathsep.join([str(project), str(project.parents[1])]),
    }
    command = [
        python,
        "-m",
        "pytest",
        "-q",
        "-c",
        "/dev/null",
        "--rootdir",
        project,
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [*map(str, command), *condition.options, str(project / "tests")],
        cwd=project / condition.cwd,
        env=environ,
        capture_output=True,
        text=True,
    )
    last = (done.stdout.strip().splitlines() or ["no output"])[-1]
    return f"{'ok' if done.returncode == 0 else 'FAILS'}  {last}"


def mutation_score(python: Path, project: Path, modules: Sequence[str]) -> str:
    """The score in percent, with the counts."""
    counts = Counter(statuses(python, project, modules, covered_only=True).values())
    reached = sum(number for status, number in counts.items() if status != "no tests")
    if not reached:
        return "nothing was mutated"
    noticed = sum(counts[status] for status in NOTICED)
    listed = ", ".join(f"{status} {number}" for status, number in counts.most_common())
    return f"{100 * noticed / reached:.1f} %  ({listed})"


def statuses(python: Path, project: Path, modules: Sequence[str], *, covered_only: bool) -> dict[str, str]:
    """What mutmut calls each mutant -> what it says of it; it leaves its files in the project."""
    lines = [
        "[tool.mutmut]",
        f'source_paths = ["{Path(modules[0]).parts[0]}"]',
        f"only_mutate = {json.dumps(modules)}",
        f"mutate_only_covered_lines = {json.dumps(covered_only)}",
        'pytest_add_cli_args = ["-p", "no:randomly", "-p", "no:aigen"]',
    ]
    (project / "pyproject.toml").write_text("\n".join(lines) + "\n")
    tool = str(python.with_name("mutmut"))
    environ = {**os.environ, "PYTHONPATH": ""}
    done = subprocess.run([tool, "run"], cwd=project, env=environ, capture_output=True, text=True)
    told = subprocess.run([tool, "results", "--all", "true"], cwd=project, capture_output=True, text=True)
    found = (line.strip().rpartition(": ") for line in told.stdout.splitlines() if ": " in line)
    result = {name: status for name, _, status in found}
    if done.returncode or not result:
        sys.exit(f"mutmut failed in {project}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return result


if __name__ == "__main__":
    main()
