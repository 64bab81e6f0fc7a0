"""Repositories of each layout get their tests where a maintainer would have put them, and pytest collects them there."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project

pytestmark = pytest.mark.slow

EXPLORE = ("--ai-gen-engine=explore", "--ai-gen-source=pkg", "--ai-gen-target=pkg/a/b.py")
HALF = "def half(x: int) -> float:\n    return x / 2\n"
TEST = "from {} import half\n\ndef test_half():\n    assert half(4) == 2\n"
SOURCES = {"pkg/__init__.py": "", "pkg/a/__init__.py": "", "pkg/a/b.py": HALF, "pkg/a/c.py": HALF, "pkg/x/__init__.py": "", "pkg/x/b.py": HALF}  # fmt: skip


def importing(module: str) -> str:
    return TEST.format(module)


C, XB = importing("pkg.a.c"), importing("pkg.x.b")


@pytest.mark.parametrize(
    ("files", "settings", "expected"),
    [
        pytest.param({}, "", ["tests/a/test_b.py"], id="no tests yet"),
        pytest.param({"tests/test_c.py": C}, "", ["tests/test_b.py"], id="flat"),
        pytest.param({"tests/test_a_c.py": C}, "", ["tests/test_a_b.py"], id="flat with the folder in the name"),
        pytest.param({"tests/a/test_c.py": C}, "", ["tests/a/test_b.py"], id="mirrored"),
        pytest.param({"tests/pkg/a/test_c.py": C}, "", ["tests/pkg/a/test_b.py"], id="mirrored with the package"),
        pytest.param({"tests/unit/a/test_c.py": C, "tests/integration/test_flow.py": XB}, "", ["tests/unit/a/test_b.py"], id="unit and integration"),
        pytest.param({"pkg/a/tests/__init__.py": "", "pkg/a/tests/test_c.py": C}, "", ["pkg/a/tests/test_b.py"], id="within the package"),
        pytest.param({"pkg/x/tests/__init__.py": "", "pkg/x/tests/test_b.py": XB}, "", ["pkg/a/tests/__init__.py", "pkg/a/tests/test_b.py"], id="a new folder within the package"),
        pytest.param({"pkg/a/test_c.py": C}, "", ["pkg/a/test_b.py"], id="beside the source"),
        pytest.param({"tests/a/c_test.py": C}, "", ["tests/a/b_test.py"], id="names with _test"),
        pytest.param({"checks/a/check_c.py": C}, "python_files = check_*.py\ntestpaths = checks\n", ["checks/a/check_b.py"], id="python_files and testpaths"),
        pytest.param({"tests/x/test_b.py": XB}, "", ["tests/a/test_a_b.py"], id="a name only once"),
        pytest.param({"tests/x/test_b.py": XB}, "addopts = --import-mode=importlib\n", ["tests/a/test_b.py"], id="importlib"),
        pytest.param({"tests/__init__.py": "", "tests/x/__init__.py": "", "tests/x/test_b.py": XB}, "", ["tests/a/__init__.py", "tests/a/test_b.py"], id="packages of tests"),
        pytest.param({"tests/test_c.py": C, "tests/test_b.py": "# @generated\n"}, "", ["tests/test_a_b.py"], id="a generated module"),
    ],
)  # fmt: skip
def test_layout(project: Project, files: dict[str, str], settings: str, expected: list[str]) -> None:
    for name, text in {**SOURCES, **files, "pytest.ini": f"[pytest]\npythonpath = .\n{settings}"}.items():
        project.write(name, text)
    before = project.files()
    project.generate(*EXPLORE)
    made = {name for name in project.files().keys() - before.keys() if not name.startswith(".")}
    assert sorted(made) == expected
    assert {name: text for name, text in project.files().items() if name in before} == before
    again = project.run()
    assert again.ret == pytest.ExitCode.OK
    old = sum("def test" in text for text in files.values())
    assert again.parseoutcomes()["passed"] > old, "collected by pytest alone"


def test_without_contexts_imports_tell(project: Project) -> None:
    """pytest-cov knows which lines were reached, and not by which tests."""
    pytest.importorskip("pytest_cov")
    for name, text in SOURCES.items():
        project.write(name, text)
    project.write("pkg/a/b.py", HALF + "\n\ndef double(x: int) -> int:\n    return x * 2\n")
    project.write("tests/test_numbers.py", importing("pkg.a.b"))
    project.write("tests/test_other.py", C)
    report = project.report("-p", "pytest_cov", "--cov=pkg", "--cov-branch", *EXPLORE)
    assert [edit["path"] for edit in report["edits"]] == ["tests/test_numbers.py"]


def test_a_part_of_the_suite(project: Project) -> None:
    """The module with the right name is found though its tests did not run."""
    for name, text in SOURCES.items():
        project.write(name, text)
    project.write("tests/test_c.py", C)
    project.write("tests/somewhere/test_a_b.py", "def test_mine():\n    pass\n")
    report = project.report(*EXPLORE, "tests/test_c.py")
    assert [edit["path"] for edit in report["edits"]] == ["tests/somewhere/test_a_b.py"]


def test_what_pytest_is_told_to_ignore_is_left_alone(project: Project) -> None:
    for name, text in SOURCES.items():
        project.write(name, text)
    project.write("tests/test_c.py", C)
    project.write("tests/test_b.py", "import no_such_module\n")
    project.write("tests/conftest.py", "collect_ignore = ['test_b.py']\n")
    report = project.report(*EXPLORE)
    assert [edit["path"] for edit in report["edits"]] == ["tests/test_a_b.py"]
