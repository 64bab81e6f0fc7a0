"""``pytest-aigen``: what is not a test run. Everything that generates is ``pytest --ai-gen``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import pytest_aigen
from pytest_aigen.errors import AigenError

#: Writes a line to standard output.
Say: TypeAlias = Callable[[str], None]

STOPPED, WRONG = 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status: 0, 1 where a command has bad news, 2 where it cannot be done."""
    arguments = _parser().parse_args(argv)
    try:
        status = arguments.run(arguments, _say)
        sys.stdout.flush()
        return int(status)
    except AigenError as error:
        print(f"pytest-aigen: {error}", file=sys.stderr)
        return WRONG
    except BrokenPipeError:  # as with `| head`
        sys.stderr.close()
        return 0


def _say(line: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    print(line.encode(encoding, "backslashreplace").decode(encoding))


def _parser() -> argparse.ArgumentParser:
    from pytest_aigen.command import cache, doctor, last, merge, show

    parser = argparse.ArgumentParser(
        "pytest-aigen",
        description="Looks at what `pytest --ai-gen` did, or would do, and joins what was done in parts.",
    )
    parser.add_argument("--version", action="version", version=f"pytest-aigen {pytest_aigen.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, module in (
        ("report", last),
        ("show", show),
        ("merge", merge),
        ("cache", cache),
        ("doctor", doctor),
    ):
        summary = (module.__doc__ or "").partition("\n")[0].partition(": ")[2]
        command = commands.add_parser(name, help=summary, description=summary)
        command.add_argument(
            "--rootdir", type=Path, metavar="DIR", help="the root of the project (default: found from here)"
        )
        module.arguments(command)
        command.set_defaults(run=module.run)
    return parser


def root(given: Path | None) -> Path:
    """The project's root: the folder given, else the nearest above with ``.pytest_aigen``. Raises AigenError."""
    from pytest_aigen import statefolder

    here = Path.cwd()
    if given is not None:
        if not given.is_dir():
            raise AigenError(f"--rootdir: there is no folder {given}")
        return given.resolve()
    for folder in (here, *here.parents):
        if (folder / statefolder.NAME).is_dir():
            return folder
    return here
