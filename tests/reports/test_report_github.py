"""``--ai-gen-report=github:``: annotations that a log cannot be tricked with, and the step's summary."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aigen.data import Coverage, Ended, Gap, Report, Stale, Why
from pytest_aigen.reports import github
from tests.report_records import CART, FULL, ROOT, SMALL, TEST_SHOP


def said(report: Report) -> list[str]:
    return [message.command(ROOT) for message in github.messages(report)]


def test_a_run() -> None:
    assert said(FULL) == [
        "::warning title=Suspected bug in price,file=src/shop.py,line=10,endLine=10::"
        "docstring: Never less than nothing.%0Acall: price(0)%0Aexpected: > 0%0Aactual: -1",
        "::error title=Coverage is too low::Coverage is 90.0%25, below 100%25",
        "::notice title=Not covered%3A price,file=src/shop.py,line=11,endLine=13::3 lines, 1 branch",
        "::notice title=Not covered%3A Cart.total,file=src/cart.py,line=6,endLine=7::2 lines",
        "::notice title=Not covered%3A the module body,file=src/shop.py,line=4,endLine=4::1 line",
    ]


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (replace(SMALL, unwritten={TEST_SHOP: "it changed"}), "::error title=Tests could not be written,file=tests/test_shop.py::it changed"),
        (replace(SMALL, since="origin/main"), "::error title=Coverage is too low::Coverage of the lines changed since origin/main is 40.0%25, below 90%25"),
        (replace(SMALL, ended=Ended.FAULT, detail="a\nb"), "::error title=pytest-aigen ended with a fault::a"),
        (
            Report(ROOT, "check", Coverage({}), Coverage({}), stale=(Stale(TEST_SHOP, "test_a[1,2]", "a:b", Why.GONE, "no b"),)),
            "::error title=Stale test test_a[1%2C2],file=tests/test_shop.py::its target is gone: no b",
        ),
    ],
    ids=["unwritten", "changed lines", "fault", "stale"],
)  # fmt: skip
def test_errors(report: Report, words: str) -> None:
    assert words in said(report)


@pytest.mark.parametrize(
    "report",
    [
        replace(SMALL, mode="plan"),
        Report(ROOT, "check", Coverage({}), Coverage({}), cov_target=100.0),
        replace(SMALL, cov_target=40.0),
        replace(SMALL, cov_target=None),
    ],
    ids=["plan", "check", "reached", "not asked"],
)
def test_coverage_that_is_no_error(report: Report) -> None:
    assert "too low" not in "".join(said(report))


def test_ten_of_a_level_the_biggest_first() -> None:
    gaps = tuple(Gap(CART, f"f{n}", 1, 99, frozenset(range(1, n + 2))) for n in range(30))
    notices = [line for line in said(replace(FULL, left=gaps)) if line.startswith("::notice")]
    assert len(notices) == 10
    assert "f29" in notices[0]


@pytest.mark.parametrize(
    "text",
    [
        "a\n::error::b",
        "a\r\n::add-mask::x",
        "a\r::b",
        "50%0A::error::",
        "x\x1b[2J\u202e",
        "a,file=/etc/passwd,b:c",
    ],
)
def test_a_hostile_text_stays_in_its_message(text: str) -> None:
    message = github.Annotation("notice", text, text, ROOT / f"x{text}.py", 1, 1)
    command = message.command(ROOT)
    assert command.isprintable()
    head, _, _ = command[2:].partition("::")
    assert head.count(",") == 3
    assert "%0A::" not in command.replace("%250A", "") or "\n" in text or "\r" in text
    assert command.count("\n") == 0


def test_paths_are_relative_to_the_repository(tmp_path: Path) -> None:
    root = tmp_path / "repo/service"
    root.mkdir(parents=True)
    assert github._top({"GITHUB_WORKSPACE": str(tmp_path / "repo")}, root) == tmp_path / "repo"
    assert github._top({"GITHUB_WORKSPACE": str(tmp_path / "other")}, root) == root
    assert github._top({}, root) == root


PLUGIN = """
from pytest_aigen.reports import github
from pytest_aigen.settings import Settings
from tests.report_records import SMALL

def pytest_sessionfinish(session):
    github.pytest_aigen_report(SMALL, Settings(report=(("github", ""),)), session.config)
"""


@pytest.mark.parametrize("args", [[], ["-p", "no:terminal"]], ids=["terminal", "no terminal"])
def test_in_a_session(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, args: list[str]) -> None:
    summary = pytester.path / "summary.md"
    summary.write_text("before\n", "utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    pytester.makeconftest(PLUGIN)
    pytester.makepyfile("def test(): pass")
    result = pytester.runpytest_inprocess(*args, "-p", "no:sugar", "-p", "no:asyncio")
    result.stdout.fnmatch_lines(["::warning title=Suspected bug in Shop.price,file=src/shop.py,*"])
    assert summary.read_text("utf-8").startswith("before\n\n<!-- pytest-aigen -->\n### pytest-aigen: ")


@pytest.mark.parametrize("place", ["", "no/such/folder/x.md"], ids=["unset", "not there"])
def test_no_summary(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", place)
    pytester.makeconftest(PLUGIN)
    pytester.makepyfile("def test(): pass")
    result = pytester.runpytest_inprocess("-p", "no:sugar", "-p", "no:asyncio")
    result.stdout.fnmatch_lines(["::warning *", "*ai-gen: github: *summary*"])


def test_a_summary_that_is_full(tmp_path: Path) -> None:
    place = tmp_path / "summary.md"
    place.write_bytes(b"x" * (1024 * 1024 - 100))
    github._summarise(FULL, os.fspath(place), str)
    assert place.stat().st_size == 1024 * 1024 - 100


def test_not_asked_for(capsys: pytest.CaptureFixture[str], pytestconfig: pytest.Config) -> None:
    from pytest_aigen.settings import Settings

    github.pytest_aigen_report(FULL, Settings(), pytestconfig)
    assert capsys.readouterr().out == ""
