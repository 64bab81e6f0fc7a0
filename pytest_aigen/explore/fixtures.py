"""Fixtures of the project as inputs: which of them fit, and their values in the process at hand."""

from __future__ import annotations

import importlib
import inspect
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pytest_aigen.data import Fixture
from pytest_aigen.explore import effects
from pytest_aigen.explore.recipes import SETTING, Requested
from pytest_aigen.protocols import FixtureValues

#: Seconds that the set-up for a single call may take; the first one may have more to do than those that follow.
_SLOW = 0.25


class Offers:
    """The fixtures that a test of the module could ask for."""

    def __init__(self, fixtures: Sequence[Fixture] = ()) -> None:
        #: By name: of several the one that is defined nearest to the tests comes last.
        self._classes = {one.name: one.gives for one in fixtures}

    def giving(self, cls: type) -> list[Requested]:
        """Those whose values are instances of the class."""
        return [
            Requested(name)
            for name, gives in self._classes.items()
            if (given := _class(gives)) is not None and issubclass(given, cls)
        ]

    def named(self, name: str, hint: Any) -> list[Requested]:
        """The one of that name, if what is known of its value fits the annotation of an argument."""
        if name not in self._classes:
            return []
        given = _class(self._classes[name])
        misfit = given is not None and type(hint) is type and hint is not inspect.Parameter.empty
        return [] if misfit and not issubclass(given, hint) else [Requested(name)]  # type: ignore[arg-type]


def _class(name: str) -> type | None:
    """``shop.cart:Cart``, if there is such a class here."""
    module, _, path = name.partition(":")
    try:
        found: Any = sys.modules.get(module) or importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except Exception:  # whatever importing code raises, and what is in a function
        return None
    return found if isinstance(found, type) else None


class Stage:
    """Fixtures that are set up anew for every call. What they do is no part of the call: it is neither forbidden, timed nor
    watched.
    """

    def __init__(self, values: FixtureValues) -> None:
        self._values = values
        self._slow: set[str] = set()
        self._rounds = 0
        self._is_used = False

    def fresh(self) -> None:
        """Tear down what the last call was given."""
        if self._is_used:
            self._is_used = False
            self._rounds += 1
            with _aside():
                self._values.renew()

    def value(self, name: str) -> object:
        """Raises what the set-up raises, as an Exception, and LookupError for one that takes too long."""
        if name in self._slow:
            raise LookupError(f"the fixture takes long: {name}")
        self._is_used = True
        began = time.monotonic()
        with _aside():
            try:
                return self._values.value(name)
            except Exception:
                raise
            except BaseException as error:  # pytest.skip and the like
                if isinstance(error, KeyboardInterrupt):
                    raise
                raise LookupError(f"{name}: {type(error).__name__}: {error}") from error
            finally:
                if self._rounds and time.monotonic() - began > _SLOW:
                    self._slow.add(name)


@contextmanager
def staged(values: FixtureValues | None) -> Iterator[None]:
    """Requested fixtures have values inside the block, if there is what makes them."""
    before, SETTING.stage = SETTING.stage, Stage(values) if values is not None else None
    try:
        yield
    finally:
        if SETTING.stage is not None:
            SETTING.stage.fresh()
        SETTING.stage = before


@contextmanager
def _aside() -> Iterator[None]:
    """Without the limits and the eyes that are on a call."""
    belt, profile, trace = effects.belt(), sys.getprofile(), sys.gettrace()
    timed = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    was, belt.on = belt.on, False
    sys.setprofile(None)
    sys.settrace(None)
    timer = signal.setitimer(signal.ITIMER_REAL, 0) if timed else (0.0, 0.0)
    try:
        yield
    finally:
        if timed:
            signal.setitimer(signal.ITIMER_REAL, *timer)
        sys.settrace(trace)
        sys.setprofile(profile)
        belt.on = was
