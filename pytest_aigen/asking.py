"""Asks a person at the terminal about each test, as ``git add -p`` does; for ``--ai-gen-mode=review``."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen import unified
from pytest_aigen.ci import is_ci
from pytest_aigen.data import Covered, Refusal, Trial
from pytest_aigen.errors import ConfigError
from pytest_aigen.review import Answer, Edited, Question

_KEYS = {"y": Answer.YES, "n": Answer.NO, "a": Answer.ALL, "d": Answer.REST, "q": Answer.QUIT}
_HELP = [
    *(f"{key} - {answer.value}" for key, answer in _KEYS.items()),
    "e - edit this test; it is proven again before you are asked again",
    "? - print this help",
]
_INSTEAD = (
    "use --ai-gen-mode=diff, which prints the tests as a patch, or --ai-gen-mode=write, and read `git diff`"
)


def possible(config: pytest.Config) -> None:
    """Raises ConfigError where there is nobody to ask about tests."""
    if why := hindrance(config):
        raise ConfigError(f"--ai-gen-mode=review: {why}; {_INSTEAD}")


def hindrance(config: pytest.Config) -> str:
    """Why there is nobody to ask; empty where there is."""
    if is_ci(os.environ) or os.environ.get("BUILD_NUMBER"):
        return "nobody can be asked in CI (CI is set)"
    if getattr(config.option, "dist", "no") != "no" or getattr(config.option, "numprocesses", None):
        return "nobody can be asked under xdist; run without it (-n0)"
    with real_terminal(config):
        if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
            return "standard input and output have to be a terminal"
    if config.pluginmanager.is_blocked("terminalreporter") or config.pluginmanager.is_blocked("terminal"):
        return "nothing can be shown with -p no:terminal"
    return ""


def agreed(config: pytest.Config, question: str) -> bool:
    """Whether the person at the terminal says yes. Raises KeyboardInterrupt for Ctrl-C."""
    writer = config.get_terminal_writer()
    with real_terminal(config), _interruptible():
        writer.write(question, bold=True, flush=True)
        return sys.stdin.readline().strip().lower() in ("y", "yes")


@contextmanager
def real_terminal(config: pytest.Config) -> Iterator[None]:
    """Give standard input and output back while it lasts; pytest replaces both, with ``-s`` or not."""
    manager: Any = config.pluginmanager.get_plugin("capturemanager")
    if manager is None:
        yield
        return
    manager.suspend(in_=True)
    try:
        yield
    finally:
        # Between tests pytest captures nothing, but keeps standard input.
        manager.resume()
        manager.suspend()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end a read from the terminal: an event loop catches it, and the read would go on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)


class Terminal:
    """Shows a test and returns what the person says to it."""

    def __init__(self, config: pytest.Config, root: Path, checks: Sequence[str]) -> None:
        """``checks``: names of those that every test passed; empty for all that there are."""
        self._config, self._root = config, root
        self._checks = ", ".join(checks) or "all checks"

    def __call__(self, question: Question) -> Answer | Edited:
        try:
            with real_terminal(self._config), _interruptible():
                return self._asked(question)
        except KeyboardInterrupt:
            return Answer.INTERRUPT
        finally:
            self._writer.line()

    @property
    def _writer(self) -> Any:
        return self._config.get_terminal_writer()

    def _asked(self, question: Question) -> Answer | Edited:
        self._show(question)
        where = place(question.trial.edit.path, self._root)
        again = " as it was before you edited it" if question.refusal else ""
        while True:
            self._writer.write(f"Add this test to {where}{again} [y,n,e,a,d,q,?]? ", bold=True, flush=True)
            if not (line := sys.stdin.readline()):
                return Answer.QUIT
            key = line.strip().lower()[:1]
            if key in _KEYS:
                return _KEYS[key]
            if key == "e":
                code = question.draft or question.trial.candidate.code
                if (edited := self._edit(code, question.trial.edit.path.name)) is not None:
                    return Edited(edited)
                continue
            for row in _HELP:
                self._writer.line(row, red=True)

    def _show(self, question: Question) -> None:
        trial = question.trial
        name = f"{place(trial.edit.path, self._root)}::{', '.join(trial.edit.tests)}"
        self._writer.line()
        self._writer.line(
            unified.shown(f"({question.number}/{max(question.total, question.number)}) {name}"), bold=True
        )
        where = place(trial.edit.path, self._root)
        old = "/dev/null" if trial.edit.before is None else f"a/{where}"
        for line in unified.lines(trial.edit.before or "", trial.edit.after, old, f"b/{where}"):
            self._writer.write(unified.shown(line), **unified.markup(line))
        for row in facts(trial, self._root, self._checks):
            self._writer.line(unified.shown(row), cyan=True)
        if question.refusal is not None:
            self._writer.line(unified.shown(_refused(question.refusal)), red=True)

    def _edit(self, code: str, name: str) -> str | None:
        """The code as the person left it in an editor; None where nothing came of it, which is said."""
        command = next(filter(None, (os.environ.get(v) for v in ("VISUAL", "EDITOR"))), None) or "vi"
        with tempfile.TemporaryDirectory(prefix="aigen-review-") as folder:
            path = Path(folder, name)
            path.write_text(code, "utf-8", newline="")
            try:
                words = shlex.split(command, posix=os.name != "nt")
                done = subprocess.run([shutil.which(words[0]) or words[0], *words[1:], str(path)])
                made = path.read_text("utf-8")
            except (OSError, ValueError, IndexError, UnicodeDecodeError) as error:
                self._writer.line(f"{command}: {error}; set VISUAL or EDITOR", red=True)
                return None
        if done.returncode or not made.strip() or made == code:
            why = (
                f"the editor ended with status {done.returncode}"
                if done.returncode
                else "nothing was changed"
            )
            self._writer.line(f"{why}: the test stays as it is", red=True)
            return None
        return made


def _refused(refusal: Refusal) -> str:
    return f"your edit is not kept: {refusal.check}: {refusal.reason}"


def place(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def facts(trial: Trial, root: Path, checks: str) -> Iterator[str]:
    """What a test covers that nothing else does, and what it proves."""
    yield f"covers  {covers(trial.gained, root) or 'nothing beside what you kept already'}"
    ran = f"{trial.run.outcome.value} in {trial.run.seconds:.2f} s"
    yield f"proven  {ran}, and by {checks}; proposed by {trial.candidate.origin}"
    for proof in trial.proofs:
        if proof.check == "origin":
            yield f"beware  {proof.says}"


def covers(gained: Covered, root: Path) -> str:
    """
    >>> from pytest_aigen.data import Reached
    >>> lines = Reached(frozenset({1, 2, 3, 7}), frozenset({(3, 7), (7, -1)}))
    >>> covers({Path("/p/shop.py"): lines}, Path("/p"))
    'shop.py: lines 1-3, 7, branches 3->7, 7->exit'
    """
    parts = []
    for path, reached in sorted(gained.items()):
        lines = _ranges(sorted(reached.lines))
        branches = [f"{start}->{end if end > 0 else 'exit'}" for start, end in sorted(reached.branches)]
        words = [
            f"{noun if count == 1 else plural} {', '.join(items)}"
            for noun, plural, count, items in (
                ("line", "lines", len(reached.lines), lines),
                ("branch", "branches", len(branches), branches),
            )
            if items
        ]
        parts.append(f"{place(path, root)}: {', '.join(words)}")
    return "; ".join(parts)


def _ranges(numbers: Sequence[int]) -> list[str]:
    """
    >>> _ranges([1, 2, 3, 7])
    ['1-3', '7']
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]
