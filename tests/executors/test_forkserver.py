"""What only servers do: queues, deaths, starting at all; and the choice between executors."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen.data import Outcome, Workplace
from pytest_aigen.errors import ExecutorError
from pytest_aigen.executors import auto, forkserver, spawn
from pytest_aigen.executors.auto import Auto
from pytest_aigen.executors.forkserver import ForkServer
from pytest_aigen.executors.spawn import Spawn

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")

Benches = Callable[..., Any]
PROJECT = {"pytest.ini": "[pytest]\n", "src/one.py": "X = 1\n", "tests/unit/conftest.py": ""}


def gather(bench: Any, *jobs: Any) -> Any:
    async def together() -> Any:
        return await asyncio.gather(*(bench.executor.run(job) for job in jobs), return_exceptions=True)

    return bench.loop.run_until_complete(together())


def test_queued_jobs_do_not_starve(benches: Benches) -> None:
    bench = benches(PROJECT, workers=1)
    bench.run("def test_a(): pass", "test_a")
    job = bench.job("import time\ndef test_a(): time.sleep(0.8)", "test_a", timeout=4.0)
    begun = time.monotonic()
    runs = gather(bench, *[job] * 6)
    assert [run.outcome for run in runs] == [Outcome.PASSED] * 6, runs
    assert time.monotonic() - begun > 4.8  # one after the other


def test_jobs_run_side_by_side(benches: Benches) -> None:
    bench = benches(PROJECT, workers=4)
    bench.run("def test_a(): pass", "test_a")
    text = "import time\ndef test_a():\n    begun = time.time(); time.sleep(1.5); print(begun, time.time())"
    runs = gather(bench, *[bench.job(text, "test_a")] * 4)
    spans = sorted(tuple(map(float, run.output.split())) for run in runs)
    assert any(begun < ended for (_, ended), (begun, _) in pairwise(spans)), spans


def test_the_limit_is_for_each_test(benches: Benches) -> None:
    bench = benches(PROJECT)
    tests = "\n".join(f"def test_{n}(): time.sleep(1)" for n in range(4))
    assert bench.run(f"import time\n{tests}", timeout=3.0).outcome is Outcome.PASSED


def test_death_of_the_server_costs_the_jobs_in_flight_only(benches: Benches) -> None:
    bench = benches(PROJECT, workers=2)
    first = bench.run("import os\ndef test_a(): print(os.getppid())", "test_a")
    server = int(first.output)

    async def kill() -> Any:
        running = asyncio.ensure_future(
            bench.executor.run(bench.job("import time\ndef test_a(): time.sleep(30)", "test_a"))
        )
        await asyncio.sleep(0.5)
        os.kill(server, signal.SIGKILL)
        return await running

    run = bench.loop.run_until_complete(kill())
    assert run.outcome is Outcome.CRASHED
    assert run.detail.startswith("the session in which it ran died")
    again = bench.run("import os\ndef test_a(): print(os.getppid())", "test_a")
    assert again.outcome is Outcome.PASSED
    assert int(again.output) != server


def test_cancelled_job_is_ended(benches: Benches, tmp_path: Path) -> None:
    bench = benches(PROJECT)

    async def cancel() -> None:
        job = bench.job("import time\ndef test_a(): time.sleep(30)", "test_a")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(bench.executor.run(job), 3)

    bench.loop.run_until_complete(cancel())
    run = bench.run("import os\ndef test_a(): print(os.listdir(f'/proc/{os.getppid()}/task'))", "test_a")
    assert run.outcome is Outcome.PASSED


def test_children_die_with_the_executor(benches: Benches) -> None:
    bench = benches(PROJECT)
    pids: list[int] = []

    async def close() -> None:
        job = bench.job("import os, time\ndef test_a(): time.sleep(30)", "test_a")
        running = asyncio.ensure_future(bench.executor.run(job))
        while not bench.executor._servers:
            await asyncio.sleep(0.1)
        await asyncio.sleep(1)
        server = next(iter(bench.executor._servers.values()))._started.process.pid
        children = Path(f"/proc/{server}/task/{server}/children")
        pids.extend(map(int, children.read_text().split()) if children.exists() else [])
        await bench.executor.aclose()
        assert (await running).outcome is Outcome.CRASHED

    bench.loop.run_until_complete(close())
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


@pytest.mark.parametrize("kind", ["fork", "spawn"])
def test_a_session_that_does_not_start(benches: Benches, kind: str) -> None:
    bench = benches({**PROJECT, "tests/conftest.py": "import nowhere_at_all\n"}, kind)
    with pytest.raises(ExecutorError, match="nowhere_at_all"):
        bench.run("def test_a(): pass", "test_a")


def test_conftest_that_fails_in_a_folder_of_its_own(benches: Benches) -> None:
    bench = benches({**PROJECT, "tests/odd/conftest.py": "1 / 0\n"})
    run = bench.run("def test_a(): pass", "test_a", path="tests/odd/test_x.py")
    assert run.outcome is Outcome.ERROR
    assert "ZeroDivisionError" in run.detail
    assert bench.run("def test_a(): pass", "test_a").outcome is Outcome.PASSED


def test_overlay_of_what_conftest_files_imported(benches: Benches) -> None:
    bench = benches(
        {**PROJECT, "tests/conftest.py": "import one, pytest\n@pytest.fixture\ndef value(): return one.X\n"}
    )
    text = "import one\ndef test_a(value): assert one.X == value == 2"
    assert bench.run(text, "test_a").outcome is Outcome.FAILED
    overlay = {bench.root / "src/one.py": "X = 2\n"}
    assert bench.run(text, "test_a", overlay=overlay).outcome is Outcome.PASSED


@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
@pytest.mark.parametrize("packages", [False, True], ids=["plain", "packages"])
def test_import_modes(benches: Benches, mode: str, packages: bool) -> None:
    files = {**PROJECT, "pytest.ini": f"[pytest]\naddopts = --import-mode={mode}\n"}
    name = "test_candidate"
    if packages:
        files |= {"tests/__init__.py": "", "tests/unit/__init__.py": "", "tests/unit/near.py": "NEAR = 1\n"}
    if packages or mode == "importlib":
        name = "tests.unit.test_candidate"
    bench = benches(files)
    near = "from .near import NEAR" if packages else ""
    run = bench.run(
        f"import sys\n{near}\ndef test_a(): assert __name__ == {name!r} and sys.modules[__name__]", "test_a"
    )
    assert run.outcome is Outcome.PASSED, run


#: Several in a row where none hides what another one would do.
OPTIONS = [
    "-n2",
    "--cov=one --cov-fail-under=100 --cov-report=xml",
    "--sw --ff --nf --junitxml=out.xml --log-file=log.txt --basetemp=base",
    "--co --pdb --setup-show --deselect tests/unit/test_candidate.py --ignore=tests",
    "-p no:cacheprovider -p no:randomly",
    "-vv --tb=long -l --durations=3 -rA",
    "-q -q --color=yes --assert=plain",
    "-p no:capture",
    "--timeout=60",
]


@pytest.mark.parametrize("options", OPTIONS)
def test_options_that_fit_a_session_do_not_hurt(
    benches: Benches, options: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = {"-n2": "xdist", "--cov": "pytest_cov", "--timeout": "timeout"}
    for flag, plugin in needs.items():
        if options.startswith(flag):
            if not request.config.pluginmanager.hasplugin(plugin):
                pytest.skip(f"needs {plugin}")
            monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    bench = benches({**PROJECT, "pytest.ini": f"[pytest]\naddopts = {options}\n"})
    before = sorted(bench.root.rglob("*"))
    assert bench.run("import one\ndef test_a(): print(one.X)", "test_a").output == "1\n"
    run = bench.run("def test_a(): assert [1] == [2]", "test_a")
    assert run.outcome is Outcome.FAILED
    assert run.detail.startswith("tests/unit/test_candidate.py:1: in test_a")
    bench.loop.run_until_complete(bench.executor.aclose())
    assert sorted(bench.root.rglob("*")) == before


def test_hooks_that_modify_items(benches: Benches) -> None:
    hook = """
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.skip(reason="by hook"))
        """
    run = benches({**PROJECT, "tests/unit/conftest.py": hook}).run("def test_a(): pass", "test_a")
    assert run.detail == "skipped: by hook"


def test_warnings_as_errors_everywhere(benches: Benches, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    bench = benches({**PROJECT, "pytest.ini": "[pytest]\nfilterwarnings = error\n"}, args=("-W", "error"))
    assert bench.run("import one\ndef test_a(): pass", "test_a").outcome is Outcome.PASSED


THREAD = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True, name='busy').start()\n"


def test_auto_does_not_fork_threads(tmp_path: Path, benches: Benches) -> None:
    bench = benches({**PROJECT, "tests/conftest.py": THREAD})
    chooser = Auto(bench.workplace)
    run = bench.loop.run_until_complete(chooser.run(bench.job("def test_a(): pass", "test_a")))
    bench.loop.run_until_complete(chooser.aclose())
    assert run.outcome is Outcome.PASSED
    assert len(chooser.notes) == 1
    assert "busy" in chooser.notes[0]
    assert bench.run("def test_a(): pass", "test_a").outcome is Outcome.PASSED
    assert "busy" in bench.executor.notes[0]


def test_auto_forks_without_threads(benches: Benches) -> None:
    bench = benches(PROJECT)
    chooser = Auto(bench.workplace)
    bench.loop.run_until_complete(chooser.run(bench.job("def test_a(): pass", "test_a")))
    assert isinstance(chooser._chosen, ForkServer)
    assert chooser.notes == []
    bench.loop.run_until_complete(chooser.aclose())


def test_hooks(tmp_path: Path) -> None:
    place = Workplace(tmp_path, tmp_path, (), (), (), ())
    for module in (auto, forkserver, spawn):
        assert module.pytest_aigen_executor("other", place) is None
    assert isinstance(auto.pytest_aigen_executor("auto", place), Auto)
    assert isinstance(forkserver.pytest_aigen_executor("fork", place), ForkServer)
    assert isinstance(spawn.pytest_aigen_executor("spawn", place), Spawn)


def test_no_plugin_is_asked_for_a_summary(benches: Benches, tmp_path: Path) -> None:
    """It would be nobody's, and such hooks write files; what a plugin set up is taken down all the same."""
    conftest = f"""
        from pathlib import Path

        def pytest_terminal_summary():
            Path({str(tmp_path / "summary")!r}).touch()

        def pytest_unconfigure():
            Path({str(tmp_path / "unconfigured")!r}).touch()
        """
    bench = benches({"conftest.py": conftest})
    assert bench.run("def test_it(): pass", "test_it").outcome is Outcome.PASSED
    bench.loop.run_until_complete(bench.executor.aclose())
    assert (tmp_path / "unconfigured").exists()
    assert not (tmp_path / "summary").exists()
