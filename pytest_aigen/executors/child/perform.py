"""Runs one job in this process and says how it went. The process is the candidate's: it does nothing else afterwards.

Imports pytest, coverage.py through ``tracing``, and the standard library.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from pytest_aigen.data import Condition, Job, Probe
from pytest_aigen.executors.child import details
from pytest_aigen.executors.child.fixtures import Values
from pytest_aigen.executors.child.folders import Folders
from pytest_aigen.executors.child.overlay import Overlay, OverlayModule, untraced
from pytest_aigen.executors.child.pytest_private import tear_down
from pytest_aigen.executors.child.tracing import Tracer
from pytest_aigen.executors.wire import Channel


@dataclass(eq=False)
class Verdicts:
    """The plugin that listens to the reports of one run."""

    #: Node id -> why it did not pass; the first reason wins, a failure wins over a skip.
    failed: dict[str, tuple[str, str]] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    #: The line of its own at which the first test failed.
    line: int | None = None
    root: str = ""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        skips = call.excinfo is not None and isinstance(call.excinfo.value, pytest.skip.Exception)
        if call.when == "call" and call.excinfo is not None and not skips and self.line is None:
            name = getattr(item, "originalname", item.name)
            frames = (f for f in call.excinfo.traceback if f.name == name and str(f.path) == str(item.path))
            if (frame := next(frames, None)) is not None:
                self.line = frame.lineno + 1
        if call.excinfo is None:
            return (yield)
        with untraced():
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.broken.append(report.longreprtext)
        elif report.skipped:
            self.broken.append(details.skip_reason(report))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid
        if report.failed:
            kind = "failed" if report.when == "call" else "error"
            if self.failed.get(name, ("skipped",))[0] == "skipped":
                where = "" if report.when == "call" else f"in {report.when}:\n"
                self.failed[name] = (kind, where + report.longreprtext)
        elif report.skipped:
            self.failed.setdefault(name, ("skipped", details.skip_reason(report)))
        elif report.when == "call":
            if hasattr(report, "wasxfail"):
                self.failed.setdefault(name, ("skipped", "marked xfail, and passes"))
            self.passed.add(name)


def perform(
    job: Job,
    *,
    channel: Channel,
    session: pytest.Session,
    folders: Folders,
    overlay: Overlay,
    tracer: Tracer,
    scrub: Sequence[tuple[str, str]],
    changed: Callable[[], str] = str,
    alarm: Callable[[str], object] = len,
    may_wait: Callable[[Job], bool] = lambda job: False,
) -> list[pytest.Item]:
    """Run the job and send its events; the last is the ``result``. The tests, where others may be asked of them.

    ``changed`` says what of pytest, coverage.py and this package the tests left patched, ``alarm`` tells the parent.
    """
    overlay.install()
    if job.probe is not None:
        values = Values(job.path, session, folders, overlay) if job.probe.wants_fixtures else None
        result = _probe(job.probe, channel, values)
        channel.event(result=result)
        return []
    verdicts = Verdicts()
    session.config.pluginmanager.register(verdicts, "aigen-verdicts")
    items: list[pytest.Item] = []
    tracer.start()
    try:
        items, problem = _run(job, channel, session, folders, overlay, verdicts)
    except BaseException as exc:
        problem = f"{type(exc).__name__}: {exc}\n{_last_frames(exc)}"
    finally:
        tracer.stop()
    if patched := changed():
        alarm(f"change how tests are run ({patched})")
    session.config.pluginmanager.unregister(verdicts)
    channel.event(at="")
    prefix = "" if job.others else _module_id(job.path, session) + "::"
    outcome, detail = _summary(verdicts, problem, prefix)
    failed = [name.removeprefix(prefix) for name in verdicts.failed]
    waits = outcome == "passed" and not patched and may_wait(job)
    channel.event(
        waits=waits,
        result={
            "outcome": outcome,
            "detail": details.shorten(detail, [*scrub, (f"{session.config.rootpath}/", "")]),
            "failed": failed,
            "line": verdicts.line,
            "covered": tracer.reached(),
        },
    )
    return items if waits else []


# What follows runs while the candidate is measured, and so cannot be measured itself.
def _run(  # pragma: no cover
    job: Job,
    channel: Channel,
    session: pytest.Session,
    folders: Folders,
    overlay: Overlay,
    verdicts: Verdicts,
) -> tuple[list[pytest.Item], str]:
    """Collect and run; the tests, and the reason when they could not be run."""
    items, problem = collect(job, session, folders, overlay, verdicts)
    prefix = _module_id(job.path, session) + "::"
    return items, problem or run_items(
        items, session, lambda item: channel.event(at=item.nodeid.removeprefix(prefix))
    )


def collect(  # pragma: no cover
    job: Job, session: pytest.Session, folders: Folders, overlay: Overlay, verdicts: Verdicts
) -> tuple[list[pytest.Item], str]:
    """The items of the job's tests in the order in which they run, or the reason why there are none."""
    modules: list[OverlayModule] = []
    items: list[pytest.Item] = []
    for path in sorted({job.path, *job.others}):
        module, problem = _module(path, folders, overlay)
        items += session.genitems(module) if module is not None else ()
        problem = problem or "\n".join(verdicts.broken)
        if problem and path == job.path:
            return [], problem
        if problem:
            verdicts.failed[_module_id(path, session)] = "error", problem
            verdicts.broken.clear()
        elif module is not None:
            modules.append(module)
    name = next(module.nodeid for module in modules if module.path == job.path)
    everything = [item.nodeid.removeprefix(f"{name}::") for item in items]
    items, missing = chosen(_modified(items, session), f"{name}::", job.tests)
    if missing:
        return [], f"no test {', '.join(missing)} in {name}; it has {', '.join(everything) or 'no tests'}"
    if Condition.TWICE in job.conditions:
        # Other items of the same modules: between two runs of the same one nothing would be set up.
        again = [item for module in modules for item in session.genitems(module.again())]
        items += chosen(_modified(again, session), f"{name}::", job.tests)[0]
    if Condition.REVERSED in job.conditions:
        items.reverse()
    return items, "" if items else f"no tests in {name}"


