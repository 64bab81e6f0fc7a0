"""What ``pytest-aigen`` answers, without a shell; how it starts is tested in test_command.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_aigen.command import STOPPED, WRONG, main
from tests.command.test_command import full, remember

#: Arguments, the status, and what is said.
ANSWERS = [
    pytest.param(("report",), 0, "1 suspected bug", id="as pytest shows it"),
    pytest.param(("report", "json"), 0, '"schema_version": 1', id="another format"),
    pytest.param(("report", "html:made/page.html"), 0, "written: made/page.html", id="to a file"),
    pytest.param(("report", "pdf"), WRONG, "there is no format 'pdf'", id="no such format"),
    pytest.param(("show", "TestPrice::test_x"), 0, "  covers: ", id="a test that was kept"),
    pytest.param(("show", "test_price_is_positive"), 0, "  expected: ", id="a suspect"),
    pytest.param(("show", "test_"), STOPPED, "write more of the name:", id="several"),
    pytest.param(("show", "test_old"), 0, "  not of the last run", id="of an earlier run"),
    pytest.param(("show", "nix"), WRONG, "has 'nix' in its name", id="of no run"),
    pytest.param(("cache",), 0, "last-run.json", id="what is kept"),
    pytest.param(("cache", "prune", "last-run.json"), 0, "removed last-run.json", id="removed by name"),
    pytest.param(("cache", "prune"), 0, "kept suspects: ", id="removed"),
    pytest.param(("report", "--rootdir", "nowhere"), WRONG, "there is no folder nowhere", id="no folder"),
]


@pytest.mark.parametrize(("args", "status", "says"), ANSWERS)
def test_answer(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    args: tuple[str, ...],
    status: int,
    says: str,
) -> None:
    remember(tmp_path)
    full(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(args) == status
    out, err = capfd.readouterr()
    assert says in (err if status == WRONG else out)
    assert bool(err) is (status == WRONG)
