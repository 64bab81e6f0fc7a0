"""What all tests share: pytester, golden files, and an environment without a key."""

from __future__ import annotations

import difflib
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import coverage
import pytest

pytest_plugins = ["pytester"]

# For `from tests.fakes import ...`. At the end, so that the package under test is the one that is installed.
sys.path.append(str(Path(__file__).parent.parent))

GOLDEN = Path(__file__).parent / "golden"
#: Whether slow tests run in a shorter form: where CI is set, unless AIGEN_TESTS=full asks for all.
SHORT = bool(os.environ.get("CI")) and os.environ.get("AIGEN_TESTS") != "full"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write golden files anew")
    parser.addoption(
        "--part", default="1/1", help="run every so manieth test only: 1/2 and 2/2 are all of them"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In the short form: of each slow test with many rows, the first and every tenth. Of these the part asked for."""
    part, parts = map(int, config.getoption("--part").split("/"))
    rows: Counter[str] = Counter()
    number = 0
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        name = item.nodeid.partition("[")[0]
        is_kept = not SHORT or item.get_closest_marker("slow") is None or rows[name] % 10 == 0
        rows[name] += 1
        if is_kept:
            is_kept = number % parts == part - 1
            number += 1
        (kept if is_kept else left_out).append(item)
    items[:] = kept
    if left_out:
        config.hook.pytest_deselected(items=left_out)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Go on measuring after a test that ran code which takes the trace function away, as candidates may."""
    if (measured := coverage.Coverage.current()) is not None and sys.gettrace() is None:
        measured.stop()
        measured.start()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Save what a worker of xdist measured: it may be killed before it comes to its own end."""
    if hasattr(session.config, "workerinput") and (measured := coverage.Coverage.current()) is not None:
        measured.stop()
        measured.save()


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test ever reaches a provider with the key of whoever runs it."""
    for name in [name for name in os.environ if name.startswith(("OPENAI_", "AZURE_OPENAI_", "API_KEY"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str, str], None]:
    """``golden("reports/full.txt", text)``: compares text with a file below tests/golden.

    ``pytest --update-golden``, or UPDATE_GOLDEN=1, writes the file. On a mismatch the actual text is kept.
    """
    update = request.config.getoption("--update-golden") or os.environ.get("UPDATE_GOLDEN") == "1"

    def compare(name: str, actual: str) -> None:
        path = GOLDEN / name
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(actual, "utf-8", newline="")
            return
        expected = ""
        if path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                expected = file.read()
        if actual != expected:
            kept = tmp_path / path.name
            kept.write_text(actual, "utf-8", newline="")
            lines = (expected.splitlines(keepends=True), actual.splitlines(keepends=True))
            shown = "".join(difflib.unified_diff(*lines, f"golden/{name}", str(kept)))
            pytest.fail(f"differs from the golden file; --update-golden accepts it\n{shown}", pytrace=False)

    return compare
