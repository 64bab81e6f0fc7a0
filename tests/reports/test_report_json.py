"""``--ai-gen-report=json:PATH``: the schema, and how the file is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen.data import Coverage, Edit, Report, Stale, Why
from pytest_aigen.reports import json_file
from tests.report_records import EDIT, PROVEN, ROOT, SMALL, TEST_SHOP


def test_the_whole_document(golden: Callable[[str, str], None]) -> None:
    golden("reports/report.json", json.dumps(json_file.document(SMALL), indent=2) + "\n")


def test_the_schema_is_documented() -> None:
    document, words = json_file.document(SMALL), json_file.__doc__ or ""
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
        unwritten={TEST_SHOP: "it changed"},
        patches={TEST_SHOP: ROOT / ".pytest_aigen/unwritten/a.patch"},
    )
    document = json_file.document(report)
    assert document["edits"][0]["written"] is False
    assert document["unwritten"] == {"tests/test_shop.py": "it changed"}
    assert document["patches"] == {"tests/test_shop.py": ".pytest_aigen/unwritten/a.patch"}


def test_old_tests_that_were_proven_again_and_stale_ones() -> None:
    stale = Stale(
        TEST_SHOP, "test_old", "shop:price", Why.GONE, "there is no price in shop", "code", removed=True
    )
    report = Report(ROOT, "prune", Coverage({}), Coverage({}), proven=(PROVEN.trial,), stale=(stale,))
    document = json_file.document(report)
    (proven,) = document["proven"]
    assert proven["test"] == "test_price"
    assert proven["test_path"] == "tests/test_shop.py"
    assert [len(mutants) for mutants in proven["mutants"].values()] == [1, 1]
    assert document["stale"] == [
        {
            "test": "test_old",
            "test_path": "tests/test_shop.py",
            "target": "shop:price",
            "why": "gone",
            "reason": "there is no price in shop",
            "removed": True,
            "hindered": "",
        }
    ]


PLUGIN = """
from pathlib import Path
from pytest_aigen.data import Coverage, Report
from pytest_aigen.reports import json_file
from tests.report_records import EDIT, PROVEN, ROOT, SMALL, TEST_SHOP
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
