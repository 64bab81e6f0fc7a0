"""What coverage.py recorded of a file while the suite ran, before it is compared with what could be executed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from pytest_aigen.data.coverage import Branches, Lines


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was executed of one file."""

    #: From line to line, as coverage.py numbers them; empty where no branches were measured.
    arcs: Branches = frozenset()
    #: Empty where branches were measured.
    lines: Lines = frozenset()
    #: Node id -> lines; what no test executed has none.
    contexts: Mapping[str, Lines] = field(default_factory=dict)

    def __or__(self, other: Recorded) -> Recorded:
        contexts = dict(self.contexts)
        for test, lines in other.contexts.items():
            contexts[test] = contexts[test] | lines if test in contexts else lines
        return Recorded(self.arcs | other.arcs, self.lines | other.lines, contexts)


#: By resolved file.
Recording: TypeAlias = Mapping[Path, Recorded]


def united(recordings: Iterable[Recording]) -> Recording:
    """What several processes recorded, as if it had been one."""
    found: dict[Path, Recorded] = {}
    for recording in recordings:
        for path, recorded in recording.items():
            found[path] = found[path] | recorded if path in found else recorded
    return found


def to_plain(recording: Recording) -> dict[str, Any]:
    """A recording in builtin types, as xdist's workers can send them."""
    return {
        str(path): [
            [number for arc in one.arcs for number in arc],
            list(one.lines),
            {test: list(lines) for test, lines in one.contexts.items()},
        ]
        for path, one in recording.items()
    }


def from_plain(plain: Mapping[str, Any]) -> Recording:
    """What `to_plain` made."""
    return {
        Path(path): Recorded(
            frozenset(zip(arcs[::2], arcs[1::2], strict=True)),
            frozenset(lines),
            {test: frozenset(numbers) for test, numbers in contexts.items()},
        )
        for path, (arcs, lines, contexts) in plain.items()
    }
