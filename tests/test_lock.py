"""One run at a time."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_aigen import lock
from pytest_aigen.errors import LockedError, WriteError

HOLDER = """\
import sys, time
from pathlib import Path
from pytest_aigen import lock
with lock.held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(root: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(root)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_run_is_told_who_holds_it(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        words = rf"another run \(process {process.pid} on {re.escape(os.uname().nodename)}, since 20\d\d-.*\) is at work"
        with pytest.raises(LockedError, match=words), lock.held(tmp_path):
            pass
        process.send_signal(signal.SIGKILL)
    with lock.held(tmp_path):  # what a killed process left is taken over
        assert json.loads((tmp_path / ".pytest_aigen/lock").read_text())["pid"] == os.getpid()
    assert [path.name for path in (tmp_path / ".pytest_aigen").iterdir()] == [".gitignore"]


@pytest.mark.parametrize(
    "left",
    [
        pytest.param(
            json.dumps({"pid": os.getpid(), "host": "here", "since": 0.0}), id="a-live-process-has-its-id"
        ),
        pytest.param(json.dumps({"pid": 1, "host": "elsewhere", "since": 0.0}), id="another-host"),
        pytest.param("", id="empty"),
        pytest.param("\x00half", id="damaged"),
    ],
)
def test_a_stale_lock_is_taken_over(tmp_path: Path, left: str) -> None:
    (tmp_path / ".pytest_aigen").mkdir()
    (tmp_path / ".pytest_aigen/lock").write_text(left)
    with lock.held(tmp_path) as locks:
        assert locks
    assert not (tmp_path / ".pytest_aigen/lock").exists()


def test_within_one_process_too(tmp_path: Path) -> None:
    with lock.held(tmp_path):
        (tmp_path / ".pytest_aigen/lock").write_text("?")
        with (
            pytest.raises(LockedError, match=r"another run, which holds .*lock, is at work"),
            lock.held(tmp_path),
        ):
            pass
    with lock.held(tmp_path):
        pass


def test_the_next_one_gets_it_where_the_file_was_taken_away(tmp_path: Path) -> None:
    """A lock on a file that has no name any more excludes nobody."""
    with lock.held(tmp_path):
        (tmp_path / ".pytest_aigen/lock").unlink()
        with lock.held(tmp_path):
            pass


@pytest.mark.parametrize("in_the_way", [".pytest_aigen", ".pytest_aigen/lock/x"])
def test_where_nothing_can_be_written(tmp_path: Path, in_the_way: str) -> None:
    (tmp_path / in_the_way).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / in_the_way).write_text("mine")
    with pytest.raises(WriteError, match="which it needs, cannot be written"), lock.held(tmp_path):
        pass
