"""Values of fixtures for a probe, set up by pytest as for a test of one module.

Runs in the process of a probe; imports pytest and the standard library only.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_aigen.executors.child.folders import Folders
from pytest_aigen.executors.child.overlay import Overlay, OverlayModule
from pytest_aigen.executors.child.pytest_private import collected


class Values:
    """One round is one test that asks for the fixtures whose values are wanted. The first one collects the module."""

    def __init__(self, path: Path, session: pytest.Session, folders: Folders, overlay: Overlay) -> None:
        self._path, self._session, self._folders, self._overlay = path, session, folders, overlay
        self._module: OverlayModule | None = None
        self._problem = ""
        self._item: pytest.Function | None = None
        self._next: pytest.Function | None = None

    def value(self, name: str) -> object:
        """Raises what the set-up raises, and LookupError where the module cannot be collected."""
        if self._item is None:
            item, self._next = self._next or self._new(), None
            self._set_up(item)
            assert self._item is not None
        request = self._item.funcargs["request"]
        assert isinstance(request, pytest.FixtureRequest)
        return request.getfixturevalue(name)

    def _set_up(self, item: pytest.Function) -> None:
        """With the report of it, which fixtures look at when they are torn down."""
        self._item, hook = item, item.config.hook
        call = pytest.CallInfo.from_call(lambda: hook.pytest_runtest_setup(item=item), when="setup")
        hook.pytest_runtest_makereport(item=item, call=call)
        if call.excinfo is not None:
            raise call.excinfo.value

    def renew(self) -> None:
        """Tear down what this round set up; what has a wider scope stays."""
        item, self._item = self._item, None
        if item is not None:
            # Of what the next test has above it, nothing is torn down.
            self._next = self._new()
            item.config.hook.pytest_runtest_teardown(item=item, nextitem=self._next)

    def close(self) -> None:
        """Tear down everything."""
        item, self._item = self._item, None
        if self._module is not None:
            last = item or self._new()
            last.config.hook.pytest_runtest_teardown(item=last, nextitem=None)

    def _new(self) -> pytest.Function:
        if self._module is None and not self._problem:
            self._module = self._collected()
        if self._module is None:
            raise LookupError(self._problem)
        item: pytest.Function = pytest.Function.from_parent(self._module, name="test_probe", callobj=_asks)
        return item

    def _collected(self) -> OverlayModule | None:
        if not self._overlay.has(self._path):
            self._overlay.texts[str(self._path)] = ""
        parent, self._problem = self._folders.collector(self._path.parent)
        if self._problem:
            return None
        module: OverlayModule = OverlayModule.from_parent(parent, path=self._path)
        module.overlay = self._overlay
        report = collected(module)
        self._problem = report.longreprtext if report.failed else ""
        return None if self._problem else module


def _asks(request: pytest.FixtureRequest) -> None:
    """Stands for a test."""
