"""Ctrl-C, at each moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.chat_server import Answer, Asked, Hang
from tests.plugin.conftest import CLAMP, Project, asked_for, model

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process"),
    pytest.mark.slow,
]

LIMIT = 60.0


class Running:
    """pytest in a group of its own, as a shell starts it, so that a signal reaches what Ctrl-C would."""

    def __init__(self, project: Project, *args: str) -> None:
        self.temp = project.pytester.path / "tmpdir"
        self.temp.mkdir()
        self.process = subprocess.Popen(
            project.command(*args),
            env={**os.environ, "TMPDIR": str(self.temp), "AIGEN_TEST_MARK": str(project.path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # What was started in the background ignores it, and so would its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self._mark = f"AIGEN_TEST_MARK={project.path}".encode()

    def interrupt(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> tuple[int, str]:
        """The exit status and what was printed."""
        try:
            said, _ = self.process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.communicate()
            raise
        return self.process.returncode, said

    def until(self, happened: Callable[[], bool]) -> None:
        """Wait for something to happen while it runs."""
        if (
            not until(lambda: happened() or self.process.poll() is not None)
            or self.process.poll() is not None
        ):
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            pytest.fail(f"it did not happen: {self.end()[1]}")

    def survivors(self) -> list[str]:
        """Command lines of processes that this session started and that still live."""
        if not Path("/proc").is_dir():
            return []
        found = until(lambda: not self._alive(), 5.0)
        return [] if found else self._alive()

    def _alive(self) -> list[str]:
        alive = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark in (folder / "environ").read_bytes():
                    alive.append((folder / "cmdline").read_text())
            except OSError:
                continue
        return alive


def until(happened: Callable[[], bool], seconds: float = LIMIT) -> bool:
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def hanging(asked: Asked, number: int) -> Answer:
    """Answers for ``clamp``, and never for the others."""
    return CLAMP if asked_for(asked) == "clamp" else Hang(LIMIT)


def test_once_keeps_what_was_accepted(project: Project) -> None:
    project.write("tests/test_shop.py", "def test_mine():\n    pass\n")
    before = project.files()
    with model(hanging) as (server, options):
        running = Running(project, "--ai-gen", *options, "--ai-gen-concurrency=1")
        running.until(lambda: len(server.asked) == 2)  # the first target is done, the second is asked for
        running.interrupt()
        status, said = running.end()
    assert status == pytest.ExitCode.INTERRUPTED, said
    assert "added 3 tests to 1 file" in said
    assert "ended: interrupted" in said
    assert "Traceback" not in said
    assert "1 passed" in said, "pytest's own summary"
    assert 'id="low"' in project.read("tests/test_shop.py")
    assert project.files().keys() - before.keys() == {
        ".pytest_aigen/.gitignore",
        ".pytest_aigen/history.jsonl",
        ".pytest_aigen/last-run.json",
        ".pytest_aigen/replies.sqlite",
    }
    assert running.survivors() == []
    assert [path.name for path in running.temp.iterdir() if path.name.startswith("aigen")] == []
    assert project.run("tests").parseoutcomes() == {"passed": 4}


def test_twice_ends_at_once(project: Project) -> None:
    """The first one finds an extension that takes its time to end; the second one does not wait for it."""
    project.write("tests/test_shop.py", "def test_mine():\n    pass\n")
    project.write(
        "conftest.py",
        """\
        import asyncio

        class Stubborn:
            name = "stubborn"

            async def propose(self, context, history):
                try:
                    open("asked", "w").close()
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    open("cancelled", "w").close()
                    await asyncio.sleep(60)
                yield

        def pytest_aigen_generator(name):
            return Stubborn()
        """,
    )
    before = project.files()
    running = Running(project, "--ai-gen")
    running.until((project.path / "asked").exists)
    running.interrupt()
    running.until((project.path / "cancelled").exists)
    running.interrupt()
    begun = time.monotonic()
    status, said = running.end()
    assert time.monotonic() - begun < 55, "it did not sleep to its end"
    assert status == pytest.ExitCode.INTERRUPTED, said
    assert "ai-gen: nothing was generated: interrupted" in said
    assert "Traceback" not in said
    assert "1 passed" in said
    assert running.survivors() == []
    assert project.files().keys() - before.keys() == {"asked", "cancelled", ".pytest_aigen/.gitignore"}


def test_during_the_suite_nothing_is_generated(project: Project) -> None:
    project.write(
        "tests/test_shop.py",
        """\
        import time

        def test_slow():
            open("started", "w").close()
            time.sleep(60)
        """,
    )
    before = project.files()
    running = Running(project, "--ai-gen", "--ai-gen-engine=explore")
    running.until((project.path / "started").exists)
    # Python drops an interrupt that comes while a file is closed by its destructor or the like.
    while running.process.poll() is None:
        time.sleep(0.5)
        running.interrupt()
        with suppress(subprocess.TimeoutExpired):
            running.process.wait(20)
    status, said = running.end()
    assert status == pytest.ExitCode.INTERRUPTED
    assert "ai-gen: nothing was generated: the suite did not run to its end" in said
    assert "KeyboardInterrupt" in said, "as pytest says it"
    assert project.files().keys() - before.keys() == {"started"}
    assert running.survivors() == []
    assert list(running.temp.glob("aigen*")) == []