def run_items(  # pragma: no cover
    items: Sequence[pytest.Item],
    session: pytest.Session,
    begins: Callable[[pytest.Item], None] | None = None,
    is_enough: Callable[[], bool] = lambda: False,
) -> str:
    """Run them one after the other, until it ``is_enough``; the reason when not all could be run."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        if begins is not None:
            begins(item)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldstop:
            return f"stopped: {session.shouldstop}"
        if following is not None and is_enough():
            tear_down(session)
            break
    return ""


def _module(  # pragma: no cover
    path: Path, folders: Folders, overlay: Overlay
) -> tuple[OverlayModule | None, str]:
    """The collector of a module, or what is wrong with its folder."""
    parent, problem = folders.collector(path.parent)
    if problem:
        return None, problem
    module: OverlayModule = OverlayModule.from_parent(parent, path=path)
    module.overlay = overlay
    return module, ""


def _modified(  # pragma: no cover
    items: list[pytest.Item], session: pytest.Session
) -> list[pytest.Item]:
    """What the user's ``pytest_collection_modifyitems`` hooks leave, in the order of the file."""
    session.items = list(items)
    session.testscollected = len(items)
    session.config.hook.pytest_collection_modifyitems(
        session=session, config=session.config, items=session.items
    )
    left = set(map(id, session.items))
    order = {id(item) for item in items}
    return [item for item in items if id(item) in left] + [i for i in session.items if id(i) not in order]


def chosen(
    items: Sequence[pytest.Item], prefix: str, tests: Sequence[str]
) -> tuple[list[pytest.Item], list[str]]:
    """The items of these tests in the order in which the tests are named, and the tests that are not there.

    A test without ``[params]`` means all its parametrised items, a class all its methods; no tests mean all items.
    """
    if not tests:
        return list(items), []
    picked: dict[int, pytest.Item] = {}
    missing = []
    for test in tests:
        found = [item for item in items if is_in(item.nodeid.removeprefix(prefix), test)]
        if not found:
            missing.append(test)
        picked.update((id(item), item) for item in found)
    return list(picked.values()), missing


def is_in(name: str, test: str) -> bool:
    """Whether an item of that name in its module belongs to a test."""
    return name == test or name.startswith((f"{test}[", f"{test}::"))


def _summary(verdicts: Verdicts, problem: str, prefix: str) -> tuple[str, str]:
    if problem:
        return "error", problem
    kinds = [kind for kind, _ in verdicts.failed.values()]
    if not kinds:
        return ("passed", "") if verdicts.passed else ("error", "no test ran")
    outcome = "error" if "error" in kinds else "failed"
    texts = list(verdicts.failed.items())
    if len(texts) == 1:
        return outcome, texts[0][1][1]
    texts.sort(key=lambda entry: entry[1][0] == "skipped")
    return outcome, "\n".join(f"{name.removeprefix(prefix)}: {text}" for name, (_, text) in texts)


def _module_id(path: Path, session: pytest.Session) -> str:
    try:
        return path.relative_to(session.config.rootpath).as_posix()
    except ValueError:
        return path.as_posix()


def prepare(probe: Probe) -> None:
    """What a probe needs that the sandbox would not let it load; it finds out itself where that fails."""
    if probe.first:
        with contextlib.suppress(Exception):
            cast(Callable[[], object], _named(probe.first))()


def _named(name: str) -> object:
    """What ``package.module:function`` stands for."""
    module, _, function = name.partition(":")
    target: object = importlib.import_module(module)
    for part in function.split("."):
        target = getattr(target, part)
    return target


def _probe(probe: Probe, channel: Channel, fixtures: Values | None) -> dict[str, object]:
    try:
        target = _named(probe.function)
        many = inspect.isgeneratorfunction(target)
        channel.event(many=many)
        assert callable(target)
        value = target(probe.argument) if fixtures is None else target(probe.argument, fixtures)
        if isinstance(value, Iterator) and many:
            for each in value:
                channel.value(each)
        else:
            channel.value(value)
        if fixtures is not None:
            with contextlib.suppress(Exception):
                fixtures.close()
    except BaseException as exc:
        text = f"{type(exc).__name__}: {exc}\n{_last_frames(exc)}"
        return {"outcome": "error", "detail": details.shorten(text, []), "failed": [], "covered": {}}
    return {"outcome": "passed", "detail": "", "failed": [], "covered": {}}


def _last_frames(exc: BaseException, limit: int = 4) -> str:
    ours = str(Path(__file__))
    frames = [frame for frame in traceback.extract_tb(exc.__traceback__) if frame.filename != ours]
    return "".join(traceback.format_list(frames[-limit:])).rstrip()


def flush() -> None:
    """Write out what Python holds back; code under test may have closed or replaced the streams."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        try:
            if stream is not None:
                stream.flush()
        except Exception:
            continue
