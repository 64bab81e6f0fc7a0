"""The mutation score of the tests that are kept, beside CoverUp's from the same replies, by a tool that is neither's.

python benchmarks/foreign.py REPLAY --python OURS/bin/python --coverup THEIRS/bin/python --mutmut TOOLS/bin/python
    --work FOLDER [--packages sty string_utils] [--list]

REPLAY is the folder with bench.py, its packages and recorded replies; OURS and THEIRS are what it wants for `--python` and
`--coverup`. TOOLS has mutmut 3.8 or later and the plugins that the tests use (pytest-mock, pytest-asyncio). Both tools start
from the package's sources and an empty tests folder, once for each package, below FOLDER/aigen and FOLDER/coverup. What is
there already is not made again: remove a folder to have it made anew.

mutmut then changes the functions of the measured modules, all that it knows to change, and runs the tests of each project.
A mutant counts where a test executes the first line of its statement; it is noticed if the suite fails, crashes or does not
end. The first columns count the mutants on the lines that a tool's own tests cover, the last ones those on the lines that
both cover: the same mutants for both. --list names those that CoverUp's tests notice and ours do not.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from kept import NOTICED, statuses

TOOLS = ("aigen", "coverup")
#: What mutmut puts between the names of a class and of a method.
SEPARATOR = "ǁ"
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


class Mutant(NamedTuple):
    """What mutmut calls it, and where it is."""

    name: str
    module: str
    #: The first line of the statement that it changes.
    line: int
    before: str
    after: str


class Result(NamedTuple):
    mutants: Sequence[Mutant]
    noticed: Collection[str]
    #: Module -> lines that the tests execute.
    covered: Mapping[str, Collection[int]]

    def on(self, covered: Mapping[str, Collection[int]]) -> tuple[int, int]:
        """Mutants on these lines: how many are noticed, and how many there are."""
        reached = [m for m in self.mutants if m.line in covered[m.module]]
        return sum(m.name in self.noticed for m in reached), len(reached)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("replay", type=Path)
    parser.add_argument("--python", required=True)
    parser.add_argument("--coverup", required=True)
    parser.add_argument("--mutmut", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--packages", nargs="*")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    packages = json.loads((options.replay / "packages.json").read_text())
    rows = []
    for name in options.packages or packages:
        modules = packages[name]["modules"]
        ours, theirs = (result(tool, name, modules, options) for tool in TOOLS)
        both = {m: set(ours.covered[m]) & set(theirs.covered[m]) for m in modules}
        for tool, each in zip(TOOLS, (ours, theirs)):
            rows.append(f"| {name} | {tool} | {shown(each.on(each.covered))} | {shown(each.on(both))} |")
        if options.list:
            missed(name, ours, theirs, both)
    print("| package | tests of | mutants on the lines they cover | on the lines both cover |")
    print("|---|---|---|---|", *rows, sep="\n")


def shown(counts: tuple[int, int]) -> str:
    noticed, reached = counts
    return f"{noticed} of {reached}: {100 * noticed / reached:.1f} %" if reached else "none"


def missed(name: str, ours: Result, theirs: Result, both: Mapping[str, Collection[int]]) -> None:
    for mutant in ours.mutants:
        if mutant.line in both[mutant.module] and mutant.name in set(theirs.noticed) - set(ours.noticed):
            print(f"{name}: {mutant.module}:{mutant.line}: {mutant.before.strip()}")
            print(f"{'':{len(name)}}  {mutant.name}: {mutant.after.strip()}")


def result(tool: str, name: str, modules: Sequence[str], options: argparse.Namespace) -> Result:
    """What a tool's tests for a package notice, as far as it is not known from an earlier run."""
    work = options.work.resolve() / tool
    project = work / "project" / name
    if not (project / "measure.json").exists():
        generate(tool, name, work, options)
    copy = work / "mutmut" / name
    if not copy.exists():
        shutil.copytree(project, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        how = statuses(Path(os.path.abspath(options.mutmut)), copy, modules, covered_only=False)
        (copy / "statuses.json").write_text(json.dumps(how))
    how = json.loads((copy / "statuses.json").read_text())
    files = json.loads((project / "measure.json").read_text())["files"]
    covered = {m: files[m]["executed_lines"] if m in files else () for m in modules}
    mutants = [mutant for module in modules for mutant in located(module, copy)]
    return Result(mutants, {name for name, status in how.items() if status in NOTICED}, covered)


def generate(tool: str, name: str, work: Path, options: argparse.Namespace) -> None:
    which = ["--coverup", os.path.abspath(options.coverup), "--only-coverup"] if tool == "coverup" else []
    ours = os.path.abspath(options.python)  # not resolved: an environment's interpreter is a link
    command = [sys.executable, options.replay / "bench.py", "--python", ours, *which]
    subprocess.run([*map(str, command), "--packages", name, "--work", str(work)], check=True)


def located(module: str, project: Path) -> Iterator[Mutant]:
    """The mutants of a module, from what mutmut wrote: beside each function a copy of it, and one for each mutant."""
    text = (project / module).read_text("utf-8")
    changed = (project / "mutants" / module).read_text("utf-8")
    dotted = module.removesuffix(".py").replace("/", ".")
    originals = functions(ast.parse(text))
    for mangled, mutant in functions(ast.parse(changed)).items():
        stem, _, number = mangled.partition("__mutmut_")
        if number.isdigit():
            scope, _, name = stem.rpartition(".")
            original = originals[
                f"{scope}.{name.rpartition(SEPARATOR)[2]}" if scope else name.removeprefix("x_")
            ]
            before, after = lines(original, text), lines(mutant, changed)
            after[0] = after[0].replace(f"{name}__mutmut_{number}", original.name)
            at = next(i for i, (a, b) in enumerate(zip(before, [*after, ""])) if a != b)
            line = statement(original, original.lineno + at)
            yield Mutant(f"{dotted}.{name}__mutmut_{number}", module, line, before[at], after[at])


def functions(tree: ast.Module) -> dict[str, Function]:
    """Those at the top of the module, and methods of classes there, by their qualified names."""
    found: dict[str, Function] = {}
    for top in tree.body:
        scope = f"{top.name}." if isinstance(top, ast.ClassDef) else ""
        for each in top.body if isinstance(top, ast.ClassDef) else [top]:
            if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found[scope + each.name] = each
    return found


def lines(function: Function, text: str) -> list[str]:
    return text.splitlines()[function.lineno - 1 : function.end_lineno]


def statement(function: Function, line: int) -> int:
    """The first line of the innermost statement around a line."""
    around = [
        node.lineno
        for node in ast.walk(function)
        if isinstance(node, (ast.stmt, ast.excepthandler)) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return max(around)


if __name__ == "__main__":
    main()
