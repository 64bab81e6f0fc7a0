"""``--ai-gen-mode=check`` and ``prune``: proves generated tests again, and removes those that prove nothing any more."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pytest

from pytest_aigen import choices, running, sources, targets, write
from pytest_aigen.checking import Checking
from pytest_aigen.claims import Claim, Subjects, claims
from pytest_aigen.data import Coverage, Ended, Gap, Report, Stale, Suite, Workplace
from pytest_aigen.deliver import Delivery
from pytest_aigen.errors import AigenError, ExecutorError
from pytest_aigen.prune import Prune, imported_names
from pytest_aigen.recheck import Recheck
from pytest_aigen.settings import Settings


@dataclass
class Upkeep:
    """One run of it."""

    config: pytest.Config
    settings: Settings
    workplace: Workplace
    suite: Suite
    notes: list[str]
    _texts: dict[Path, str] = field(default_factory=dict)

    def run(self, coverage: Coverage, texts: Mapping[Path, str]) -> Report:
        """Everything from the comments of the test modules to the report."""
        root = self.workplace.root
        report = Report(root, self.settings.mode, coverage, coverage, cov_target=self.settings.cov_target)
        names = {sources.module_name(path, sys.path): path for path in texts}
        subjects = Subjects(names, texts, coverage, self._exists)
        found = self._claims(subjects)
        if not found:
            return report
        self._announce(found)
        executor = choices.executor(
            self.config,
            self.settings.executor,
            replace(
                self.workplace,
                folders=tuple(dict.fromkeys(claim.path.parent for claim in found)),
                sources=tuple(coverage.files),
            ),
        )
        work = Recheck(
            found,
            subjects.find,
            executor,
            choices.checks(self.config, self.settings, self.suite),
            failed=frozenset(claim for claim in found if self._failed(claim)),
            timeout=self.settings.timeout,
            workers=self.settings.workers_count,
            max_time=self.settings.max_time,
        )
        delivery = Delivery(root)
        started = time.monotonic()
        stale: list[Stale] = []

        async def end() -> None:
            stale[:] = work.stale
            sound = work.ended in (Ended.COMPLETE, Ended.BUDGET)  # after Ctrl-C nothing is removed
            if self.settings.mode == "prune" and sound:
                # The module is run whole whatever `--ai-gen-checks` says: it is the user's file.
                whole = choices.checks(
                    self.config, replace(self.settings, checks=("neighbours",)), self.suite
                )
                stale[:] = await self._pruned(work.stale, Checking(whole, executor), delivery)

        watch = running.Watch(
            lambda: replace(work.progress, seconds=time.monotonic() - started),
            choices.watchers(self.config, self.settings),
        )
        try:
            asyncio.run(running.until_done(work, executor, None, end, watch))
        except asyncio.CancelledError:
            if not delivery.begun:
                raise KeyboardInterrupt from None
        self.notes += [*work.notes, *watch.notes, *getattr(executor, "notes", ())]
        return replace(
            report,
            proven=work.proven,
            stale=tuple(stale or work.stale),
            edits=delivery.edits,
            unwritten=delivery.unwritten,
            patches=delivery.saved,
            ended=work.ended,
            detail=work.detail,
        )

    # --------------------------------------------------------------------------------------- what there is

    def _claims(self, subjects: Subjects) -> list[Claim]:
        """The tests that carry our comment, of those that ran."""
        found: list[Claim] = []
        skipped = 0
        for path in self.suite.modules:
            try:
                self._texts[path] = text = write.read(path) or ""
                found += claims(path, text, self._by_module[path])
                skipped += len(list(claims(path, text, self._names(self.suite.skipped).get(path, ()))))
            except (AigenError, SyntaxError) as error:
                self.notes.append(f"left out: {path}: {error}")
        if skipped:
            self.notes.append(f"not proven again ({skipped}): the suite skips them, or expects them to fail")
        return [claim for claim in found if self._is_wanted(claim, subjects)]

    def _is_wanted(self, claim: Claim, subjects: Subjects) -> bool:
        """Whether ``--ai-gen-target`` is about it."""
        if not self.settings.target:
            return True
        gaps = [gap for subject in claim.subjects if isinstance(gap := subjects.find(subject), Gap)]
        return bool(targets.matching(gaps, self.settings.target, self.workplace.root, self.workplace.cwd))

    @cached_property
    def _by_module(self) -> Mapping[Path, Collection[str]]:
        """Node ids within their module of the tests that ran."""
        names = self._names(self.suite.ran)
        return {path: names.get(path, frozenset()) for path in self.suite.modules}

    def _names(self, nodeids: Iterable[str]) -> dict[Path, set[str]]:
        found: dict[Path, set[str]] = {}
        grouped = getattr(self.config.option, "dist", "") == "loadgroup"
        for nodeid in nodeids:
            module, _, name = nodeid.partition("::")
            if grouped and "@" in name:
                name = name.rpartition("@")[0]  # xdist puts the group behind it
            found.setdefault(self.workplace.root / module, set()).add(name)
        return found

    def _failed(self, claim: Claim) -> bool:
        names = self._names(self.suite.failed).get(claim.path, set())
        return any(name == claim.test or name.startswith(f"{claim.test}[") for name in names)

    def _exists(self, module: str) -> bool:
        return bool(sources.named(module, root=self.workplace.root, sys_path=sys.path))

    def _announce(self, found: Collection[Claim]) -> None:
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None:
            modules = len({claim.path for claim in found})
            terminal.ensure_newline()
            terminal.write_line(f"ai-gen: {len(found)} generated tests in {modules} files to prove again")

    # ----------------------------------------------------------------------------------------------- prune

    async def _pruned(
        self, stale: Collection[Stale], checks: Checking, delivery: Delivery
    ) -> tuple[Stale, ...]:
        prune = Prune(
            tuple(stale),
            read=write.read,
            checks=checks,
            tests=lambda path: self._by_module.get(path, ()),
            keep=self._keep,
            timeout=self.settings.timeout,
        )
        try:
            edits = await prune.edits()
        except ExecutorError as error:
            self.notes.append(f"nothing was removed: {error}")
            return prune.stale
        await delivery.run(edits, prune.edits)
        prune.unwritten(delivery.unwritten)
        return prune.stale

    def _keep(self, path: Path) -> Collection[str]:
        """Names that other test modules and conftest files import from one."""
        texts = [text for other, text in self._texts.items() if other != path]
        folders = {folder for module in self._texts for folder in module.parents}
        for folder in folders:
            if folder.is_relative_to(self.workplace.root):
                for name in ("conftest.py", "__init__.py"):
                    try:
                        texts.append(write.read(folder / name) or "")
                    except AigenError:
                        continue
        return imported_names(path, texts)
