"""One run of the line: from the coverage data to the written files and the report."""

from __future__ import annotations

import ast
import asyncio
import sys
import time
import warnings
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_aigen import (
    asking,
    choices,
    forecast,
    garbage,
    lock,
    measure,
    placement,
    possible,
    preview,
    sources,
    targets,
    write,
)
from pytest_aigen.context import live
from pytest_aigen.context import suite as suites
from pytest_aigen.context.build import Contexts
from pytest_aigen.cov_plugin import pytest_cov_measures
from pytest_aigen.data import RECHECKING, Coverage, Gap, Price, Report, Shard, Suite, Target, Usage
from pytest_aigen.data.coverage import cut_off
from pytest_aigen.data.recorded import Recording
from pytest_aigen.deadline import Deadline
from pytest_aigen.errors import WriteError
from pytest_aigen.sandbox.layers import layers_here
from pytest_aigen.settings import Settings
from pytest_aigen.tokens import count

if TYPE_CHECKING:
    from pytest_aigen import pipeline, running
    from pytest_aigen.changes import Changes
    from pytest_aigen.deliver import Delivery
    from pytest_aigen.privacy.guard import Redacted
    from pytest_aigen.privacy.redaction import Redactor


@dataclass
class Generation:
    """One run of the line."""

    config: pytest.Config
    settings: Settings
    redactor: Redactor
    model: Redacted | None
    #: The source files to cover.
    files: Sequence[Path]
    suite: Suite
    notes: list[str]
    #: Files that were imported before measuring began.
    early: Collection[str] = frozenset()
    #: What the model was asked before the suite ran.
    spent: Usage = Usage()
    price: Price | None = None
    #: With ``--ai-gen-since``, what the branch changed.
    changes: Changes | None = None

    def run(self, recording: Recording) -> Report:
        """Everything from the coverage data to the written files.

        Raises ConfigError for a wrong source or target, LockedError while another run writes in this project.
        """
        with warnings.catch_warnings(), self._alone():
            # Under `-W error` a warning about a source, or of a library of ours, would end the run.
            warnings.simplefilter("ignore")
            with garbage.fewer_collections():
                return self._run(recording)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Holds the lock of the project where files are to be written."""
        if not self._writes:
            yield
            return
        with ExitStack() as stack:
            try:
                if not stack.enter_context(lock.held(self.config.rootpath)):
                    self.notes.append("this file system has no locks: do not start two runs at once")
            except WriteError as error:
                self.notes.append(f"no test module can be written: {error}")
            yield

    @property
    def _writes(self) -> bool:
        return self.settings.mode in ("write", "review", "prune")

    def _run(self, recording: Recording) -> Report:
        started = time.monotonic()
        self.deadline = Deadline(self.settings.max_time)
        self.workplace = choices.workplace(self.config, self.settings)
        self.root, self.cwd = self.workplace.root, self.workplace.cwd
        has_branches = any(one.arcs for one in recording.values())
        branch = has_branches or not recording or not pytest_cov_measures(self.config.option)
        if not branch:
            self.notes.append("pytest-cov measures no branches; add --cov-branch to have them tested too")
        texts = self._texts()
        before = measure.read(recording, list(texts), config=self.workplace.cov_config, branch=branch)
        texts = {path: text for path, text in texts.items() if path in before.files}
        if self.settings.mode in RECHECKING:
            from pytest_aigen import upkeep

            report = upkeep.Upkeep(
                self.config, self.settings, replace(self.workplace, branch=branch), self.suite, self.notes
            ).run(before, texts)
            return replace(report, notes=tuple(self.notes), seconds=time.monotonic() - started)
        self.whole, before = before, self._changed(before, texts)
        all_gaps, shard = measure.gaps(before, texts), self._shard()
        mine = [gap for gap in all_gaps if shard is None or shard.holds(gap, self.root)]
        found, early = possible.measured(mine, self.early)
        gaps, skipped = targets.worthwhile(found, texts)
        wanted = self._targets(targets.matching(gaps, self.settings.target, self.root, self.cwd))
        wanted, hindered = possible.writable(wanted, self.root)
        chosen, self.unfound = possible.imported(wanted, self.names, before, self.config)
        self.notes += [f"{skip.gap.path} was {skip.reason}: its top level looks uncovered" for skip in early]
        self.notes += dict.fromkeys(skip.reason for skip in hindered)
        self._announce(before, chosen)
        report = Report(
            root=self.root,
            mode=self.settings.mode,
            before=before,
            after=before,
            targets=tuple(chosen),
            failing=self.suite.failed,
            skipped=(*early, *skipped, *hindered),
            cov_target=self.settings.cov_target,
            since=self.changes.since if self.changes else "",
            command=choices.command(self.config),
            engine=self.settings.engine,
            shard=shard,
            left=tuple(gaps),
            unreached=tuple(self.unfound),
            usage=self.spent,
            price=self.price,
        )
        contexts = self._contexts(texts)
        report = forecast.planned(report, self.config, self.settings, self.workplace, contexts)
        if self.settings.mode == "preview":
            report = preview.previewed(
                report, self.config, self.settings, self.model, self.workplace, contexts
            )
            self.notes += report.notes
        elif self.settings.mode != "plan" and chosen:
            forecast.approved(report, self.config, self.settings)
            report = self._generate(report, contexts, branch)
        elif self.settings.mode == "plan":
            if report.forecast is not None and self.settings.engine == "auto":
                self.notes.append("the offline engine comes first: the model is asked for what it leaves")
            report = replace(report, sandbox=layers_here(self.settings.allow, self.cwd))
        report = replace(report, notes=tuple(self.notes), seconds=time.monotonic() - started)
        return self.redactor.report(report)

    def _shard(self) -> Shard | None:
        return Shard(*self.settings.shard) if self.settings.shard else None

    def _changed(self, whole: Coverage, texts: dict[Path, str]) -> Coverage:
        """The coverage of what is to be covered: of the lines that the branch changed, where only these count."""
        if self.changes is None:
            return whole
        before = whole.within({path: self.changes.lines(path, text) for path, text in texts.items()})
        if not before.files:
            self.notes.append(f"no line that can be covered changed since {self.changes.since}")
        return before

    def _texts(self) -> dict[Path, str]:
        """The source files that Python can read, without byte order marks; the others are named."""
        texts: dict[Path, str] = {}
        for path in self.files:
            try:
                text = (write.read(path) or "").removeprefix("\ufeff")
                ast.parse(text)
            except (WriteError, SyntaxError, ValueError, RecursionError) as error:
                self.notes.append(f"left out: {path}: {error}")
            else:
                texts[path] = text
        return texts

    def _targets(self, gaps: Sequence[Gap]) -> Sequence[Target]:
        self.names = {path: sources.module_name(path, sys.path) for path in self.whole.files}
        there = choices.repository(self.config, self.settings, self.suite, self.names, read=write.read)
        self.placement = placement.TestModules(there, self.whole)
        if there.packaged and str(self.root) not in sys.path:
            sys.path.insert(0, str(self.root))  # as pytest does when it collects the first of them
            self.workplace = replace(self.workplace, sys_path=tuple(sys.path))
        return targets.make(targets.ordered(gaps), self.placement, lambda path: self.names[path])

    def _announce(self, before: Coverage, chosen: Sequence[Target]) -> None:
        """Say what there is to do before anything is spent."""
        if (terminal := self.config.pluginmanager.get_plugin("terminalreporter")) is not None:
            terminal.ensure_newline()
            if (writer := self.config.get_terminal_writer()).width_of_current_line:
                writer.line()  # after the dots of ``-q``, of which the reporter knows no file
            of = f" of the lines changed since {self.changes.since}" if self.changes else ""
            files, gaps = (
                f"{number} {noun}{'s' * (number != 1)}"
                for number, noun in ((len(before.files), "source file"), (len(chosen), "gap"))
            )
            terminal.write_line(f"ai-gen: {files}, {cut_off(before.percent):.1f} %{of} covered, {gaps}")

    def _generate(self, report: Report, contexts: Contexts, branch: bool) -> Report:
        # Where there is nothing to do, importing these would take longer than all else.
        from pytest_aigen import formatting, hurdles, pipeline, plan, running
        from pytest_aigen.budget import Metered
        from pytest_aigen.deliver import Delivery
        from pytest_aigen.suspects import keep

        chosen = self.settings
        ledger = choices.ledger(chosen, self.price, spent=self.spent)
        workplace = replace(
            self.workplace,
            folders=tuple(dict.fromkeys(target.test_path.parent for target in report.targets)),
            sources=tuple(report.before.files),
            branch=branch,
        )
        metered = Metered(self.model, ledger, count) if self.model else None
        model, replies = choices.remembering(metered, chosen, ledger, self.redactor, self.root)
        if model:
            self.notes += choices.private_targets(self.config, chosen, report.targets)
        executor = choices.executor(self.config, chosen.executor, workplace)
        checks = choices.checks(self.config, chosen, self.suite)
        line = pipeline.Line(
            plan.Plan(
                targets=report.targets,
                generators=choices.generators(self.config, chosen, model, executor),
                executor=executor,
                checks=checks,
                context=contexts,
                read=write.read,
                # Each is asked for with every candidate, and stays what it is while they run.
                reserved=cache(self._reserved),
                attempts=chosen.attempts,
                concurrency=chosen.concurrency,
                workers=chosen.workers_count,
                timeout=chosen.timeout,
                conftests=cache(partial(sources.conftests, root=self.root, read=write.read)),
                goal=100.0 if chosen.cov_target is None else chosen.cov_target,
                min_yield=chosen.min_yield,
                tokens=lambda: ledger.usage.tokens,
                max_time=chosen.max_time,
                deadline=self.deadline,
                comment=chosen.comment,
                format=lambda path, before, after: formatting.formatted(path, before, after, root=self.root),
                write_suspects=chosen.write_suspects and chosen.mode != "review",
                ask=asking.Terminal(self.config, self.root, chosen.checks)
                if chosen.mode == "review"
                else None,
                suite=self.suite,
            ),
            report.before,
        )
        delivery = Delivery(self.root)
        watch = running.Watch(
            lambda: replace(
                line.progress, usage=ledger.usage, seconds=ledger.seconds, max_time=chosen.max_time
            ),
            choices.watchers(self.config, chosen),
        )
        try:
            end = self._end(line, delivery, watch)
            asyncio.run(running.until_done(line, executor, model, end, watch))
        except asyncio.CancelledError:
            if not delivery.begun:
                raise KeyboardInterrupt from None
        found_left = (gap.left(line.coverage.missing(gap.path)) for gap in report.left)
        left = tuple(gap for gap in found_left if gap.missing)
        unreached = hurdles.explained(left, line)
        self.notes += [*line.notes, *watch.notes]
        for part in (executor, *checks, self.model, replies):
            self.notes += getattr(part, "notes", ())
        suspects = tuple(line.suspects)
        if self._writes:
            found, notes = keep.kept(suspects, root=self.root)
            suspects = tuple(found)
            self.notes += notes
        return replace(
            report,
            suspects=suspects,
            after=line.coverage,
            verdicts=tuple(line.verdicts),
            redundant=line.redundant,
            edits=delivery.edits,
            reserved={edit.path: self._reserved(edit.path) for edit in delivery.edits if report.shard},
            unwritten=delivery.unwritten,
            patches=delivery.saved,
            left=left,
            unreached=(*unreached, *self.unfound),
            demand=None
            if model
            else preview.demanded(unreached, self.config, chosen, executor, line.plan, self.price),
            usage=ledger.usage if self.model else Usage(),
            shortened=preview.shortened(line.plan.generators),
            sandbox=tuple(getattr(executor, "layers", ())),
            ended=line.ended,
            detail=line.detail,
        )

    def _end(
        self, line: pipeline.Line, delivery: Delivery, watch: running.Watch
    ) -> Callable[[], Awaitable[None]]:
        """What follows on the loop, while tests can still be run."""

        async def end() -> None:
            if self.settings.mode == "review":
                watch.close()  # the screen belongs to whoever asks
            edits = await line.finish()
            if self._writes:
                await delivery.run(edits, line.finish)
                delivery.add(self.placement.packages_for(delivery.written))
            else:
                delivery.edits = (*edits, *self.placement.packages_for(edits))

        return end

    def _contexts(self, texts: dict[Path, str]) -> Contexts:
        return Contexts(
            texts,
            {self.names[path]: path for path in texts},
            self.whole,
            self.suite,
            root=self.root,
            read=write.read,
            nearest=targets.tests_of,
            is_private=choices.private_files(self.config, self.settings),
            redacted=self.redactor.text if choices.wants_model(self.settings) else lambda text, place: text,
            loaded=sys.modules,
            is_installed=live.is_installed,
        )

    def _reserved(self, path: Path) -> frozenset[str]:
        nodeid = path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name
        return frozenset(fixture.name for fixture in suites.visible_fixtures(self.suite, nodeid))
