"""What a suite's recorder notes is what coverage.py's own change of contexts would have."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import coverage
import pytest

from pytest_aigen.data import Branches, Lines
from pytest_aigen.data.recorded import Recording, from_plain
from pytest_aigen.measure import recorded

MODULE = (
    """\
import threading

def first(n):
    if n > 3:
        return "more"
    for i in range(n):
        yield_one = i
    return "less"

def steps(n):
    for i in range(n):
        yield i
    return

def in_thread(n):
    threads = [threading.Thread(target=first, args=(each,)) for each in (n, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""
    + "\n" * 300
    + """\
def below(n):
    return [
        first(each)
        for each in range(n)
    ]
"""
)
#: The same for both ways: ``switch`` begins a test.
SUITE = """\
import mod

switch = mod.switch
switch("")
for round in range(2):
    switch("t.py::test_a[x|y]")
    mod.first(9)
    switch("")
    rest = mod.steps(3)
    next(rest)
    switch("t.py::test_b")
    next(rest)
    mod.in_thread(1)
    switch("")
    switch("t.py::test_nothing")
    switch("t.py::test_c")
    def test_of_its_own():
        mod.below(2)
    test_of_its_own()
    switch("")
mod.first(0)
"""
PLAIN = """\
import sys
import coverage
cov = coverage.Coverage(data_file="plain", config_file=False, branch=True)
cov.start()
import mod
mod.switch = cov.switch_context
import suite
cov.stop()
cov.save()
"""
OURS = """\
import json, pathlib, sys
from pytest_aigen import recorder
from pytest_aigen.data.recorded import to_plain
ours = recorder.Recorder(pathlib.Path(".coveragerc"))
ours.start()
{change}
import mod
mod.switch = ours.test
opened = []
sys.addaudithook(lambda event, args: opened.append(event) if event == "sqlite3.connect" else None)
import suite
times = len(opened)
pathlib.Path("ours.json").write_text(json.dumps([times, to_plain(ours.stop())]))
"""
#: A collector whose sets are elsewhere, and one whose sets hold something else.
ELSEWHERE = """
class Other:
    def __init__(self, collector):
        self.collector = collector
    def __getattr__(self, name):
        if name == "data":
            raise AttributeError(name)
        return getattr(self.collector, name)
ours.coverage._collector = Other(ours.coverage._collector)
"""
CHANGED = """
class Other:
    def __init__(self, collector):
        self.collector = collector
    def __getattr__(self, name):
        if name == "data":
            return {file: {arc + 1 for arc in arcs.copy()} for file, arcs in self.collector.data.items()}
        return getattr(self.collector, name)
ours.coverage._collector = Other(ours.coverage._collector)
"""


def of_the_module(recording: Recording, folder: Path) -> tuple[Branches, Mapping[str, Lines]]:
    found = recording[folder.resolve() / "mod.py"]
    return found.arcs, found.contexts


@pytest.mark.parametrize(
    ("config", "change"),
    [
        pytest.param("", "", id="usual"),
        pytest.param("timid = true", "", id="the tracer in Python"),
        pytest.param("relative_files = true", "", id="relative files"),
        pytest.param("dynamic_context = test_function", "", id="contexts of the user's own"),
        pytest.param("context = nightly", "", id="a context for all of the run"),
        pytest.param("parallel = true\nconcurrency = thread", "", id="parallel"),
        pytest.param("", ELSEWHERE, id="no sets are found"),
        pytest.param("", CHANGED, id="the sets are not understood"),
    ],
)
def test_the_same_lines_by_the_same_tests(tmp_path: Path, config: str, change: str) -> None:
    files = {
        "mod.py": MODULE,
        "suite.py": SUITE,
        "plain.py": PLAIN,
        "ours.py": OURS.format(change=change),
        ".coveragerc": f"[run]\n{config}\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    # The tracer in Python tells whoever measures beside it, as our own tests may be measured, to stop.
    alone = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    for script in ("plain.py", "ours.py"):
        command = [sys.executable, "-W", "error", script]
        subprocess.run(command, cwd=tmp_path, check=True, env=alone if "timid" in config else None)
    plain = coverage.CoverageData(str(tmp_path / "plain"))
    plain.read()
    opened, ours = json.loads((tmp_path / "ours.json").read_text("utf-8"))
    arcs, contexts = of_the_module(from_plain(ours), tmp_path)
    assert (arcs, contexts) == of_the_module(recorded(plain), tmp_path)
    assert contexts.keys() == {"t.py::test_a[x|y]", "t.py::test_b", "t.py::test_c"}
    assert bool(change) == (opened > 10), "the database is opened for the first test only"
    assert not list(tmp_path.glob(".coverage*[!c]")), "the user's own data is not touched"


@pytest.mark.parametrize(
    ("config", "named", "measured"),
    [
        pytest.param("", [], {"mod.py", "suite.py"}, id="no tests"),
        pytest.param("", ["load_test.py"], {"mod.py", "suite.py", "load_test.py"}, id="one that is a source"),
        pytest.param(
            "source = load_test", [], {"mod.py", "suite.py", "load_test.py"}, id="in the configuration"
        ),
        pytest.param("source = nothing", ["tests"], {"mod.py", "suite.py"}, id="sources are chosen later"),
        pytest.param("omit = mod.py", [], {"suite.py"}, id="nor what the user omits"),
    ],
)
def test_files_that_are_measured(tmp_path: Path, config: str, named: list[str], measured: set[str]) -> None:
    (tmp_path / ".coveragerc").write_text(f"[run]\n{config}\n", "utf-8")
    for name in ("mod.py", "load_test.py"):
        (tmp_path / name).write_text("x = 1\n", "utf-8")
    (tmp_path / "suite.py").write_text("import mod, load_test\n", "utf-8")
    script = f"""
import pathlib
from pytest_aigen import recorder
ours = recorder.Recorder(pathlib.Path(".coveragerc"), {named!r})
ours.start()
import suite
print(*(path.name for path in ours.stop()))
"""
    command = [sys.executable, "-c", script]
    output = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert {"mod.py", "suite.py", "load_test.py"} & set(output.split()) == measured


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_a_process_does_that_a_test_forks_off_is_the_tests(tmp_path: Path) -> None:
    if tuple(map(int, coverage.__version__.split(".")[:2])) < (7, 10):
        pytest.skip("no patches yet")
    (tmp_path / ".coveragerc").write_text("[run]\npatch = _exit\nparallel = true\n", "utf-8")
    (tmp_path / "mod.py").write_text("def first():\n    return 1\n\ndef second():\n    return 2\n", "utf-8")
    script = """
import os, pathlib
from pytest_aigen import recorder
ours = recorder.Recorder(pathlib.Path(".coveragerc"))
ours.start()
import mod
for test, function in (("t.py::test_a", mod.first), ("t.py::test_b", mod.second)):
    ours.test(test)
    if not (child := os.fork()):
        function()
        os._exit(0)
    os.waitpid(child, 0)
    ours.test("")
print({test: sorted(lines) for test, lines in ours.stop()[pathlib.Path("mod.py").resolve()].contexts.items()})
"""
    command = [sys.executable, "-c", script]
    output = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert ast.literal_eval(output) == {"t.py::test_a": [2], "t.py::test_b": [5]}
