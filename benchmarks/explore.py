"""The offline engine, module by module on real packages, and Pynguin beside it.

python benchmarks/explore.py --python VENV/bin/python [--pynguin OTHER/bin/python] [--modules NAME ...] [--out ROWS.jsonl]

VENV has pytest-aigen and coverage, OTHER pynguin, pytest and coverage on a Python that Pynguin supports. For each module each tool
starts from the package as the index has it and an empty tests/ folder, in a copy of its own, and is given the module and its
search time. What it leaves is measured alike: a plain run twice in fresh processes, and coverage of the module, lines and branches
together, by the tests that passed both times. A row holds

    line_branch   percent; ``imported`` is that of importing the module alone
    tests         test functions written; ``bare`` of them assert nothing, ``xfail`` are marked to fail
    failing       items that failed in one of the plain runs, files that could not be collected included
    wall, cpu     seconds of the tool's whole process tree

Packages come from the index by pip, their dependencies too. Run it as a user who may lose what a search calls: Pynguin calls
the code unguarded.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

#: Requirement -> its modules that are measured.
PACKAGES: Mapping[str, Sequence[str]] = {
    "bidict==0.24.1": ["bidict/_base.py"],
    "blinker==1.9.0": ["blinker/base.py"],
    "boltons==26.2.0": ["boltons/strutils.py"],
    "cachetools==8.0.2": ["cachetools/__init__.py"],
    "humanize==4.17.0": ["humanize/time.py"],
    "inflection==0.5.1": ["inflection/__init__.py"],
    "isodate==0.7.2": ["isodate/isodates.py", "isodate/isotime.py"],
    "itsdangerous==2.2.0": ["itsdangerous/serializer.py"],
    "jsonpointer==3.12": ["jsonpointer.py"],
    "natsort==8.4.0": ["natsort/utils.py"],
    "parse==1.22.4": ["parse/__init__.py"],
    "python-dotenv==1.2.4": ["dotenv/parser.py"],
    "python-slugify==9.2.0": ["slugify/slugify.py"],
    "pytimeparse==1.1.10": ["pytimeparse/timeparse.py"],
    "rfc3986==2.0.0": ["rfc3986/validators.py"],
    "roman==5.2": ["roman/__init__.py"],
    "semver==3.1.2": ["semver/version.py"],
    "sortedcontainers==2.4.0": ["sortedcontainers/sortedset.py"],
    "tomli==2.5.0": ["tomli/_parser.py"],
    "toolz==1.2.0": ["toolz/dicttoolz.py"],
    "uritemplate==4.2.0": ["uritemplate/variable.py"],
    "webcolors==25.10.0": ["webcolors/_conversion.py"],
    "xmltodict==1.0.4": ["xmltodict.py"],
}
TIMEOUT = 600
ASSERTS = re.compile(r"pytest\.(raises|warns)|assert_|\.assert")


class Ran(NamedTuple):
    output: str
    wall: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", type=Path, help="an environment with pytest-aigen")
    parser.add_argument("--pynguin", type=Path, help="an environment with Pynguin, to run it in turn")
    parser.add_argument("--modules", nargs="*", help="parts of the modules' paths; default all")
    parser.add_argument("--seconds", type=int, default=10, help="search time a module")
    parser.add_argument(
        "--work", type=Path, help="where copies are made and stay; default a temporary folder"
    )
    parser.add_argument("--out", type=Path, help="append the rows to this JSON-lines file")
    parser.add_argument("--extra", nargs=argparse.REMAINDER, default=[], help="further options of pytest")
    options = parser.parse_args()
    tools = {"aigen": options.python, "pynguin": options.pynguin}
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        work = (options.work or Path(folder)).resolve()
        for requirement, module in chosen(options.modules):
            for tool, python in tools.items():
                if python is not None:
                    # Not resolved: the link is what makes it that environment's.
                    row = bench(tool, Path(os.path.abspath(python)), requirement, module, work, options)
                    rows.append(row)
                    print(json.dumps(row), flush=True)
                    if options.out is not None:
                        with options.out.open("a") as out:
                            out.write(json.dumps(row) + "\n")
    for tool in tools:
        summarise(tool, [row for row in rows if row["tool"] == tool])


def chosen(parts: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    for requirement, modules in PACKAGES.items():
        for module in modules:
            if not parts or any(part in f"{requirement}:{module}" for part in parts):
                yield requirement, module


def bench(
    tool: str, python: Path, requirement: str, module: str, work: Path, options: argparse.Namespace
) -> dict[str, Any]:
    """One tool on one module: its row."""
    project = prepare(requirement, work / tool / module.replace("/", "."), work)
    command = {"aigen": aigen, "pynguin": pynguin}[tool](python, project, module, options)
    ran = run(command, project, {"PYTHONPATH": "", "PYNGUIN_DANGER_AWARE": "1"})
    (project / "generator.log").write_text(ran.output)
    row = {"tool": tool, "module": module, **measure(python, project, module), **shape(project)}
    return row | {"wall": round(ran.wall, 1), "cpu": round(ran.cpu, 1)}


def prepare(requirement: str, project: Path, work: Path) -> Path:
    """A fresh project: the package and what it needs, and an empty tests folder."""
    cache = work / "packages" / requirement
    if not cache.exists():
        quiet = ["--quiet", "--no-compile", "--disable-pip-version-check", "--root-user-action=ignore"]
        # Where a package has a compiled form too: only Python's lines can be measured.
        pure = ["--only-binary=:all:", "--platform=any", "--implementation=py", "--abi=none"]
        subprocess.run(
            [sys.executable, "-m", "pip", "install", *quiet, *pure, "--target", str(cache), requirement],
            check=True,
        )
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(cache, project, ignore=shutil.ignore_patterns("__pycache__", "bin", "*.dist-info"))
    (project / "tests").mkdir()
    return project


def aigen(python: Path, project: Path, module: str, options: argparse.Namespace) -> list[str]:
    engine = ["--ai-gen", "--ai-gen-engine=explore", "--cov-target=100", "--ai-gen-source", module]
    return [str(python), "-m", "pytest", "-p", "no:cacheprovider", *engine, *options.extra, "tests"]


def pynguin(python: Path, project: Path, module: str, options: argparse.Namespace) -> list[str]:
    where = ["--project-path", str(project), "--output-path", str(project / "tests")]
    limits = ["--maximum-search-time", str(options.seconds), "--seed", "1"]
    return [str(python), "-m", "pynguin", *where, "--module-name", dotted(module), *limits]


def dotted(module: str) -> str:
    return module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def run(command: Sequence[str], cwd: Path, environ: Mapping[str, str]) -> Ran:
    """Run to the end, or until it takes too long."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=TIMEOUT,
        )
        output = done.stdout
    except subprocess.TimeoutExpired:
        output = "ended after too long a time"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ran(output, time.monotonic() - start, cpu)


