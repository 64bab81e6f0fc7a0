"""``--ai-gen-report=json:PATH``: the schema, and how the file is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen.data import (
    Accepted,
    Candidate,
    Contract,
    Coverage,
    Edit,
    Ended,
    FileCoverage,
    Gap,
    Job,
    Mutant,
    Outcome,
    Proof,
    Reached,
    Refusal,
    Rejected,
    Report,
    Run,
    Skipped,
    Suspect,
    Target,
    Trial,
    Usage,
)
from pytest_aigen.reports import json_file

ROOT = Path("/project")
SHOP, TEST = ROOT / "src/shop.py", ROOT / "tests/test_shop.py"
TARGET = Target(
    Gap(SHOP, "Shop.price", 10, 30, frozenset({12, 11}), frozenset({(11, 13), (11, -9)})), "shop", TEST
)
BODY = Gap(SHOP, "", 1, 40, frozenset({4}))
EDIT = Edit(TEST, None, "code\n", ("test_price",))
REACHED = Reached(frozenset({11}), frozenset({(11, 13)}))
PASSED = Run(Outcome.PASSED, {SHOP: REACHED}, 0.12345)
KEPT = Accepted(
    Trial(
        Candidate(TARGET, "test_price", "code\n", "explore"),
        EDIT,
        Job(TEST, EDIT.tests),
        PASSED,
        {SHOP: REACHED},
        proofs=(
            Proof(
                "mutation",
                "fails with 1 of 2 mutants",
                (Mutant(SHOP, 11, "ROR", ">", ">="),),
                (Mutant(SHOP, 12, "AOR", "+", "-"),),
            ),
            Proof("stable", "passes under another hash seed"),
        ),
    )
)
SAME = Accepted(
    Trial(
        Candidate(TARGET, "test_again", "code\n", "llm"), EDIT, Job(TEST, EDIT.tests), PASSED, {SHOP: REACHED}
    )
)
LOST = Rejected(
    Candidate(TARGET, "test_\ud800", "a\x00ä", "llm", 2),
    Refusal("gain", "fails: \x1b[31m"),
    Run(Outcome.FAILED, seconds=1.0),
)


def coverage(*executed: int) -> Coverage:
    branches = frozenset({(11, 13), (11, -9)})
    return Coverage(
        {SHOP: FileCoverage(SHOP, frozenset({4, 11, 12}), frozenset(executed), branches, frozenset())}
    )


REPORT = Report(
    ROOT,
    "write",
    coverage(4),
    coverage(4, 11),
    verdicts=(KEPT, LOST, SAME),
    edits=(EDIT,),
    redundant=(SAME.candidate,),
    suspects=(Suspect(LOST, Contract("docstring", "Never less than nothing."), "0", "-1", ROOT / "suspect.py"),),
    targets=(TARGET,),
    left=(TARGET.gap, BODY),
    skipped=(Skipped(BODY, "a guard"),),
    usage=Usage(2, 100, 10, 20, None),
    seconds=3.14159,
    ended=Ended.BUDGET,
    detail="--ai-gen-max-requests=2",
    notes=("A note.",),
    sandbox=("audit hook", "limits"),
    cov_target=90.0,
)  # fmt: skip


def test_the_whole_document(golden: Callable[[str, str], None]) -> None:
    golden("reports/report.json", json.dumps(json_file.document(REPORT), indent=2) + "\n")


def test_the_schema_is_documented() -> None:
    document, words = json_file.document(REPORT), json_file.__doc__ or ""
    assert document["schema_version"] == json_file.SCHEMA_VERSION == 1

    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            named = {key for key in value if "/" not in key}
            return named.union(*map(keys, value.values()))
        return set().union(*map(keys, value)) if isinstance(value, list) else set()

    assert {key for key in keys(document) if key not in words} == set()


def test_a_path_outside_the_root() -> None:
    edit = Edit(Path("/elsewhere/test_x.py"), "", "x\n", ())
    [given] = json_file.document(Report(ROOT, "diff", Coverage({}), Coverage({}), edits=(edit,)))["edits"]
    assert given == {"path": "../elsewhere/test_x.py", "new": False, "tests": [], "written": False}


def test_an_unwritten_edit_says_so() -> None:
    report = Report(
        ROOT,
        "write",
        Coverage({}),
        Coverage({}),
        edits=(EDIT,),
        unwritten={TEST: "it changed"},
        patches={TEST: ROOT / ".pytest_aigen/unwritten/a.patch"},
    )
    document = json_file.document(report)
    assert document["edits"][0]["written"] is False
    assert document["unwritten"] == {"tests/test_shop.py": "it changed"}
    assert document["patches"] == {"tests/test_shop.py": ".pytest_aigen/unwritten/a.patch"}


PLUGIN = """
from pathlib import Path
from pytest_aigen.data import Coverage, Report
from pytest_aigen.reports import json_file
from pytest_aigen.settings import Settings

def pytest_sessionfinish(session):
    report = Report(Path.cwd(), "write", Coverage({}), Coverage({}))
    Path("file").write_text("")
    settings = Settings(report=(("json", "out/report.json"), ("json", "file/report.json"), ("html", "x.html")))
    json_file.pytest_aigen_report(report, settings, session.config)
"""


@pytest.mark.parametrize("args", [[], ["-p", "no:terminal"]], ids=["terminal", "no terminal"])
def test_in_a_session(pytester: pytest.Pytester, args: list[str]) -> None:
    pytester.makeconftest(PLUGIN)
    pytester.makeini("[pytest]\naddopts = -p no:asyncio -p no:sugar")
    pytester.makepyfile("def test(): pass")
    result = pytester.runpytest_inprocess(*args)
    assert result.ret == 0
    assert json.loads((pytester.path / "out/report.json").read_text("utf-8"))["schema_version"] == 1
    output = result.stderr if args else result.stdout
    output.fnmatch_lines(["*ai-gen: the report file/report.json could not be written: *"])
