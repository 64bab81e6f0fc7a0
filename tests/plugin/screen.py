"""pytest at a pseudo-terminal, and a person who reads and types."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time

import pytest

from tests.plugin.conftest import Project

LIMIT = 60.0


class Screen:
    """pytest at a pseudo-terminal."""

    def __init__(self, project: Project, *args: str, **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            project.command(*args),
            env={**os.environ, "TERM": "xterm", **environment},
            stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True, preexec_fn=os.setsid,
        )  # fmt: skip
        os.close(theirs)
        self.said = ""
        self._seen = 0

    def until(self, words: str) -> None:
        """Wait until something is said that was not waited for before."""
        end = time.monotonic() + LIMIT
        while words not in self.said[self._seen :]:
            if not self._read() or time.monotonic() > end:
                self.process.kill()
                pytest.fail(f"{words!r} was not said: {self.said}")
        self._seen = self.said.index(words, self._seen) + len(words)

    def answer(self, line: str, question: str = "[y,n,e,a,d,q,?]? ") -> None:
        self.until(question)
        os.write(self._ours, line.encode())

    def end(self) -> int:
        while self._read():
            pass
        os.close(self._ours)
        return self.process.wait(LIMIT)

    def _read(self) -> bool:
        try:
            if select.select([self._ours], [], [], 0.1)[0]:
                self.said += os.read(self._ours, 65536).decode("utf-8", "replace")
                return True
        except OSError:  # how Linux says that the other side is closed
            return False
        return self.process.poll() is None
