"""Suspects as tests that are expected to fail, for ``--ai-gen-write-suspects``."""

from __future__ import annotations

import ast
import json
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_aigen.assertions import function_of
from pytest_aigen.data import Candidate, Edit, Job, Outcome, Run, Suspect, Trial
from pytest_aigen.edits import Edits
from pytest_aigen.errors import AigenError, MergeError

#: Joins a trial's candidate with a text of its module; raises MergeError.
Join = Callable[[Trial, "str | None"], Trial]
_MOST = 160


def expected_to_fail(suspect: Suspect) -> Candidate | None:
    """The test with ``xfail(strict=True, reason=...)``; None where it cannot be found in its code."""
    candidate = suspect.candidate
    function = function_of(candidate.code, candidate.name)
    if function is None:
        return None
    edits = Edits(candidate.code)
    reason = json.dumps(_reason(suspect), ensure_ascii=False)
    edits.decorate(function, f"pytest.mark.xfail(strict=True, reason={reason})")
    code = edits.apply()
    if not _imports_pytest(code):
        code = _with_import(code)
    return replace(candidate, code=code)


def _reason(suspect: Suspect) -> str:
    contract = " ".join(suspect.contract.text.split())
    who = "the model says" if suspect.contract.kind == "model" else f"its {suspect.contract.kind} says"
    said = f"suspected bug: {who}: {contract}"
    said = "".join(c if c.isprintable() else "?" for c in said)
    return said if len(said) <= _MOST else said[: _MOST - 3] + "..."


def _imports_pytest(code: str) -> bool:
    return any(
        isinstance(node, ast.Import) and any(a.name == "pytest" and a.asname is None for a in node.names)
        for node in ast.parse(code).body
    )


def _with_import(code: str) -> str:
    body = ast.parse(code).body
    future = [n.end_lineno or 0 for n in body if isinstance(n, ast.ImportFrom) and n.module == "__future__"]
    lines = code.splitlines(keepends=True)
    at = max(future, default=0)
    return "".join([*lines[:at], "import pytest\n", *lines[at:]])


@dataclass
class Marking:
    """Adds suspects to the edits of a run. A test lands only if it fails there too, and changes nothing for its
    neighbours.
    """

    read: Callable[[Path], str | None]
    join: Join
    run: Callable[[Job], Awaitable[Run]]
    format: Callable[[Path, str | None, str], str]
    timeout: float
    notes: list[str] = field(default_factory=list)

    async def added(
        self, edits: Sequence[Edit], suspects: Sequence[Suspect], paths: Collection[Path] | None = None
    ) -> tuple[Edit, ...]:
        """The edits with the suspects of these modules; all modules where none are named."""
        made = {edit.path: edit for edit in edits}
        for suspect in suspects:
            path = suspect.candidate.target.test_path
            if paths is not None and path not in paths:
                continue
            try:
                edit = made.get(path) or self._nothing(path)
                if (new := await self._one(suspect, edit)) is not None:
                    made[path] = new
                else:
                    self._leave(suspect, "it does not fail there as it did alone, or other tests do")
            except AigenError as error:
                self._leave(suspect, str(error))
        return tuple(made.values())

    def _leave(self, suspect: Suspect, why: str) -> None:
        self.notes.append(f"the suspect {suspect.candidate.name} was not written as xfail: {why}")

    def _nothing(self, path: Path) -> Edit:
        text = self.read(path)
        return Edit(path, text, text or "", ())

    async def _one(self, suspect: Suspect, edit: Edit) -> Edit | None:
        """The edit with one more test; the same where that test is there already; None where it does not do."""
        candidate = expected_to_fail(suspect)
        if candidate is None:
            raise MergeError("it is not found in its own code")
        text = edit.after if edit.after or edit.before is not None else None
        trial = self.join(Trial(candidate, edit, Job(edit.path, (), {}, self.timeout)), text)
        if not trial.edit.tests:
            return edit
        after = self.format(edit.path, edit.before, trial.edit.after)
        job = Job(edit.path, trial.edit.tests, {edit.path: after}, self.timeout)
        alone = await self.run(job)
        if alone.outcome is not Outcome.FAILED or "xfailed: " not in alone.detail:
            return None
        whole = await self.run(replace(job, tests=()))
        before = set()
        if text:
            before = set((await self.run(replace(job, tests=(), overlay={edit.path: text}))).failed)
        if set(whole.failed) - before - set(trial.edit.tests):
            return None
        return replace(edit, after=after, tests=(*edit.tests, *trial.edit.tests))
