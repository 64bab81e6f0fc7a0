"""The last look: modules that new tests were added to, run together with those that share their conftest file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_aigen.data import Edit, Job, Proof, Refusal, Suite, Trial
from pytest_aigen.errors import MergeError

#: Seconds that the other modules may have taken in the suite, and how many they may be.
SECONDS, MODULES = 30.0, 100
#: Tests that are looked for one by one in a folder; where there are more culprits, all of its new tests go.
CULPRITS = 5

#: Joins a trial's candidate with a text of its module; raises MergeError.
Join = Callable[[Trial, str | None], Trial]
#: What the checks say of modules as they will be.
Judge = Callable[[Trial], Awaitable[Refusal | tuple[Proof, ...]]]


@dataclass(frozen=True, slots=True)
class Group:
    """Modules that run in one process."""

    folder: Path
    touched: tuple[Path, ...]
    others: tuple[Path, ...] = ()
    #: Modules that take too long, or are too many, to be run once more.
    left_out: tuple[Path, ...] = ()


def groups(touched: Sequence[Path], suite: Suite, *, has_conftest: Callable[[Path], bool]) -> list[Group]:
    """For each nearest folder with a conftest file, or where there is none the module's own, the modules below it;
    those nearest to the top first.
    """

    def folder(path: Path) -> Path:
        above = (parent for parent in path.parents if parent.is_relative_to(suite.root))
        return next((parent for parent in above if has_conftest(parent)), path.parent)

    found = []
    for top in dict.fromkeys(map(folder, touched)):
        mine = tuple(sorted(path for path in touched if path.is_relative_to(top)))
        below = [path for path in suite.modules if path.is_relative_to(top) and path not in mine]
        below.sort(key=lambda path: (len(path.parts), path))
        others: list[Path] = []
        seconds = 0.0
        for path in below:
            seconds += sum(suite.took(path))
            if seconds > SECONDS or len(others) >= MODULES:
                break
            others.append(path)
        if len(mine) + len(below) > 1:
            found.append(Group(top, mine, tuple(others), tuple(below[len(others) :])))
    return found


class Together:
    """Finds the new tests with which other modules do not get on."""

    def __init__(
        self,
        suite: Suite,
        *,
        timeout: float,
        judge: Judge,
        join: Join,
        has_conftest: Callable[[Path], bool],
    ) -> None:
        self._suite, self._timeout = suite, timeout
        self._judge, self._join, self._has_conftest = judge, join, has_conftest
        self._sound: set[Edit] = set()
        self._culprits: Counter[Path] = Counter()
        #: Sentences that the user should read.
        self.notes: list[str] = []

    async def refused(self, edits: Sequence[Edit], kept: Sequence[Trial]) -> list[tuple[Trial, Refusal]]:
        """Trials that have to go, those of one cause at a time; none where all modules get on."""
        by_path = {edit.path: edit for edit in edits}
        self.notes = []
        for group in groups(list(by_path), self._suite, has_conftest=self._has_conftest):
            mine = [by_path[path] for path in group.touched]
            if group.left_out:
                self.notes.append(self._left_out(group))
            if self._sound.issuperset(mine) or len(mine) + len(group.others) == 1:
                continue
            opinion = await self._judge(self._trial(group, kept[-1], mine))
            if not isinstance(opinion, Refusal):
                self._sound.update(mine)
                continue
            trials = [trial for trial in kept if trial.edit.path in group.touched]
            return await self._culprits_of(group, trials, {edit.path: edit.before for edit in mine}, opinion)
        return []

    async def _culprits_of(
        self, group: Group, trials: Sequence[Trial], texts: Mapping[Path, str | None], opinion: Refusal
    ) -> list[tuple[Trial, Refusal]]:
        """Those that fail among others themselves, else the one with which it begins; by halves."""
        names = {name.partition("[")[0] for name in opinion.tests}
        blamed = [t for t in trials if any(n.partition("[")[0] in names for n in self._names(t.edit))]
        self._culprits[group.folder] += 1
        if not blamed and self._culprits[group.folder] > CULPRITS:
            blamed = list(trials)
        if blamed:
            return [(trial, opinion) for trial in blamed]
        well, ill = 0, len(trials)
        while ill - well > 1:
            middle = (well + ill) // 2
            said = await self._of_first(group, trials[:middle], texts)
            if isinstance(said, Refusal):
                ill, opinion = middle, said
            else:
                well = middle
        return [(trials[ill - 1], opinion)]

    async def _of_first(
        self, group: Group, trials: Sequence[Trial], texts: Mapping[Path, str | None]
    ) -> Refusal | tuple[Proof, ...]:
        """What the checks say where only these tests are added."""
        edits: dict[Path, Edit] = {}
        for trial in trials:
            path = trial.edit.path
            before = edits[path].after if path in edits else texts[path]
            try:
                new = self._join(trial, before).edit
            except MergeError:
                continue
            tests = (*edits[path].tests, *new.tests) if path in edits else new.tests
            edits[path] = replace(new, before=texts[path], tests=tests)
        return await self._judge(self._trial(group, trials[-1], list(edits.values())))

    def _trial(self, group: Group, trial: Trial, edits: Sequence[Edit]) -> Trial:
        """All modules of the group as one trial, in the place of one of its own."""
        tests = tuple(name for edit in edits for name in self._names(edit))
        overlay = {edit.path: edit.after for edit in edits}
        there = [path for path in group.touched if path in overlay or path in self._suite.modules]
        last = edits[-1]
        others = tuple(path for path in (*there, *group.others) if path != last.path)
        job = Job(last.path, (), overlay, self._timeout, others=others)
        return replace(trial, edit=replace(last, tests=tests), job=job, proofs=())

    def _names(self, edit: Edit) -> Iterator[str]:
        """Whole node ids of the tests of an edit."""
        path, root = edit.path, self._suite.root
        module = (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
        return (f"{module}::{test}" for test in edit.tests)

    def _left_out(self, group: Group) -> str:
        number, root = len(group.left_out), self._suite.root
        folder = group.folder.relative_to(root) if group.folder.is_relative_to(root) else group.folder
        which = f"{number} test module{'' if number == 1 else 's'} below {folder.as_posix()}"
        return f"{which} did not run again together with the new tests: that would take too long"
