"""What becomes of a model's word that the code, and not the test, is wrong."""

from __future__ import annotations

from pytest_aigen.data import Contract
from pytest_aigen.suspects.failing import Failure
from pytest_aigen.suspects.recognise import quoted


def contract(reason: str, failure: Failure | None, source: str, qualname: str) -> Contract:
    """The words that the reason quotes, where the function really says them; else the reason as the model's own."""
    call = failure.call if failure is not None else None
    for kind, said in quoted(reason, source, call, qualname):
        return Contract(kind, said)
    return Contract("model", reason)
