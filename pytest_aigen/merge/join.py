"""The codemod: a candidate and the text of a test module become the text of the module with the test in it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from pytest_aigen.data import Candidate, Edit, Target
from pytest_aigen.errors import MergeError
from pytest_aigen.merge.adapt import Form, forms
from pytest_aigen.merge.compose import apply, compose
from pytest_aigen.merge.layout import BOM, Layout, read
from pytest_aigen.merge.origins import Imports
from pytest_aigen.merge.parts import Parts, take_apart
from pytest_aigen.merge.plan import Plan, plan
from pytest_aigen.merge.rows import Row, as_row
from pytest_aigen.merge.scope import FUNCTION, check_compiles
from pytest_aigen.merge.shared import without_shared


def merge(
    before: str | None,
    candidate: Candidate,
    *,
    path: Path,
    reserved: Collection[str] = (),
    conftests: Sequence[str] = (),
    comment: bool = True,
    as_written: bool = False,
) -> Edit:
    """The module with the candidate's test in it; ``before`` is its text, None or empty where there is none yet.

    Only adds: every old line stays as it is, but for ``from x import a`` statements, which may grow by names. Names
    that exist are never bound anew: helpers that the module has already are shared, others get another name.
    A test that is a plain function takes the style of the module: it becomes a method where the tests of the same
    function are methods, async as they are, and a row where it differs from a parametrised test in literals only;
    with ``as_written`` it stays what it is.
    ``reserved`` are names of fixtures that are visible in the module from elsewhere, ``conftests`` the texts of the
    conftest files that it sees, the nearest first: a fixture that is there word for word is not copied. Where the module has the very
    test already, in whichever form, ``after`` equals ``before`` and ``tests`` is empty. Raises MergeError where that
    cannot be done.
    """
    bom = BOM if before is not None and before.startswith(BOM) else ""
    text = (before or "").removeprefix(BOM)
    try:
        layout = read(text)
    except SyntaxError as exc:
        raise MergeError(f"{path.name} does not parse: {exc}") from exc
    meant = _imports(path, candidate.target)
    code = _without_shared(
        take_apart(candidate.code, candidate.name), candidate.code, layout, conftests, meant
    )
    mark = _mark(candidate.target) if comment else None
    try:
        options = forms(layout, code.removeprefix(BOM), candidate.name, candidate.target.gap.qualname)
        plans = [_planned(layout, form, reserved, meant) for form in options]
        usable = [planned for planned in plans if planned is not None]
        row = next(filter(None, (_row(layout, planned, mark) for planned in usable)), None)
        if (row is not None and row.is_there) or any(planned.is_there for planned in usable):
            return Edit(path, before, before or "", ())
        if row is not None and not as_written:
            name, after = row.name, bom + apply(layout, row.lines, row.patches)
        else:
            planned = usable[-1] if as_written else usable[0]
            name, after = planned.name, bom + compose(layout, planned, mark, candidate.target, meant)
    except SyntaxError as exc:
        raise MergeError(f"the candidate {candidate.name} does not compile: {exc}") from exc
    _check(after.removeprefix(BOM), path)
    return Edit(path, before, after, (name,))


def _without_shared(parts: Parts, code: str, layout: Layout, conftests: Sequence[str], meant: Imports) -> str:
    """The candidate's code without the fixtures that the module gets from a conftest file anyway."""
    own = {part.fixture for part in parts.parts if part.fixture}
    if not own or own & layout.fixtures or not conftests:
        return code
    layouts = []
    for text in conftests:
        try:
            layouts.append(read(text.removeprefix(BOM)))
        except SyntaxError:
            return code
    return without_shared(parts, layouts, meant)


def _planned(layout: Layout, form: Form, reserved: Collection[str], meant: Imports) -> Plan | None:
    """How a form joins the module; None where the class that it is meant for cannot take it."""
    try:
        planned = plan(layout, take_apart(form.code, form.name), form.name, reserved, meant)
    except MergeError:
        if form.host is None:
            raise
        return None
    return planned if planned.is_there or planned.host is form.host or form.host is None else None


def _row(layout: Layout, planned: Plan, mark: str | None) -> Row | None:
    """The test as a row of a table that the module has; only where it brings nothing else."""
    test = planned.parts.parts[planned.parts.test].statement
    if not isinstance(test, FUNCTION) or planned.helpers or planned.imports:
        return None
    return as_row(layout, test, planned.parts.code, mark)


def _mark(target: Target) -> str:
    name = f":{target.gap.qualname}" if target.gap.qualname else ""
    return f"# aigen: {target.module}{name}"


def _imports(path: Path, target: Target) -> Imports:
    """What imports of the test module stand for, told from where the module under test lies."""
    root = target.gap.path.parent
    parts = target.module.split(".")
    for _ in parts if target.gap.path.name == "__init__.py" else parts[:-1]:
        root = root.parent
    package = ".".join(path.parent.relative_to(root).parts) if path.is_relative_to(root) else ""
    return Imports(package, root)


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
