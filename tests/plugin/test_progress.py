"""What a user sees on a terminal while a run is at work, and after Ctrl-C."""

from __future__ import annotations

import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Callable

import pyte
import pytest

from tests.plugin.conftest import Project, model
from tests.plugin.test_interrupt import hanging

if sys.platform == "win32":
    pytest.skip("no pseudo-terminals", allow_module_level=True)

import fcntl
import pty
import termios

LIMIT = 60.0


class Session:
    """pytest on a pseudo-terminal, as a shell starts it."""

    def __init__(self, command: list[str], columns: int, **environment: str) -> None:
        self.screen = pyte.HistoryScreen(columns, 40, history=1000)
        self._stream = pyte.ByteStream(self.screen)
        #: What was sent to the terminal.
        self.raw = b""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self._modes = termios.tcgetattr(slave)
        # pytester asks for no colours, and so for no display.
        inherited = {name: value for name, value in os.environ.items() if name != "PY_COLORS"}
        self._process = subprocess.Popen(
            # The terminal has to be the one that controls it, for Ctrl-C to come.
            [sys.executable, "-c", _CONTROLLING, *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**inherited, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **environment},
            start_new_session=True,
        )
        self._slave = slave

    def _read(self) -> None:
        if select.select([self._master], [], [], 0.1)[0]:
            data = os.read(self._master, 65536)
            self.raw += data
            self._stream.feed(data)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def until(self, happened: Callable[[], bool]) -> None:
        end = time.monotonic() + LIMIT
        while not happened():
            self._read()
            if time.monotonic() > end or self._process.poll() is not None:
                self._process.kill()
                self._process.wait()
                pytest.fail(f"it did not happen:\n{self.text}")

    def press(self, key: bytes) -> None:
        os.write(self._master, key)

    def end(self) -> int:
        end = time.monotonic() + LIMIT
        while self._process.poll() is None and time.monotonic() < end:
            self._read()
        while select.select([self._master], [], [], 0.2)[0]:
            self._read()
        assert termios.tcgetattr(self._slave) == self._modes
        os.close(self._slave)
        os.close(self._master)
        return self._process.wait()


_CONTROLLING = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("columns", "options"), [(100, []), (40, ["-v"]), (100, ["-s"]), (40, ["--capture=sys"])]
)
def test_the_display_goes_and_the_terminal_is_as_it_was(
    project: Project, columns: int, options: list[str]
) -> None:
    project.write("tests/test_shop.py", "def test_mine():\n    pass\n")
    with model(hanging) as (_, chosen):
        command = project.command("--ai-gen", *chosen, *options, "--ai-gen-concurrency=1")
        session = Session(command, columns, COLUMNS="80", LINES="24")
        session.until(lambda: "asking the model" in session.text and "3 accepted" in session.text)
        during = session.text
        session.press(b"\x03")
        status = session.end()
    assert status == pytest.ExitCode.INTERRUPTED, session.text
    assert "shop/__init__.py::label" in during or "py::label" in during
    assert "1 request" in during
    after = session.text
    assert "asking the model" not in after
    assert "accepted, " not in after
    assert "ended: interrupted" in after
    assert "Traceback" not in after
    assert not session.screen.cursor.hidden


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "environment"),
    [
        pytest.param(["--color=yes"], {}, id="a display"),
        pytest.param([], {"NO_COLOR": "1"}, id="NO_COLOR"),
        pytest.param([], {"TERM": "dumb"}, id="a dumb terminal"),
        pytest.param([], {"CI": "true"}, id="CI"),
        pytest.param([], {"PYTHONIOENCODING": "ascii"}, id="a terminal that is not UTF-8"),
        pytest.param(["--color=no"], {}, id="no colour"),
        pytest.param(["-q"], {}, id="quiet"),
        pytest.param(["-p", "no:terminal"], {}, id="no terminal plugin"),
    ],
)
def test_no_display_where_none_can_be_or_is_wanted(
    project: Project, request: pytest.FixtureRequest, options: list[str], environment: dict[str, str]
) -> None:
    one = ("--ai-gen-target=shop/__init__.py::label", "--ai-gen-checks=gain")
    session = Session(project.command("--ai-gen", *one, *options), 80, **environment)
    assert session.end() == pytest.ExitCode.OK, session.text
    is_display = "a display" in request.node.name
    assert (b"\x1b[2K" in session.raw) is is_display, "a line that is redrawn"
    assert (b"\x1b[1A" in session.raw) is is_display
    assert "Traceback" not in session.text


def test_a_watcher_of_ones_own_and_one_that_fails(project: Project) -> None:
    project.write(
        "conftest.py",
        """\
        import pytest

        class Mine:
            def show(self, progress):
                with open("progress.txt", "a") as file:
                    print(progress.phase.value, progress.generator, progress.total, file=file)

            def close(self):
                with open("progress.txt", "a") as file:
                    print("closed", file=file)

        class Bad:
            def show(self, progress):
                1 / 0

            def close(self):
                raise AssertionError("it failed before")

        class Other:
            @pytest.hookimpl
            def pytest_aigen_watcher(self):
                return Bad()

        def pytest_configure(config):
            config.pluginmanager.register(Other())

        def pytest_aigen_watcher():
            return Mine()
        """,
    )
    report = project.report("--ai-gen-engine=explore")
    assert [note for note in report["notes"] if "progress" in note] == [
        "the progress is not shown: ZeroDivisionError: division by zero"
    ]
    rows = project.read("progress.txt").splitlines()
    assert rows[-1] == "closed"
    assert rows.count("closed") == 1
    assert f"proposing explore {len(report['targets'])}" in rows
