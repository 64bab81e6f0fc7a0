"""In CI, generation is asked for in so many words."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project

pytestmark = pytest.mark.slow

DECLINED = "ai-gen: nothing was generated: CI is set*pytest --ai-gen"
OFFLINE = "--ai-gen-engine=explore"


@pytest.fixture
def shop(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    project.write(
        "tests/test_shop.py", "from shop import label\n\ndef test_label():\n    assert label('a')\n"
    )
    monkeypatch.setenv("CI", "true")
    return project


@pytest.mark.parametrize("place", ["ini", "environment"])
def test_addopts_are_not_enough(shop: Project, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """A plain run of the tests goes on as ever, and one line says why nothing was generated."""
    if place == "ini":
        shop.write("pytest.ini", f"[pytest]\naddopts = --ai-gen {OFFLINE}\n")
    else:
        monkeypatch.setenv("PYTEST_ADDOPTS", f"--ai-gen {OFFLINE}")
    before = shop.files()
    result = shop.run("tests")
    assert (result.ret, result.parseoutcomes()) == (pytest.ExitCode.OK, {"passed": 1})
    result.stdout.fnmatch_lines([DECLINED])
    assert shop.files() == before


@pytest.mark.parametrize("value", ["false", "0", ""])
def test_not_in_ci(shop: Project, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CI", value)
    shop.write("pytest.ini", f"[pytest]\naddopts = --ai-gen {OFFLINE}\n")
    shop.run("tests").stdout.fnmatch_lines(["added * tests*"])


def test_the_command_line_is(shop: Project) -> None:
    shop.generate(OFFLINE, "tests").stdout.fnmatch_lines(["added * tests*"])
    shop.result.stdout.no_fnmatch_line(DECLINED)


@pytest.mark.parametrize("mode", ["plan", "preview"])
@pytest.mark.parametrize("place", ["addopts", "pyproject"])
def test_what_writes_and_calls_nothing_may_run(shop: Project, mode: str, place: str) -> None:
    option = f"--ai-gen-mode={mode}" if place == "addopts" else ""
    shop.write("pytest.ini", f"[pytest]\naddopts = --ai-gen {option}\n")
    if place == "pyproject":
        shop.write("pyproject.toml", f'[tool.pytest-aigen]\nmode = "{mode}"\n')
    shop.run("tests").stdout.fnmatch_lines([f"{mode}: *"])
    shop.result.stdout.no_fnmatch_line(DECLINED)


@pytest.mark.parametrize("words", [["--ai-gen", OFFLINE], [OFFLINE]], ids=["asked for", "by addopts"])
def test_under_xdist(shop: Project, words: list[str]) -> None:
    pytest.importorskip("xdist")
    shop.write("pytest.ini", "[pytest]\naddopts = --ai-gen\n")
    result = shop.run("-p", "xdist", "-n1", *words, "tests")
    result.stdout.fnmatch_lines(["added * tests*" if "--ai-gen" in words else DECLINED])
