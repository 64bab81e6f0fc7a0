"""Parts of what runs in the child, in this process: the child measures candidates, and so cannot be measured itself."""

from __future__ import annotations

import importlib
import operator
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pytest_aigen.data import Job, Probe
from pytest_aigen.executors.child import perform
from pytest_aigen.executors.child.folders import Folders
from pytest_aigen.executors.child.overlay import Overlay, imported, imported_files, module_name
from pytest_aigen.executors.child.reaching import Reached
from pytest_aigen.executors.child.tracing import Tracer

SUITE = """
import pytest

def test_passes(): pass
def test_fails(): assert [1, 2] == [1, 3]
def test_skipped(): pytest.skip("needs a server")
@pytest.mark.xfail(reason="known")
def test_xfails(): assert 0
@pytest.mark.xfail
def test_xpasses(): pass
@pytest.fixture
def broken(): raise ValueError("no set-up")
def test_errors(broken): pass
"""


def test_verdicts_tell_why_a_test_did_not_pass(pytester: pytest.Pytester) -> None:
    path = pytester.makepyfile(SUITE)
    verdicts = perform.Verdicts()
    pytester.inline_run("-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:randomly", plugins=[verdicts])
    reasons = {name.rpartition("::")[2]: why for name, why in verdicts.failed.items()}
    assert {name: kind for name, (kind, _) in reasons.items()} == {
        "test_fails": "failed",
        "test_skipped": "skipped",
        "test_xfails": "skipped",
        "test_xpasses": "skipped",
        "test_errors": "error",
    }
    assert reasons["test_skipped"][1] == "skipped: needs a server"
    assert reasons["test_errors"][1].startswith("in setup:")
    assert "[1, 2] == [1, 3]" in reasons["test_fails"][1]
    assert path.read_text("utf-8").splitlines()[(verdicts.line or 0) - 1].startswith("def test_fails()")


@pytest.mark.parametrize("body", ["def (", "import pytest\npytest.skip('all', allow_module_level=True)"])
def test_verdicts_hold_what_could_not_be_collected(pytester: pytest.Pytester, body: str) -> None:
    pytester.makepyfile(body)
    verdicts = perform.Verdicts()
    pytester.inline_run("-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:randomly", plugins=[verdicts])
    assert len(verdicts.broken) == 1


@pytest.mark.parametrize(
    ("tests", "found", "missing"),
    [
        ((), ["t.py::a[1]", "t.py::a[2]", "t.py::C::b", "t.py::ab"], []),
        (("a",), ["t.py::a[1]", "t.py::a[2]"], []),
        (("ab", "a[2]"), ["t.py::ab", "t.py::a[2]"], []),
        (("C",), ["t.py::C::b"], []),
        (("a[1]", "gone"), ["t.py::a[1]"], ["gone"]),
    ],
)
def test_chosen(tests: tuple[str, ...], found: list[str], missing: list[str]) -> None:
    items = [SimpleNamespace(nodeid=f"t.py::{name}") for name in ("a[1]", "a[2]", "C::b", "ab")]
    picked, not_there = perform.chosen(cast("list[pytest.Item]", items), "t.py::", tests)
    assert ([item.nodeid for item in picked], not_there) == (found, missing)


# ------------------------------------------------------------------------------------------------ probes


class FakeChannel:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.values: list[object] = []

    def event(self, **message: Any) -> None:
        self.events.append(message)

    def value(self, value: object) -> None:
        self.values.append(value)


def double(number: int) -> int:
    return number * 2


def count(number: int) -> Iterator[int]:
    yield from range(number)


def fail(number: int) -> None:
    raise ValueError(f"not {number}")


@pytest.mark.parametrize(
    ("function", "values", "outcome"),
    [("double", [6], "passed"), ("count", [0, 1, 2], "passed"), ("fail", [], "error"), ("gone", [], "error")],
)
def test_probe(tmp_path: Path, function: str, values: list[object], outcome: str) -> None:
    channel = FakeChannel()
    overlay = Overlay({})
    try:
        perform.perform(
            Job(tmp_path / "t.py", (), probe=Probe(f"{__name__}:{function}", 3)),
            channel=cast(Any, channel),
            session=cast(Any, None),
            folders=cast(Any, None),
            overlay=overlay,
            tracer=Tracer([], branch=True, config=None),
            scrub=[],
        )
    finally:
        overlay.remove()
    assert channel.values == values
    result = channel.events[-1]["result"]
    assert result["outcome"] == outcome
    assert ("ValueError: not 3" in result["detail"]) == (function == "fail")