def measure(python: Path, project: Path, module: str) -> dict[str, Any]:
    """What the tests are worth: the module's coverage by those that pass twice."""
    first, second = (outcomes(python, project) for _ in range(2))
    passing = [item for item in first if first[item] == second.get(item) == "passed"]
    unsteady = [item for item in first | second if item not in passing]
    failing = [item for item in unsteady if {first.get(item), second.get(item)} - {"xfailed", "skipped"}]
    covered = coverage(python, project, module, passing)
    return {
        "line_branch": covered,
        "imported": coverage(python, project, module, []),
        "items": len(passing),
        "failing": len(failing),
    }


PLAIN = ["-m", "pytest", "-q", "-c", os.devnull, "--rootdir", ".", "-p", "no:cacheprovider", "-p", "no:aigen"]


def outcomes(python: Path, project: Path) -> dict[str, str]:
    """Node id -> outcome of a plain run."""
    ran = run([str(python), *PLAIN, "-rA", "tests"], project, {"PYTHONPATH": str(project), "COLUMNS": "1000"})
    found = re.findall(
        r"^(PASSED|FAILED|ERROR|XFAIL|XPASS|SKIPPED) (tests/\S+(?:\[.*?\])?)(?= - |$)", ran.output, re.M
    )
    names = {"XFAIL": "xfailed", "SKIPPED": "skipped"}
    return {item: names.get(outcome, outcome.lower()) for outcome, item in found}


def coverage(python: Path, project: Path, module: str, items: Sequence[str]) -> float:
    """Percent of the module's lines and branches by these tests; without one, by importing the module."""
    data = {"PYTHONPATH": str(project), "COVERAGE_FILE": str(project / ".coverage.measure")}
    script = project / "imports_the_module.py"
    script.write_text(f"import {dotted(module)}\n")
    what = [*PLAIN, *items] if items else [str(script)]
    run([str(python), "-m", "coverage", "run", "--branch", f"--include={module}", *what], project, data)
    out = project / "measure.json"
    out.unlink(missing_ok=True)
    run([str(python), "-m", "coverage", "json", "-q", f"--include={module}", "-o", str(out)], project, data)
    if not out.exists():
        return 0.0
    totals = json.loads(out.read_text())["totals"]
    reached = totals["covered_lines"] + totals["covered_branches"]
    return round(100 * reached / (totals["num_statements"] + totals["num_branches"]), 1)


def shape(project: Path) -> dict[str, int]:
    """Test functions, how many of them assert nothing, how many are marked to fail."""
    counts = {"tests": 0, "bare": 0, "xfail": 0, "broken": 0}
    for path in (project / "tests").rglob("*.py"):
        try:
            tree = ast.parse(path.read_bytes())
        except SyntaxError:
            counts["broken"] += 1
            continue
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test"):
                source = ast.unparse(node)
                asserts = any(isinstance(inner, ast.Assert) for inner in ast.walk(node))
                counts["tests"] += 1
                counts["bare"] += not asserts and not ASSERTS.search(source)
                counts["xfail"] += "xfail" in source
    return counts


def summarise(tool: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        print(f"{tool}: {len(rows)} modules")
        for key in ("line_branch", "imported", "wall", "cpu"):
            values = [row[key] for row in rows]
            print(
                f"  {key:12} median {statistics.median(values):6.1f}  mean {statistics.mean(values):6.1f}  "
                f"least {min(values):6.1f}  most {max(values):6.1f}"
            )
        for key in ("tests", "bare", "xfail", "broken", "failing"):
            print(f"  {key:12} {sum(row[key] for row in rows)}")


if __name__ == "__main__":
    main()
