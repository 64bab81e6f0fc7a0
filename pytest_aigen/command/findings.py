"""What a session of pytest that only collects tells about a project."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen import choices, elsewhere, measure, sources, write
from pytest_aigen.cov_plugin import pytest_cov_measures
from pytest_aigen.errors import AigenError, ConfigError
from pytest_aigen.protocols import Message, Request
from pytest_aigen.reports.words import count, relative
from pytest_aigen.sandbox.layers import layers_here
from pytest_aigen.session import Session, listed


class Level(Enum):
    GOOD = "as it should be"
    NOTE = "to know"
    STOP = "a run would stop"


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    what: str
    #: What to do about it.
    do: str = ""


#: Options of pytest and its plugins that leave tests out or change what a run shows, each with what follows.
_OPTIONS: tuple[tuple[str, Callable[[Any], bool], str, str], ...] = (
    ("-x or --maxfail", lambda o: bool(getattr(o, "maxfail", 0)),
     "the suite ends at the first failures, and then nothing is generated", "leave it out with --ai-gen (--maxfail=0)"),
    ("-k", lambda o: bool(getattr(o, "keyword", "")),
     "tests are left out: what only they cover counts as missing", "leave it out with --ai-gen"),
    ("-m", lambda o: bool(getattr(o, "markexpr", "")),
     "tests are left out: what only they cover counts as missing", "leave it out with --ai-gen (-m '')"),
    ("--lf, --sw", lambda o: bool(getattr(o, "lf", False) or getattr(o, "stepwise", False)),
     "tests are left out: what only they cover counts as missing", "leave it out with --ai-gen"),
    ("--testmon", lambda o: bool(getattr(o, "testmon", False)),
     "tests are left out: what only they cover counts as missing", "leave it out with --ai-gen (--no-testmon)"),
    ("--pdb, --trace", lambda o: bool(getattr(o, "usepdb", False) or getattr(o, "trace", False)),
     "a failing test waits for you before anything is generated", "leave it out with --ai-gen"),
    ("--forked", lambda o: bool(getattr(o, "forked", False)),
     "what tests cover in forks of pytest-forked is not measured", "leave it out with --ai-gen"),
    ("-p no:terminal", lambda o: "no:terminal" in (getattr(o, "plugins", None) or []),
     "nothing is shown at the end", "write a report: --ai-gen-report=html:PATH"),
)  # fmt: skip


class Probe:
    """A plugin of pytest that looks around when everything is collected."""

    def __init__(self, asks_model: bool) -> None:
        self._asks_model = asks_model
        self.found: list[Finding] = []
        self.collected = False
        #: What could not be collected, with the last line of why.
        self._broken: dict[str, str] = {}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            rows = str(report.longrepr).strip().splitlines()
            self._broken[report.nodeid or "the root"] = rows[-1].removeprefix("E").strip() if rows else ""

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_finish(self, session: pytest.Session) -> Any:
        result = yield
        self.collected = True
        run = session.config.pluginmanager.get_plugin("aigen-session")
        if isinstance(run, Session):
            self.found += self._all(session, run)
        else:
            do = "take `-p no:aigen` out of addopts"
            self.found.append(Finding(Level.STOP, "the plugin is not active in pytest", do))
        return result

    def _all(self, session: pytest.Session, run: Session) -> Iterator[Finding]:
        config = session.config
        root = config.rootpath
        yield Finding(
            Level.GOOD,
            f"root {root}" + (f", settings of pytest in {config.inipath.name}" if config.inipath else ""),
        )
        yield from _tests(session, run, self._broken)
        yield from _sources(run, root)
        yield from _coverage(config)
        yield from _plugins(config)
        yield from _sandbox(run, config)
        yield from _executor(run, config)
        yield from _model(run, asks=self._asks_model)
        yield from _price(run, config)


def _tests(session: pytest.Session, run: Session, broken: Mapping[str, str]) -> Iterator[Finding]:
    config, suite = session.config, run.suite
    root = config.rootpath
    found = f"{count(len(session.items), 'test')} in {count(len(suite.modules), 'module')}, {count(len(suite.fixtures), 'fixture')}"
    if session.items:
        yield Finding(Level.GOOD, found)
    else:
        yield Finding(
            Level.NOTE,
            "no test was found",
            "none is needed; if there are some, name their folder: pytest --ai-gen tests",
        )
    if broken:
        why = next(iter(broken.values()))
        missing = "`python -m pytest` puts this folder on Python's path, `pip install -e .` the package; "
        yield Finding(
            Level.NOTE,
            f"could not be collected: {listed(broken)} ({why}); what they cover counts as missing",
            f"{missing if 'No module named' in why else ''}`pytest --collect-only` says more",
        )
    names = {path: sources.module_name(path, []) for path in run.files}
    there = choices.repository(config, run.settings, suite, names, read=write.read)
    folder = relative(there.folder, root)
    yield Finding(
        Level.GOOD, f"new test modules go to {folder}{'' if there.folder.is_dir() else ' (to be made)'}", ""
    )
    if not os.access(_there(there.folder), os.W_OK):
        yield Finding(
            Level.STOP, f"{folder} cannot be written", "give yourself the right, or --ai-gen-tests-dir"
        )


def _there(folder: Path) -> Path:
    return next((place for place in (folder, *folder.parents) if place.exists()), folder)


def _sources(run: Session, root: Path) -> Iterator[Finding]:
    if not run.files:
        yield Finding(Level.STOP, f"no source files in {root}", "name them: --ai-gen-source=PATH")
        return
    tops = list(dict.fromkeys(relative(path, root).split("/")[0] for path in run.files))
    yield Finding(Level.GOOD, f"{count(len(run.files), 'source file')} to cover, in {listed(tops)}")


def _coverage(config: pytest.Config) -> Iterator[Finding]:
    if pytest_cov_measures(config.option):
        branch = getattr(config.option, "cov_branch", False)
        yield Finding(Level.GOOD, f"coverage {measure.version()}, measured by pytest-cov")
        if not branch:
            yield Finding(
                Level.NOTE, "pytest-cov may measure no branches", "add --cov-branch to have them tested too"
            )
    elif measure.is_fast():
        yield Finding(Level.GOOD, f"coverage {measure.version()}, with its C tracer")
    else:
        do = "install a wheel of coverage that fits this Python"
        yield Finding(
            Level.NOTE, f"coverage {measure.version()} without its C tracer: everything is slow", do
        )


def _plugins(config: pytest.Config) -> Iterator[Finding]:
    names = sorted(
        {dist.project_name for _, dist in config.pluginmanager.list_plugin_distinfo()} - {"pytest-aigen"}
    )
    yield Finding(Level.GOOD, f"plugins: {', '.join(names) or 'none'}")
    for option, is_given, what, do in _OPTIONS:
        if is_given(config.option):
            yield Finding(Level.NOTE, f"{option}: {what}", do)


def _sandbox(run: Session, config: pytest.Config) -> Iterator[Finding]:
    layers = layers_here(run.settings.allow, config.invocation_params.dir)
    if layers:
        yield Finding(Level.GOOD, f"sandbox: {', '.join(layers)}")
    else:
        yield Finding(
            Level.NOTE,
            "no layer of the sandbox is on here",
            "see the page on security before a model writes tests",
        )


def _executor(run: Session, config: pytest.Config) -> Iterator[Finding]:
    name = run.settings.executor
    try:
        place = choices.workplace(config, run.settings)
        at_once = elsewhere.at_once(choices.executor(config, name, place))
    except ConfigError as error:
        yield Finding(Level.STOP, str(error))
        return
    if at_once is not None:
        yield Finding(Level.GOOD, f"candidates run on other machines, {at_once} at a time ({name})")
        return
    threads = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    if name == "spawn" or not hasattr(os, "fork"):
        yield Finding(Level.GOOD, "candidates run in a new interpreter each (spawn)")
    elif threads and name == "auto":
        yield Finding(
            Level.NOTE,
            f"what is imported starts threads ({listed(threads)}): each candidate runs in a new interpreter, which is slower",
            "start threads where they are used, or --ai-gen-executor=fork",
        )
    else:
        yield Finding(Level.GOOD, "candidates run in forks of a warm session (fork)")


def _model(run: Session, *, asks: bool) -> Iterator[Finding]:
    model = run.model
    if model is None:
        words = "no model: the offline engine works alone, and nothing leaves this machine"
        yield Finding(
            Level.GOOD, words, "--ai-gen-model=PROVIDER:MODEL to ask one for what is left" if asks else ""
        )
        return
    if not asks:
        yield Finding(Level.GOOD, f"model {model.name} (not asked; --ask-model asks it)")
        return

    async def once() -> None:
        try:
            await asyncio.wait_for(model.complete(Request((Message("user", "Say yes."),), 16)), 60)
        finally:
            await model.aclose()

    try:
        asyncio.run(once())
    except (AigenError, asyncio.TimeoutError, TimeoutError) as error:
        why = str(error) or "no answer in 60 seconds"
        yield Finding(
            Level.STOP, f"model {model.name}: {why}", "look at --ai-gen-model, --ai-gen-base-url and the key"
        )
    else:
        yield Finding(Level.GOOD, f"model {model.name} answers")


def _price(run: Session, config: pytest.Config) -> Iterator[Finding]:
    """What the model costs, as a run would find it."""
    if run.model is None:
        return
    try:
        price = choices.price(config, run.settings)
    except ConfigError as error:
        yield Finding(Level.STOP, str(error))
        return
    if price is None:
        yield Finding(
            Level.NOTE, "the price of the model is not known", "give it with --ai-gen-price=PROMPT,REPLY"
        )
    else:
        yield Finding(Level.GOOD, f"the price of the model is known ({price.source})")
