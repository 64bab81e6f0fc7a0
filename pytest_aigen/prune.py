"""Takes tests that prove nothing any more out of their modules, if these run as well without them."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from pytest_aigen.checking import Checking
from pytest_aigen.data import Candidate, Edit, Gap, Job, Refusal, Stale, Target, Trial
from pytest_aigen.errors import AigenError
from pytest_aigen.merge import marked, remove, without_leftovers
from pytest_aigen.protocols import Stage

#: Modules whose names others use without saying so: nothing but tests is taken out of them.
_SHARED = ("conftest.py", "__init__.py")


class Prune:
    """Makes the edits; ``stale`` says what became of each test."""

    def __init__(
        self,
        stale: Sequence[Stale],
        *,
        read: Callable[[Path], str | None],
        checks: Checking,
        tests: Callable[[Path], Collection[str]],
        keep: Callable[[Path], Collection[str]],
        timeout: float,
    ) -> None:
        """``tests`` are the node ids of all tests of a module, ``keep`` the names that other modules import from it."""
        self.stale = tuple(stale)
        self._read, self._checks, self._tests, self._keep = read, checks, tests, keep
        self._timeout = timeout

    async def edits(self, paths: Collection[Path] | None = None) -> tuple[Edit, ...]:
        """One edit for each module that loses tests; asked again with ``paths``, from what is on disk by now.

        Raises ExecutorError where modules cannot be run: then nothing is taken out.
        """
        useless = [s for s in self.stale if s.why.proves_nothing and (paths is None or s.path in paths)]
        found = [await self._edit(path, useless) for path in dict.fromkeys(stale.path for stale in useless)]
        return tuple(edit for edit in found if edit is not None)

    def unwritten(self, reasons: dict[Path, str]) -> None:
        """Note that the edits of these modules were not written."""
        self.stale = tuple(
            replace(stale, removed=False, hindered=reasons[stale.path])
            if stale.removed and stale.path in reasons
            else stale
            for stale in self.stale
        )

    async def _edit(self, path: Path, useless: Sequence[Stale]) -> Edit | None:
        useless = [stale for stale in useless if stale.path == path]
        try:
            text = self._read(path)
            wanted = _unchanged(useless, text or "")
            done = await asyncio.to_thread(remove, text or "", wanted, keep=self._keep(path))
            clean = done.text
            if done.removed and path.name not in _SHARED:
                clean = await asyncio.to_thread(
                    without_leftovers, text or "", done.text, done.removed, keep=self._keep(path)
                )
        except (AigenError, SyntaxError) as error:
            self._say(path, (), {stale.test: str(error) for stale in useless})
            return None
        hindered = dict(done.kept)
        hindered |= {s.test: "it was changed since it ran" for s in useless if s.test not in wanted}
        if text is None or not done.removed:
            self._say(path, (), hindered)
            return None
        reason = ""
        for after in dict.fromkeys((clean, done.text)):
            edit = Edit(path, text, after, ())
            reason = await self._against(edit, done.removed)
            if not reason:
                self._say(path, done.removed, hindered)
                return edit
        self._say(path, (), {**hindered, **dict.fromkeys(done.removed, f"without it, the module {reason}")})
        return None

    async def _against(self, edit: Edit, removed: Sequence[str]) -> str:
        """What the checks of a whole module say against it as it would be; empty where it has no tests left."""
        left = [t for t in self._tests(edit.path) if not any(_is_in(t, name) for name in removed)]
        if not left:
            return ""
        target = Target(Gap(edit.path, "", 1, 1, frozenset()), "", edit.path)
        trial = Trial(
            Candidate(target, "", edit.after, "disk"),
            edit,
            Job(edit.path, (), {edit.path: edit.after}, self._timeout),
        )
        opinion = await self._checks.opinion(Stage.MODULE, trial)
        return opinion.reason if isinstance(opinion, Refusal) else ""

    def _say(self, path: Path, removed: Collection[str], hindered: dict[str, str]) -> None:
        self.stale = tuple(
            replace(s, removed=s.test in removed, hindered=hindered.get(s.test, ""))
            if s.path == path and s.why.proves_nothing
            else s
            for s in self.stale
        )


def _unchanged(stale: Sequence[Stale], text: str) -> list[str]:
    """The tests that are still what they were when they ran."""
    now: dict[str, str] = {}
    for test in marked(text):
        now[test.name] = test.code
        now.update({f"{test.name}[{row.id}]": row.code for row in test.rows})
    return [one.test for one in stale if now.get(one.test) == one.code]


def _is_in(test: str, name: str) -> bool:
    return test == name or test.startswith(f"{name}[")


def imported_names(path: Path, texts: Sequence[str]) -> frozenset[str]:
    """Names that other modules may import from a test module, whichever way they reach it.

    >>> sorted(imported_names(Path("tests/test_a.py"), ["from .test_a import make\\nimport tests.test_a as t\\nt.data"]))
    ['data', 'make']
    """
    stem, found = path.stem, set()
    for text in texts:
        if not re.search(rf"\b{re.escape(stem)}\b", text):
            continue
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            found.update(re.findall(r"\w+", text))
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                names = {alias.name for alias in node.names}
                if (node.module or "").rpartition(".")[2] == stem:
                    found |= set(re.findall(r"\w+", text)) if "*" in names else names
            elif isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.update(re.findall(r"\w+", node.value) if stem in node.value else ())
    return frozenset(found)
