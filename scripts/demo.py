"""Set up and show the main job: tests for a copy of examples/shop, written by the offline engine. No key, no network.

The copy is a git repository under ``.work/demo``, so that git shows what was added. The exit status is 0 only where
tests were added, coverage rose, and the suite with the added tests passes by itself, without the plugin's help.
"""

from __future__ import annotations

import json
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from environment import ROOT, WORK, environment, output, run, say

DEMO = WORK / "demo"
MEASURED = WORK / "demo-measured"


@dataclass(frozen=True)
class Suite:
    """What a plain run of the suite showed."""

    tests: int
    failed: int
    percent: float


def main() -> int:
    python = environment("demo-environment", "-e .")
    fresh_copy()

    say("The suite as it is")
    before = _measure(python, "before")

    say("pytest --ai-gen --ai-gen-engine=explore")
    status = run(python, "-m", "pytest", "--ai-gen", "--ai-gen-engine=explore", cwd=DEMO)
    if status:
        return _failed(f"pytest --ai-gen ended with exit status {status}")

    say("git diff --stat")
    _git("add", "--intent-to-add", ".")
    run("git", "--no-pager", "diff", "--stat", cwd=DEMO)

    say("The suite afterwards, without --ai-gen")
    after = _measure(python, "after")
    added = after.tests - before.tests
    print(f"\ntests     {before.tests} -> {after.tests}")
    print(f"coverage  {before.percent:.1f} % -> {after.percent:.1f} %  (lines and branches)")
    if after.failed:
        return _failed(f"{after.failed} tests fail")
    if added <= 0 or after.percent <= before.percent:
        return _failed("no tests were added, or they cover nothing new")
    print(f"\n{added} tests added. See them with: git -C {DEMO.relative_to(ROOT).as_posix()} diff")
    return 0


def fresh_copy() -> None:
    for folder in (DEMO, MEASURED):
        shutil.rmtree(folder, ignore_errors=True)
    MEASURED.mkdir(parents=True)
    shutil.copytree(
        ROOT / "examples" / "shop",
        DEMO,
        ignore=shutil.ignore_patterns("__pycache__", ".*_cache", ".coverage*"),
    )
    _git("init", "--quiet")
    _git("add", ".")
    _git("commit", "--quiet", "--message", "The shop")


def _git(*arguments: str) -> None:
    identity = ("-c", "user.name=demo", "-c", "user.email=demo@example.invalid", "-c", "commit.gpgsign=false")
    output("git", *identity, *arguments, cwd=DEMO)


def _measure(python: Path, name: str) -> Suite:
    """Run the suite plainly, measured as the shop's pyproject.toml says. What is measured stays out of the copy."""
    data, xml, report = (MEASURED / f"{name}.{kind}" for kind in ("data", "xml", "json"))
    pytest = ("pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={xml}")
    run(python, "-m", "coverage", "run", f"--data-file={data}", "-m", *pytest, cwd=DEMO)
    output(python, "-m", "coverage", "json", "-q", f"--data-file={data}", "-o", report, cwd=DEMO)
    suites = ElementTree.parse(xml).getroot().iter("testsuite")
    counts = [(int(s.get("tests", 0)), int(s.get("failures", 0)) + int(s.get("errors", 0))) for s in suites]
    totals = json.loads(report.read_text("utf-8"))["totals"]
    return Suite(sum(c[0] for c in counts), sum(c[1] for c in counts), totals["percent_covered"])


def _failed(reason: str) -> int:
    print(f"\nThe demo failed: {reason}.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
