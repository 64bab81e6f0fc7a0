"""What holds only here and now is refused with the condition that breaks it, in forks and in fresh interpreters."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from pytest_aigen.checks.stable import CONDITIONS, Stable
from pytest_aigen.data import (
    Candidate,
    Condition,
    Edit,
    Gap,
    Outcome,
    Proof,
    Refusal,
    Run,
    Suite,
    Target,
    Trial,
)
from tests.executors.conftest import FILES, KINDS, Bench, write

pytestmark = pytest.mark.slow

SOON = date.today() + timedelta(days=100)
LATER = datetime.combine(SOON, datetime.min.time()).timestamp()
HASH = subprocess.run(
    [sys.executable, "-c", "print(hash('a'))"],
    env={**os.environ, "PYTHONHASHSEED": "0"},
    capture_output=True,
    text=True,
    check=True,
).stdout.strip()


def judged(bench: Any, text: str, *tests: str, path: str = "tests/unit/test_candidate.py") -> tuple[Run, Any]:
    """The first run of new tests, and what the check says."""
    job = bench.job(text, *(tests or ("test_a",)), path=path)
    run = bench.run_job(job)
    target = Target(Gap(bench.root / "src/shop/cart.py", "total", 1, 9, frozenset()), "shop.cart", job.path)
    edit = Edit(job.path, None, job.overlay[job.path], job.tests)
    trial = Trial(Candidate(target, job.tests[0], dedent(text), "llm"), edit, job, run, run.covered)
    return run, bench.loop.run_until_complete(Stable(Suite(root=bench.root))(trial, bench.executor))


#: One for each condition.
BREAKS = {
    "today": (Condition.DATE, f"from datetime import date\ndef test_a(): assert date.today().toordinal() < {SOON.toordinal()}"),
    "local-time": (
        Condition.ZONE,
        f"import time\ndef test_a(): assert time.localtime(0)[3:5] == {tuple(time.localtime(0)[3:5])}",
    ),
    "random": (
        Condition.RANDOM_SEED,
        f"import random\ndef test_a(): assert random.random() != {random.Random(4242).random()!r}",
    ),
    "state-that-stays": (Condition.TWICE, "SEEN = []\ndef test_a():\n    SEEN.append(1)\n    assert SEEN == [1]"),
    "hash": (Condition.HASH_SEED, f"def test_a(): assert hash('a') == {HASH}"),
    "relative-path": (Condition.FOLDER, "import os\ndef test_a(): assert os.path.exists('pytest.ini')"),
    "no-blank": (Condition.TMPDIR, "import tempfile\ndef test_a(): assert ' ' not in tempfile.mkdtemp()"),
    "language": (
        Condition.LOCALE,
        f"import os\ndef test_a(): assert os.environ.get('LC_ALL') == {os.environ.get('LC_ALL')!r}",
    ),
}  # fmt: skip

MORE = {
    "now": (Condition.DATE, f"import datetime\ndef test_a(): assert datetime.datetime.now().timestamp() < {LATER}"),
    "now-in-a-zone": (
        Condition.DATE,
        f"from datetime import datetime, timezone\ndef test_a(): assert datetime.now(timezone.utc).timestamp() < {LATER}",
    ),
    "time": (Condition.DATE, f"from time import time\ndef test_a(): assert time() < {LATER}"),
    "time-ns": (Condition.DATE, f"import time\ndef test_a(): assert time.time_ns() < {LATER * 1e9}"),
    "localtime": (Condition.DATE, f"import time\ndef test_a(): assert time.mktime(time.localtime()) < {LATER}"),
    "strftime": (Condition.DATE, f"import time\ndef test_a(): assert time.strftime('%Y-%m-%d') < '{SOON}'"),
    "local-datetime": (
        Condition.ZONE,
        f"from datetime import datetime\ndef test_a(): assert str(datetime.fromtimestamp(0)) == '{datetime.fromtimestamp(0)}'",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The project in forks, which are quick."""
    if "fork" not in KINDS:
        pytest.skip("no fork here")
    made = Bench(write(tmp_path_factory.mktemp("project"), FILES), "fork")
    yield made
    made.close()


@pytest.mark.parametrize(("condition", "text"), BREAKS.values(), ids=BREAKS)
def test_the_condition_that_breaks_it_is_named(bench: Any, condition: Condition, text: str) -> None:
    is_named(bench, condition, text)


@pytest.mark.parametrize(("condition", "text"), MORE.values(), ids=MORE)
def test_clocks_and_zones_of_all_kinds(forks: Any, condition: Condition, text: str) -> None:
    is_named(forks, condition, text)


