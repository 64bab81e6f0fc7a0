"""Refuses what generated tests must not do, through an audit hook.

It sees what goes through Python, not what C code does by itself, and it cannot be taken off again. It is installed in
the process in which one candidate runs.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pytest_aigen.sandbox import rules, sealed
from pytest_aigen.sandbox.allowances import NOTHING, Allowances
from pytest_aigen.sandbox.rules import Blocked, Check

__all__ = ["Blocked", "Seatbelt"]


class Seatbelt:
    """The rules of one session, in a copy that candidates cannot import. Make it before their code runs."""

    def __init__(self, allowed: Allowances = NOTHING, home: str | None = None) -> None:
        self._rules = sealed.copy_of(rules, Blocked=Blocked)
        self._allowed, self._home = allowed, home

    def buckle(self, writable: Sequence[Path], on_block: Callable[[str], None]) -> None:
        """Refuse, from now on and in this process only, what leaves the process and the writable folders.

        ``on_block`` hears of every refusal, whether or not the code under test swallows the `Blocked` that is raised.
        """
        checks = self._install(writable, on_block, lambda: True)
        if not self._allowed.subprocess:
            with contextlib.suppress(ImportError):
                _close_back_door(checks["os.posix_spawn"])

    @contextmanager
    def buckled(self, writable: Sequence[Path], on_block: Callable[[str], None]) -> Iterator[None]:
        """Refuse the same inside the block only: for what is imported into a process that goes on to fork others."""
        inside = True
        self._install(writable, on_block, lambda: inside)
        try:
            yield
        finally:
            inside = False

    def _install(
        self, writable: Sequence[Path], on_block: Callable[[str], None], is_on: Callable[[], bool]
    ) -> dict[str, Check]:
        checks: dict[str, Check] = self._rules.rules(writable, on_block, self._allowed, self._home)
        sys.addaudithook(self._rules.hook(checks, is_on))
        return checks


def _close_back_door(refuse: Check) -> None:
    """`multiprocessing` starts its servers in a way of its own, of which no audit event tells."""
    import _posixsubprocess

    def fork_exec(*args: object) -> None:
        refuse("multiprocessing", ())

    _posixsubprocess.fork_exec = fork_exec  # type: ignore[assignment]
