"""One accepted test becomes part of the text of its module."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from pytest_aigen.data import Edit, Trial
from pytest_aigen.merge import merge, whole_messages
from pytest_aigen.texts import on_disk


def joined(
    trial: Trial, text: str | None, *, reserved: Collection[str], conftests: Sequence[str], comment: bool
) -> Edit:
    """The text of the trial's module, None where there is none, with its candidate; without tests where it is there.

    Raises MergeError.
    """
    candidate = trial.candidate
    if not trial.as_written and (source := on_disk(candidate.target.gap.path)) is not None:
        candidate = replace(candidate, code=whole_messages(candidate.code, source))
    return merge(
        text,
        candidate,
        path=trial.edit.path,
        reserved=reserved,
        conftests=conftests,
        comment=comment,
        as_written=trial.as_written,
    )
