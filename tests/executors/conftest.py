"""A small project, and executors in which its candidates run."""

from __future__ import annotations

import asyncio
import importlib.util
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from pytest_aigen.data import Job, Run, Workplace
from pytest_aigen.executors.forkserver import ForkServer
from pytest_aigen.executors.spawn import Spawn
from tests.executors.clusters import Machines

KINDS: dict[str, Callable[[Workplace], Any]] = {"spawn": Spawn}
if hasattr(os, "fork"):
    KINDS = {"fork": ForkServer, "spawn": Spawn}
#: Where it is installed: on a cluster of two workers, with the address before the workplace.
DASK = ["dask"] if importlib.util.find_spec("distributed") else []

FILES = {
    "pytest.ini": """
        [pytest]
        addopts = -x -k nothing -m nothing --lf --maxfail=1 --strict-markers
        filterwarnings =
            error
            ignore:The configuration option .asyncio_default:pytest.PytestDeprecationWarning
            ignore:Unknown config option:pytest.PytestConfigWarning
        asyncio_mode = auto
        """,
    "src/shop/__init__.py": "",
    "src/shop/cart.py": """
        import json

        TAX = 0.2

        def total(prices, taxed=False):
            result = sum(prices)
            if taxed:
                result *= 1 + TAX
            return result
        """,
    "src/shop/labels.py": """
        def label(words):
            text = ""
            for word in set(words):
                text += word
            return text

        def count(words):
            return sum(len(word) for word in set(words))
        """,
    "src/shop/broken.py": "raise ValueError('at import')\n",
    "src/shop/slow.py": "while True:\n    pass\n",
    "tests/conftest.py": """
        import pytest

        @pytest.fixture
        def prices():
            return [1, 2, 3]

        @pytest.fixture
        def explodes():
            raise RuntimeError("in the fixture")

        @pytest.fixture
        def explodes_after():
            yield
            raise RuntimeError("after the test")
        """,
    "tests/unit/conftest.py": """
        import pytest

        @pytest.fixture
        def prices(prices):
            return [*prices, 4]

        @pytest.fixture(scope="session", autouse=True)
        def prepared():
            yield "prepared"
        """,
    "tests/unit/test_user.py": "raise SystemExit('no test module of the user is imported')\n",
}


class Bench:
    """A project on disk and an executor for it; runs jobs from synchronous tests."""

    def __init__(self, root: Path, kind: str | Callable[[Workplace], Any], **changes: Any) -> None:
        self.root = root
        self.loop = asyncio.new_event_loop()
        workplace = Workplace(
            root=root,
            cwd=root,
            args=(),
            sys_path=(str(root / "src"),),
            folders=(root / "tests" / "unit", root / "tests" / "new"),
            sources=tuple(sorted((root / "src").rglob("*.py"))),
            workers=2,
        )
        self.workplace = replace(workplace, **changes)
        self.executor = (KINDS[kind] if isinstance(kind, str) else kind)(self.workplace)

    def job(self, text: str, *tests: str, path: str = "tests/unit/test_candidate.py", **rest: Any) -> Job:
        file = self.root / path
        rest.setdefault("timeout", 20.0)
        overlay = {file: dedent(text), **rest.pop("overlay", {})}
        return Job(file, tests, overlay, **rest)

    def run(self, text: str, *tests: str, **rest: Any) -> Run:
        return self.run_job(self.job(text, *tests, **rest))

    def run_job(self, job: Job) -> Run:
        run = self.loop.run_until_complete(self.executor.run(job))
        assert isinstance(run, Run)
        return run

    def close(self) -> None:
        self.loop.run_until_complete(self.executor.aclose())
        self.loop.close()


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), "utf-8")
    return Path(os.path.realpath(root))


#: Without forks each candidate has a session of its own, which takes seconds; workers of a cluster have forks.
ALL_KINDS = [
    pytest.param(kind, marks=[] if kind == "fork" else [pytest.mark.slow]) for kind in (*KINDS, *DASK)
]


@pytest.fixture(scope="session")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """A cluster with two workers."""
    pytest.importorskip("distributed")
    made = Machines(Path(os.path.realpath(tmp_path_factory.mktemp("cluster"))))
    made.add()
    made.add()
    yield made
    made.close()


def maker(kind: str, request: pytest.FixtureRequest) -> Callable[[Workplace], Any]:
    """What makes an executor of this kind."""
    if kind != "dask":
        return KINDS[kind]
    from pytest_aigen.executors.cluster.client import Cluster

    cluster: Machines = request.getfixturevalue("machines")
    return lambda workplace: Cluster(cluster.address, workplace)


@contextmanager
def few_plugins(*names: str) -> Iterator[None]:
    """Sessions that start meanwhile load no plugins but these: loading what is installed takes longer than the rest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        patch.setenv("PYTEST_PLUGINS", ",".join(names))
        yield


@pytest.fixture(scope="module", params=ALL_KINDS)
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The project, in each executor."""
    plugins = ["pytest_asyncio.plugin"] if importlib.util.find_spec("pytest_asyncio") else []
    with few_plugins(*plugins) if request.param == "spawn" else nullcontext():
        made = Bench(write(tmp_path_factory.mktemp("project"), FILES), maker(request.param, request))
        before = snapshot(made.root)
        yield made
        made.close()
        assert snapshot(made.root) == before


@pytest.fixture
def benches(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Bench]]:
    """Makes benches for projects of one's own, with few plugins: ``benches(files, kind="fork", **workplace)``."""
    made: list[Bench] = []

    def make(files: dict[str, str], kind: str = "fork", **changes: Any) -> Bench:
        if kind not in (*KINDS, *DASK):
            pytest.skip(f"no {kind} here")
        made.append(Bench(write(tmp_path, files), maker(kind, request), **changes))
        return made[-1]

    with few_plugins():
        yield make
        for bench in made:
            bench.close()


def snapshot(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
