"""From coverage.py's data to records and gaps, checked against coverage.py's own report."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import coverage
import pytest

from pytest_aigen import measure, recorder
from pytest_aigen.data import Branch, Coverage, FileCoverage
from pytest_aigen.data.recorded import Recorded, Recording, from_plain, to_plain, united
from pytest_aigen.errors import ConfigError

SOURCE = '''\
"""Doc."""
import functools

LIMIT = 3

def decorated(f):
    return f

@decorated
def first(n,
          m=1):
    if n > LIMIT:
        return "more"
    for i in range(n):
        def inner():
            return i
        inner()
    return (
        "less"
    )

class Thing:
    size = 1

    def method(self):
        return [
            x for x in range(3)
        ]

    async def later(self):  # pragma: no cover
        return 1

if LIMIT > 5:
    def never():
        return 1
'''


def numbers(lines: dict[int, set[int]]) -> list[tuple[int, list[int]]]:
    return sorted((first, sorted(rest)) for first, rest in lines.items())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path.resolve() / "mod.py"
    path.write_text(SOURCE, "utf-8")
    return path


def recorded(source: Path, *arcs: Branch) -> Recording:
    return {source: Recorded(frozenset(arcs))}


def test_a_file_that_nothing_imported_counts_whole(source: Path) -> None:
    read = measure.read({}, [source], config=None, branch=True)
    assert read.percent == 0
    assert read.files[source].statements >= {2, 4, 6, 9, 12, 22}
    assert (12, 13) in read.files[source].branches
    assert not {30, 31} & read.files[source].statements, "excluded by its pragma"


def test_percent_is_that_of_coverage_itself(source: Path, tmp_path: Path) -> None:
    script = "import mod; mod.first(2); mod.first(9)"
    command = [
        sys.executable,
        "-m",
        "coverage",
        "run",
        "--branch",
        "--include",
        str(source),
        "--data-file",
        "data",
    ]
    subprocess.run([*command, "-c", script], cwd=tmp_path, check=False, capture_output=True)
    (tmp_path / "main.py").write_text(script, "utf-8")
    subprocess.run([*command, "main.py"], cwd=tmp_path, check=True)
    report = subprocess.run(
        [sys.executable, "-m", "coverage", "report", "--data-file=data", "--format=total", "--precision=4"],
        cwd=tmp_path, check=True, capture_output=True, text=True,
    )  # fmt: skip
    data = coverage.CoverageData(str(tmp_path / "data"))
    data.read()
    read = measure.read(measure.recorded(data), [source], config=None, branch=True)
    assert read.percent == pytest.approx(float(report.stdout), abs=1e-4)


def test_gaps_by_scope(source: Path) -> None:
    everything = measure.read({}, [source], config=None, branch=True)
    found = {gap.qualname: gap for gap in measure.gaps(everything, {source: SOURCE})}
    assert list(found) == ["decorated", "first", "Thing.method", "never", ""]
    assert (found["first"].first, found["first"].last) == (9, 20), "decorators belong to it"
    assert found["first"].lines == {12, 13, 14, 15, 16, 17, 18}, (
        "what is nested belongs to the function round it"
    )
    assert {(12, 13), (12, 14), (14, 15), (14, 18)} <= found["first"].branches
    assert found["Thing.method"].lines == {26}
    assert {2, 4, 6, 9, 22, 23, 25, 33} <= found[""].lines, "def lines are executed by the import"
    assert found[""].is_module_body
    total = sum(len(gap.missing) for gap in found.values())
    assert total == len(everything.files[source].missing), "no line is lost, none counted twice"


def test_what_is_covered_is_no_gap(source: Path) -> None:
    data = recorded(source, (-9, 12), (12, 13), (13, -9))
    found = {
        g.qualname: g
        for g in measure.gaps(measure.read(data, [source], config=None, branch=True), {source: SOURCE})
    }
    assert (12, 13) not in found["first"].branches
    assert (12, 14) in found["first"].branches
    assert 12 not in found["first"].lines


@pytest.mark.parametrize(
    "text",
    ["def broken(:\n", "x = 1\n", ""],
    ids=["a syntax error", "a text that is not that of the file", "empty"],
)
def test_sources_that_cannot_be_parsed_do_not_stop_it(tmp_path: Path, text: str) -> None:
    path = tmp_path.resolve() / "odd.py"
    path.write_text(text, "utf-8")
    read = measure.read({}, [path], config=None, branch=True)
    gaps = measure.gaps(read, {path: text})
    assert all(gap.is_module_body for gap in gaps)


def test_a_gap_needs_a_source_that_parses() -> None:
    path = Path("/p/a.py")
    broken = Coverage({path: FileCoverage(path, frozenset({1}), frozenset())})
    assert measure.gaps(broken, {path: "def f(:"}) == ()


def test_branches_of_a_recording_without_them_are_unknown(source: Path) -> None:
    data = coverage.CoverageData(no_disk=True)
    data.add_lines({str(source): [2, 4]})
    read = measure.read(measure.recorded(data), [source], config=None, branch=False)
    assert not read.files[source].branches
    assert read.files[source].executed == {2, 4}


def test_omit_and_exclude_of_the_user_hold(source: Path, tmp_path: Path) -> None:
    config = tmp_path / ".coveragerc"
    config.write_text("[run]\nomit = */other.py\n[report]\nexclude_also =\n    class Thing\n", "utf-8")
    other = source.with_name("other.py")
    other.write_text("x = 1\n", "utf-8")
    read = measure.read({}, [source, other], config=config, branch=True)
    assert list(read.files) == [source]
    assert 26 not in read.files[source].statements


def test_all_omitted_is_nothing(source: Path, tmp_path: Path) -> None:
    config = tmp_path / ".coveragerc"
    config.write_text("[run]\nomit = *\n", "utf-8")
    assert measure.read({}, [source], config=config, branch=True).files == {}
    assert measure.read({}, [], config=config, branch=True).files == {}


def test_contexts(source: Path) -> None:
    data = coverage.CoverageData(no_disk=True)
    for context, line in [
        ("", 2),
        ("t.py::test_a|run", 12),
        ("t.py::test_a|setup", 13),
        ("t.py::test_b[a|b]", 12),
        ("t.py::test_b[a|b]|teardown", 18),
    ]:
        data.set_context(context)
        data.add_arcs({str(source): [(-1, line)]})
    contexts = measure.read(measure.recorded(data), [source], config=None, branch=True).contexts
    assert contexts == {source: {"t.py::test_a": {12, 13}, "t.py::test_b[a|b]": {12, 18}}}


def test_several_processes_are_one(source: Path) -> None:
    one = {source: Recorded(frozenset({(-1, 2)}), contexts={"a": frozenset({2}), "b": frozenset({3})})}
    other = {source: Recorded(frozenset({(2, 4)}), contexts={"b": frozenset({4})})}
    whole = united([one, from_plain(to_plain(other))])
    read = measure.read(whole, [source], config=None, branch=True)
    assert read.files[source].executed == {2, 4}
    assert read.contexts == {source: {"a": {2}, "b": {3, 4}}}
    assert measure.read(united([]), [source], config=None, branch=True).percent == 0


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({".coveragerc": "[run]", "setup.cfg": "[coverage:run]"}, ".coveragerc", id="its own first"),
        pytest.param({"setup.cfg": "[metadata]", "tox.ini": "[coverage:run]"}, "tox.ini", id="a file without a section"),
        pytest.param({"pyproject.toml": "[tool.coverage.run]\nbranch = true"}, "pyproject.toml", id="pyproject"),
        pytest.param({"pyproject.toml": "[project]"}, None, id="pyproject without it"),
    ],
)  # fmt: skip
def test_config_file(tmp_path: Path, files: dict[str, str], found: str | None) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert measure.config_file([tmp_path]) == (tmp_path / found if found else None)


def test_configured_sources(tmp_path: Path) -> None:
    config = tmp_path / ".coveragerc"
    config.write_text("[run]\nsource = a\n    b\nsource_pkgs = c\n", "utf-8")
    assert measure.configured_sources(config) == ("a", "b", "c")
    assert measure.configured_sources(None) == ()


@pytest.mark.parametrize("use", [measure.configured_sources, recorder.Recorder], ids=["sources", "recorder"])
def test_a_broken_configuration_is_named(tmp_path: Path, use: object) -> None:
    config = tmp_path / "pyproject.toml"
    config.write_text("[tool.coverage.run\n", "utf-8")
    with pytest.raises(ConfigError, match=r"pyproject\.toml"):
        use(config)  # type: ignore[operator]
