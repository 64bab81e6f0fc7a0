"""The composition root: turns settings into objects, and hooks into one call of the line. Knows all, decides nothing."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen import asking, choices, elsewhere, measure, targets
from pytest_aigen.context import suite as suites
from pytest_aigen.cov_plugin import coverage_config, named_sources, pytest_cov_coverage, pytest_cov_measures
from pytest_aigen.data import RECHECKING, Observation, Price, Report, Suite, Usage
from pytest_aigen.data.recorded import Recording, from_plain, to_plain, united
from pytest_aigen.errors import AigenError, ConfigError, LockedError, ModelRefused, WriteError, fault
from pytest_aigen.recorder import Recorder
from pytest_aigen.settings import USUAL_MODEL
from pytest_aigen.sources import project
from pytest_aigen.status import exit_status
from pytest_aigen.watching import Watch

_WORKER_DATA, _WORKER_SUITE, _WORKER_LEFT_OUT = "aigen_coverage", "aigen_suite", "aigen_deselected"


def start_recorder(early_config: pytest.Config) -> Recorder | None:
    """Begin to measure, unless pytest-cov does; a usage error where coverage's configuration is wrong."""
    if pytest_cov_measures(early_config.known_args_namespace):
        return None
    try:
        named = named_sources(early_config)
        started = Recorder(coverage_config(early_config), named)
    except ConfigError as error:
        raise pytest.UsageError(str(error)) from error
    started.start()
    return started


class _Measured:
    """What controller and workers have in common: contexts while tests run, and what collecting showed."""

    def __init__(self, config: pytest.Config, recorder: Recorder | None) -> None:
        self.config, self.recorder = config, recorder
        self.suite = Suite()
        self.watch = Watch(project(config.rootpath.resolve()))
        #: Of what class the values of fixtures were.
        self.given: suites.Given = {}
        self.deselected = 0

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self.deselected += len(items)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.suite = suites.suite_of(session)
        self.watch.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Any:
        value = yield
        suites.note_fixture(self.given, fixturedef, value)
        return value

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        if self.recorder is None:
            return (yield)
        self.recorder.test(item.nodeid)
        try:
            return (yield)
        finally:
            self.recorder.test("")

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self) -> Any:
        with self.watch.test():
            return (yield)


class Worker(_Measured):
    """In a worker of xdist: measures, and sends what it has."""

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        output = self.config.workeroutput  # type: ignore[attr-defined]
        if self.recorder is not None:
            output[_WORKER_DATA] = to_plain(self.recorder.stop())
        observed = replace(self.suite, observations=self.watch.stop())
        output[_WORKER_SUITE] = suites.to_plain(suites.with_given(observed, self.given))
        output[_WORKER_LEFT_OUT] = self.deselected


