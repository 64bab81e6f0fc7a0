"""Runs jobs on the workers of a dask cluster: ``--ai-gen-executor=dask:ADDRESS``.

=============  ===========================================================================================
``client``     the `Executor`: what is sent, what comes back, and what is done when a worker or all are lost
``worker``     runs there: a warm session in a checkout of its own, for each run of a client
``tree``       the working tree as an archive, and a checkout made from it
``moved``      records on their way to a machine on which the same files have other paths
``inventory``  what is installed, and in what two machines differ
``preflight``  whether a cluster can run the jobs, asked before the first test, in a process of its own
=============  ===========================================================================================

``distributed`` is imported where a cluster is asked for, and not before the user's tests are done.
"""

from __future__ import annotations

import importlib.util

import pytest

from pytest_aigen.data import Workplace
from pytest_aigen.errors import ConfigError
from pytest_aigen.protocols import Executor

_NAME = "dask"


@pytest.hookimpl
def pytest_aigen_executor(name: str, workplace: Workplace) -> Executor | None:
    """``dask:ADDRESS``: the workers of the cluster whose scheduler listens there."""
    kind, _, address = name.partition(":")
    if kind != _NAME:
        return None
    if not address:
        raise ConfigError(
            "--ai-gen-executor=dask: the address of the scheduler is missing: dask:tcp://HOST:8786"
        )
    if importlib.util.find_spec("distributed") is None:
        raise ConfigError(f"--ai-gen-executor={name}: this needs pip install pytest-aigen[dask]")
    from pytest_aigen.executors.cluster.client import Cluster

    return Cluster(address, workplace)