def is_named(bench: Any, condition: Condition, text: str) -> None:
    run, said = judged(bench, text)
    assert run.outcome is Outcome.PASSED, run
    assert isinstance(said, Refusal), said
    assert said.reason.startswith(f"does not pass {condition.value}")
    assert "(failed): " in said.reason
    assert "assert" in said.reason


def test_a_hash_seed_for_which_no_session_is_kept(bench: Any) -> None:
    job = bench.job(f"def test_a(): assert hash('a') == {HASH}")
    run = bench.run_job(replace(job, conditions=frozenset({Condition.HASH_SEED_7})))
    assert (run.outcome, run.under) == (Outcome.FAILED, {Condition.HASH_SEED_7: "PYTHONHASHSEED=5"})


@pytest.mark.parametrize(
    ("condition", "least", "most"),
    [
        (Condition.MOMENT, 2.9e8, 3.1e8),
        (Condition.OTHER_MOMENT, 70, 1000),
        (Condition.DATE, int(time.monotonic()), time.monotonic() + 1e5),
    ],
    ids=["long ago", "just now", "as it was"],
)
@pytest.mark.parametrize(
    "clock", ["monotonic()", "perf_counter()", "monotonic_ns() / 1e9", "perf_counter_ns() / 1e9"]
)
def test_when_the_machine_seems_to_have_been_started(
    forks: Any, condition: Condition, least: float, most: float, clock: str
) -> None:
    job = forks.job(f"import time\ndef test_a(): assert {least} <= time.{clock} < {most}")
    assert forks.run_job(replace(job, conditions=frozenset({condition}))).outcome is Outcome.PASSED


def orders(seed: str) -> list[str]:
    """In what order sets of two letters are with a hash seed."""
    script = "import itertools\nfor a, b in itertools.combinations('abcdefgh', 2): print(*{a, b}, sep='')"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_a_test_that_holds_with_two_hash_seeds_by_chance(bench: Any) -> None:
    usual, other, third = orders("0"), orders("4242"), orders("1")
    same = next(a for a, b, c in zip(usual, other, third, strict=True) if a == b != c)
    as_text = "{{{!r}, {!r}}}".format(*same)
    run, said = judged(bench, f"def test_a(): assert str(set({same!r})) == {as_text!r}")
    assert run.outcome is Outcome.PASSED, run
    assert isinstance(said, Refusal), said
    assert "hash seed (PYTHONHASHSEED=" in said.reason
    run, said = judged(
        bench, f"from shop.labels import label\ndef test_a(): assert label({same!r}) == {same!r}"
    )
    assert run.outcome is Outcome.PASSED, run
    assert isinstance(said, Refusal), said
    assert (
        said.reason
        == "does not hold where sets are gone through backwards: does it depend on the order of a set?"
    )


HOLDS = {
    "a set whose order does not matter": "from shop.labels import count\ndef test_a(): assert count(['a', 'bc']) == 3",
    "plain": "from shop.cart import total\ndef test_a(): assert total([1], taxed=True) == 1.2",
    "monotonic": """
        import time
        def test_a():
            begun = time.monotonic()
            time.sleep(0.001)
            assert 0 < time.monotonic() - begun < 60
        """,
    "types-of-dates": """
        import copy, datetime, pickle
        def test_a():
            now = datetime.datetime.now()
            assert type(now) is datetime.datetime
            assert isinstance(now, datetime.date)
            assert type(datetime.date.today()) is datetime.date
            assert pickle.loads(pickle.dumps(now)) == copy.deepcopy(now) == now
            assert eval(repr(now)) == now
        """,
    "clocks-agree": """
        import datetime, time
        def test_a():
            now = datetime.datetime.now(datetime.timezone.utc).timestamp()
            assert abs(now - time.time()) < 60
            assert abs(now - time.time_ns() / 1e9) < 60
            assert abs(now - time.mktime(time.localtime())) < 60
            assert abs(now - datetime.datetime.now().timestamp()) < 60
            assert time.strftime("%Y", time.gmtime(0)) == "1970"
            assert time.strftime("%Y") == str(datetime.date.today().year)
        """,
    "a-subclass": """
        import datetime
        class Moment(datetime.datetime):
            pass
        def test_a(): assert type(Moment.now()) is Moment
        """,
    "a-clock-of-its-own": """
        import time
        def test_a(monkeypatch):
            monkeypatch.setattr(time, "time", lambda: 5)
            assert time.time() == 5
        """,
    "folders-of-its-own": """
        from pathlib import Path
        def test_a(tmp_path, monkeypatch):
            monkeypatch.chdir(tmp_path)
            Path("a").write_text("x")
            assert (tmp_path / "a").read_text() == "x"
        """,
    "fixtures": "def test_a(prices): assert prices == [1, 2, 3, 4]",
    "a-class": """
        class TestIt:
            def setup_method(self): self.seen = []
            def test_a(self):
                self.seen.append(1)
                assert self.seen == [1]
        """,
    "unittest": """
        import unittest
        class TestIt(unittest.TestCase):
            def setUp(self): self.seen = []
            def test_a(self):
                self.seen.append(1)
                self.assertEqual(self.seen, [1])
        """,
    "parametrized": """
        import pytest
        @pytest.mark.parametrize("n", [1, 2])
        def test_a(n): assert n
        """,
}


