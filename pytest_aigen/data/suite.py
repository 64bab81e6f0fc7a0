"""Records of what the user's tests are, and what they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Fixture:
    """A fixture that is visible where the tests will stand."""

    name: str
    scope: str
    signature: str
    doc: str
    where: str
    #: Whether it is made anew for each test, in one way only, and without an event loop.
    is_plain: bool = False
    #: The class of its value, ``shop.cart:Cart``, as it is annotated or was seen while the suite ran.
    gives: str = ""
    #: The values it takes one after another, in a few words.
    params: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """A call that the suite made, in expressions that make what was passed anew."""

    path: Path
    qualname: str
    #: On which the function's definition begins, decorators included.
    line: int
    arguments: tuple[tuple[str, str], ...]
    #: Of a method, what makes the object; empty for functions and constructors.
    receiver: str = ""

    @property
    def text(self) -> str:
        """The call as one would write it."""
        given = ", ".join(f"{name}={value}" for name, value in self.arguments)
        if self.receiver:
            return f"{self.receiver}.{self.qualname.rpartition('.')[2]}({given})"
        return f"{self.qualname.removesuffix('.__init__')}({given})"


@dataclass(frozen=True, slots=True)
class Suite:
    """What collecting and running the user's tests showed."""

    #: Test modules that were collected.
    modules: tuple[Path, ...] = ()
    #: Fixtures with the node id of the folder or module below which each is visible; ``""`` is everywhere.
    fixtures: tuple[tuple[str, Fixture], ...] = ()
    #: Node ids of tests that failed or had errors, and of what could not be collected.
    failed: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    #: Markers that are registered, pytest's own apart: ``slow: takes long``.
    markers: tuple[str, ...] = ()
    #: Names of fixtures that come with plugins, by the plugin.
    plugin_fixtures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Node ids of tests that passed or failed.
    ran: tuple[str, ...] = ()
    #: Node ids of tests that were skipped, or failed as they were expected to.
    skipped: tuple[str, ...] = ()
    #: The folder to which node ids are relative.
    root: Path = Path()
    #: Seconds that each test took, by node id.
    seconds: Mapping[str, float] = field(default_factory=dict)
    #: Some calls of the project's functions.
    observations: tuple[Observation, ...] = ()

    @property
    def all_not_passing(self) -> frozenset[str]:
        """Node ids of tests of which nothing can be expected."""
        return frozenset((*self.failed, *self.skipped))

    def not_passing(self, path: Path) -> frozenset[str]:
        """Those of a module, by node id within it."""
        start = self._start(path)
        return frozenset(name.removeprefix(start) for name in self.all_not_passing if name.startswith(start))

    def took(self, path: Path) -> tuple[float, ...]:
        """Seconds that each test of a module took."""
        start = self._start(path)
        return tuple(seconds for name, seconds in self.seconds.items() if name.startswith(start))

    def _start(self, path: Path) -> str:
        """How the node ids of a module begin."""
        below = path.relative_to(self.root) if path.is_relative_to(self.root) else path
        return f"{below.as_posix()}::"
