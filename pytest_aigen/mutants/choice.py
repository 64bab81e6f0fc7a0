"""The mutants of a source, and which of them a candidate is tried with: spread over lines, then over operators."""

from __future__ import annotations

import ast
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from pytest_aigen.data import Change, Mutant, Reached
from pytest_aigen.mutants.operators import found
from pytest_aigen.mutants.places import Place, places

#: Operators that change what a branch decides or whether something happens come before those that change a value.
_CONDITIONS = frozenset({"ROR", "COI", "LCR", "UOD", "ZIL"})
_LAST = frozenset({"CRP", "ARR", "ARD"})
#: What breaks so much, as a rule, that failing with it proves no assertion; it tells one test from another all the same.
COARSE = frozenset({"ARR", "ARD"})

#: A line, of one file or of several.
Where = TypeVar("Where", int, tuple[Path, int])


@dataclass(frozen=True, slots=True)
class Made:
    """A mutant and how to make it."""

    mutant: Mutant
    #: The first line of its statement, which is what a run that executes it reaches.
    line: int
    #: Offsets of the piece in the text.
    start: int
    end: int
    #: Whether it is executed by an import alone.
    at_import: bool
    #: Whether it changes what a condition or a loop decides.
    decides: bool
    #: Line numbers of the statement at the top of the file that holds it.
    first: int
    last: int

    def applied(self, text: str) -> str:
        """The whole source with it."""
        return text[: self.start] + self.mutant.after + text[self.end :]


class Source:
    """The mutants of one text."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text
        #: By the first line of the statement, in the order of the text; empty for what Python cannot read.
        self.by_line: dict[int, list[Made]] = {}
        self._flags = 0
        self._imports: tuple[str, ...] = ()
        #: Line numbers of a statement in a class at the top of the file -> where the body of the class begins.
        self._members: dict[tuple[int, int], int] = {}
        self._lines = text.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            return
        self._flags, self._imports = _future(tree), _imported(tree)
        self._members = {lines: first for top in tree.body for lines, first in _members(top)}
        for place in places(tree):
            made = self._made(place)
            if made:
                self.by_line.setdefault(place.statement.lineno, []).extend(made)

    def change(self, made: Made) -> Change:
        """What a process needs that has imported the source. Of a class, what changes and what stands above the body:
        the rest need not be compiled for each of many mutants.
        """
        start, end = self._starts[made.first - 1], self._starts[made.last] - 1
        head = ""
        for (first, last), body in self._members.items():
            if self._starts[first - 1] <= made.start and made.end < self._starts[last]:
                head = self.text[start : self._starts[body - 1]] + "\n" * (first - body)
                start, end = self._starts[first - 1], self._starts[last] - 1
        before = self.text[start:end]
        after = before[: made.start - start] + made.mutant.after + before[made.end - start :]
        return Change(self.path, made.first, head + before, head + after, self._flags, self._imports)

    def _made(self, place: Place) -> list[Made]:
        top = place.top
        decorators = getattr(top, "decorator_list", ())
        first = min([top.lineno, *(decorator.lineno for decorator in decorators)])
        return [
            Made(
                Mutant(self.path, self._line(start), operator, self.text[start:end], after),
                place.statement.lineno,
                start,
                end,
                place.at_import and not in_lambda,
                operator in _CONDITIONS,
                first,
                top.end_lineno or first,
            )
            for operator, start, end, after, in_lambda in found(place.statement, self.text, self._bounds)
        ]

    def _bounds(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._offset(node.lineno, node.col_offset), self._offset(node.end_lineno, node.end_col_offset)

    def _offset(self, line: int, column: int) -> int:
        """Of a column in bytes, as the syntax tree has it."""
        text = self._lines[line - 1]
        if not text.isascii():
            column = len(text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "surrogatepass"))
        return self._starts[line - 1] + column

    def _line(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1


def _members(top: ast.stmt) -> Iterator[tuple[tuple[int, int], int]]:
    """Line numbers of the statements in a class, each with where its body begins; none where that is not a line's start."""
    if not isinstance(top, ast.ClassDef):
        return
    starts = [
        min([each.lineno, *(decorator.lineno for decorator in getattr(each, "decorator_list", ()))])
        for each in top.body
    ]
    above = [top.lineno, *(part.end_lineno or 0 for part in (*top.bases, *(k.value for k in top.keywords)))]
    if starts[0] > max(above):
        for each, first in zip(top.body, starts):
            yield (first, each.end_lineno or first), starts[0]


@lru_cache(maxsize=32)
def source(path: Path, text: str) -> Source:
    """Most candidates of a file come one after the other."""
    return Source(path, text)


def chosen(made: Mapping[int, Sequence[Made]], gained: Reached, *, seed: str, limit: int) -> list[Made]:
    """At most so many mutants of what was gained; the same for the same seed.

    Every line has one before any has two, and of a line's the operators that were used least come first. Of a branch
    it is what decides on it that is changed.
    """
    pools = {line: made[line] for line in gained.lines if line in made}
    for line in {start for start, _ in gained.branches} - pools.keys():
        pools[line] = [each for each in made.get(line, ()) if each.decides]
    return spread(pools, seed=seed, limit=limit)


def spread(made: Mapping[Where, Sequence[Made]], *, seed: str, limit: int) -> list[Made]:
    """At most so many mutants, the same for the same seed; every line has one before any has two."""
    rng = random.Random(seed)
    pools = {line: list(several) for line, several in made.items() if several}
    order = sorted(pools)
    rng.shuffle(order)
    used: Counter[str] = Counter()
    picked: list[Made] = []
    while order and len(picked) < limit:
        for line in order[: limit - len(picked)]:
            best = min(pools[line], key=lambda each: _rank(each, used, rng))
            pools[line].remove(best)
            used[best.mutant.operator] += 1
            picked.append(best)
        order = [line for line in order if pools[line]]
    return picked


def _rank(made: Made, used: Counter[str], rng: random.Random) -> tuple[bool, int, float]:
    operator = made.mutant.operator
    return operator in _LAST, used[operator], rng.random()


def _future(tree: ast.Module) -> int:
    import __future__

    flags = 0
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            for alias in statement.names:
                feature = getattr(__future__, alias.name)
                # What has been the language for long leaves no flag in the code of a module; as a flag it would.
                since = feature.getMandatoryRelease()
                if since is None or since > sys.version_info:
                    flags |= feature.compiler_flag
    return flags


def _imported(tree: ast.Module) -> tuple[str, ...]:
    """The names that imports bind in the module itself, in a branch of it too."""
    names: dict[str, None] = {}
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            bound = (alias.asname or alias.name.partition(".")[0] for alias in node.names)
            names.update(dict.fromkeys(name for name in bound if name != "*"))
        elif isinstance(node, (ast.Module, ast.If, ast.Try, ast.With, ast.ExceptHandler)):
            todo += ast.iter_child_nodes(node)
    return tuple(sorted(names))
