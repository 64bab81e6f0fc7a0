"""The same candidates on a cluster of two workers: each has the verdict that it has here."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import SHORT
from tests.executors.clusters import Machines
from tests.verdicts.test_verdicts import CASES, Case, Shop, deserved, opened

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    from pytest_aigen.executors.cluster.client import Cluster

    machines = Machines(Path(os.path.realpath(tmp_path_factory.mktemp("cluster"))))
    machines.add()
    machines.add()
    yield from opened(tmp_path_factory, lambda workplace: Cluster(machines.address, workplace))
    machines.close()


def test_the_whole_corpus(shop: Shop) -> None:
    """All of it, or in the short form every sixth case."""
    cases = list(CASES.items())[:: 10 if SHORT else 1]

    async def judged(title: str, case: Case) -> str:
        try:
            deserved(case, await shop.verdict(case))
        except AssertionError as error:
            return f"{title}: {error}"
        return ""

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*(judged(title, case) for title, case in cases))

    assert list(filter(None, shop.loop.run_until_complete(all_of_them()))) == []
    assert getattr(shop.executor, "notes", None) == [], "all of it ran there"
