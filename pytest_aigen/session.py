"""The composition root: turns settings into objects, and hooks into one call of the line. Knows all, decides nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pytest_aigen import choices, measure, targets
from pytest_aigen.context import suite as suites
from pytest_aigen.cov_plugin import coverage_config, pytest_cov_coverage, pytest_cov_measures
from pytest_aigen.data import Ended, Report, Suite
from pytest_aigen.errors import ConfigError
from pytest_aigen.extensions import register_extensions
from pytest_aigen.generation import Generation

_WORKER_DATA, _WORKER_SUITE = "aigen_coverage", "aigen_suite"


def start_recorder(early_config: pytest.Config) -> measure.Recorder | None:
    """Begin to measure, unless pytest-cov does; a usage error where coverage's configuration is wrong."""
    if pytest_cov_measures(early_config.known_args_namespace):
        return None
    try:
        recorder = measure.Recorder(coverage_config(early_config))
    except ConfigError as error:
        raise pytest.UsageError(str(error)) from error
    recorder.start()
    return recorder


class _Measured:
    """What controller and workers have in common: contexts while tests run, and what collecting showed."""

    def __init__(self, config: pytest.Config, recorder: measure.Recorder | None) -> None:
        self.config, self.recorder = config, recorder
        self.suite = Suite()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.suite = suites.suite_of(session)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        if self.recorder is None:
            return (yield)
        self.recorder.test(item.nodeid)
        try:
            return (yield)
        finally:
            self.recorder.test("")


class Worker(_Measured):
    """In a worker of xdist: measures, and sends what it has."""

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        output = self.config.workeroutput  # type: ignore[attr-defined]
        if self.recorder is not None:
            output[_WORKER_DATA] = self.recorder.stop()
        output[_WORKER_SUITE] = suites.to_plain(self.suite)


class Session(_Measured):
    """In the user's process: runs the line when the suite is done."""

    def __init__(self, config: pytest.Config, recorder: measure.Recorder | None) -> None:
        super().__init__(config, recorder)
        register_extensions(config.pluginmanager)
        try:
            self._prepare(config)
        except ConfigError as error:
            raise pytest.UsageError(str(error)) from error
        self.report: Report | None = None
        self._parts: list[bytes] = []
        self._failed: dict[str, None] = {}
        self._notes = (
            [] if self.files else [f"no source files in {config.rootpath}; name them with --ai-gen-source"]
        )

    def _prepare(self, config: pytest.Config) -> None:
        """Everything that can be wrong in what the user asked for is found before the first test."""
        self.settings = choices.read_settings(config)
        self.model = choices.model(config, self.settings)
        self.files = choices.source_files(config, self.settings)
        choices.checks(config, self.settings)
        choices.executor(config, self.settings.executor, choices.workplace(config, self.settings))
        targets.matching((), self.settings.target, config.rootpath, config.invocation_params.dir)

    # ----------------------------------------------------------------------------------- while tests run

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failed[report.nodeid] = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        output = getattr(node, "workeroutput", {})
        if _WORKER_DATA in output:
            self._parts.append(output[_WORKER_DATA])
        if _WORKER_SUITE in output and not self.suite.modules:
            self.suite = suites.from_plain(output[_WORKER_SUITE])

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Any:
        """pytest-cov's data is complete here, and gone by the end of the session."""
        try:
            return (yield)
        finally:
            if self.recorder is not None:
                self._parts.append(self.recorder.stop())
            elif (cov := pytest_cov_coverage(self.config)) is not None:
                self._parts.append(cov.get_data().dumps())

    # ------------------------------------------------------------------------------------------- the line

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        option = self.config.option
        if option.collectonly or getattr(option, "setupplan", False):
            return
        if exitstatus not in (
            pytest.ExitCode.OK,
            pytest.ExitCode.TESTS_FAILED,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        ):
            return
        self.suite = replace(self.suite, failed=tuple(self._failed))
        generation = Generation(self.config, self.settings, self.model, self.files, self.suite, self._notes)
        self.report = generation.run(self._parts)
        session.exitstatus = exit_status(int(exitstatus), self.report)
        if self.config.pluginmanager.get_plugin("terminalreporter") is None:
            self._show()

    def pytest_terminal_summary(self) -> None:
        self._show()

    def _show(self) -> None:
        if self.report is not None:
            self.config.hook.pytest_aigen_report(
                report=self.report, settings=self.settings, config=self.config
            )


def exit_status(suite: int, report: Report) -> int:
    """pytest's exit status after the line: a failed suite stays failed; 2 when interrupted; 1 when ``--cov-target`` was
    given and not reached, or a file could not be written; 0 for a suite that had no tests and has some now.
    """
    if report.ended is Ended.INTERRUPTED:
        return pytest.ExitCode.INTERRUPTED
    if suite == pytest.ExitCode.TESTS_FAILED:
        return suite
    if report.mode == "write" and report.unwritten:
        return pytest.ExitCode.TESTS_FAILED
    if report.cov_target is not None and report.after.percent < report.cov_target and report.mode != "plan":
        return pytest.ExitCode.TESTS_FAILED
    if suite == pytest.ExitCode.NO_TESTS_COLLECTED and report.accepted and report.mode == "write":
        return pytest.ExitCode.OK
    return suite
