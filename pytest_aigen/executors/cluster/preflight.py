"""Whether a cluster can run the jobs as this machine would: asked once, before the first test.

Runs as a process of its own: told by a JSON object on standard input, it prints one with ``at_once`` or ``problem``.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_aigen.executors.cluster import inventory, worker

#: Differences and workers that a message names.
_FEW = 4


async def answer(address: str, folders: Sequence[str], patience: float) -> dict[str, Any]:
    """How many jobs the cluster runs at once, or what is wrong with it, in words."""
    from distributed import Client

    mine = await asyncio.to_thread(inventory.of_candidates)
    try:
        client = await Client(address, asynchronous=True, timeout=patience, set_as_default=False)
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return {"problem": f"the scheduler cannot be reached: {lines[0]}"}
    try:
        threads: dict[str, int] = await client.nthreads()
        if not threads:
            return {"problem": "the cluster has no workers; start some: dask worker ADDRESS"}
        told = await client.run(worker.differences, mine, tuple(folders), on_error="return")
        if problem := unlike(told):
            return {"problem": problem}
        # One more for each worker, which waits there while the others run.
        return {"at_once": sum(threads.values()) + len(threads)}
    finally:
        await client.close()


def unlike(told: Mapping[str, object]) -> str:
    """In what workers differ from this machine, in words; empty where none does.

    >>> unlike({"tcp://a:1": ["six 1.17 here, 1.16 there"], "tcp://b:1": []})
    'the worker tcp://a:1 differs from this machine: six 1.17 here, 1.16 there; verdicts would differ, too, so install the same there (pip freeze)'
    >>> unlike({"tcp://a:1": ModuleNotFoundError("No module named 'pytest_aigen'")})
    "the worker tcp://a:1 cannot be used: No module named 'pytest_aigen'; install there what is installed here (pip freeze)"
    """
    for address, differences in told.items():
        if isinstance(differences, BaseException):
            return f"the worker {address} cannot be used: {differences}; install there what is installed here (pip freeze)"
        if isinstance(differences, list) and differences:
            more = f"; and {len(differences) - _FEW} more" if len(differences) > _FEW else ""
            alike = sum(isinstance(one, list) and bool(one) for one in told.values()) - 1
            others = f", and {alike} of the others," if alike else ""
            return (
                f"the worker {address}{others} differs from this machine: {'; '.join(differences[:_FEW])}{more};"
                " verdicts would differ, too, so install the same there (pip freeze)"
            )
    return ""


def main() -> None:
    told = json.load(sys.stdin)
    logging.disable(logging.CRITICAL)
    print(json.dumps(asyncio.run(answer(told["address"], told["folders"], told["patience"]))))
