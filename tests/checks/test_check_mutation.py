"""A test has to fail with one mutant, at least, of what it newly covers."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from pytest_aigen.checks import mutation
from pytest_aigen.data import (
    Candidate,
    Context,
    Edit,
    Gap,
    Job,
    Mutant,
    Outcome,
    Proof,
    Reached,
    Refusal,
    Rejected,
    Run,
    Target,
    Trial,
    Workplace,
)
from pytest_aigen.executors.forkserver import ForkServer
from pytest_aigen.executors.spawn import Spawn
from pytest_aigen.generators import prompt
from pytest_aigen.protocols import Executor, Stage
from pytest_aigen.settings import Settings

pytestmark = pytest.mark.slow

SHOP = """
    import logging
    RATE = 2
    logger = logging.getLogger(__name__)

    def price(amount, member=False):
        if amount < 0:
            raise ValueError("negative")
        if member:
            logger.info("a member")
            amount *= 0.9
        return round(amount * RATE, 2)

    def spins(n):
        while n > 0:
            n -= 1
        return n

    def says(text):
        logger.debug(text)

    class Cart:
        limit = 3

    def grade(points):
        if points > 5:
            return "high"
        return "low"
    """
KINDS: dict[str, Callable[[Workplace], Executor]] = {"spawn": Spawn}
if hasattr(os, "fork"):
    KINDS = {"fork": ForkServer, "spawn": Spawn}


class Project:
    """A package on disk and candidates for it, tried in a real executor."""

    def __init__(self, root: Path, kind: str) -> None:
        self.source, self.test = root / "shop.py", root / "tests" / "test_shop.py"
        self.test.parent.mkdir()
        self.source.write_text(dedent(SHOP).lstrip("\n"), "utf-8")
        self.loop = asyncio.new_event_loop()
        place = Workplace(root, root, (), (str(root),), (self.test.parent,), (self.source,))
        self.executor = KINDS[kind](place)

    def said(self, code: str, survivors: tuple[Mutant, ...] = ()) -> Refusal | Proof | None:
        """What the check says of a candidate; of one that gained nothing where there are survivors for it to kill."""
        return self.loop.run_until_complete(self._said(code, survivors))

    async def _said(self, code: str, survivors: tuple[Mutant, ...]) -> Refusal | Proof | None:
        job = Job(self.test, ("test_a",), {self.test: code}, 20.0)
        run = await self.executor.run(job)
        assert run.outcome is Outcome.PASSED, run
        trial = trial_of(self.source, code, run, job)
        if survivors:
            trial = replace(trial, gained={}, survivors=survivors)
        return await ask(trial, self.executor)

    def close(self) -> None:
        self.loop.run_until_complete(self.executor.aclose())
        self.loop.close()


def trial_of(source: Path, code: str, run: Run, job: Job) -> Trial:
    target = Target(Gap(source, "price", 5, 11, frozenset({6})), "shop", job.path)
    edit = Edit(job.path, None, code, job.tests)
    return Trial(Candidate(target, "test_a", code, "llm"), edit, job, run, run.covered)


async def ask(trial: Trial, executor: Executor) -> Refusal | Proof | None:
    [check] = mutation.pytest_aigen_checks(Settings())
    assert (check.name, check.stage) == ("mutation", Stage.RUN)
    return await check(trial, executor)


@pytest.fixture(scope="module", params=list(KINDS))
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    made = Project(Path(os.path.realpath(tmp_path_factory.mktemp("shop"))), request.param)
    before = made.source.read_bytes()
    yield made
    made.close()
    assert made.source.read_bytes() == before


KEPT = [
    pytest.param("from shop import price\ndef test_a():\n    assert price(10, True) == 18", id="value"),
    pytest.param("import pytest\nfrom shop import price\ndef test_a():\n    with pytest.raises(ValueError):\n        price(-1)", id="raises"),
    pytest.param("from shop import spins\ndef test_a():\n    assert spins(3) == 0", id="mutants that spin"),
    pytest.param("import sys\nshop = __import__('shop')\ndef test_a():\n    assert shop.price(10) == 20", id="imported late"),
]  # fmt: skip


@pytest.mark.parametrize("code", KEPT)
def test_kept(project: Project, code: str) -> None:
    said = project.said(code)
    assert isinstance(said, Proof)
    assert said.killed
    tried = len(said.killed) + len(said.survived)
    assert said.says == f"fails with {len(said.killed)} of {tried} mutants"
    assert tried <= mutation.BUDGET


def test_what_gains_nothing_is_tried_on_what_survived(project: Project) -> None:
    weak = "from shop import grade\ndef test_a():\n    assert grade(9) == 'high'"
    strong = "from shop import grade\ndef test_a():\n    assert [grade(5), grade(6)] == ['low', 'high']"
    elsewhere = "from shop import spins\ndef test_a():\n    assert spins(3) == 0"
    first = project.said(weak)
    assert isinstance(first, Proof)
    assert first.survived
    second = project.said(strong, first.survived)
    assert isinstance(second, Proof)
    assert second.killed
    assert {*second.killed, *second.survived} <= set(first.survived)
    assert project.said(weak, first.survived) is None
    assert project.said(elsewhere, first.survived) is None


REFUSED = [
    pytest.param("from shop import grade\ndef test_a():\n    assert grade(9) == grade(9)", id="itself"),
    pytest.param("from shop import grade\ndef test_a():\n    assert isinstance(grade(9), object)", id="any object"),
    pytest.param("from shop import grade\nfrom unittest.mock import Mock\ndef test_a():\n    m = Mock(return_value=grade(9))\n    m(1)\n    m.assert_called_once_with(1)", id="its own mock"),
    pytest.param("from shop import grade\ndef test_a():\n    try:\n        assert grade(9) == 'high'\n    except AssertionError:\n        pass", id="swallowed"),
    pytest.param("from shop import grade\ndef test_a():\n    [grade(n) for n in range(9)]\n    assert 'high' > ''", id="about something else"),
]  # fmt: skip


@pytest.mark.parametrize("code", REFUSED)
def test_refused(project: Project, code: str) -> None:
    said = project.said(code)
    assert isinstance(said, Refusal)
    assert said.reason.startswith("still passes when the code that it covers is broken: line ")
    assert "`>` becomes `>=`" in said.reason or said.reason.endswith("more")


def test_what_has_no_mutants_is_kept_and_says_so(project: Project) -> None:
    said = project.loop.run_until_complete(
        ask(gaining(project, Reached(frozenset({19, 9, 999}))), project.executor)
    )
    assert said == Proof("mutation", "nothing that it newly covers can be changed")


def gaining(project: Project, reached: Reached, code: str = "") -> Trial:
    code = code or "from shop import says\ndef test_a():\n    assert says('x') is None"
    job = Job(project.test, ("test_a",), {project.test: code}, 20.0)
    run = project.loop.run_until_complete(project.executor.run(job))
    return replace(trial_of(project.source, code, run, job), gained={project.source: reached})


def test_the_top_of_a_module_and_of_a_class(project: Project) -> None:
    """They are executed by an import: each mutant is the text of the module in a run of its own."""
    top = Reached(frozenset({2, 22}))
    strong = "import shop\ndef test_a():\n    assert (shop.RATE, shop.Cart.limit) == (2, 3)"
    said = project.loop.run_until_complete(ask(gaining(project, top, strong), project.executor))
    assert isinstance(said, Proof)
    assert {str(m) for m in said.killed} == {"line 2: `2` becomes `3`", "line 22: `3` becomes `4`"}
    weak = "import shop\ndef test_a():\n    assert shop.Cart.limit"
    said = project.loop.run_until_complete(ask(gaining(project, top, weak), project.executor))
    assert isinstance(said, Refusal)
    assert "line 2: `2` becomes `3`" in said.reason


def test_the_same_candidate_meets_the_same_mutants(project: Project) -> None:
    code = "from shop import price\ndef test_a():\n    assert price(10, True) == 18"
    assert project.said(code) == project.said(code)


# ------------------------------------------------------------------------------------------- with a fake


class Script:
    """Answers a job with changes, and jobs whose overlay holds a source, by what it is given."""

    def __init__(self, together: Run, alone: Callable[[str], Outcome] = lambda text: Outcome.PASSED) -> None:
        self.together, self.alone = together, alone
        self.jobs: list[Job] = []

    async def run(self, job: Job) -> Run:
        self.jobs.append(job)
        if job.changes:
            changed = self.together.changed * len(job.changes)
            return replace(self.together, changed=changed[: len(job.changes)])
        [text] = [text for path, text in job.overlay.items() if path.name == "shop.py"]
        return Run(self.alone(text))

    async def aclose(self) -> None: ...


def asked(tmp_path: Path, script: Script, lines: Sequence[int] = range(6, 16)) -> Refusal | Proof | None:
    source = tmp_path / "shop.py"
    source.write_text(dedent(SHOP).lstrip("\n"), "utf-8")
    job = Job(tmp_path / "test_shop.py", ("test_a",), {tmp_path / "test_shop.py": ""})
    trial = trial_of(source, "", Run(Outcome.PASSED, {source: Reached(frozenset(lines))}), job)
    return asyncio.run(ask(trial, script))


def test_where_none_of_the_first_kills_as_many_are_tried_again(tmp_path: Path) -> None:
    script = Script(Run(Outcome.PASSED, changed=(Outcome.PASSED,)))
    said = asked(tmp_path, script)
    assert [len(job.changes) for job in script.jobs] == [8, 8]
    assert isinstance(said, Refusal)
    assert said.reason.count("becomes") == 4
    assert said.reason.endswith("; and 12 more")


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.ERROR, Outcome.TIMEOUT, Outcome.CRASHED])
def test_whatever_is_not_passing_kills(tmp_path: Path, outcome: Outcome) -> None:
    script = Script(Run(Outcome.PASSED, changed=(Outcome.PASSED, outcome)))
    said = asked(tmp_path, script)
    assert isinstance(said, Proof)
    assert said.says == "fails with 4 of 8 mutants"
    assert len(script.jobs) == 1


@pytest.mark.parametrize("outcome", [Outcome.BLOCKED, Outcome.NOT_RUN])
def test_what_was_not_run_to_its_end_does_not_count(tmp_path: Path, outcome: Outcome) -> None:
    said = asked(tmp_path, Script(Run(Outcome.PASSED, changed=(outcome, Outcome.FAILED, outcome))))
    assert isinstance(said, Proof)
    assert (len(said.killed), said.survived) == (3, ())


@pytest.mark.parametrize(
    "together",
    [
        Run(Outcome.ERROR, detail="threads"),
        Run(Outcome.PASSED),
        Run(Outcome.FAILED, changed=(Outcome.FAILED,)),
    ],
    ids=["threads", "an executor that knows of no changes", "the test fails in this harness"],
)
def test_where_the_executor_cannot_a_few_run_by_themselves(tmp_path: Path, together: Run) -> None:
    original = dedent(SHOP).lstrip("\n")
    script = Script(together, lambda text: Outcome.PASSED if text == original else Outcome.FAILED)
    said = asked(tmp_path, script)
    assert isinstance(said, Proof)
    assert (len(said.killed), len(script.jobs)) == (3, 5)


def test_failing_means_nothing_where_the_test_fails_without_a_mutant_too(tmp_path: Path) -> None:
    script = Script(Run(Outcome.ERROR), lambda text: Outcome.FAILED)
    said = asked(tmp_path, script)
    assert isinstance(said, Proof)
    assert (said.killed, said.survived) == ((), ())


def test_the_next_round_is_told_the_survivors() -> None:
    target = Target(Gap(Path("/p/shop.py"), "price", 1, 9, frozenset({2})), "shop", Path("/p/test_shop.py"))
    candidate = Candidate(target, "test_a", "def test_a(): ...", "llm")
    survived = [Mutant(Path("/p/shop.py"), 42, "ROR", ">", ">=")]
    rejected = Rejected(candidate, Refusal("mutation", mutation.reason(survived)), Run(Outcome.PASSED))
    context = Context(target, target.gap, "shop.py", "", "", {})
    told = prompt.conversation(context, [rejected])[-1].content
    assert "still passes when the code that it covers is broken: line 42: `>` becomes `>=`" in told
    assert prompt.failures([rejected])
