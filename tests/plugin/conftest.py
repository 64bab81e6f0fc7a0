"""A small project, and pytest run on it as a user would."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

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

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pytester = pytester
        self.path = pytester.path
        for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "API_KEY", "CI", "PYTEST_ADDOPTS"):
            monkeypatch.delenv(name, raising=False)
        self.write("shop/__init__.py", SHOP)

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), "utf-8")
        return path

    def read(self, name: str) -> str:
        return (self.path / name).read_text("utf-8")

    def files(self) -> dict[str, bytes]:
        """Every file of the project but caches and reports."""
        return {
            path.relative_to(self.path).as_posix(): path.read_bytes()
            for path in sorted(self.path.rglob("*"))
            if path.is_file() and not {"__pycache__", ".pytest_cache", ".pytest_aigen"} & set(path.parts)
        }

    def run(self, *args: str) -> pytest.RunResult:
        """``pytest`` without plugins that are not the subject of a test."""
        return self.pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider", *args)

    def generate(self, *args: str) -> pytest.RunResult:
        return self.run("--ai-gen", *args)

    def report(self, *args: str) -> dict[str, Any]:
        """The JSON report of a run that generates."""
        self.generate("--ai-gen-report=json:../report.json", *args)
        loaded: dict[str, Any] = json.loads((self.path.parent / "report.json").read_text("utf-8"))
        return loaded


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(pytester, monkeypatch)
