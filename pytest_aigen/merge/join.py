"""The codemod: a candidate and the text of a test module become the text of the module with the test in it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection
from pathlib import Path

from pytest_aigen.data import Candidate, Edit, Target
from pytest_aigen.errors import MergeError
from pytest_aigen.merge.compose import compose
from pytest_aigen.merge.imports import resolver
from pytest_aigen.merge.layout import BOM, read
from pytest_aigen.merge.parts import take_apart
from pytest_aigen.merge.plan import plan
from pytest_aigen.merge.scope import check_compiles


def merge(
    before: str | None,
    candidate: Candidate,
    *,
    path: Path,
    reserved: Collection[str] = (),
    comment: bool = True,
) -> Edit:
    """The module with the candidate's test in it; ``before`` is its text, None or empty where there is none yet.

    Only adds: every old line stays as it is, but for ``from x import a`` statements, which may grow by names. Names
    that exist are never bound anew: helpers that the module has already are shared, others get another name.
    ``reserved`` are names of fixtures that are visible in the module from elsewhere. Where the module has the very
    test already, ``after`` equals ``before`` and ``tests`` is empty. Raises MergeError where that cannot be done.
    """
    bom = BOM if before is not None and before.startswith(BOM) else ""
    text = (before or "").removeprefix(BOM)
    try:
        layout = read(text)
    except SyntaxError as exc:
        raise MergeError(f"{path.name} does not parse: {exc}") from exc
    parts = take_apart(candidate.code, candidate.name)
    resolve = resolver(_package(path, candidate.target))
    mark = _mark(candidate.target) if comment else None
    try:
        planned = plan(layout, parts, candidate.name, reserved, resolve)
        if planned.is_there:
            return Edit(path, before, before or "", ())
        after = bom + compose(layout, planned, mark, candidate.target, resolve)
    except SyntaxError as exc:
        raise MergeError(f"the candidate {candidate.name} does not compile: {exc}") from exc
    _check(after.removeprefix(BOM), path)
    return Edit(path, before, after, (planned.name,))


def _mark(target: Target) -> str:
    name = f":{target.gap.qualname}" if target.gap.qualname else ""
    return f"# aigen: {target.module}{name}"


def _package(path: Path, target: Target) -> str:
    """The package of the test module, told from where the module under test lies; empty if that does not tell."""
    root = target.gap.path.parent
    parts = target.module.split(".")
    for _ in parts if target.gap.path.name == "__init__.py" else parts[:-1]:
        root = root.parent
    return ".".join(path.parent.relative_to(root).parts) if path.is_relative_to(root) else ""


def _check(after: str, path: Path) -> None:
    try:
        check_compiles(after, str(path))
    except SyntaxError as exc:
        raise MergeError(f"{path.name} would not compile with the candidate: {exc}") from exc
    declared = re.match(r"(?:#[^\r\n]*(?:\r\n|\r|\n))?[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", after)
    if declared is not None:
        try:
            after.encode(codecs.lookup(declared[1]).name)
        except (LookupError, UnicodeError) as exc:
            raise MergeError(f"{path.name} cannot hold the candidate in its encoding: {exc}") from exc
