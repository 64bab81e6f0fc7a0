"""Candidates with the verdict that each deserves, worthy and worthless side by side: one file of cases for each check.

To add a case, add a section to a file in ``cases``; its name is the check that is expected to refuse. Nothing else has to
be changed::

    ## refused: it asserts what it told a mock
    for: cart.check_out
    because: own mock

    ```python
    def test_check_out(): ...
    ```

``## kept:`` instead of ``## refused:`` for a worthy one. ``for`` names the function whose gap it is for, and stays the same
until another line says otherwise; ``because`` is a part of the reason; ``by`` names another check than the file does, in
file of several checks. The last test function is the candidate, with all that stands above it; what stands in
``project`` is what it is about.

Each goes alone through the whole line, from its proposal to the end of the session: all checks that the plugin has, with
candidates run in the real fork server, which all cases share.
"""

from __future__ import annotations

import ast
import asyncio
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen import hookspecs, measure, write
from pytest_aigen.choices import checks
from pytest_aigen.data import Accepted, Context, Covered, Job, Outcome, Suite, Target, Verdict, Workplace
from pytest_aigen.executors.forkserver import ForkServer
from pytest_aigen.extensions import register_extensions
from pytest_aigen.pipeline import Line
from pytest_aigen.plan import Plan
from pytest_aigen.protocols import Check, Executor
from pytest_aigen.settings import Settings
from tests.fakes import FakeGenerator

HERE = Path(__file__).parent
MODULES = ("pricing", "cart", "remote")
SECTION = re.compile(r"^## (kept|refused): (.+)\n((?:\w+: .*\n)*)\n*```python\n((?:.*\n)*?)```$", re.M)

pytestmark = [pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here"), pytest.mark.slow]


@dataclass(frozen=True, slots=True)
class Case:
    """A candidate, and what is to become of it."""

    title: str
    #: The check that refuses it; empty where it is kept.
    check: str
    #: A part of the reason.
    because: str
    #: ``cart.Cart.total``: the function that it is for.
    about: str
    code: str

    @property
    def test(self) -> str:
        """Node id of the last test."""
        named = [
            n
            for n in ast.parse(self.code).body
            if isinstance(n, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        ]
        last = next(n for n in reversed(named) if n.name.lower().startswith("test"))
        if not isinstance(last, ast.ClassDef):
            return last.name
        methods = [n.name for n in last.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
        return f"{last.name}::{methods[-1]}"


def cases(text: str, check: str) -> Iterator[Case]:
    """The cases of a file."""
    about = ""
    for verdict, title, told, code in SECTION.findall(text):
        lines = dict(line.split(": ", 1) for line in told.splitlines())
        about = lines.get("for", about)
        by = "" if verdict == "kept" else lines.get("by", check)
        yield Case(title, by, lines.get("because", ""), about, code)


CASES = {
    f"{path.stem}: {case.title}": case
    for path in sorted((HERE / "cases").glob("*.md"))
    for case in cases(path.read_text("utf-8"), path.stem)
}


class Shop:
    """The project on disk, nothing of it covered but what importing executes, and one executor for all cases."""

    def __init__(self, root: Path, make: Callable[[Workplace], Executor]) -> None:
        self.root = root
        self.sources = tuple(root / "kiosk" / f"{name}.py" for name in MODULES)
        self.loop = asyncio.new_event_loop()
        self.executor = make(
            Workplace(
                root=root,
                cwd=root,
                args=(),
                sys_path=(str(root),),
                folders=(root / "tests",),
                sources=self.sources,
                workers=2,
            )
        )
        self.checks = all_checks()
        nothing = measure.read({}, self.sources, config=None, branch=True)
        self.before = nothing.plus(self._imported())
        texts = {path: path.read_text("utf-8") for path in self.sources}
        gaps = measure.gaps(self.before, texts)
        self.gaps = {f"{gap.path.stem}.{gap.qualname}": gap for gap in gaps}

    def _imported(self) -> Covered:
        path = self.root / "tests" / "test_import.py"
        text = f"from kiosk import {', '.join(MODULES)}\ndef test_import(): assert {MODULES[0]}\n"
        run = self.loop.run_until_complete(self.executor.run(Job(path, (), {path: text}, 30.0)))
        assert run.outcome is Outcome.PASSED, run
        return run.covered

    async def verdict(self, case: Case) -> Verdict:
        """What becomes of the candidate."""
        gap = self.gaps[case.about]
        target = Target(gap, f"kiosk.{gap.path.stem}", self.root / "tests" / f"test_{gap.path.stem}.py")
        line = Line(
            Plan(
                targets=[target],
                generators=[FakeGenerator({gap.qualname: [[(case.test, case.code)]]})],
                executor=self.executor,
                checks=self.checks,
                context=lambda target, left: Context(target, left, "", "", "", {}),
                read=write.read,
                reserved=lambda path: (),
                attempts=1,
                concurrency=1,
                workers=2,
                timeout=20.0,
            ),
            self.before,
        )
        await line.run()
        await line.finish()
        return line.verdicts[0]

    def close(self) -> None:
        self.loop.run_until_complete(self.executor.aclose())
        self.loop.close()


def all_checks() -> list[Check]:
    """All built-in checks, by the hook through which they are offered."""
    manager: Any = pytest.PytestPluginManager()
    manager.add_hookspecs(hookspecs)
    register_extensions(manager)
    return checks(manager, Settings(), Suite())


def opened(tmp_path_factory: pytest.TempPathFactory, make: Callable[[Workplace], Executor]) -> Iterator[Shop]:
    """The shop, in a folder of its own; closed at the end."""
    root = Path(os.path.realpath(tmp_path_factory.mktemp("kiosk"))) / "project"
    shutil.copytree(HERE / "project", root, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n", "utf-8")
    (root / "tests").mkdir()
    (root / "tests_of_remote.py").rename(root / "tests" / "test_remote.py")
    shop = Shop(root, make)
    yield shop
    shop.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    yield from opened(tmp_path_factory, ForkServer)


@pytest.mark.parametrize("name", CASES)
def test_verdict(shop: Shop, name: str) -> None:
    case = CASES[name]
    deserved(case, shop.loop.run_until_complete(shop.verdict(case)))


def deserved(case: Case, verdict: Verdict) -> None:
    """Raises AssertionError for another verdict."""
    if isinstance(verdict, Accepted):
        assert not case.check, f"is kept; {case.check} is to refuse it"
    else:
        assert verdict.refusal.check == case.check, verdict.refusal.reason
        assert case.because in verdict.refusal.reason
        assert case.because, "a refusal without a reason proves little"


def test_the_corpus_is_wide() -> None:
    assert len(CASES) >= 120
    assert len({case.code for case in CASES.values()}) == len(CASES)
    kept = Counter(bool(case.check) for case in CASES.values())[False]
    assert kept >= len(CASES) // 4, "worthy ones stand beside worthless ones"


def test_each_section_is_read() -> None:
    for path in (HERE / "cases").glob("*.md"):
        text = path.read_text("utf-8")
        assert text.count("\n## ") == len(list(cases(text, path.stem))), path.name
