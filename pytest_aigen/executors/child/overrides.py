"""Takes the sting out of options that fit a whole session and not single candidates.

``addopts`` of the user stays in force: it may load plugins, set the import mode or settings modules. What would
distribute, measure, select, stop early, debug or write files is undone where pytest keeps it, because a flag that undoes
it is a usage error when the plugin that owns it is not loaded.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen.executors.child.pytest_private import drop_measuring, mute_terminal

#: Destination of an option -> its harmless value; set where the option exists.
HARMLESS: dict[str, Any] = {
    # pytest
    "keyword": "",
    "markexpr": "",
    "maxfail": 0,
    "collectonly": False,
    "deselect": None,
    "ignore": None,
    "ignore_glob": None,
    "lf": False,
    "failedfirst": False,
    "newfirst": False,
    "last_failed_no_failures": "all",
    "cacheclear": False,
    "cacheshow": None,
    "stepwise": False,
    "stepwise_skip": False,
    "stepwise_reset": False,
    "usepdb": False,
    "trace": False,
    "setuponly": False,
    "setupshow": False,
    "setupplan": False,
    "showfixtures": False,
    "show_fixtures_per_test": False,
    "markers": False,
    "doctestmodules": False,
    "pyargs": False,
    "basetemp": None,
    "xmlpath": None,
    "log_file": None,
    "pastebin": None,
    "runxfail": False,
    "tbstyle": "short",
    "showlocals": False,
    "fulltrace": False,
    "verbose": 0,
    "durations": None,
    # pytest-xdist
    "numprocesses": 0,
    "dist": "no",
    "distload": False,
    "tx": [],
    "looponfail": False,
    # pytest-rerunfailures, pytest-repeat, pytest-html, pytest-reportlog, pytest-json-report
    "reruns": 0,
    "count": 1,
    "htmlpath": None,
    "report_log": None,
    "json_report": False,
    # pytest-randomly: the order is ours
    "randomly_reorganize": False,
    # pytest-forked: each candidate has a process of its own, which may start no other
    "forked": False,
}

#: The package is a plugin that is imported before pytest could rewrite it, which ``-W error`` would make a fault.
_NOT_REWRITTEN = "ignore:Module already imported so cannot be rewritten:pytest.PytestAssertRewriteWarning"
#: Of a plugin that the user's ``addopts`` turn off.
_NOT_KNOWN = "ignore:Unknown config option:pytest.PytestConfigWarning"


def arguments(args: tuple[str, ...], root: Path, folders: list[Path], cache: Path) -> list[str]:
    """The command line of the warm session.

    >>> arguments(("-x",), Path("/p"), [Path("/p/tests")], Path("/tmp/c"))[-2:]
    ['--rootdir=/p', '/p/tests']
    """
    ours = ["--capture=no", f"-W{_NOT_REWRITTEN}", f"-W{_NOT_KNOWN}"]
    if not _is_off("cacheprovider", args):
        ours.append(f"-ocache_dir={cache}")
    if not _is_off("logging", args):
        ours += ["-olog_file=", "-olog_cli=false"]
    return [*args, *ours, f"--rootdir={root}", *map(str, folders)]


def _is_off(plugin: str, args: tuple[str, ...]) -> bool:
    """Whether the command line says ``-p no:PLUGIN``, in one word or in two."""
    return any(arg.removeprefix("-p") == f"no:{plugin}" for arg in args)


class Overrides:
    """The plugin that applies them, before other plugins read them."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> Generator[None, object, object]:
        drop_measuring(early_config)
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> Generator[None, object, object]:
        for name, value in HARMLESS.items():
            if hasattr(config.option, name):
                setattr(config.option, name, value)
        return (yield)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        mute_terminal(session.config)
