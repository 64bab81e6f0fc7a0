"""Sources that are imported once for many jobs: what a job sees, covers and may do is as if it had imported them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import pytest_aigen
from pytest_aigen.data import Condition, Outcome, Probe, Reached, Workplace
from pytest_aigen.executors.imports import SourceNames
from tests.executors.conftest import Bench, few_plugins, write

Benches = Callable[..., Any]

PROJECT = {
    "pytest.ini": "[pytest]\n",
    "tests/unit/conftest.py": "",
    "src/one.py": """
        import os
        MADE_BY = os.getpid()
        SEEN = []

        def add(value):
            SEEN.append(value)
            return list(SEEN)
        """,
    "src/two.py": "import one\nTWO = 2 if one.SEEN else 3\n",
    "src/broken.py": "raise ValueError('at import')\n",
    "src/writes.py": "open('left behind', 'w').close()\n",
    "src/threads.py": (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(9,), daemon=True).start()\nX = 1\n"
    ),
    "src/ends.py": "import os\nos._exit(3)\n",
    "src/asks.py": """
        import os, sys

        def is_shared(argument):
            import one
            return one.MADE_BY != os.getpid()

        def is_there(argument):
            return argument in sys.modules
        """,
    "src/homes.py": "from pathlib import Path\nPLACE = Path.home() / 'kept'\n",
}

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
SAYS = "import one, os\ndef test_a():\n    print(one.MADE_BY != os.getpid(), one.add(1))"


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The project in one session, for jobs that do not hurt it."""
    with few_plugins():
        made = Bench(write(tmp_path_factory.mktemp("project"), PROJECT), "fork")
        yield made
        made.close()


@needs_fork
def test_a_source_is_imported_before_the_fork_and_not_shared(warm: Bench) -> None:
    assert [warm.run(SAYS, "test_a").output for _ in range(3)] == ["True [1]\n"] * 3


@needs_fork
@pytest.mark.parametrize("text", ["import one\n", "from one import add\n"], ids=["import", "from"])
def test_what_importing_reaches_counts_for_each_job(benches: Benches, text: str) -> None:
    bench = benches(PROJECT)
    text += "def test_a(): pass"
    first, *others = (bench.run(text, "test_a").covered for _ in range(3))
    assert first == {bench.root / "src/one.py": Reached(frozenset({1, 2, 3, 5}))}
    assert others == [first, first]


@needs_fork
def test_only_what_a_job_imports_counts_for_it(warm: Bench) -> None:
    warm.run("import two\ndef test_a(): pass", "test_a")
    assert set(warm.run("import one\ndef test_a(): pass", "test_a").covered) == {warm.root / "src/one.py"}
    both = warm.run("import one, two\ndef test_a(): assert two.TWO == 3", "test_a")
    assert both.outcome is Outcome.PASSED
    assert {path.name for path in both.covered} == {"one.py", "two.py"}


@needs_fork
@pytest.mark.parametrize(
    ("name", "outcome", "says"),
    [
        ("broken", Outcome.ERROR, "at import"),
        ("writes", Outcome.BLOCKED, "write to left behind"),
        ("threads", Outcome.PASSED, ""),
        ("ends", Outcome.CRASHED, "exit status 3"),
    ],
)
def test_what_cannot_be_imported_so_is_imported_by_each_job(
    warm: Bench, name: str, outcome: Outcome, says: str
) -> None:
    for _ in range(2):
        run = warm.run(f"import {name}\ndef test_a(): pass", "test_a")
        assert (run.outcome, says in run.detail) == (outcome, True), run
    assert not (warm.root / "left behind").exists()
    assert warm.run(SAYS, "test_a").outcome is Outcome.PASSED


@needs_fork
def test_a_place_that_was_chosen_at_import_may_be_written_to(warm: Bench) -> None:
    """In the preloaded process it is another one's home: the job runs again and imports the source itself."""
    run = warm.run("import homes\ndef test_a(): homes.PLACE.write_text('x')", "test_a")
    assert run.outcome is Outcome.PASSED, run


@needs_fork
def test_more_sources_than_processes(benches: Benches) -> None:
    many = {f"src/m{n}.py": f"X = {n}\n" for n in range(12)}
    bench = benches({**PROJECT, **many})
    for n in [*range(12), 0]:
        run = bench.run(f"import m{n}\ndef test_a(): assert m{n}.X == {n}", "test_a")
        assert run.outcome is Outcome.PASSED
        assert set(run.covered) == {bench.root / f"src/m{n}.py"}


@needs_fork
def test_a_hang_and_a_death_cost_their_own_job_only(benches: Benches) -> None:
    bench = benches(PROJECT)
    hang = bench.run("import one\ndef test_a():\n    while True: pass", "test_a", timeout=1.0)
    assert hang.outcome is Outcome.TIMEOUT
    death = bench.run("import one, os\ndef test_a(): os._exit(1)", "test_a")
    assert death.outcome is Outcome.CRASHED
    assert bench.run(SAYS, "test_a").output == "True [1]\n"


