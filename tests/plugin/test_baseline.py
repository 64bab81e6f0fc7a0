"""Tests of the user that fail, raise, flicker or cannot be collected: named, left out, and nobody else's fault."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import CLAMP, Project, accepted, by_target, model

pytestmark = pytest.mark.slow

CLAMP_ONLY = "--ai-gen-target=shop/__init__.py::clamp"

FAILS = """\
import pytest
from shop import clamp

@pytest.fixture
def explodes():
    raise RuntimeError("in the fixture")

def test_fails():
    assert clamp == "wrong"

def test_errs(explodes):
    pass

@pytest.mark.skip(reason="not today")
def test_skipped():
    pass

@pytest.mark.xfail(reason="known")
def test_known():
    assert 0

def test_passes():
    pass
"""


def generate(project: Project, *options: str) -> dict[str, object]:
    with model(by_target({"clamp": [CLAMP]})) as (_, ours):
        return project.report(CLAMP_ONLY, *ours, *options)


@pytest.mark.parametrize("options", [(), ("-n", "2", "-p", "xdist")], ids=["here", "xdist"])
def test_failing_tests_in_the_module_that_gets_new_ones(project: Project, options: tuple[str, ...]) -> None:
    if options:
        pytest.importorskip("xdist")
    project.write("tests/test_shop.py", FAILS)
    report = generate(project, *options)
    assert accepted(report) == ["test_between", "test_high", "test_low"]
    assert sorted(report["failing"]) == ["tests/test_shop.py::test_errs", "tests/test_shop.py::test_fails"]  # type: ignore[call-overload]
    assert project.result.ret == pytest.ExitCode.TESTS_FAILED
    project.result.stdout.fnmatch_lines(
        ["note: these fail without any new test, and are not looked at: tests/test_shop.py::test_*, *"]
    )
    assert len(project.read("tests/test_shop.py")) > len(FAILS)


def test_failing_tests_of_other_modules_under_the_same_conftest_file(project: Project) -> None:
    project.write("tests/conftest.py", "")
    project.write("tests/test_other.py", FAILS)
    project.write("tests/test_shop.py", "def test_old():\n    pass\n")
    assert len(accepted(generate(project))) == 3


def test_a_flaky_test_is_named_and_costs_no_new_one(project: Project) -> None:
    """It fails each second time, the suite being the first; in processes that share nothing but a file."""
    counter = project.pytester.path / "temp-counter"
    flaky = f"""\
        import os
        from shop import clamp

        def test_flaky():
            # The run of the suite, then new tests beside it in file order; the run after that is the same again.
            here = {str(counter)!r}
            number = int(open(here).read())
            assert "PYTEST_AIGEN_CHILD" not in os.environ or number != 1
        """
    counter.write_text("0")
    project.write("tests/test_shop.py", flaky)
    # The file is counted up from outside: what runs new tests may not write.
    project.write(
        "conftest.py",
        f"""\
        import asyncio
        from pytest_aigen.executors.forkserver import ForkServer

        class Counting:
            def __init__(self, workplace):
                self.inner, self.seen, self.turn = ForkServer(workplace), 0, asyncio.Lock()

            async def run(self, job):
                whole = not job.tests and not job.conditions and job.probe is None
                fresh = whole and job.overlay[job.path] != job.path.read_text() and not self.seen
                self.seen += fresh
                async with self.turn:
                    with open({str(counter)!r}, "w") as file:
                        file.write("1" if fresh else "0")
                    return await self.inner.run(job)

            async def aclose(self):
                await self.inner.aclose()

        def pytest_aigen_executor(name, workplace):
            return Counting(workplace) if name == "counting" else None
        """,
    )
    report = generate(project, "--ai-gen-executor=counting", "--ai-gen-workers=1")
    assert accepted(report) == ["test_between", "test_high", "test_low"]
    assert report["failing"] == []
    flaky = "test_shop.py::test_flaky is flaky: it failed once beside new tests, and passed again"
    assert flaky in report["notes"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("files", "named"),
    [
        pytest.param(
            {"tests/test_broken.py": "import no_such_module\n"}, "tests/test_broken.py", id="a-module"
        ),
        pytest.param(
            {"tests/test_shop.py": "import no_such_module\n"}, "tests/test_shop.py", id="the-module-for-new-tests"
        ),
        pytest.param(
            {"tests/sub/conftest.py": "1 / 0\n", "tests/sub/test_x.py": "def test_x():\n    pass\n"},
            "tests/sub",
            id="a-conftest-file",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("passing", [True, False], ids=["beside-others", "alone"])
def test_what_cannot_be_collected(project: Project, files: dict[str, str], named: str, passing: bool) -> None:
    if passing:
        project.write("tests/test_mine.py", "def test_mine():\n    pass\n")
    for name, text in files.items():
        project.write(name, text)
    report = generate(project, "tests")
    assert len(accepted(report)) == 3
    assert report["failing"] == [named]
    assert f"could not be collected: {named}; what they cover counts as missing" in report["notes"]  # type: ignore[operator]
    assert project.result.ret == pytest.ExitCode.TESTS_FAILED
    assert {name: project.read(name) for name in files} == files
