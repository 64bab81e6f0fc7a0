"""Layouts and settings of pytest as repositories have them: tests are added, and the suite passes as it is run there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.plugin.conftest import SHOP, Project, accepted

pytestmark = pytest.mark.slow

LABEL = "--ai-gen-target={}::label"
MINE = "from shop import clamp\n\n\ndef test_mine():\n    assert clamp(1, 2, 3) == 2\n"


@dataclass(frozen=True)
class Repository:
    """Files beside the package ``shop``, and how pytest is called in it."""

    files: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    #: Where the code is that tests are asked for; another place than ``shop/__init__.py`` moves it there.
    code: str = "shop/__init__.py"
    #: What runs the new tests afterwards, where it is not what ran the old ones.
    after: tuple[str, ...] | None = None
    #: What the terminal shows beside the name of a test that passed.
    passed: str = "PASSED"
    #: Whether the coverage of the plugin itself may be recorded meanwhile; there is one Python tracer at a time.
    may_be_recorded: bool = True


def ini(*lines: str) -> dict[str, str]:
    return {"pytest.ini": "\n".join(["[pytest]", *lines, ""]), "tests/test_mine.py": MINE}


LAYOUTS = {
    "a tests folder with only a conftest": Repository({"tests/conftest.py": "import pytest\n"}),
    "tests inside the package": Repository({"shop/tests/__init__.py": "", "shop/tests/test_mine.py": MINE}),
    "tests inside the package, without init": Repository({"shop/tests/test_mine.py": MINE}),
    "tests beside the modules": Repository({"shop/test_mine.py": MINE}),
    "src, with pythonpath": Repository(
        {"pytest.ini": "[pytest]\npythonpath = src\n", "tests/test_mine.py": MINE},
        code="src/shop/__init__.py",
    ),
    "a namespace package": Repository(
        {
            "tests/test_mine.py": "from firm.shop import clamp\n\n\ndef test_mine():\n    assert clamp(1, 2, 3) == 2\n"
        },
        code="firm/shop/__init__.py",
    ),
    "a single module": Repository(
        {"test_mine.py": "from prices import clamp\n\n\ndef test_mine():\n    assert clamp(1, 2, 3) == 2\n"},
        code="prices.py",
    ),
    "a single module without tests": Repository({}, code="prices.py"),
    "several packages": Repository(
        {
            "one/first/__init__.py": "def one():\n    return 1\n",
            "one/tests/test_one.py": "from first import one\n\n\ndef test_one():\n    assert one() == 1\n",
            "two/tests/test_mine.py": MINE,
            "pytest.ini": "[pytest]\npythonpath = one two\naddopts = --import-mode=importlib\n",
        },
        code="two/shop/__init__.py",
    ),
    "several packages, each with its own configuration": Repository(
        {
            "pyproject.toml": "[tool.pytest.ini_options]\nminversion = '6'\n",
            "two/pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n",
            "two/tests/test_mine.py": MINE,
        },
        ("two",),
        code="two/shop/__init__.py",
    ),
}

SETTINGS = {
    "import mode prepend": Repository(ini("addopts = --import-mode=prepend")),
    "import mode append": Repository(ini("addopts = --import-mode=append")),
    "import mode importlib": Repository(ini("addopts = --import-mode=importlib", "pythonpath = .")),
    "nested conftest files and pytest_plugins": Repository(
        {
            "conftest.py": "pytest_plugins = ['more_fixtures']\n",
            "more_fixtures.py": "import pytest\n\n@pytest.fixture\ndef more():\n    return 1\n",
            "tests/conftest.py": "import pytest\n\n@pytest.fixture(autouse=True)\ndef again(more):\n    assert more == 1\n",
            "tests/unit/conftest.py": "import pytest\n\n@pytest.fixture\ndef low():\n    return 2\n",
            "tests/unit/test_mine.py": "from shop import clamp\n\n\ndef test_mine(low):\n    assert clamp(1, low, 3) == 2\n",
        }
    ),
    "a plugin by -p": Repository(
        {
            "local_plugin.py": "import pytest\n\n@pytest.fixture\ndef low():\n    return 2\n",
            "tests/test_mine.py": "from shop import clamp\n\n\ndef test_mine(low):\n    assert clamp(1, low, 3) == 2\n",
        },
        ("-p", "local_plugin"),
    ),
    "usefixtures": Repository(
        {
            **ini("usefixtures = ready"),
            "conftest.py": "import pytest\n\n@pytest.fixture\ndef ready():\n    yield\n",
        }
    ),
    "an expensive stateful session fixture": Repository(
        {
            "tests/conftest.py": """\
                import pytest

                @pytest.fixture(scope="session", autouse=True)
                def server(tmp_path_factory):
                    place = tmp_path_factory.mktemp("server") / "state"
                    place.write_text("up")
                    yield place
                    assert place.read_text() == "up"
                    place.unlink()
                """,
            "tests/test_mine.py": MINE,
        }
    ),
    "python_files": Repository(
        {"pytest.ini": "[pytest]\npython_files = check_*.py\n", "tests/check_mine.py": MINE}
    ),
    "python_files with a suffix": Repository(
        {"pytest.ini": "[pytest]\npython_files = *_spec.py\n", "tests/mine_spec.py": MINE}
    ),
    "python_files, and no test": Repository({"pytest.ini": "[pytest]\npython_files = check_*.py\n"}),
    "python_functions": Repository(
        {
            "pytest.ini": "[pytest]\npython_functions = check_* it_* test\n",
            "tests/test_mine.py": MINE.replace("test_mine", "check_mine"),
        }
    ),
    "python_classes": Repository(
        {
            "pytest.ini": "[pytest]\npython_classes = Check*\n",
            "tests/test_mine.py": "from shop import clamp\n\n\nclass CheckShop:\n    def test_mine(self):\n        assert clamp(1, 2, 3) == 2\n",
        }
    ),
    "strict markers and configuration": Repository(ini("addopts = --strict-markers --strict-config")),
    "warnings are errors, by option": Repository(ini(), ("-W", "error")),
    "warnings are errors, by configuration": Repository(ini("filterwarnings = error")),
    "xfail_strict": Repository(
        {
            **ini("xfail_strict = true"),
            "tests/test_known.py": "import pytest\n\n@pytest.mark.xfail\ndef test_known():\n    assert 0\n",
        }
    ),
    "doctests of modules": Repository(ini("addopts = --doctest-modules")),
    "stop at the first failure": Repository(ini("addopts = -x")),
    "stop at the second failure": Repository(ini("addopts = --maxfail=2")),
    "by keyword": Repository(ini(), ("-k", "mine"), after=()),
    "by marker": Repository(ini("markers = slow: takes long"), ("-m", "not slow")),
    "last failed": Repository(ini(), ("-p", "cacheprovider", "--lf")),
    "failed first": Repository(ini(), ("-p", "cacheprovider", "--ff")),
    "a node id": Repository(ini(), ("tests/test_mine.py::test_mine",), after=()),
    "a test file": Repository(ini(), ("tests/test_mine.py",), after=()),
    "no capturing": Repository(ini(), ("-s",)),
    "short tracebacks, durations and a summary": Repository(
        ini("addopts = --tb=short --durations=3 -rA -vv")
    ),
    "junit": Repository(ini("addopts = --junitxml=out.xml", "junit_family = xunit2")),
    "logging on the command line": Repository(ini("log_cli = true", "log_cli_level = DEBUG")),
    "setup.cfg": Repository({"setup.cfg": "[tool:pytest]\naddopts = -ra\n", "tests/test_mine.py": MINE}),
    "tox.ini": Repository({"tox.ini": "[pytest]\naddopts = -ra\n", "tests/test_mine.py": MINE}),
    "a nose-style suite": Repository(
        {
            "tests/test_mine.py": "from shop import clamp\n\nclass TestShop:\n    def setup_method(self, method):\n        self.low = 2\n\n    def test_mine(self):\n        assert clamp(1, self.low, 3) == 2\n"
        }
    ),
    "a unittest suite": Repository(
        {
            "tests/__init__.py": "",
            "tests/test_mine.py": "import unittest\n\nfrom shop import clamp\n\n\nclass ShopTest(unittest.TestCase):\n    def setUp(self):\n        self.low = 2\n\n    def test_mine(self):\n        self.assertEqual(clamp(1, self.low, 3), 2)\n\n\nif __name__ == '__main__':\n    unittest.main()\n",
        }
    ),
}

COVERAGE = {
    ".coveragerc": Repository(
        {".coveragerc": "[run]\nbranch = true\nsource = shop\n", "tests/test_mine.py": MINE}
    ),
    "setup.cfg": Repository(
        {"setup.cfg": "[coverage:run]\nbranch = true\nsource = shop\n", "tests/test_mine.py": MINE}
    ),
    "tox.ini": Repository(
        {"tox.ini": "[coverage:run]\nbranch = true\nsource = shop\n", "tests/test_mine.py": MINE}
    ),
    "pyproject.toml": Repository(
        {
            "pyproject.toml": "[tool.coverage.run]\nbranch = true\nsource = ['shop']\n",
            "tests/test_mine.py": MINE,
        }
    ),
    "parallel": Repository({".coveragerc": "[run]\nparallel = true\n", "tests/test_mine.py": MINE}),
    "concurrency": Repository(
        {
            ".coveragerc": "[run]\nconcurrency = thread,multiprocessing\nparallel = true\n",
            "tests/test_mine.py": MINE,
        }
    ),
    "subprocesses": Repository(
        {".coveragerc": "[run]\npatch = subprocess\nparallel = true\n", "tests/test_mine.py": MINE}
    ),
    "relative files": Repository(
        {".coveragerc": "[run]\nrelative_files = true\n", "tests/test_mine.py": MINE}
    ),
    "the Python tracer": Repository(
        {".coveragerc": "[run]\ncore = pytrace\n", "tests/test_mine.py": MINE}, may_be_recorded=False
    ),
    "the C tracer": Repository({".coveragerc": "[run]\ncore = ctrace\n", "tests/test_mine.py": MINE}),
    "sys.monitoring": Repository({".coveragerc": "[run]\ncore = sysmon\n", "tests/test_mine.py": MINE}),
    "dynamic contexts": Repository(
        {".coveragerc": "[run]\ndynamic_context = test_function\n", "tests/test_mine.py": MINE}
    ),
    "a threshold": Repository({".coveragerc": "[report]\nfail_under = 100\n", "tests/test_mine.py": MINE}),
}


def rows(table: dict[str, Repository]) -> list[object]:
    return [pytest.param(repository, id=name) for name, repository in table.items()]


def write(project: Project, repository: Repository) -> None:
    if repository.code != "shop/__init__.py":
        (project.path / "shop/__init__.py").unlink()
        (project.path / "shop").rmdir()
        project.write(repository.code, SHOP)
    for name, text in repository.files.items():
        project.write(name, text)


def adds_tests(project: Project, repository: Repository) -> dict[str, Any]:
    """Tests for one function are added, nothing else changes, and the suite passes as it did; the JSON report."""
    write(project, repository)
    before = project.files()
    report = project.report("--ai-gen-engine=explore", LABEL.format(repository.code), *repository.options)
    assert project.result.ret == 0, "the exit status of the suite"
    assert accepted(report)
    assert all(verdict["accepted"] or verdict["check"] != "neighbours" for verdict in report["verdicts"])
    after = project.files()
    for name, content in before.items():
        kept = iter(after[name].splitlines())
        mine = [line for line in content.splitlines() if not line.startswith(b"from ")]
        assert all(line in kept for line in mine), f"{name}: additions only, and names in imports"
    project.run(*(repository.options if repository.after is None else repository.after), "-v")
    assert project.result.ret == 0
    project.result.stdout.fnmatch_lines(
        [f"*{accepted(report)[0].rpartition('::')[2].partition('[')[0]}*{repository.passed}*"]
    )
    return report


@pytest.mark.parametrize("repository", rows(LAYOUTS) + rows(SETTINGS) + rows(COVERAGE))
def test_tests_are_added_and_the_suite_passes(
    project: Project, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not repository.may_be_recorded:
        monkeypatch.delenv("AIGEN_TESTS_COVERAGE", raising=False)
    adds_tests(project, repository)
