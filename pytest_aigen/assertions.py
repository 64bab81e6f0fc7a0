"""Whether a test failed because an expectation of its own does not hold."""

from __future__ import annotations

import re

from pytest_aigen.data import Outcome, Run

#: What pytest says of an ``assert``, of ``raises`` and of the assertions of unittest and of mocks.
_SAID = re.compile(
    r"^E\s+(?:AssertionError\b|assert\s|Failed: DID NOT (?:RAISE|WARN)|pytest\.fail\.Exception: DID NOT)",
    re.M,
)


def failed_on_assertion(run: Run) -> bool:
    """Whether the run failed on an assertion, and not by an error in the test, its set-up or the code.

    >>> failed_on_assertion(Run(Outcome.FAILED, detail="E   assert 1 == 2"))
    True
    >>> failed_on_assertion(Run(Outcome.FAILED, detail="E   NameError: name 'x' is not defined"))
    False
    """
    return run.outcome is Outcome.FAILED and _SAID.search(run.detail) is not None
