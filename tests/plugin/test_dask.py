"""A whole run whose candidates and probes run on a cluster."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.executors.clusters import Machines
from tests.plugin.conftest import Project, accepted

DASK = "--ai-gen-executor=dask:"


def test_a_run_on_a_cluster(project: Project, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    folder = Path(os.path.realpath(tmp_path)) / "cluster"
    folder.mkdir()
    machines = Machines(folder)
    try:
        machines.add()
        machines.add()
        machines.come(2)
        alone = project.report("--ai-gen-engine=explore", "--ai-gen-mode=diff")
        doctor = project.pytester.run(
            Path(sys.executable).with_name("pytest-aigen"), "doctor", "--", f"{DASK}{machines.address}"
        )
        report = project.report("--ai-gen-engine=explore", f"{DASK}{machines.address}", "--cov-target=100")
    finally:
        machines.close()
    doctor.stdout.fnmatch_lines(["ok    candidates run on other machines, 4 at a time (dask:tcp://*)"])
    assert report["coverage"]["after"]["percent"] == 100
    assert accepted(report) == accepted(alone)
    assert report["notes"] == alone["notes"], "nothing had to be done here"
    assert len(list(folder.rglob("pytest-aigen-*/shop/__init__.py"))) == 2, "both workers had a part in it"
    assert project.run("tests").ret == pytest.ExitCode.OK


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("", "*the address of the scheduler is missing: dask:tcp://HOST:8786*", id="no address"),
        pytest.param("tcp://127.0.0.1:9", "*the scheduler cannot be reached: *", id="nobody there"),
        pytest.param("nonsense://x:1", "*the scheduler cannot be reached: *nonsense*", id="no such protocol"),
    ],
)
def test_a_wrong_address_is_a_usage_error(project: Project, name: str, message: str) -> None:
    if name:
        pytest.importorskip("distributed")
    project.write("tests/test_x.py", "def test_x():\n    open('ran', 'w').close()\n")
    result = project.generate(f"{DASK}{name}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])
    assert not (project.path / "ran").exists(), "found before the first test ran"