@needs_fork
@pytest.mark.parametrize(
    ("imports", "conditions", "is_shared"),
    [
        pytest.param(("one",), (), True, id="a source"),
        pytest.param(("json", "one"), (), True, id="beside what is installed"),
        pytest.param(("one",), (Condition.HASH_SEED,), True, id="in the session with another hash seed"),
        pytest.param(("one",), (Condition.ZONE,), False, id="not under conditions of the process"),
        pytest.param(("json",), (), False, id="not what it does not name"),
        pytest.param(("broken", "one"), (), False, id="not beside what cannot be imported"),
    ],
)
def test_sources_of_a_probe(
    benches: Benches, imports: tuple[str, ...], conditions: tuple[Condition, ...], is_shared: bool
) -> None:
    bench = benches(PROJECT)
    job = bench.job("", probe=Probe("asks:is_shared", None, imports=imports))
    run = bench.run_job(replace(job, overlay={}, conditions=frozenset(conditions)))
    assert (run.outcome, run.value) == (Outcome.PASSED, is_shared), run


@needs_fork
@pytest.mark.parametrize(
    ("imports", "again", "seeds"),
    [
        pytest.param(("one",), True, ["0 4242"], id="started once"),
        pytest.param(("one",), False, ["0", "0 4242"], id="ended before it is asked"),
        pytest.param((), False, ["0"], id="not started for what is asked once"),
    ],
)
def test_the_session_with_the_other_hash_seed_starts_before_it_is_asked(
    benches: Benches, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, imports: tuple[str, ...], again: bool,
    seeds: list[str],
) -> None:  # fmt: skip
    """Nothing is left of it where the end comes first."""
    temp = tmp_path / "temp"
    temp.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temp))
    says = f"import os\nwith open({str(tmp_path / 'seeds')!r}, 'a') as file:\n    print(os.environ['PYTHONHASHSEED'], file=file)\n"
    bench = benches({**PROJECT, "conftest.py": says})
    job = replace(bench.job("", probe=Probe("asks:is_shared", None, imports=imports)), overlay={})
    assert bench.run_job(job).outcome is Outcome.PASSED
    if again:
        assert bench.run_job(replace(job, conditions=frozenset({Condition.HASH_SEED}))).value is True
    bench.loop.run_until_complete(bench.executor.aclose())
    assert " ".join(sorted((tmp_path / "seeds").read_text().split())) in seeds
    assert list(temp.glob("aigen-*")) == []


OURS = "pytest_aigen.explore.words"


@needs_fork
@pytest.mark.parametrize(
    ("sources", "is_known"),
    [
        pytest.param((), True, id="imported for all"),
        pytest.param((Path(pytest_aigen.__file__),), False, id="not where it is measured"),
    ],
)
def test_the_module_of_a_probe_of_this_package(
    benches: Benches, tmp_path: Path, sources: tuple[Path, ...], is_known: bool
) -> None:
    places = tmp_path / "src", Path(pytest_aigen.__file__).parents[1]
    bench = benches(PROJECT, sources=sources, sys_path=tuple(map(str, places)))
    asks = bench.job("", probe=Probe("asks:is_there", OURS))
    assert bench.run_job(asks).value is False
    assert bench.run_job(bench.job("", probe=Probe(f"{OURS}:nothing", None))).outcome is Outcome.ERROR
    assert bench.run_job(asks).value is is_known


# ----------------------------------------------------------------------------- which sources that may be

SOURCES = ("src/shop/__init__.py", "src/shop/cart.py", "src/shop/deep/__init__.py", "src/shop/deep/tax.py")
FIRST = [
    pytest.param("import shop.cart", ("shop.cart",), id="import"),
    pytest.param("from shop.cart import total", ("shop.cart",), id="from"),
    pytest.param("from shop import cart", ("shop", "shop.cart"), id="a module of a package"),
    pytest.param("from shop.deep import tax, x", ("shop.deep", "shop.deep.tax"), id="deep"),
    pytest.param('"""Text."""\nimport os\nimport shop', ("shop",), id="behind what is installed"),
    pytest.param("import shop\nX = 1\nimport shop.cart", ("shop",), id="not behind other statements"),
    pytest.param("import near\nimport shop", (), id="not behind a module beside it"),
    pytest.param("import helpers\nimport shop", (), id="not behind a module of the project"),
    pytest.param("from . import near\nimport shop", (), id="not behind a relative import"),
    pytest.param("def test_a():\n    import shop", (), id="not in functions"),
    pytest.param("import shop.nowhere", (), id="no source"),
    pytest.param("import (", (), id="syntax"),
]


def imported_first(tmp_path: Path, text: str, chosen: Sequence[str] = SOURCES) -> tuple[str, ...]:
    for name in (*SOURCES, "src/helpers.py", "tests/near.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    sources = tuple(tmp_path / name for name in chosen)
    place = Workplace(tmp_path, tmp_path, (), (str(tmp_path / "src"), "/somewhere"), (), sources)
    return SourceNames(place).imported_first(text, tmp_path / "tests")


@pytest.mark.parametrize(("text", "names"), FIRST)
def test_imported_first(tmp_path: Path, text: str, names: tuple[str, ...]) -> None:
    assert imported_first(tmp_path, text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("import shop\nimport shop.cart", ("shop", "shop.cart"), id="its package"),
        pytest.param("from shop import cart", ("shop", "shop.cart"), id="from its package"),
        pytest.param("import shop.deep\nimport shop.cart", (), id="not behind another package"),
    ],
)
def test_a_package_is_imported_with_its_module(tmp_path: Path, text: str, names: tuple[str, ...]) -> None:
    assert imported_first(tmp_path, text, ["src/shop/cart.py"]) == names