class Session(_Measured):
    """In the user's process: runs the line when the suite is done."""

    def __init__(self, config: pytest.Config, recorder: Recorder | None) -> None:
        super().__init__(config, recorder)
        try:
            self._prepare(config)
        except ConfigError as error:
            raise pytest.UsageError(str(error)) from error
        self.report: Report | None = None
        #: Why there is no report.
        self.fault = ""
        self._ran = False
        self._recovered: tuple[str, ...] = ()
        self._parts: list[Recording] = []
        self._observed: dict[Observation, None] = {}
        self._failed: dict[str, None] = {}
        self._skipped: dict[str, None] = {}
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._passed_or_failed: dict[str, None] = {}
        self._uncollected: dict[str, None] = {}
        self._spent = Usage()
        self.price: Price | None = None
        self._notes = (
            [] if self.files else [f"no source files in {config.rootpath}; name them with --ai-gen-source"]
        )

    def _prepare(self, config: pytest.Config) -> None:
        """Everything that can be wrong in what the user asked for is found before the first test."""
        # Plain pytest would run no test at all, and there would be nothing to go by.
        config.option.continue_on_collection_errors = True
        self.settings = choices.read_settings(config)
        if self.settings.mode == "review":
            asking.possible(config)
        split = self.settings.shard is not None and self.settings.mode not in RECHECKING
        if not split and any(kind == "shard" for kind, _ in self.settings.report):
            raise ConfigError("--ai-gen-report=shard: is for --ai-gen-shard=I/N, in a mode that generates")
        self.redactor = choices.redactor(self.settings)
        self.model = choices.model(config, self.settings, self.redactor)
        choices.names_of_tests(config)
        self.files = choices.source_files(config, self.settings)
        choices.checks(config, self.settings, Suite())
        choices.executor(config, self.settings.executor, choices.workplace(config, self.settings))
        targets.matching((), self.settings.target, config.rootpath, config.invocation_params.dir)
        self.changes = choices.changes(config, self.settings)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """What a killed session left half done is put right before anything is collected."""
        option = self.config.option
        if not (option.collectonly or option.setuponly or getattr(option, "setupplan", False)):
            self._recovered = recovered(self.config.rootpath)
            try:
                self._look_elsewhere()
                self.price = choices.price(self.config, self.settings)
                if self.model is not None and self.settings.mode != "preview":
                    self._spent = choices.looked(self.model, self.settings, self.price)
            except ConfigError as error:
                raise pytest.UsageError(str(error)) from error
            except ModelRefused as error:
                chosen = self.settings.model or USUAL_MODEL
                raise pytest.UsageError(
                    f"--ai-gen-model={chosen}: {error} (--ai-gen-engine=explore goes without a model)"
                ) from error

    def _look_elsewhere(self) -> None:
        """As many candidates run at once as other machines take, where these run them and the user does not say."""
        if self.settings.mode != "plan":
            place = choices.workplace(self.config, self.settings)
            at_once = elsewhere.at_once(choices.executor(self.config, self.settings.executor, place))
            if at_once is not None and self.settings.workers is None:
                self.settings = replace(self.settings, workers=at_once)

    # ----------------------------------------------------------------------------------- while tests run

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._uncollected[report.nodeid] = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] += report.duration
        if report.failed:
            self._failed[report.nodeid] = None
        if report.skipped or hasattr(report, "wasxfail"):
            self._skipped[report.nodeid] = None
        elif report.failed or report.when == "call":
            self._passed_or_failed[report.nodeid] = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        output = getattr(node, "workeroutput", {})
        if _WORKER_DATA in output:
            self._parts.append(from_plain(output[_WORKER_DATA]))
        if _WORKER_SUITE in output:
            suite = suites.from_plain(output[_WORKER_SUITE])
            self._observed.update(dict.fromkeys(suite.observations))
            self.given.update({(base, one.name): one.gives for base, one in suite.fixtures if one.gives})
            self.suite = self.suite if self.suite.modules else suite
        self.deselected = max(self.deselected, output.get(_WORKER_LEFT_OUT, 0))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Any:
        """pytest-cov's data is complete here, and gone by the end of the session."""
        self._ran = True
        try:
            return (yield)
        finally:
            self._observed.update(dict.fromkeys(self.watch.stop()))
            if self.recorder is not None:
                self._parts.append(self.recorder.stop())
            elif (cov := pytest_cov_coverage(self.config)) is not None:
                self._parts.append(measure.recorded(cov.get_data()))

    # ------------------------------------------------------------------------------------------- the line

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        option = self.config.option
        asks = option.collectonly or option.setuponly or getattr(option, "setupplan", False)
        if asks or not (self._ran or session.shouldfail):
            return  # nothing was to run: --collect-only, --fixtures, --setup-plan
        self.fault = self._why_not(session, exitstatus)
        if not self.fault:
            session.exitstatus = self._generate(int(exitstatus))
        if self.config.pluginmanager.get_plugin("terminalreporter") is None:
            self._show()

    def pytest_terminal_summary(self) -> None:
        self._show()

    def _why_not(self, session: pytest.Session, exitstatus: int) -> str:
        """Why what the suite showed is nothing to go by; empty where it is."""
        if exitstatus == pytest.ExitCode.INTERRUPTED and self._uncollected:
            return f"not all tests could be collected ({listed(self._uncollected)})"
        if exitstatus not in _SUITE_RAN:
            return "the suite did not run to its end"
        if session.shouldfail or session.shouldstop:
            return f"the suite did not run to its end ({session.shouldfail or session.shouldstop})"
        return ""

    def _generate(self, exitstatus: int) -> int:
        """Run the line. Whatever happens in it, pytest goes on to its own summary; returns the exit status."""
        from pytest_aigen.generation import Generation  # not in a worker of xdist: it is heavy

        rechecks = self.settings.mode in RECHECKING
        suite = replace(
            suites.with_given(self.suite, self.given),
            root=self.config.rootpath.resolve(),
            seconds=self._seconds,
            failed=(*self._failed, *self._uncollected),
            ran=tuple(self._passed_or_failed),
            skipped=tuple(self._skipped),
            observations=tuple(self._observed),
        )
        generation = Generation(
            self.config,
            self.settings,
            self.redactor,
            self.model,
            self.files,
            suite,
            [*self._recovered, *self._notes, *(() if rechecks else self._partial())],
            self.recorder.early if self.recorder else frozenset(),
            self._spent,
            self.price,
            self.changes,
        )
        status = pytest.ExitCode.USAGE_ERROR
        try:
            self.report = generation.run(united(self._parts))
            return exit_status(exitstatus, self.report)
        except KeyboardInterrupt:
            self.fault = "interrupted"
            return pytest.ExitCode.INTERRUPTED
        except LockedError as error:
            self.fault, status = str(error), pytest.ExitCode.TESTS_FAILED
        except AigenError as error:
            self.fault = str(error)
        except Exception as error:
            self.fault = fault(error)
            status = pytest.ExitCode.INTERNAL_ERROR
        self.fault = self.redactor.text(self.fault)
        return exitstatus if exitstatus == pytest.ExitCode.TESTS_FAILED else status

    def _partial(self) -> Iterator[str]:
        """What was left out of the suite, so that it looks as if nothing covered it."""
        if self.deselected:
            yield f"{self.deselected} tests were deselected: what only they cover counts as missing"
        if chosen := [arg for arg in self.config.args if "::" in arg or arg.endswith(".py")]:
            yield f"only {listed(chosen)} ran: what other tests cover counts as missing"
        if self._failed:
            yield f"these fail without any new test, and are not looked at: {listed(self._failed)}"
        if getattr(self.config.option, "forked", False):
            yield "--forked: what tests do in processes of their own is not measured, and counts as missing"
        if self._uncollected:
            yield f"could not be collected: {listed(self._uncollected)}; what they cover counts as missing"

    # ----------------------------------------------------------------------------------------- what is shown

    def _show(self) -> None:
        # Without its terminal reporter pytest has no such option, and `get_verbosity` of pytest 8.1 fails then.
        if self.report is None or self.config.getoption("verbose", 0) < 0:  # where no notes are shown
            for line in self._recovered:
                self._say(f"ai-gen: {line}")
        if self.fault:
            done = "proven again" if self.settings.mode in RECHECKING else "generated"
            self._say(f"ai-gen: nothing was {done}: {self.fault}")
        elif self.report is not None:
            for name, show in self._reporters():
                try:
                    show(report=self.report, settings=self.settings, config=self.config)
                except Exception as error:  # one reporter's fault does not cost the others
                    self._say(f"ai-gen: the report of {name} failed: {type(error).__name__}: {error}")

    def _reporters(self) -> Iterator[tuple[str, Any]]:
        """Each plugin that shows reports, by name, with a call that asks it alone."""
        manager, hook = self.config.pluginmanager, self.config.hook.pytest_aigen_report
        plugins = [implementation.plugin for implementation in hook.get_hookimpls()]
        for plugin in reversed(plugins):
            others = [other for other in plugins if other is not plugin]
            yield str(manager.get_name(plugin)), manager.subset_hook_caller("pytest_aigen_report", others)

    def _say(self, words: str) -> None:
        terminal: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        if terminal is None:
            print(words, file=sys.stderr)
        else:
            terminal.ensure_newline()
            terminal.write_line(words, red=True)


_SUITE_RAN = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)


def recovered(root: Path) -> tuple[str, ...]:
    """What was put right, in one line for each file; nothing while another run is at work, whose writes are not over."""
    from pytest_aigen import journal, lock

    if not journal.is_open(root):
        return ()
    try:
        with lock.held(root):
            return journal.recover(root)
    except (LockedError, WriteError):
        return ()


def listed(names: Iterable[str], most: int = 3) -> str:
    """
    >>> listed("abcde")
    'a, b, c and 2 more'
    """
    found = list(names)
    return ", ".join(found[:most]) + (f" and {len(found) - most} more" if len(found) > most else "")
