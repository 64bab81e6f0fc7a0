"""Brings about the conditions of a job in its process, as far as that is possible once the process runs."""

from __future__ import annotations

import locale
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pytest_aigen.data import DAYS, MORE_HASH_SEEDS, Condition
from pytest_aigen.executors.child import clock

SEED = 4242
#: Seconds: some hours, minutes and seconds more than the days by which the date is moved.
_ODD = 27_683
_HALF_DAY = 12 * 60 * 60
#: Seconds since the machine was started, as far as monotonic clocks tell.
_LONG_STARTED, _JUST_STARTED = 3e8, 77.0
#: Of another offset than the present one, with half an hour in it; then one without a time zone database.
_ZONES = ("Asia/Kolkata", "Pacific/Marquesas", "AIGEN-5:30")
#: In other languages first.
_LOCALES = ("de_DE.UTF-8", "fr_FR.UTF-8", "tr_TR.UTF-8", "en_US.UTF-8", "C.UTF-8", "C")


@dataclass(frozen=True)
class Surroundings:
    """What a process finds when it starts, and what a conftest file or a plugin may settle by itself."""

    zone: str | None
    locale: tuple[str | None, ...]
    folder: str

    @classmethod
    def present(cls) -> Surroundings:
        names = tuple(map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG")))
        return cls(os.environ.get("TZ"), names, os.getcwd())


def bring_about(
    conditions: Iterable[Condition], temp: Path, root: Path, started: Surroundings
) -> dict[str, str]:
    """Names of the conditions that hold now -> by what.

    Those that this system cannot have are not among them, nor what the project settled since the process ``started``:
    there it is the same wherever its tests run.
    """
    now = Surroundings.present()
    settled = {
        Condition.ZONE: now.zone != started.zone,
        Condition.LOCALE: now.locale != started.locale,
        Condition.FOLDER: now.folder != started.folder,
    }
    asked = {condition for condition in conditions if not settled.get(condition, False)}
    means: dict[Condition, Callable[[], str | None]] = {
        # First: it may import a library, which may do anything.
        Condition.DATE: lambda: clock.move(DAYS, root),
        Condition.SAME_DATE: lambda: clock.move(0, root),
        Condition.MOMENT: lambda: clock.move(DAYS, root, _ODD, _LONG_STARTED),
        Condition.OTHER_MOMENT: lambda: clock.move(
            _other_part(date.today()), root, _ODD + _HALF_DAY, _JUST_STARTED
        ),
        # Those without effects here hold from the start of the process, or by the order of the tests.
        **dict.fromkeys(
            (Condition.HASH_SEED, *MORE_HASH_SEEDS),
            lambda: f"PYTHONHASHSEED={os.environ.get('PYTHONHASHSEED')}",
        ),
        Condition.RANDOM_SEED: _seed,
        Condition.ZONE: _zone,
        Condition.LOCALE: _locale,
        Condition.TMPDIR: lambda: _tmpdir(temp / "other tmp"),
        Condition.FOLDER: lambda: _folder(temp / "elsewhere"),
        Condition.TWICE: lambda: "",
        Condition.REVERSED: lambda: "",
    }
    held = {condition.name: bring() for condition, bring in means.items() if condition in asked}
    return {name: how for name, how in held.items() if how is not None}


def _other_part(today: date) -> int:
    """Days to a Saturday from a weekday, to a Monday from a weekend; as many as `DAYS`, or a few more.

    The odd hours may make it the day after, which is of the same part.

    >>> [(date(2026, 11, day) + timedelta(_other_part(date(2026, 11, day)))).strftime("%a") for day in (27, 28, 29, 30)]
    ['Sat', 'Mon', 'Mon', 'Sat']
    """
    wanted = 5 if today.weekday() < 5 else 0
    return DAYS + (wanted - (today + timedelta(DAYS)).weekday()) % 7


def _seed() -> str:
    random.seed(SEED)
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(SEED)
    return f"seed {SEED}"


def _zone() -> str | None:
    if not hasattr(time, "tzset"):
        return None
    before = time.timezone
    for name in _ZONES:
        os.environ["TZ"] = name
        time.tzset()
        if time.timezone not in (before, 0):
            return f"TZ={name}"
    return None


def _locale() -> str | None:
    """What starting with ``LC_ALL`` would do: of the categories Python itself sets only that of characters, and takes
    UTF-8 for the encoding of ``C``.
    """
    present = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "C")
    for name in _LOCALES:
        if _plain(name) == _plain(present):
            continue
        try:
            if name != "C":
                locale.setlocale(locale.LC_CTYPE, name)
        except locale.Error:
            continue
        os.environ.update(LC_ALL=name, LANG=name)
        return f"LC_ALL={name}"
    return None


def _plain(name: str) -> str:
    return name.lower().replace("-", "")


def _tmpdir(folder: Path) -> str:
    folder.mkdir()
    names = ("TMPDIR", "TEMP", "TMP") if os.name == "nt" else ("TMPDIR",)
    os.environ.update(dict.fromkeys(names, str(folder)))
    tempfile.tempdir = str(folder)
    return "a name with a blank in it"


def _folder(folder: Path) -> str:
    """Whatever Python finds by the present working directory is found from there too."""
    folder.mkdir()
    sys.path[:] = [os.path.abspath(entry) for entry in sys.path]
    os.chdir(folder)
    return "an empty folder"
