"""report: shows the last run that wrote again, in another format

The report is that of the run; sources are read as they are now.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from pytest_aigen import command, kept, statefolder, texts
from pytest_aigen.data import Report
from pytest_aigen.errors import AigenError
from pytest_aigen.privacy.redaction import Redactor, secret_values
from pytest_aigen.reports import diff, files, html, json_file, markdown, terminal

#: Each makes the bytes of a report.
FORMATS: dict[str, Callable[[Report, Redactor], bytes]] = {
    "json": json_file.encoded,
    "html": lambda report, redactor: html.render(report, _source).encode(),
    "markdown": lambda report, redactor: markdown.text(report, redacted=redactor.text).encode(
        "utf-8", "replace"
    ),
    "diff": lambda report, redactor: diff.patch(report).data,
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "format",
        nargs="?",
        metavar="FORMAT[:PATH]",
        help=f"one of {', '.join(FORMATS)}; without a path it goes to standard output (default: as pytest shows it)",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="everything, as with pytest -v")
    parser.add_argument("-q", "--quiet", action="store_true", help="two lines, as with pytest -q")


def run(given: argparse.Namespace, say: command.Say) -> int:
    kind, _, place = (given.format or "").partition(":")
    if kind and kind not in FORMATS:
        raise AigenError(f"there is no format {kind!r}; there are {', '.join(FORMATS)}")
    report = read(command.root(given.rootdir))
    if not kind:
        for line in terminal.lines(report, -1 if given.quiet else int(given.verbose)):
            say(line.text)
        return 0
    made = FORMATS[kind](report, Redactor(values=secret_values(os.environ)))
    if not place:
        sys.stdout.flush()
        sys.stdout.buffer.write(made)
        return 0
    try:
        files.write(Path.cwd() / place, made)
    except OSError as error:
        raise AigenError(f"{place} could not be written: {error.strerror or error}") from error
    say(f"written: {place}")
    return 0


def read(root: Path) -> Report:
    """The report of the last run. Raises AigenError that says what to do."""
    path = statefolder.last_run(root)
    try:
        return kept.loaded(path.read_bytes())
    except FileNotFoundError:
        raise AigenError(
            f"no run was kept in {root}: `pytest --ai-gen` keeps its last one that writes tests"
            " (another folder: --rootdir)"
        ) from None
    except OSError as error:
        raise AigenError(f"{path} cannot be read: {error.strerror}") from error
    except kept.KeptError as error:
        raise AigenError(f"{path} cannot be shown: {error}; `pytest --ai-gen` makes it anew") from error


def _source(path: Path) -> str:
    return texts.decode(path.read_bytes(), path.name)