@pytest.mark.parametrize("text", HOLDS.values(), ids=HOLDS)
def test_what_holds_everywhere_is_said_to(forks: Any, text: str) -> None:
    run, said = judged(forks, text, "TestIt::test_a" if "class TestIt" in text else "test_a")
    assert run.outcome is Outcome.PASSED, run
    assert isinstance(said, Proof), said
    assert said.check == "stable"
    assert "with the date 400 days later" in said.says
    assert "twice in one process" in said.says


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """
            import datetime, time
            import freezegun
            def test_a():
                with freezegun.freeze_time("2020-01-02"):
                    assert datetime.date.today().year == 2020
                    assert time.gmtime(time.time()).tm_year == 2020
            """,
            id="freezegun",
        ),
        pytest.param(
            """
            import datetime, time
            import time_machine
            def test_a():
                with time_machine.travel("2020-01-02"):
                    assert datetime.datetime.now().year == 2020
                    assert time.gmtime(time.time()).tm_year == 2020
            """,
            id="time_machine",
        ),
    ],
)
def test_clocks_of_libraries(forks: Any, text: str, request: pytest.FixtureRequest) -> None:
    pytest.importorskip(request.node.callspec.id.rpartition("-")[2])
    run, said = judged(forks, text)
    assert run.outcome is Outcome.PASSED, run
    assert isinstance(said, Proof), said


def test_of_several_those_to_blame_are_told(bench: Any) -> None:
    text = """
        import os
        def test_a(): assert 1
        def test_b(): assert os.path.exists("pytest.ini")
        """
    _, said = judged(bench, text, "test_a", "test_b")
    assert isinstance(said, Refusal)
    assert said.tests == ("test_b",)


def test_lines_that_are_reached_here_only(bench: Any) -> None:
    text = f"""
        import time
        from shop.cart import total
        def test_a():
            assert total([1], taxed=time.time() < {LATER})
        """
    _, said = judged(bench, text)
    assert isinstance(said, Refusal)
    assert said.reason.startswith("covers line 8 of cart.py only sometimes: not with the date 400 days later")


# ------------------------------------------------------------------------------- what is not a test's fault

LEAN = {
    "pytest.ini": "[pytest]\n",
    "src/shop/here.py": "TEXT = open('pytest.ini').read()\ndef f(): return 1\n",
    "tests/conftest.py": """
        import time
        import pytest

        @pytest.fixture
        def config():
            return open("pytest.ini").read()

        def present():
            return time.time()
        """,
    "tests/test_old.py": """
        import os

        def test_old(): assert os.path.exists("pytest.ini")
        """,
}


@pytest.fixture(params=["fork", "spawn"])
def lean(request: pytest.FixtureRequest, benches: Any) -> Any:
    return benches(LEAN, request.param)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param(
            "from shop.here import f\ndef test_a(): assert f() == 1", "tests/test_new.py", id="code-cannot-be-imported"
        ),
        pytest.param("def test_a(config): assert config", "tests/test_new.py", id="fixture-of-a-conftest"),
        pytest.param(
            "import os\ndef test_a(): assert os.listdir('tests')", "tests/test_old.py", id="old-tests-need-it-too"
        ),
    ],
)  # fmt: skip
def test_a_folder_that_the_suite_needs_is_not_held_against_a_test(lean: Any, text: str, path: str) -> None:
    _, said = judged(lean, text, path=path)
    assert isinstance(said, Proof), said
    assert "in another working directory" not in said.says
    assert "with another TMPDIR" in said.says


def test_the_date_of_a_clock_that_a_conftest_file_took_by_name(benches: Any) -> None:
    files = {**LEAN, "tests/conftest.py": "from time import time\n"}
    text = f"from conftest import time\ndef test_a(): assert time() < {LATER}"
    _, said = judged(benches(files), text, path="tests/test_new.py")
    assert isinstance(said, Refusal)
    assert "with the date 400 days later" in said.reason


