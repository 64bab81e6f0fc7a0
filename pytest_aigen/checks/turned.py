"""Sources in which sets are gone through in other orders: what depends on the order shows with none of the chances that
hash seeds leave to it, and needs no process of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from pytest_aigen.edits import Edits

#: What is made of the list of a set's elements. Backwards each two of them change places; one further on, the middle
#: one of three is another.
TURNS = {"backwards": "[*s][::-1]", "from the second on": "[*s][1:] + [*s][:1]"}
#: Plain numbers are in the same order with every hash seed.
_IS_TO_TURN = "s.__class__.__name__ in ('set', 'frozenset') and {e.__class__.__name__ for e in s} - {'int', 'float', 'bool'}"


@dataclass(frozen=True)
class Row:
    """Where something goes through a set: the order is that in which it does so, and nothing else."""

    #: The set's expression.
    node: ast.expr
    #: By which the order can show.
    lines: frozenset[int]


@dataclass
class Shown:
    """Where the order of sets can show in a source.

    Lines are those of statements; of a loop, those within; all of the source's where it is outside of functions.
    """

    rows: list[Row] = field(default_factory=list)
    #: Lines by which it can show in another way, or where sets become something that is not followed.
    elsewhere: frozenset[int] = frozenset()

    @property
    def lines(self) -> frozenset[int]:
        return self.elsewhere.union(*(row.lines for row in self.rows))


def turned(text: str, rows: Iterable[Row], turn: str) -> str | None:
    """A source, without a byte order mark, where these rows are turned; None where that cannot be written.

    No line becomes another one, and no name is needed that the source may give another meaning.
    """
    edits = Edits(text)
    for row in rows:
        edits.splice(at := edits.start(row.node), at, f"(lambda s: {turn} if {_IS_TO_TURN} else s)(")
        edits.splice(at := edits.end(row.node), at, ")")
    changed = edits.apply()
    try:
        compile(changed, "turned", "exec", flags=ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return None
    return changed
