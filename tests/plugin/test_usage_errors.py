"""Each mistake is a usage error before the first test runs, and names what to do."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(["--ai-gen-engine=llm"], "*OPENAI_API_KEY*--ai-gen-base-url*--ai-gen-engine=explore*", id="no key"),
        pytest.param(["--ai-gen-engine=magic"], "*--ai-gen-engine: expected one of auto, explore, llm*", id="engine"),
        pytest.param(["--ai-gen-model=nobody:x"], "*--ai-gen-model: no provider 'nobody'; write openai:nobody:x, *", id="provider"),
        pytest.param(["--ai-gen-mode=rewrite"], "*--ai-gen-mode: expected one of*", id="mode"),
        pytest.param(["--cov-target=101"], "*--cov-target: expected a number*", id="percent"),
        pytest.param(
            ["--ai-gen-max-cost=1", "--ai-gen-model=x", "--ai-gen-base-url=http://127.0.0.1:9/v1"],
            "*--ai-gen-max-cost: the price of the model openai:x is not known*--ai-gen-price*--ai-gen-max-tokens*",
            id="cost",
        ),
        pytest.param(["--ai-gen-executor=cloud"], "*--ai-gen-executor: there is no 'cloud'*", id="executor"),
        pytest.param(["--ai-gen-checks=beauty"], "*--ai-gen-checks: there is no 'beauty'; there are *gain*", id="check"),
        pytest.param(["--ai-gen-source=nowhere"], "*--ai-gen-source: there is no file, folder or package 'nowhere'*", id="source"),
        pytest.param(["--ai-gen-target=nowhere.py"], "*--ai-gen-target: 'nowhere.py' is no file or folder*", id="target"),
        pytest.param(["--ai-gen-report=shard:a.json"], "*--ai-gen-report=shard: is for --ai-gen-shard=I/N*", id="no shard"),
    ],
)  # fmt: skip
def test_options(project: Project, options: list[str], message: str) -> None:
    project.write("tests/test_x.py", "def test_x():\n    open('ran', 'w').close()\n")
    result = project.generate(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])
    assert not (project.path / "ran").exists(), "found before the first test ran"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("atempts = 3", "*pyproject.toml*unknown key 'atempts'; did you mean 'attempts'*"),
        ('attempts = "many"', "*pyproject.toml*attempts: expected a whole number*"),
    ],
    ids=["unknown key", "bad value"],
)
def test_pyproject(project: Project, table: str, message: str) -> None:
    project.write("pyproject.toml", f"[tool.pytest-aigen]\n{table}\n")
    result = project.generate()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


def test_a_broken_coverage_configuration(project: Project) -> None:
    project.write(".coveragerc", "[run\n")
    result = project.generate()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*coverage.py's configuration*.coveragerc*"])


@pytest.mark.parametrize(
    ("patterns", "is_right"),
    [("check_*", False), ("check_* it", False), ("te", True), ("check_* test_*", True), ("*_x test", True)],
)
def test_functions_that_pytest_would_not_run(project: Project, patterns: str, is_right: bool) -> None:
    project.write("pytest.ini", f"[pytest]\npython_functions = {patterns}\n")
    result = project.generate("--ai-gen-mode=plan")
    if is_right:
        assert result.ret in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    else:
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"*python_functions = {patterns} *add test_[*] to it*"])
