"""Extensions through the front door: a conftest.py that implements each hook."""

from __future__ import annotations

import json

import pytest

from tests.plugin.conftest import Project, accepted, refused

pytestmark = pytest.mark.slow

CONFTEST = '''\
import json
import pytest
from pytest_aigen import Candidate, ConfigError, Job, Outcome, Reached, Refusal, Reply, Run, Stage, Usage

REPLY = """
```python
from shop import clamp, label

def test_title():
    assert label("x") == "X"

def test_ugly():
    assert clamp(1, 2, 3) == 2
```
"""


class Mine:
    name = "mine:x"

    def __init__(self):
        self.asked = 0

    async def complete(self, request):
        self.asked += 1
        return Reply(REPLY, Usage(1, 10, 0, 5, 0.25))

    async def aclose(self):
        print("closed after", self.asked, file=open("model.txt", "w"))


def pytest_aigen_model(provider, model, settings):
    if provider == "mine":
        if model != "x":
            raise ConfigError("mine: only x")
        return Mine()


class Beauty:
    name, cost, stage = "beauty", 0, Stage.STATIC

    async def __call__(self, trial, executor):
        if "ugly" in trial.candidate.name:
            return Refusal(self.name, "a name like that")


def pytest_aigen_checks(settings):
    return [Beauty()]


class Fixed:
    """Proposes one test, which the executor below passes without running it."""

    name = "explore"

    async def propose(self, context, history):
        if not history and context.target.gap.qualname == "clamp":
            code = "from shop import clamp\\n\\n\\ndef test_fixed():\\n    assert clamp(9, 1, 3) == 3\\n"
            yield Candidate(context.target, "test_fixed", code, self.name, 0)


def pytest_aigen_generator(name, model, executor, settings):
    return Fixed() if name == "explore" else None


class Believer:
    def __init__(self, workplace):
        self.workplace, self.notes = workplace, ["it believed everything"]

    async def run(self, job):
        (source,) = self.workplace.sources
        return Run(Outcome.PASSED, {source: Reached(frozenset({6, 7}), frozenset({(6, 7)}))}, 0.01)

    async def aclose(self):
        pass


def pytest_aigen_executor(name, workplace):
    return Believer(workplace) if name == "believer" else None


def pytest_aigen_report(report, settings, config):
    with open("report.txt", "w") as file:
        print([trial.candidate.name for trial in report.accepted], file=file)
    if "fails" in settings.instructions:
        raise RuntimeError("out of paper")
'''


def test_a_conftest_file_brings_each_kind(project: Project) -> None:
    project.write("conftest.py", CONFTEST)
    llm = project.report("--ai-gen-engine=llm", "--ai-gen-model=mine:x", "--ai-gen-instructions=fails")
    assert accepted(llm) == ["test_title"]
    assert refused(llm)["test_ugly"] == "beauty"
    assert llm["usage"]["cost"] == 0.25 * llm["usage"]["requests"]
    assert project.read("report.txt") == "['test_title']\n"
    assert project.read("model.txt") == f"closed after {llm['usage']['requests']}\n"
    project.result.stdout.fnmatch_lines(
        ["*the report of *conftest.py failed: RuntimeError: out of paper", "added 1 test to 1 file"]
    )

    own = project.report("--ai-gen-engine=explore", "--ai-gen-executor=believer", "--ai-gen-checks=beauty")
    assert accepted(own) == ["test_fixed"], "a project's generator wins over the built-in one of that name"
    assert "it believed everything" in own["notes"]
    assert [verdict["name"] for verdict in own["verdicts"]].count("test_fixed") == 1

    wrong = project.generate("--ai-gen-engine=llm", "--ai-gen-model=mine:y")
    assert wrong.ret == pytest.ExitCode.USAGE_ERROR
    wrong.stderr.fnmatch_lines(["*mine: only x"])


@pytest.mark.parametrize(
    ("hook", "status", "line"),
    [
        pytest.param(
            "def pytest_aigen_generator(name):\n    raise ConfigError('no ink')\n",
            pytest.ExitCode.USAGE_ERROR,
            "ai-gen: nothing was generated: no ink",
            id="a setting that shows late to be wrong",
        ),
        pytest.param(
            "def pytest_aigen_generator(name):\n    return 1 / 0\n",
            pytest.ExitCode.INTERNAL_ERROR,
            "ai-gen: nothing was generated: ZeroDivisionError: division by zero (conftest.py:3)*",
            id="a fault",
        ),
    ],
)
def test_a_fault_in_the_line_is_one_line_and_keeps_pytests_summary(
    project: Project, hook: str, status: int, line: str
) -> None:
    project.write("conftest.py", f"from pytest_aigen import ConfigError\n{hook}")
    project.write("tests/test_mine.py", "def test_mine():\n    pass\n")
    result = project.generate()
    assert result.ret == status
    result.stdout.fnmatch_lines([line, "*1 passed*"])
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    assert "INTERNALERROR" not in result.stdout.str()


def test_an_interrupted_write_is_rolled_back_and_named(project: Project) -> None:
    """A journal entry that a killed session left behind."""
    import hashlib

    test = project.write("tests/test_mine.py", "def test_mine():\n    pass\n")
    stray = project.write("tests/.test_mine.py.0123456789ab.aigen", "half a fi")
    state = project.path / ".pytest_aigen" / "journal"
    entry = {
        "id": "0123456789ab",
        "path": "tests/test_mine.py",
        "temporary": stray.name,
        "before": hashlib.sha256(test.read_bytes()).hexdigest(),
        "after": "0" * 64,
        "folders": [],
    }
    project.write(".pytest_aigen/journal/0123456789ab.before", test.read_text("utf-8"))
    project.write(".pytest_aigen/journal/0123456789ab.json", json.dumps(entry))
    report = project.report("--ai-gen-mode=plan")
    assert report["notes"] == [
        "tests/test_mine.py: an interrupted write was rolled back; the file is as it was"
    ]
    assert not stray.exists()
    assert list(state.glob("*.json")) == []
