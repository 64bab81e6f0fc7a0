"""The end of a run: the edits go to their files; what cannot be written is kept in patch files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pytest_aigen import patches, write
from pytest_aigen.data import Edit
from pytest_aigen.errors import FileChanged, WriteError

#: Makes the edits of some modules anew from what is on disk, and judges them again.
Again = Callable[[Collection[Path]], Awaitable[Sequence[Edit]]]


@dataclass
class Delivery:
    """What became of the edits; holds the result at any moment, whatever ends it."""

    root: Path
    edits: tuple[Edit, ...] = ()
    #: Whether files may have been written.
    begun: bool = False
    _unwritten: dict[Path, WriteError] = field(default_factory=dict)
    _saved: dict[Path, Path] = field(default_factory=dict)

    async def run(self, edits: Sequence[Edit], again: Again) -> None:
        """Write the edits. Those of files that changed since they were read are made again, once.

        Writing itself awaits nothing, so that Ctrl-C does not come between.
        """
        self.begun, self.edits = True, tuple(edits)
        self._unwritten = dict(write.write(edits, root=self.root))
        try:
            changed = [path for path, why in self._unwritten.items() if isinstance(why, FileChanged)]
            if changed:
                await self._anew(changed, again)
        finally:
            for edit in self.edits:
                if (why := self._unwritten.get(edit.path)) is not None:
                    self._save(edit, why)

    @property
    def written(self) -> list[Edit]:
        return [edit for edit in self.edits if edit.path not in self._unwritten]

    def add(self, edits: Sequence[Edit]) -> None:
        """Write what goes with those that were written."""
        self.edits += tuple(edits)
        self._unwritten |= write.write(edits, root=self.root)

    async def _anew(self, changed: Sequence[Path], again: Again) -> None:
        """A changed file whose tests are all refused by now has no edit any more."""
        made = {edit.path: edit for edit in await again(changed)}
        unwritten = write.write(list(made.values()), root=self.root)
        left = [edit for edit in self.edits if edit.path not in changed or edit.path in made]
        self.edits = tuple(made.get(edit.path, edit) for edit in left)
        self._unwritten = {p: why for p, why in self._unwritten.items() if p not in changed} | dict(unwritten)

    def _save(self, edit: Edit, why: WriteError) -> None:
        try:
            self._saved[edit.path] = patches.saved(edit, str(why), root=self.root)
        except OSError:
            pass  # the report shows the tests themselves

    @property
    def unwritten(self) -> dict[Path, str]:
        return {path: str(why) for path, why in self._unwritten.items()}

    @property
    def saved(self) -> dict[Path, Path]:
        """Patch files that hold what was not written, by test module."""
        return dict(self._saved)
