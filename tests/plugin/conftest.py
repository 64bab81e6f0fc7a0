"""A small project, and pytest run on it as a user would."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.chat_server import Answer, Asked, ChatServer, chat_server

SHOP = dedent(
    '''\
    """Prices."""

    def clamp(value: int, low: int, high: int) -> int:
        if value < low:
            return low
        if value > high:
            return high
        return value


    def label(name: str) -> str:
        if not name:
            raise ValueError("no name")
        return name.title()
    '''
)


class Project:
    """A folder with a package ``shop`` and what a test adds to it."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
        self.pytester, self._monkeypatch = pytester, monkeypatch
        self.path = pytester.path / folder
        self.path.mkdir()
        monkeypatch.chdir(self.path)
        for name in (
            "API_KEY",
            "CI",
            "PYTEST_ADDOPTS",
            "PYTEST_PLUGINS",
            "COVERAGE_RCFILE",
            "PYTEST_XDIST_WORKER",
        ):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        #: Whether pytest keeps its own cache; without one the files show only what we do.
        self.caches = False
        #: What the last run said.
        self.result: pytest.RunResult
        self.write("shop/__init__.py", SHOP)

    def with_all_plugins(self) -> None:
        """Let pytest find its plugins as it does for a user, from here on."""
        self._monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), "utf-8")
        return path

    def read(self, name: str) -> str:
        return (self.path / name).read_text("utf-8")

    def files(self) -> dict[str, bytes]:
        """Every file of the project but Python's caches."""
        return {
            path.relative_to(self.path).as_posix(): path.read_bytes()
            for path in sorted(self.path.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }

    def command(self, *args: str) -> list[str]:
        """``pytest`` with this plugin, and without those that are not the subject of a test."""
        ours = ["-p", "aigen", "-p", "no:randomly", "-p", "no:sugar"]
        ours += [] if self.caches else ["-p", "no:cacheprovider"]
        return [sys.executable, "-m", "pytest", f"--basetemp={self.pytester.path / 'temp'}", *ours, *args]

    def run(self, *args: str) -> pytest.RunResult:
        self.result = self.pytester.run(*self.command(*args))
        return self.result

    def generate(self, *args: str) -> pytest.RunResult:
        return self.run("--ai-gen", *args)

    def report(self, *args: str) -> dict[str, Any]:
        """The JSON report of a run that generates."""
        place = self.pytester.path / "report.json"
        place.unlink(missing_ok=True)
        self.generate(f"--ai-gen-report=json:{place}", *args)
        loaded: dict[str, Any] = json.loads(place.read_text("utf-8"))
        return loaded


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(pytester, monkeypatch, "project")


def accepted(report: Mapping[str, Any]) -> list[str]:
    """Names of the tests that were kept."""
    return sorted(verdict["name"] for verdict in report["verdicts"] if verdict["accepted"])


def refused(report: Mapping[str, Any]) -> dict[str, str]:
    """Names of the tests that were refused, with the check that did."""
    return {verdict["name"]: verdict["check"] for verdict in report["verdicts"] if not verdict["accepted"]}


# ------------------------------------------------------------------------------------------------- a model

_TARGET = re.compile(r"^\S.*\.py:\d+-\d+\n(.+)$", re.MULTILINE)


def asked_for(asked: Asked) -> str:
    """The qualname that a request is about; several with commas between."""
    said = [message["content"] for message in asked["messages"] if message["role"] == "user"]
    found = [_TARGET.findall(text) for text in said]
    return ", ".join(next(names for names in reversed(found) if names))


def by_target(
    answers: Mapping[str, Sequence[Answer]], other: Answer = "Sorry."
) -> Callable[[Asked, int], Answer]:
    """A script that answers each target's requests in order, the last answer for ever; several targets in one text."""
    times: Counter[str] = Counter()

    def next_for(qualname: str) -> Answer:
        mine = answers.get(qualname, [other])
        times[qualname] += 1
        return mine[min(times[qualname], len(mine)) - 1]

    def script(asked: Asked, number: int) -> Answer:
        found = [next_for(qualname) for qualname in asked_for(asked).split(", ")]
        return found[0] if len(found) == 1 else "\n".join(str(answer) for answer in found)

    return script


@contextmanager
def model(script: Callable[[Asked, int], Answer]) -> Iterator[tuple[ChatServer, list[str]]]:
    """A server and the options that make it the model."""
    with chat_server(script) as server:
        yield server, ["--ai-gen-engine=llm", f"--ai-gen-base-url={server.url}", "--ai-gen-model=openai:fake"]


def python(text: str) -> str:
    """A reply that holds this code."""
    return f"Here it is:\n```python\n{dedent(text)}```\n"


CLAMP = python(
    """\
    from shop import clamp

    def test_low():
        assert clamp(1, 2, 3) == 2

    def test_high():
        assert clamp(9, 2, 3) == 3

    def test_between():
        assert clamp(5, 1, 9) == 5
    """
)
LABEL = python(
    """\
    import pytest
    from shop import label

    def test_title():
        assert label("an apple") == "An Apple"

    def test_no_name():
        with pytest.raises(ValueError, match="no name"):
            label("")
    """
)
