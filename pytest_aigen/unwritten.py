"""What coverage.py has measured and not written to its database yet, which takes as long as a quick test takes.

It stands in sets that its tracers fill. They are not documented, so they are read only once what stood in them has been
found, the same, in what was written.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any, TypeAlias

from pytest_aigen.data import Branch

#: From line to line; coverage.py's tracer in C makes one number of the two.
Arc: TypeAlias = Any
#: How many bits of that number a line has, in newer versions of coverage.py and in older ones.
_BITS = (28, 20)
#: Files in which the sets are compared with what was written.
_COMPARED = 20


def sets(cov: object) -> list[tuple[str, set[Arc]]]:
    """What coverage.py's tracers have put in for each file; empty in a version that has no such sets."""
    found = getattr(getattr(cov, "_collector", None), "data", None)
    return list(found.items()) if isinstance(found, dict) else []


def bits(stood: Mapping[str, Set[Arc]], data: Any) -> int:
    """How to read what stood in the sets, so that it is what was written; 0 where nothing shows that."""
    names = {Path(name).resolve(): name for name in data.measured_files()}
    pairs = [
        (arcs, set(data.arcs(names.get(Path(name).resolve(), name)) or ()))
        for name, arcs in itertools.islice(stood.items(), _COMPARED)
    ]
    for size in _BITS:
        try:
            if pairs and all({branch(arc, size) for arc in arcs} <= written for arcs, written in pairs):
                return size
        except (TypeError, ValueError):
            return 0
    return 0


def branch(arc: Arc, bits: int) -> Branch:
    """What an entry of a set stands for."""
    if isinstance(arc, int):
        most = (1 << bits) - 1
        first, last = arc & most, arc >> bits & most
        return (-first if arc >> 2 * bits & 1 else first), (-last if arc >> 2 * bits + 1 & 1 else last)
    first, last = arc
    return first, last
