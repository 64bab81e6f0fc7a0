"""doctor: tells what `pytest --ai-gen` would find here and what to do about it; runs no test and writes nothing

It collects as pytest does, with the arguments that are given after ``--``.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from pytest_aigen import command
from pytest_aigen.ci import is_ci
from pytest_aigen.command.findings import Finding, Level, Probe
from pytest_aigen.reports.words import visible

_SIGNS = {Level.GOOD: "ok  ", Level.NOTE: "note", Level.STOP: "STOP"}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ask-model", action="store_true", help="send the model one short request, to see whether it answers"
    )
    parser.add_argument(
        "pytest_args", nargs="*", metavar="-- ARG", help="arguments for pytest: options of --ai-gen, paths"
    )


def run(given: argparse.Namespace, say: command.Say) -> int:
    if given.rootdir is not None:
        os.chdir(command.root(given.rootdir))
    found = [*_machine(), *_collected(given.pytest_args, given.ask_model)]
    for finding in found:
        say(f"{_SIGNS[finding.level]}  {visible(finding.what)}")
        if finding.do:
            say(f"      {visible(finding.do)}")
    stops = sum(finding.level is Level.STOP for finding in found)
    notes = sum(finding.level is Level.NOTE for finding in found)
    say("")
    if stops:
        say(f"a run would stop here: {stops} to put right (STOP), {notes} to know (note)")
        return command.STOPPED
    say(f"a run would work here: {notes} to know (note); next: pytest --ai-gen --ai-gen-mode=plan")
    return 0


def _machine() -> Iterator[Finding]:
    yield Finding(
        Level.GOOD, f"Python {platform.python_version()} ({platform.system()}), pytest {pytest.__version__}"
    )
    yield from _git(Path.cwd())
    if is_ci(os.environ):
        yield Finding(
            Level.NOTE,
            "CI is set: --ai-gen in addopts generates nothing here",
            "write --ai-gen on the command line of the job",
        )


def _git(folder: Path) -> Iterator[Finding]:
    if shutil.which("git") is None:
        yield Finding(
            Level.NOTE, "there is no git", "install it: `git diff` shows what was added, and takes it back"
        )
        return
    asked = ["git", "-C", str(folder), "status", "--porcelain", "--untracked-files=no"]
    done = subprocess.run(asked, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)
    if done.returncode:
        why = next(iter(done.stderr.strip().splitlines()), "no git repository")
        yield Finding(
            Level.NOTE, f"git: {why}", "`git init` and a commit, so that `git diff` shows what was added"
        )
    elif done.stdout.strip():
        changed = len(done.stdout.strip().splitlines())
        yield Finding(
            Level.NOTE,
            f"git: {changed} files with changes that are not committed",
            "commit them first, so that `git diff` shows only what is added",
        )
    else:
        yield Finding(Level.GOOD, "git: everything is committed")


#: This package is imported before pytest can rewrite it; where warnings are errors, that would be the end.
_IMPORTED = ("-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning")


def _collected(args: list[str], asks: bool) -> Iterator[Finding]:
    """What a session of pytest that only collects finds."""
    probe = Probe(asks)
    out, err = io.StringIO(), io.StringIO()
    ours = ["-p", "aigen", "--ai-gen", "--collect-only", "-q", "-p", "no:cacheprovider", *_IMPORTED]
    with redirect_stdout(out), redirect_stderr(err):
        status = pytest.main([*ours, *args], plugins=[probe])
    yield from probe.found
    if status == pytest.ExitCode.USAGE_ERROR:
        said = [row.strip() for row in err.getvalue().splitlines() if row.strip()]
        why = next(
            (row for row in said if "error:" in row.lower() and "usage:" not in row),
            said[-1] if said else "a usage error",
        )
        yield Finding(
            Level.STOP,
            re.sub(r"^.*?\berror: ", "", why, flags=re.I),
            "put the option or the key right that is named",
        )
    elif not probe.collected:
        rows = [row for row in (out.getvalue() + err.getvalue()).splitlines() if row.strip()]
        yield Finding(
            Level.STOP,
            f"pytest does not come to collect: {rows[-1] if rows else f'exit status {int(status)}'}",
            "run `pytest --collect-only` and put right what it says",
        )
