"""Which gaps are worth a test, in which order, and where their tests go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from pytest_aigen import targets
from pytest_aigen.data import Coverage, Gap
from pytest_aigen.errors import ConfigError

A = Path("/p/pkg/a.py")
B = Path("/p/pkg/b.py")


def gap(qualname: str = "f", first: int = 1, last: int = 9, lines: int = 3, path: Path = A) -> Gap:
    return Gap(path, qualname, first, last, frozenset(range(last - lines + 1, last + 1)))


# -------------------------------------------------------------------------------------------- worth a test


@pytest.mark.parametrize(
    ("source", "lines", "left", "reason"),
    [
        pytest.param("def f():\n    return 1\n", {2}, {2}, None, id="an ordinary line"),
        pytest.param("if TYPE_CHECKING:\n    import os\nx = 1\n", {2}, None, "for type checkers only", id="TYPE_CHECKING"),
        pytest.param("if typing.TYPE_CHECKING:\n    import os\n", {2}, None, "for type checkers only", id="typing."),
        pytest.param("if TYPE_CHECKING:\n    import os\nelse:\n    os = 1\n", {2, 4}, {4}, None, id="its else counts"),
        pytest.param("if __name__ == '__main__':\n    main()\n", {2}, None, "runs only as a script", id="main guard"),
        pytest.param("if sys.platform == 'plan9':\n    x = 1\n", {2}, None, "for another platform or Python", id="platform"),
        pytest.param("if sys.platform.startswith('plan9') or os.name == 'ce':\n    x = 1\n", {2}, None, "for another platform or Python", id="platforms"),
        pytest.param("if sys.version_info >= (3, 8):\n    x = 1\nelse:\n    x = 2\n", {2, 4}, {2}, None, id="the arm for older Pythons"),
        pytest.param("if sys.version_info[0] == 2:\n    x = 1\n", {2}, None, "for another platform or Python", id="Python 2"),
        pytest.param("if sys.platform == name:\n    x = 1\n", {2}, {2}, None, id="a condition on something else too"),
        pytest.param("if sys.platform in names():\n    x = 1\n", {2}, {2}, None, id="a call is not evaluated"),
        pytest.param("if sys.platform < 3:\n    x = 1\n", {2}, {2}, None, id="a condition that cannot be evaluated"),
        pytest.param("def f():\n    raise NotImplementedError\n", {2}, None, "a stub", id="not implemented"),
        pytest.param("def f():\n    '''Doc.'''\n    raise NotImplementedError('x')\n", {3}, None, "a stub", id="with a docstring"),
        pytest.param("def f(x):\n    if x:\n        raise NotImplementedError\n    return 1\n", {3, 4}, {3, 4}, None, id="a condition makes it a behaviour"),
        pytest.param("def f():\n    raise ValueError\n", {2}, {2}, None, id="another exception is a behaviour"),
        pytest.param("def f():\n    pass\n", {2}, {2}, None, id="pass can be called"),
        pytest.param("def f(): ...\n", {1}, {1}, None, id="the def line is executed by the import"),
        pytest.param("@abstractmethod\ndef f():\n    return 1\n", {3}, None, "a stub", id="abstract"),
        pytest.param("@typing.overload\ndef f():\n    ...\n", {3}, None, "an overload that nothing calls", id="overload"),
    ],
)  # fmt: skip
def test_worthwhile(source: str, lines: set[int], left: set[int] | None, reason: str | None) -> None:
    given = Gap(A, "", 1, len(source.splitlines()), frozenset(lines))
    kept, skipped = targets.worthwhile([given], {A: source})
    assert [g.lines for g in kept] == ([] if left is None else [left])
    assert [s.reason for s in skipped] == ([] if reason is None else [reason])


def test_branches_into_what_is_not_worth_a_test_go_with_it() -> None:
    source = dedent(
        """\
        if TYPE_CHECKING:
            import os
        x = 1
        """
    )
    given = Gap(A, "", 1, 3, frozenset(), frozenset({(1, 2)}))
    kept, skipped = targets.worthwhile([given], {A: source})
    assert (kept, [s.gap for s in skipped]) == ([], [given])
    kept, _ = targets.worthwhile([replace(given, branches=frozenset({(1, 2), (1, 3)}))], {A: source})
    assert [g.branches for g in kept] == [{(1, 3)}]


# --------------------------------------------------------------------------------------------------- order


@pytest.mark.parametrize(
    ("given", "order"),
    [
        pytest.param([gap("small", lines=1), gap("large", lines=8)], ["large", "small"], id="more for the same cost"),
        pytest.param([gap("long", last=200, lines=9), gap("short", last=10, lines=9)], ["short", "long"], id="the same for less"),
        pytest.param([gap("", last=9, lines=9), gap("f", lines=1)], ["f", ""], id="module bodies last"),
        pytest.param([gap("b", first=2), gap("a", first=1)], ["b", "a"], id="less text round it"),
    ],
)  # fmt: skip
def test_order(given: list[Gap], order: list[str]) -> None:
    assert [g.qualname for g in targets.ordered(given)] == order


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        pytest.param("pkg/a.py", ["f", "C.m", ""], id="a file"),
        pytest.param("pkg", ["f", "C.m", "", "g"], id="a folder"),
        pytest.param("pkg/a.py::f", ["f"], id="a function"),
        pytest.param("pkg/a.py::C", ["C.m"], id="a class"),
        pytest.param("pkg/a.py::nothing", [], id="a scope without a gap"),
        pytest.param("pkg/a.py:21-30", ["C.m"], id="lines"),
        pytest.param("pkg/a.py:9", ["f"], id="one line"),
    ],
)
def test_matching(tmp_path: Path, spec: str, found: list[str]) -> None:
    a, b = tmp_path.resolve() / "pkg" / "a.py", tmp_path.resolve() / "pkg" / "b.py"
    a.parent.mkdir()
    a.touch()
    b.touch()
    gaps = [gap("f", path=a), gap("C.m", 20, 29, path=a), gap("", 1, 50, 1, path=a), gap("g", path=b)]
    assert [g.qualname for g in targets.matching(gaps, [spec], tmp_path, tmp_path)] == found


def test_no_spec_matches_all() -> None:
    assert targets.matching([gap()], [], Path("/p"), Path("/p")) == [gap()]


def test_a_spec_that_names_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--ai-gen-target: 'no\.py' is no file or folder"):
        targets.matching([gap()], ["no.py:3-4"], tmp_path, tmp_path)


def test_nearest_tests_come_first() -> None:
    reach = {"t.py::one": frozenset({0}), "t.py::three": frozenset({0, 1, 2})}
    coverage = Coverage({}, {A: reach, B: {"t.py::none": frozenset({0, 1})}})
    assert targets.tests_of(coverage, A, frozenset({0, 1, 2})) == ["t.py::three", "t.py::one"]
