"""The last look: which modules run together, and which new test has to go where they do not get on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen import together
from pytest_aigen.data import Job, Refusal, Rejected, Suite, Trial
from pytest_aigen.pipeline import Line
from pytest_aigen.together import Group, groups
from tests.fakes import FakeGenerator, ModuleCheck, SessionCheck
from tests.test_pipeline import gain, line, proposal, target

ROOT = Path("/p")
TOP, UNIT = ROOT / "tests", ROOT / "tests/unit"
A, B, C = TOP / "test_a.py", TOP / "test_b.py", UNIT / "test_c.py"


@pytest.mark.parametrize(
    ("touched", "modules", "conftests", "expected"),
    [
        pytest.param([A], [A], [], [], id="one-module-ran-whole-already"),
        pytest.param([A], [A, B], [], [Group(TOP, (A,), (B,))], id="no-conftest-file-its-own-folder"),
        pytest.param([A, B], [], [], [Group(TOP, (A, B))], id="new-ones"),
        pytest.param([C], [A, B, C], [], [], id="not-those-of-a-folder-above"),
        pytest.param([C], [A, B, C], [TOP], [Group(TOP, (C,), (A, B))], id="conftest-file-above"),
        pytest.param([C], [A, B, C], [ROOT], [Group(ROOT, (C,), (A, B))], id="conftest-file-at-the-root"),
        pytest.param([C], [A, B, C], [TOP, UNIT], [], id="the-nearest-one"),
        pytest.param(
            [A, C], [A, B, C], [TOP, UNIT], [Group(TOP, (A, C), (B,))], id="what-is-below-belongs-to-it"
        ),
        pytest.param(
            [Path("/q/test_a.py")], [A], [], [], id="outside-of-the-root"
        ),
    ],
)  # fmt: skip
def test_which_modules_run_together(
    touched: Sequence[Path], modules: Sequence[Path], conftests: Sequence[Path], expected: list[Group]
) -> None:
    suite = Suite(tuple(modules), root=ROOT)
    assert groups(touched, suite, has_conftest=lambda folder: folder in conftests) == expected


def test_modules_that_take_too_long_are_left_out() -> None:
    slow = {"tests/test_b.py::test_1": together.SECONDS, "tests/unit/test_c.py::test_2": 1.0}
    suite = Suite((A, B, C), root=ROOT, seconds=slow)
    assert groups([A], suite, has_conftest=lambda folder: folder == TOP) == [Group(TOP, (A,), (B,), (C,))]


def test_modules_that_are_too_many_are_left_out() -> None:
    many = tuple(TOP / f"test_{number:03}.py" for number in range(together.MODULES + 5))
    (group,) = groups([A], Suite(many, root=ROOT), has_conftest=lambda folder: folder == TOP)
    assert len(group.others) == together.MODULES
    assert group.left_out == many[-5:]


# ------------------------------------------------------------------------------------- at the end of the loop

OTHER = TOP / "test_other.py"
SUITE = Suite((A, OTHER), root=ROOT)


def ended(
    check: SessionCheck, *tests: str, suite: Suite = SUITE, **options: Any
) -> tuple[Line, dict[Path, str]]:
    """One accepted test for each name, in module A; what is written in the end."""
    script = [[proposal(name, number + 1) for number, name in enumerate(tests)]]
    goal = target("f", *range(1, len(tests) + 1), test_path=A)
    options.setdefault("checks", [gain, check])
    done = line(
        [goal],
        FakeGenerator({"f": script}),
        on_disk={A: "def test_old(): ...\n"},
        suite=suite,
        attempts=1,
        **options,
    )
    asyncio.run(done.run())
    return done, {edit.path: edit.after for edit in asyncio.run(done.finish())}


def refuses(*names: str) -> Callable[[Trial], bool]:
    """What any of these tests breaks."""
    return lambda trial: any(f"def {name}(" in text for text in trial.job.overlay.values() for name in names)


def test_once_with_all_modules_where_all_is_well() -> None:
    trials: list[Trial] = []

    def never(trial: Trial) -> bool:
        trials.append(trial)
        return False

    check = SessionCheck("neighbours", never)
    done, written = ended(check, "test_x", "test_y")
    assert [trial.job for trial in trials] == [Job(A, (), written, 5.0, others=(OTHER,))]
    assert trials[0].edit.tests == ("tests/test_a.py::test_x", "tests/test_a.py::test_y")
    assert len(done.books.accepted) == 2


@pytest.mark.parametrize("culprits", [["test_a"], ["test_c"], ["test_f"], ["test_b", "test_e"]])
def test_what_breaks_another_module_is_taken_out(culprits: list[str]) -> None:
    tests = [f"test_{letter}" for letter in "abcdef"]
    check = SessionCheck("neighbours", refuses(*culprits))
    done, written = ended(check, *tests)
    refused = [v.candidate.name for v in done.verdicts if isinstance(v, Rejected)]
    assert refused == culprits
    assert [name for name in tests if f"def {name}(" in written[A]] == [n for n in tests if n not in culprits]
    assert len(check.asked) <= 1 + len(culprits) * 4, "by halves"
    assert done.coverage.percent == pytest.approx(100 * (6 - len(culprits)) / 6)


def test_where_there_is_no_end_of_culprits_all_go() -> None:
    tests = [f"test_{number}" for number in range(together.CULPRITS + 3)]
    check = SessionCheck("neighbours", refuses(*tests))
    done, written = ended(check, *tests)
    assert written == {}
    assert not done.books.accepted


def test_tests_that_fail_among_others_go_without_a_search() -> None:
    class Blames(SessionCheck):
        async def __call__(self, trial: Trial, executor: Any) -> Refusal | None:
            said = await super().__call__(trial, executor)
            return said and Refusal(said.check, said.reason, ("tests/test_a.py::test_y",))

    check = Blames("neighbours", refuses("test_y"))
    _, written = ended(check, "test_x", "test_y", "test_z")
    assert "def test_y" not in written[A]
    assert written[A].count("def test_") == 3
    assert len(check.asked) == 2


def test_the_module_is_judged_again_without_the_culprit() -> None:
    module = ModuleCheck("stable", lambda trial: False)
    session = SessionCheck("neighbours", refuses("test_y"))
    ended(session, "test_x", "test_y", checks=[gain, module, session])
    assert len(module.asked) == 2


def test_what_a_culprit_made_redundant_comes_back() -> None:
    check = SessionCheck("neighbours", refuses("test_large"))
    goal = target("f", 1, 2, test_path=A)
    script = {"f": [[proposal("test_small", 1)], [proposal("test_large", 1, 2)]]}
    done = line([goal], FakeGenerator(script), suite=SUITE, checks=[gain, check])
    asyncio.run(done.run())
    (edit,) = asyncio.run(done.finish())
    assert "test_small" in edit.after


def test_modules_that_were_left_out_are_told() -> None:
    suite = Suite((A, OTHER), root=ROOT, seconds={"tests/test_other.py::test_1": together.SECONDS + 1})
    check = SessionCheck("neighbours", lambda trial: False)
    done, written = ended(check, "test_x", suite=suite)
    assert A in written
    assert check.asked == []
    assert done.notes == [
        "1 test module below tests did not run again together with the new tests: that would take too long"
    ]
