"""With xdist: the suite runs in workers, the tests are written once, by the session that the user started."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project, accepted

pytestmark = pytest.mark.slow

pytest.importorskip("xdist")

OPTIONS = ["-p", "xdist", "--ai-gen-engine=explore", "--ai-gen-target=shop/__init__.py::label"]


@pytest.fixture(autouse=True)
def suite(project: Project) -> None:
    project.write(
        "conftest.py", "import os, pytest\n@pytest.fixture\ndef five():\n    'A five.'\n    return 5\n"
    )
    project.write(
        "tests/test_prices.py",
        """\
        import pytest
        from shop import clamp, label

        @pytest.mark.parametrize("number", range(6))
        def test_low(number):
            assert clamp(number, 2, 9) == max(number, 2)

        def test_five(five):
            assert label(str(five)) == "5"

        def test_left_out():
            assert clamp(99, 1, 2) == 2
        """,
    )


def test_workers_measure_and_the_controller_writes(project: Project) -> None:
    alone = project.report(*OPTIONS, "-k", "not left_out", "--ai-gen-mode=plan")
    project.write(
        "log.py",
        """\
        import os
        import pytest

        @pytest.hookimpl(tryfirst=True)
        def pytest_aigen_generator(name):
            with open("asked.txt", "a") as file:
                print(name, os.environ.get("PYTEST_XDIST_WORKER", "controller"), file=file)
        """,
    )
    spread = project.report(*OPTIONS, "-n2", "-k", "not left_out", "-p", "log", "--ai-gen-source=shop")
    for report in (alone, spread):
        (note,) = report["notes"]
        assert note.startswith("1 tests were deselected")
    assert spread["coverage"]["before"] == alone["coverage"]["before"]
    assert spread["targets"] == alone["targets"], "the test module is chosen by the workers' contexts"
    assert spread["targets"][0]["test_path"] == "tests/test_prices.py"
    assert project.read("asked.txt") == "explore controller\n"
    assert accepted(spread)
    assert project.result.parseoutcomes()["passed"] == 7
    assert project.run("tests").ret == pytest.ExitCode.OK


@pytest.mark.parametrize("late", [False, True], ids=["all plugins", "plugins by -p"])
def test_with_pytest_cov(project: Project, late: bool) -> None:
    pytest.importorskip("pytest_cov")
    cov = ["-p", "pytest_cov", "--cov=shop", "--cov-branch", "--cov-context=test"]
    alone = project.report(*OPTIONS, *cov, "--ai-gen-mode=plan")
    if not late:
        project.with_all_plugins()
    spread = project.report(*OPTIONS, *cov, "-n2", "--ai-gen-mode=plan")
    assert spread["coverage"]["before"] == alone["coverage"]["before"]
    assert spread["targets"] == alone["targets"]


def test_found_by_itself_as_a_user_has_it(project: Project) -> None:
    alone = project.report(*OPTIONS, "--ai-gen-mode=plan")
    project.with_all_plugins()
    spread = project.report(*OPTIONS, "-n2", "--ai-gen-mode=plan")
    assert spread["coverage"]["before"] == alone["coverage"]["before"]
    assert spread["targets"] == alone["targets"]


def test_a_worker_that_crashes(project: Project) -> None:
    """What it had measured is lost with it; the others go on, and tests are written."""
    project.write("tests/test_crash.py", "import os\n\n\ndef test_crash():\n    os._exit(1)\n")
    report = project.report(*OPTIONS, "-n2", "--dist=loadfile")
    assert project.result.ret == pytest.ExitCode.TESTS_FAILED
    assert report["failing"] == ["tests/test_crash.py::test_crash"]
    assert accepted(report)
    assert project.run("tests/test_prices.py").ret == pytest.ExitCode.OK