# ------------------------------------------------------------------------------------- lines that are reached


@pytest.mark.parametrize("traces", [False, True])
@pytest.mark.parametrize(("net", "reached"), [(2, True), (-1, False)])
def test_whether_a_line_is_reached(net: int, reached: bool, traces: bool) -> None:
    """Whoever traces the process goes on afterwards."""
    names: dict[str, Any] = {}
    exec("def price(net):\n    if net < 0:\n        return 0\n    return net * 2\n", names)
    looks = Reached([names["price"].__code__], range(4, 5))
    before = sys.gettrace()
    try:
        if traces:
            sys.settrace(lambda *_: None)
        outer = sys.gettrace()
        with looks.watched(), looks.watched_closely():
            names["price"](net)
        after = sys.gettrace()
    finally:
        sys.settrace(before)
    assert looks.yes is reached
    assert after is outer


# ----------------------------------------------------------------------------------------------- overlay


@pytest.fixture
def overlay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Overlay]:
    """An overlay over a package on disk, which is on the path."""
    package = tmp_path.resolve() / "laid"
    package.mkdir()
    (package / "__init__.py").write_text("", "utf-8")
    (package / "old.py").write_text("VALUE = 'disk'\n", "utf-8")
    monkeypatch.syspath_prepend(package.parent)
    before = set(sys.modules)
    laid = Overlay(
        {
            package / "old.py": "VALUE = 'memory'\n",
            package / "new.py": "from laid.old import VALUE\n",
            package / "sub" / "__init__.py": "HERE = __name__\n",
            package.parent
            / "test_laid.py": "import laid.new\n\ndef test_it():\n    assert laid.new.VALUE == 'memory'\n",
        }
    )
    laid.install()
    importlib.invalidate_caches()
    yield laid
    laid.remove()
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_modules_come_from_memory_whether_they_exist_or_not(overlay: Overlay) -> None:
    assert importlib.import_module("laid.new").VALUE == "memory"
    assert importlib.import_module("laid.sub").HERE == "laid.sub"
    assert importlib.import_module("laid").__file__ != "", "and all others from disk"
    with pytest.raises(ImportError):
        importlib.import_module("laid.gone")


def test_what_is_imported_with_another_text_is_stale(overlay: Overlay, tmp_path: Path) -> None:
    overlay.remove()
    importlib.import_module("laid.old")
    old = tmp_path.resolve() / "laid" / "old.py"
    assert overlay.stale(tmp_path / "test_laid.py", imported_files()) == [str(old)]
    assert overlay.stale(old, imported_files()) == [], "the test module itself is made anew"
    same = Overlay({old: "VALUE = 'disk'\n"})
    assert same.stale(tmp_path / "test_laid.py", imported_files()) == []


def test_a_test_module_is_imported_as_pytest_names_it(
    overlay: Overlay, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    module = imported(tmp_path.resolve() / "test_laid.py", overlay, request.config)
    assert module.__name__.rpartition(".")[2] == "test_laid"
    module.test_it()


def test_names_of_test_modules(overlay: Overlay, tmp_path: Path) -> None:
    root = tmp_path.resolve()
    assert module_name(root / "test_x.py", overlay) == (root, "test_x")
    assert module_name(root / "laid" / "test_x.py", overlay) == (root, "laid.test_x")
    assert module_name(root / "laid" / "sub" / "test_x.py", overlay) == (root, "laid.sub.test_x")


def test_a_module_that_only_the_disk_has(overlay: Overlay, tmp_path: Path) -> None:
    path = tmp_path.resolve() / "test_disk.py"
    path.write_text("x = 1\n", "utf-8")
    overlay.add_from_disk(path)
    assert overlay.has(path)
    overlay.add_from_disk(path.with_name("test_gone.py"))
    assert not overlay.has(path.with_name("test_gone.py"))


class AsIn:
    """The configuration of this session, as if another import mode were asked for."""

    def __init__(self, config: pytest.Config, mode: str, root: Path) -> None:
        self._config, self._mode, self.rootpath = config, mode, root

    def getoption(self, name: str, *args: Any) -> Any:
        return self._mode if name == "importmode" else self._config.getoption(name, *args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._config, name)


@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
@pytest.mark.parametrize(
    ("folder", "names"),
    [
        ("", {"test_mode"}),
        ("laid", {"laid.test_mode"}),
        ("plain/deep", {"test_mode", "plain.deep.test_mode"}),
        ("outer/inner", {"outer.inner.test_mode"}),
    ],
)
def test_import_modes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    overlay: Overlay,
    request: pytest.FixtureRequest,
    mode: str,
    folder: str,
    names: set[str],
) -> None:
    root = tmp_path.resolve()
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry != str(root)])
    for package in ("outer", "outer/inner"):
        (root / package).mkdir()
        (root / package / "__init__.py").write_text(f"NAME = {package!r}\n", "utf-8")
    path = root / folder / "test_mode.py"
    texts = Overlay({path: "def test_it():\n    assert 1 + 1 == 2\n"})
    texts.install()
    try:
        module = imported(path, texts, cast("pytest.Config", AsIn(request.config, mode, root)))
    finally:
        texts.remove()
    assert module.__name__ in names
    assert module.__file__ == str(path)
    assert (str(path.parent) in sys.path or str(root) in sys.path) == (mode != "importlib")
    module.test_it()