SETTLED = """
    import os, time
    from datetime import datetime

    os.environ["TZ"] = "Asia/Tokyo"
    os.environ["LANG"] = "xx_XX.UTF-8"
    time.tzset()
    os.chdir(os.path.dirname(__file__))
    time.time = lambda: 5.0
    """


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="no TZ here")
def test_what_a_conftest_file_settles_is_the_same_everywhere(benches: Any) -> None:
    text = """
        import os, time
        def test_a():
            assert time.localtime(0).tm_hour == 9
            assert os.environ["LANG"] == "xx_XX.UTF-8"
            assert os.path.exists("conftest.py")
            assert time.time() == 5.0
        """
    _, said = judged(benches({**LEAN, "tests/conftest.py": SETTLED}), text, path="tests/test_new.py")
    assert isinstance(said, Proof), said
    for condition in (Condition.ZONE, Condition.LOCALE, Condition.FOLDER):
        assert condition.value not in said.says


def test_what_cannot_be_brought_about_is_not_said(bench: Any) -> None:
    job = bench.job("def test_a(): pass", "test_a")
    run = bench.run_job(replace(job, conditions=frozenset(CONDITIONS)))
    assert run.outcome is Outcome.PASSED
    assert set(run.under) <= set(CONDITIONS)
    assert {Condition.HASH_SEED, Condition.TMPDIR, Condition.TWICE} <= set(run.under)
    assert run.under[Condition.HASH_SEED] == "PYTHONHASHSEED=4242"
    assert bench.run_job(job).under == {}


# ------------------------------------------------------------------------------------------ orders, and others


def test_reversed_order(bench: Any) -> None:
    text = """
        SEEN = []
        def test_a(): SEEN.append("a")
        def test_b(): assert SEEN == ["a"]
        """
    job = bench.job(text)
    assert bench.run_job(job).outcome is Outcome.PASSED
    run = bench.run_job(replace(job, conditions=frozenset({Condition.REVERSED})))
    assert (run.outcome, run.failed) == (Outcome.FAILED, ("test_b",))


def test_several_modules_in_one_process(lean: Any) -> None:
    root: Path = lean.root
    new, other = root / "tests/test_new.py", root / "tests/test_other.py"
    job = lean.job("import os\ndef test_new(): os.environ['A_STATE'] = 'x'", path="tests/test_new.py")
    overlay = {**job.overlay, other: "import os\ndef test_a(): assert 'A_STATE' not in os.environ\n"}
    job = replace(job, overlay=overlay, others=(other, root / "tests/test_old.py"))
    run = lean.run_job(job)
    assert (run.outcome, run.failed) == (Outcome.FAILED, ("tests/test_other.py::test_a",))
    run = lean.run_job(replace(job, path=other, others=(new,)))
    assert run.failed == ("tests/test_other.py::test_a",), "in the order of the paths"
    run = lean.run_job(replace(job, overlay={**overlay, other: "import no_such_module\n"}))
    assert (run.outcome, run.failed) == (Outcome.ERROR, ("tests/test_other.py",))


@pytest.mark.parametrize(
    ("conditions", "outcome"),
    [({Condition.OTHER_MOMENT}, Outcome.PASSED), ((), Outcome.FAILED)],
    ids=["moved", "not moved"],
)
@pytest.mark.parametrize(
    "differs",
    [
        pytest.param("(now.weekday() < 5) is not (then.weekday() < 5)", id="the part of the week"),
        pytest.param("19 * 3600 < (now - then).seconds < 21 * 3600", id="the part of the day"),
    ],
)
def test_half_a_day_later_in_the_other_part_of_the_week(
    forks: Any, conditions: Iterable[Condition], outcome: Outcome, differs: str
) -> None:
    then = datetime.now()
    text = f"from datetime import datetime\ndef test_a():\n    now, then = datetime.now(), datetime.fromisoformat('{then}')\n    assert {differs}"
    assert forks.run(text, "test_a", conditions=frozenset(conditions)).outcome is outcome


@pytest.mark.parametrize(
    ("conditions", "outcome"),
    [({Condition.MOMENT}, Outcome.PASSED), ({Condition.DATE}, Outcome.FAILED), ((), Outcome.FAILED)],
    ids=["moved", "by whole days only", "not moved"],
)
@pytest.mark.parametrize("now", ["time.time()", "datetime.now().timestamp()"])
def test_another_time_of_another_day(
    forks: Any, conditions: Iterable[Condition], outcome: Outcome, now: str
) -> None:
    then = time.time() + 400 * 86_400
    text = f"import time\nfrom datetime import datetime\ndef test_a(): assert 7 * 3600 < {now} - {then} < 9 * 3600"
    run = forks.run(text, "test_a", conditions=frozenset(conditions))
    assert run.outcome is outcome, run
