"""Fixtures of a candidate that a conftest file has already: the test uses those, and brings no copy."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from pytest_aigen.merge.layout import Layout
from pytest_aigen.merge.origins import Imports
from pytest_aigen.merge.parts import Part, Parts
from pytest_aigen.merge.scope import first_line, fixture_name, last_line


def without_shared(parts: Parts, conftests: Sequence[Layout], meant: Imports) -> str:
    """The candidate's code without the fixtures that the nearest conftest file with that name has word for word.

    ``conftests`` are those that the test module sees, the nearest first. Helpers that only such fixtures need go too.
    """
    gone = [
        part for part in parts.parts if part.fixture is not None and _is_shared(part, parts, conftests, meant)
    ]
    if not gone:
        return parts.code
    while more := [part for part in parts.parts if part not in gone and _only_for(part, gone, parts)]:
        gone += more
    lines = parts.code.split("\n")
    for part in sorted(gone, key=lambda part: first_line(part.statement), reverse=True):
        first = first_line(part.statement) - 1
        while first and lines[first - 1].startswith("#"):
            first -= 1
        del lines[first : last_line(part.statement)]
    return "\n".join(lines)


def _only_for(part: Part, gone: Sequence[Part], parts: Parts) -> bool:
    """Whether a helper is needed by what goes, and by nothing else."""
    others = tuple(other for other in parts.parts if other is not part and other not in gone)
    return bool(part.names & parts.needs(tuple(gone))) and not part.names & parts.needs(others)


def _is_shared(part: Part, parts: Parts, conftests: Sequence[Layout], meant: Imports) -> bool:
    for layout in conftests:
        found = [s for s in layout.tree.body if fixture_name(s) == part.fixture]
        if found:
            return len(found) == 1 and _means_same(part, found[0], parts, layout, meant, set())
    return False


def _means_same(
    part: Part, other: ast.stmt, parts: Parts, layout: Layout, meant: Imports, seen: set[str]
) -> bool:
    """Whether a statement of the candidate is one of the other module, what it refers to included."""
    if ast.dump(part.statement) != layout.dump(other):
        return False
    seen |= part.names
    for name in parts.needs((part,)) - seen:
        own = [p for p in parts.parts if name in p.names or p.fixture == name]
        imported = [b for b in parts.imports if b.name == name]
        owners = layout.owners.get(name, ())
        if own:
            seen.add(name)
            alike = len(own) == len(owners) == 1
            if not alike or not _means_same(own[0], owners[0], parts, layout, meant, seen):
                return False
        elif imported:
            equal = [b for b in layout.imports if b.name == name and b.at_run_time]
            if not equal or not all(meant.same(b.binding, imported[0]) for b in equal):
                return False
        elif owners and not any(fixture_name(owner) == name for owner in owners):
            return False
    return True