@pytest.mark.parametrize(
    ("tests", "rewritten"),
    [
        pytest.param((), "test_a test_b helper TestC.test_a TestC.test_b TestC.tested", id="all"),
        pytest.param(("test_a",), "test_a helper", id="a function"),
        pytest.param(("test_b[1-x]",), "test_b helper", id="a row of a table"),
        pytest.param(("TestC::test_b",), "helper TestC.test_b", id="a method"),
        pytest.param(("TestC",), "helper TestC.test_a TestC.test_b TestC.tested", id="a class"),
        pytest.param(("test_a", "TestC::test_a"), "test_a helper TestC.test_a", id="two"),
    ],
)
def test_asserts_of_other_tests_are_left_as_they_are(
    tmp_path: Path, request: pytest.FixtureRequest, tests: tuple[str, ...], rewritten: str
) -> None:
    names = ("test_a", "test_b", "helper", "TestC.test_a", "TestC.test_b", "TestC.tested")
    body = "(x=[1]):\n{0}    assert len(x) == 1, 'too long'\n"
    code = "".join(f"def {name}{body.format('')}" for name in names[:3])
    code += "class TestC:\n" + "".join(f"    def {n[6:]}{body.format('    ')}" for n in names[3:])
    path = tmp_path / "test_few.py"
    texts = Overlay({path: code}, {path: tests})
    texts.install()
    try:
        module = imported(path, texts, cast("pytest.Config", AsIn(request.config, "importlib", tmp_path)))
    finally:
        texts.remove()
        sys.modules.pop("test_few", None)
    functions = {name: operator.attrgetter(name)(module) for name in names}
    found = [name for name, one in functions.items() if any("@py" in var for var in one.__code__.co_varnames)]
    assert found == rewritten.split()
    for function in functions.values():
        function()
        with pytest.raises(AssertionError, match="too long"):
            function([1, 2])


class Asks:
    """Asks for collectors when pytest comes to the tests, as the warm session does."""

    def __init__(self, folders: Folders, wanted: list[Path]) -> None:
        self.folders, self.wanted = folders, wanted
        self.got: list[tuple[str, str]] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.folders.complete(session, self.wanted)
        for folder in self.wanted:
            collector, problem = self.folders.collector(folder)
            self.got.append((collector.nodeid, problem))
        return True


def test_collectors_of_folders_that_exist_and_that_do_not(pytester: pytest.Pytester) -> None:
    root = pytester.path
    for name in ("tests", "tests/unit", "other"):
        (root / name).mkdir()
    (root / "tests" / "test_mine.py").write_text("raise RuntimeError('imported')\n", "utf-8")
    (root / "other" / "conftest.py").write_text("1 / 0\n", "utf-8")
    wanted = [root / "tests" / "unit", root / "tests" / "new" / "deep", root / "other"]
    folders = Folders(wanted)
    asks = Asks(folders, wanted)
    pytester.inline_run("-p", "no:cacheprovider", "tests", plugins=[folders, asks])
    (unit, fine), (new, also_fine), (_, broken) = asks.got
    assert (unit, new) == ("tests/unit", "tests/new/deep")
    assert (fine, also_fine) == ("", "")
    assert "ZeroDivisionError" in broken
