"""All layers together: prepared once in the warm session, put on in each process in which generated code runs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from pytest_aigen.sandbox import kernel, limits
from pytest_aigen.sandbox.allowances import NOTHING, Allowances
from pytest_aigen.sandbox.seatbelt import Seatbelt


class Sandbox:
    """What generated code may do in this session. Make it where the environment is still the user's."""

    def __init__(self, allowed: Allowances = NOTHING) -> None:
        self._allowed = allowed
        self._kernel = kernel.prepare(allowed)
        self._belt = Seatbelt(allowed, os.path.expanduser("~"))

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of the layers that are on in every candidate's process."""
        return ("audit hook", *limits.LAYER, *self._kernel.layers)

    def enter(self, writable: Sequence[Path], on_block: Callable[[str], None], *, cpu_seconds: int) -> None:
        """Put all layers on, in this process and for good; it must not fork afterwards.

        ``on_block`` hears of what the audit hook refuses; what the kernel refuses is an error to the test alone.
        """
        limits.apply(cpu_seconds)
        # A session that holds threads cannot change its namespace; what works by itself is on all the same.
        with contextlib.suppress(OSError):
            self._kernel.enter([*writable, *self._allowed.writes], self._allowed)
        self._belt.buckle(writable, on_block)

    def watched(
        self, writable: Sequence[Path], on_block: Callable[[str], None]
    ) -> contextlib.AbstractContextManager[None]:
        """The audit hook alone, inside a block: for what is imported into a process that goes on to fork others."""
        return self._belt.buckled(writable, on_block)
