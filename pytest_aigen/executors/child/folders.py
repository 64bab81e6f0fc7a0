"""The collectors of folders in a session that collects no files: the parents of test modules made from memory."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from pathlib import Path

import pytest

from pytest_aigen.executors.child.pytest_private import collected


class Folders:
    """The plugin that lets pytest collect these folders and what leads to them, and remembers their collectors."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._wanted = {parent for folder in folders for parent in (folder, *folder.parents)}
        self._collectors: dict[Path, pytest.Collector] = {}
        self._problems: dict[Path, str] = {}
        self._session: pytest.Session | None = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> Generator[None, object, bool]:
        yield
        return collection_path not in self._wanted or not collection_path.is_dir()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectstart(self, collector: pytest.Collector) -> None:
        if isinstance(collector, pytest.Session):
            self._session = collector
        elif isinstance(collector, pytest.Directory):
            self._collectors[collector.path] = collector

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def complete(self, session: pytest.Session, folders: Iterable[Path]) -> None:
        """Make the collectors of the existing folders that pytest did not come by."""
        self._session = session
        for folder in folders:
            if folder.is_dir():
                self.collector(folder)

    def collector(self, folder: Path) -> tuple[pytest.Collector, str]:
        """The collector of a folder, which need not exist, and what is wrong with it or a folder above it."""
        collector = self._collector(folder)
        problems = (self._problems.get(part, "") for part in (folder, *folder.parents))
        return collector, next(filter(None, problems), "")

    def _collector(self, folder: Path) -> pytest.Collector:
        assert self._session is not None
        if folder in self._collectors:
            return self._collectors[folder]
        config = self._session.config
        top = folder == config.rootpath or folder.parent == folder
        parent: pytest.Collector = (
            self._session if top or config.rootpath not in folder.parents else self._collector(folder.parent)
        )
        made: pytest.Collector | None = None
        if folder.is_dir():
            self._wanted.update((folder, *folder.parents))
            made = self._session.gethookproxy(folder.parent).pytest_collect_directory(
                path=folder, parent=parent
            )
        if made is None:
            made = pytest.Dir.from_parent(parent, path=folder)
        self._collectors[folder] = made
        if folder.is_dir():
            self._note(collected(made), folder)
        return made

    def _note(self, report: pytest.CollectReport, folder: Path | None = None) -> None:
        if report.failed:
            where = folder or Path(os.path.abspath(report.nodeid))
            if folder is None:
                for path, collector in self._collectors.items():
                    if collector.nodeid == report.nodeid:
                        where = path
            self._problems[where] = report.longreprtext
