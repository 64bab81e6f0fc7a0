"""What is kept of a report is the report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import pytest_aigen
from pytest_aigen.data import (
    Accepted,
    Condition,
    Coverage,
    Edit,
    FileCoverage,
    Outgoing,
    Redaction,
    Report,
    Shortened,
    Stale,
    Why,
)
from pytest_aigen.kept import KeptError, dumped, loaded
from pytest_aigen.reports import html, json_file, markdown, page, terminal
from tests.report_records import FIRST, FULL, PRICE, ROOT, SHOP, SMALL, TEST_SHOP

BOTH = replace(
    FULL,
    stale=(Stale(TEST_SHOP, "test_x", "shop:price", Why.GONE, "there is no price", removed=True),),
    redacted=(Redaction("password", "src/shop.py", 2),),
    outgoing=(Outgoing(PRICE, b"\xff{}", 1, 2),),
    shortened=(Shortened(PRICE, ("2 definitions",)),),
    patches={TEST_SHOP: ROOT / "x.patch"},
)
BODY = "".join(f"def test_{number}():\n    assert {number}\n\n\n" for number in range(60))


def no_source(path: Path) -> str:
    raise OSError("not there")


@pytest.mark.parametrize("report", [FULL, SMALL, BOTH], ids=["full", "small", "both"])
def test_everything_shows_the_same(report: Report) -> None:
    again = loaded(dumped(report))
    assert json_file.document(again) == json_file.document(report)
    assert markdown.text(again) == markdown.text(report)
    assert html.render(again, no_source) == html.render(report, no_source)
    for verbosity in (-1, 0, 1):
        assert terminal.lines(again, verbosity) == terminal.lines(report, verbosity)


def test_a_test_keeps_of_its_module_what_its_diff_shows() -> None:
    """A module of a thousand tests is not kept a thousand times."""
    trials = []
    for verdict in FULL.verdicts:
        if isinstance(verdict, Accepted):
            edit = Edit(
                TEST_SHOP, BODY, BODY.replace("assert 30\n", "assert 30\n    assert 31\n"), ("test_30",)
            )
            trials.append(Accepted(replace(verdict.trial, edit=edit)))
    again = loaded(dumped(replace(FULL, verdicts=tuple(trials), redundant=(), suspects=())))
    for before, after in zip(trials, again.accepted, strict=True):
        assert list(page.difference(after.edit)) == list(page.difference(before.trial.edit))
        assert len(after.edit.after) < 200


def test_lines_and_what_is_shared_are_kept_once() -> None:
    lines = frozenset(range(1, 5_000))
    file = FileCoverage(SHOP, lines, lines, frozenset({(3, -1), (1, 2)}), frozenset())
    whole = Coverage({SHOP: file}, {SHOP: {"a": lines, "b": frozenset({1, 3, 4, 9})}})
    job = replace(FIRST.trial.job, conditions=frozenset(Condition))
    verdicts = (Accepted(replace(FIRST.trial, job=job)),)
    report = replace(SMALL, before=whole, after=replace(whole), verdicts=verdicts)
    assert len(dumped(report)) < len(dumped(replace(report, before=Coverage({}), after=Coverage({})))) + 600
    again = loaded(dumped(report))
    assert again.before == again.after == whole
    assert again.before.contexts is again.after.contexts
    assert again.accepted[0].job.conditions == job.conditions


def kept(change: Any = None, **top: Any) -> bytes:
    body = json.loads(dumped(SMALL)) | top
    if change is not None:
        change(body["report"])
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(b"", "damaged", id="empty"),
        pytest.param(b"[]", "damaged", id="a list"),
        pytest.param(b"\xff\xfe{", "damaged", id="no text"),
        pytest.param(dumped(SMALL)[:-20], "damaged", id="cut off"),
        pytest.param(
            kept(version="0.0.0"), f"0.0.0, this is {pytest_aigen.__version__}", id="another version"
        ),
        pytest.param(kept(lambda r: r.update({"is": "Path"})), "no record", id="no record of ours"),
        pytest.param(kept(lambda r: r.update({"is": "__builtins__"})), "no record", id="no record at all"),
        pytest.param(kept(lambda r: r["of"].update(more=1)), "TypeError", id="a field too many"),
        pytest.param(kept(report={"again": 7}), "IndexError", id="a record that is not there"),
        pytest.param(kept(report={"enum": ["Path", "home"]}), "no record", id="no enumeration"),
        pytest.param(kept(report={"lines": [1, 10**12]}), "so many lines", id="a file of a billion lines"),
        pytest.param(kept(report={"branches": [1, 2, 3]}), "ValueError", id="a branch without an end"),
        pytest.param(kept(report={"os": "system"}), "unknown", id="an unknown kind"),
        pytest.param(kept(report=[1]), "holds no report", id="something else"),
    ],
)
def test_what_is_no_report_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(KeptError, match=why):
        loaded(data)
