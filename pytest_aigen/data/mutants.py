"""Small changes to the code under test, which tests have to notice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mutant:
    """A small change to the code under test, which a test that is worth something fails with."""

    path: Path
    line: int
    #: The operator as the literature on mutation testing names it: ``ROR``.
    operator: str
    #: The piece of code that changes, and what stands in its place.
    before: str
    after: str

    def __str__(self) -> str:
        return f"line {self.line}: `{self.before}` becomes `{self.after}`"


@dataclass(frozen=True, slots=True)
class Change:
    """A statement at the top of a source file, and what a mutant makes of it: only what is in its functions differs."""

    path: Path
    #: Where the statement begins.
    line: int
    before: str
    after: str
    #: Compiler flags of the file: those of its ``from __future__ import ...``.
    flags: int = 0
    #: Names that the file imports at its top: methods of modules are called by another instruction than those of values.
    imports: tuple[str, ...] = ()
    #: Those of the job's tests that may notice; none for all of them.
    tests: tuple[str, ...] = ()
