"""Lines and branches equal those of ``coverage json``."""

from __future__ import annotations

import io
import json
import runpy
import sys
from pathlib import Path
from textwrap import dedent

import coverage
import pytest

from pytest_aigen.executors.child.tracing import Tracer

SOURCE = '''
    """A module."""
    import functools
    from contextlib import (
        nullcontext,
        suppress,
    )


    def deco(*args):
        return lambda function: function


    @deco(
        1,
        2,
    )
    @functools.lru_cache(
        maxsize=None
    )
    def decorated(
        a,
        b=(
            1,
            2,
        ),
    ):
        """Doc."""
        with nullcontext(), \\
             suppress(KeyError):
            if a:
                raise KeyError(
                    "x"
                )
        return [
            n
            for n in b
            if n > 1
        ]


    class Thing:
        size = 3

        def walk(self, items):
            for item in items:
                if item == 1:
                    continue
                elif item == 2: break
                try:
                    result = 10 / item
                except ZeroDivisionError:
                    return (
                        "zero"
                    )
                else:
                    result += 1
                finally:
                    self.size += 1
            else:
                return {k: v for k, v in [(1, 2)]}
            while self.size > 0:
                self.size -= 1
                if self.size == 2 and \\
                        items:
                    break
            return any(x
                       for x in items)

        def gen(self):
            yield from (i for i in range(2))
            yield (
                lambda: 1
            )

        def never(self):  # pragma: no cover
            if self.size:
                return 1
            return 2

        def partial(self, x):
            if x:  # pragma: no branch
                x += 1
            while True:
                x += 1
                if x > 3:
                    break
            assert x, \\
                "message"
            return x


    def nested(n):
        def inner():
            nonlocal n
            if n:
                n -= 1
                return inner()
            return 0
        return inner()


    decorated(1); decorated(0)
    thing = Thing()
    WALKS
    list(thing.gen())
    thing.partial(1)
    if nested(2):
        print("no")
    '''
MATCH = """
    def match(x):
        match x:
            case 1:
                return "one"
            case [a, b] if a:
                return b
            case {"k": v}:
                pass
            case _:
                x = 2
        return x


    def excepts(x):
        try:
            try:
                if x:
                    raise ValueError
            finally:
                x = 1
        except (
            ValueError,
            TypeError,
        ) as exc:
            return exc
        return None


    match(1), match([1, 2]), match([0, 2]), excepts(WALKS)
    """


def reported(path: Path, branch: bool, config: Path | None) -> tuple[list[int], set[tuple[int, int]]]:
    cov = coverage.Coverage(
        data_file=None,
        branch=branch,
        include=["*/odd?1? name.py"],
        config_file=str(config) if config else False,
    )
    with cov.collect():
        runpy.run_path(str(path))
    report = io.StringIO()
    stdout, sys.stdout = sys.stdout, report
    try:
        cov.json_report(outfile="-")
    finally:
        sys.stdout = stdout
    (file,) = json.loads(report.getvalue())["files"].values()
    statements = set(cov.analysis2(str(path))[1])
    # Before coverage 7.11 docstrings count as executed, though they are no statements.
    executed = [line for line in file["executed_lines"] if line in statements]
    arcs = {tuple(branch) for branch in file.get("executed_branches", [])}
    return executed, {arc for arc in arcs if arc[0] != arc[1]}  # which coverage 7.6 leaves in


@pytest.mark.parametrize("branch", [True, False])
@pytest.mark.parametrize(
    ("source", "walks"),
    [
        pytest.param(SOURCE, "", id="no walk"),
        pytest.param(SOURCE, "thing.walk([])", id="empty walk"),
        pytest.param(SOURCE, "thing.walk([1, 3])", id="walk to the end"),
        pytest.param(SOURCE, "thing.walk([2]); thing.walk([0])", id="walks that break"),
        pytest.param(MATCH, "0", id="no exception"),
        pytest.param(MATCH, "1", id="exception"),
    ],
)
@pytest.mark.parametrize(
    ("configured", "kept"),
    [(False, False), (True, False), (False, True)],
    ids=["plain", "configured", "kept"],
)
def test_equals_the_json_report(
    tmp_path: Path, source: str, walks: str, branch: bool, configured: bool, kept: bool
) -> None:
    """``kept``: after a first run, which counts as well."""
    path = tmp_path / "odd[1] name.py"
    path.write_text(dedent(source).lstrip("\n").replace("WALKS", walks or "pass"))
    config = None
    if configured:
        config = tmp_path / "rc"
        config.write_text(
            "[run]\nparallel = true\ndynamic_context = test_function\nsource = nowhere\nomit = *\nrelative_files = true\n"
            "[report]\nexclude_also =\n    def gen\n"
        )
        plain = tmp_path / "plain"
        plain.write_text("[report]\nexclude_also =\n    def gen\n")
    expected = reported(path, branch, plain if config else None)
    tracer = Tracer([path], branch=branch, config=config)
    tracer.warm(sys.path)
    tracer.parse(str(path))
    if kept:
        tracer.start()
        runpy.run_path(str(path), run_name="__main__")
        tracer.stop()
        tracer.keep()
    tracer.start()
    runpy.run_path(str(path))
    tracer.stop()
    lines, branches = tracer.reached()[str(path)]
    assert lines == expected[0]
    assert set(branches) == expected[1]
    assert lines
    assert bool(branches) == branch


def test_without_sources_nothing_is_measured() -> None:
    tracer = Tracer([], branch=True, config=None)
    tracer.warm(sys.path)
    tracer.start()
    tracer.stop()
    assert tracer.reached() == {}


def test_a_source_that_cannot_be_parsed_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text("def (:\n")
    tracer = Tracer([path], branch=True, config=None)
    tracer.parse(str(path))
    tracer.start()
    tracer.stop()
    assert tracer.reached() == {}
