"""Projects whose code is not installed: what is written passes however pytest is started, and nothing is searched in vain."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin.conftest import SHOP, Project

EXPLORE = "--ai-gen-engine=explore"


def plainly(project: Project, *args: str) -> subprocess.CompletedProcess[str]:
    """As the script ``pytest`` does it: the current folder is not on the path, nor by way of pytester's ``PYTHONPATH``."""
    script = "import sys; sys.path.remove(''); import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    options = ("-p", "no:randomly", "-p", "no:cacheprovider", *args)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-c", script, *options],
        cwd=project.path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "there",
    [
        pytest.param({}, id="a package"),
        pytest.param({"prices.py": SHOP}, id="a module beside it"),
        pytest.param({"tests/data.txt": "1\n"}, id="a folder for tests"),
    ],
)
def test_the_first_tests_find_code_at_the_root(project: Project, there: dict[str, str]) -> None:
    for name, text in there.items():
        project.write(name, text)
    plainly(project, "-p", "aigen", "--ai-gen", EXPLORE, "--ai-gen-target=shop/__init__.py::clamp")
    assert project.read("tests/__init__.py") == ""
    assert plainly(project).returncode == 0


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"conftest.py": ""}, id="a conftest at the root"),
        pytest.param({"conftest.py": "", "tests/conftest.py": ""}, id="code beside the new tests"),
        pytest.param({"pytest.ini": "[pytest]\npythonpath = .\n"}, id="pythonpath"),
    ],
)
def test_no_package_where_the_root_is_on_the_path(project: Project, files: dict[str, str]) -> None:
    for name, text in files.items():
        project.write(name, text)
    plainly(project, "-p", "aigen", "--ai-gen", EXPLORE, "--ai-gen-target=shop/__init__.py::clamp")
    assert not (project.path / "tests/__init__.py").exists()
    assert plainly(project).returncode == 0


def test_what_is_not_found_is_not_searched(project: Project) -> None:
    (project.path / "src").mkdir()
    (project.path / "shop").rename(project.path / "src/shop")
    report = project.report(EXPLORE)
    assert {left["why"] for left in report["unreached"]} == {"not_found"}
    assert not report["verdicts"]
    assert not (project.path / "tests").exists()
    project.result.stdout.fnmatch_lines(
        [
            "left: *",
            "  src/shop/__init__.py  * gaps, *: Python does not find it: the project is not installed (no shop is on the path)",
            "next: pip install -e . (so that Python imports the code from here), then *",
        ]
    )


def test_a_copy_elsewhere_is_named(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (project.path / "src").mkdir()
    (project.path / "shop").rename(project.path / "src/shop")
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "shop").mkdir(parents=True)
    (elsewhere / "shop/__init__.py").write_text(SHOP)
    monkeypatch.setenv("PYTHONPATH", str(elsewhere))
    report = project.report(EXPLORE)
    assert {left["why"] for left in report["unreached"]} == {"elsewhere"}
    project.result.stdout.fnmatch_lines(
        [
            f"*Python imports another copy of it (from {(elsewhere / 'shop').resolve()})",
            "next: pip install -e . *",
        ]
    )
