"""Without ``--ai-gen`` the plugin costs nothing and changes nothing."""

from __future__ import annotations

import os

import pytest

from tests.plugin.conftest import Project


@pytest.fixture(autouse=True)
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where this suite is measured, coverage.py starts in each process."""
    for name in [name for name in os.environ if name.startswith(("COVERAGE_", "COV_CORE_"))]:
        monkeypatch.delenv(name)


SPY = """\
import sys

HEAVY = {"openai", "libcst", "coverage", "hypothesis", "tiktoken", "httpx", "asyncio", "jinja2", "rich", "crosshair", "z3"}

def test_nothing_heavy_is_imported(pytestconfig):
    assert pytestconfig.pluginmanager.has_plugin("aigen")
    assert sorted(HEAVY & set(sys.modules)) == []
"""


def test_the_table_in_pyproject_does_not_turn_it_on(project: Project) -> None:
    """Not even a wrong one: it is not read."""
    project.write("pyproject.toml", '[tool.pytest-aigen]\nengine = "explore"\ncov-target = 100\nwrong = 1\n')
    project.write("tests/test_spy.py", SPY)
    before = project.files()
    assert project.run().ret == pytest.ExitCode.OK
    assert project.files() == before
    project.result.stdout.no_fnmatch_line("*ai-gen*")
    assert project.run("-k", "nothing_at_all").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_in_workers_of_xdist(project: Project) -> None:
    """asyncio and more come with execnet's other users; ours do not."""
    pytest.importorskip("xdist")
    project.write("tests/test_spy.py", SPY)
    before = project.files()
    result = project.run("-p", "xdist", "-n1")
    assert result.ret == pytest.ExitCode.OK
    assert project.files() == before
