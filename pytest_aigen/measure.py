"""coverage.py's data of the session, as records: which lines and branches were executed, and which gaps are left.

Only documented outputs are read: ``CoverageData`` and the JSON report.
"""

from __future__ import annotations

import ast
import configparser
import json
import os
import re
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import coverage
from coverage.exceptions import ConfigError as CoverageConfigError

from pytest_aigen.data import Branch, Coverage, FileCoverage, Gap, Lines, Reached
from pytest_aigen.data.recorded import Recorded, Recording, united
from pytest_aigen.errors import ConfigError

#: In the oldest coverage.py that is supported, the second is not the first.
WRONG = (coverage.CoverageException, CoverageConfigError)


def config_file(folders: Iterable[Path]) -> Path | None:
    """coverage.py's configuration file as it would find it, in the first of the folders that has one."""
    if named := os.environ.get("COVERAGE_RCFILE"):
        return Path(named)
    for folder in folders:
        for name, mark in _CONFIG_FILES:
            path = folder / name
            try:
                if path.is_file() and mark in path.read_text("utf-8"):
                    return path
            except (OSError, UnicodeDecodeError):
                continue
    return None


_CONFIG_FILES = (
    (".coveragerc", ""),
    (".coveragerc.toml", ""),
    ("setup.cfg", "[coverage:"),
    ("tox.ini", "[coverage:"),
    ("pyproject.toml", "[tool.coverage."),
)


def version() -> str:
    """Of coverage.py."""
    return coverage.__version__


def is_fast() -> bool:
    """Whether coverage.py has its tracer in C, or needs none."""
    told = dict(coverage.Coverage(config_file=False, data_file=None).sys_info())
    return "available" in str(told.get("CTracer", "")) or "sysmon" in str(told.get("core", "")).lower()


def close(data: coverage.CoverageData) -> None:
    """Close the database behind the data, one in memory too: Python 3.13 warns of those that are left open."""
    if hasattr(data, "close"):  # the oldest coverage.py that is supported has no such method
        data.close(force=True)


def forget_sources(cov: coverage.Coverage) -> None:
    """Measure whatever is executed, and report on whatever is asked for."""
    for name in ("run:source", "run:source_pkgs", "run:source_dirs", "run:include"):
        try:
            cov.set_option(name, [])
        except WRONG:
            pass  # an option that this coverage.py does not have yet


def configured_sources(config: Path | None) -> tuple[str, ...]:
    """What ``[run] source`` and its relatives name in coverage's configuration."""
    if config is None:
        return ()
    try:
        cov = coverage.Coverage(data_file=None, config_file=str(config))
    except (*WRONG, configparser.Error) as error:
        raise ConfigError(f"coverage.py's configuration {config}: {error}") from error
    return sources_of(cov)


def sources_of(cov: coverage.Coverage) -> tuple[str, ...]:
    """The same of what has read its configuration."""
    found: list[str] = []
    for name in ("run:source", "run:source_pkgs", "run:source_dirs"):
        try:
            value = cov.get_option(name)
        except WRONG:
            continue
        if isinstance(value, (list, tuple)):
            found += [str(item) for item in value]
    return tuple(found)


def recorded(data: coverage.CoverageData) -> Recording:
    """What the data holds, of the files of which it holds anything."""
    has_contexts = any(data.measured_contexts())
    found = []
    for name in data.measured_files():
        arcs = frozenset(data.arcs(name) or ())
        lines = frozenset() if arcs else frozenset(data.lines(name) or ())
        if arcs or lines:
            contexts = _contexts(data, name) if has_contexts else {}
            found.append({Path(name).resolve(): Recorded(arcs, lines, contexts)})
    return united(found)


def read(recording: Recording, sources: Sequence[Path], *, config: Path | None, branch: bool) -> Coverage:
    """The coverage of the source files, those that nothing imported included, as the JSON report states it.

    The user's ``omit``, ``include``, ``exclude_also`` and ``# pragma: no cover`` hold. Files that cannot be parsed are left out.
    """
    if not sources:
        return Coverage({})
    cov = coverage.Coverage(data_file=None, config_file=str(config) if config else False, branch=branch)
    omit, include = (_patterns(cov, option) for option in ("omit", "include"))
    forget_sources(cov)
    cov.set_option("report:ignore_errors", True)
    cov.set_option("json:show_contexts", False)
    cov.set_option("run:relative_files", False)
    _add(cov.get_data(), {path: recording[path] for path in sources if path in recording}, sources[0], branch)
    with tempfile.TemporaryDirectory(prefix="aigen-coverage-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        out = Path(folder, "coverage.json")
        try:
            cov.json_report([str(path) for path in sources], outfile=str(out), omit=omit, include=include)
        except WRONG:  # every file is omitted
            return Coverage({})
        document = json.loads(out.read_text("utf-8"))
    files = {}
    for name, entry in document["files"].items():
        file = _file(path := Path(name).resolve(), entry)
        if len(file.statements) != entry["summary"]["num_statements"]:
            # Older versions of coverage.py list executed lines that are excluded, or a docstring's, with the others.
            statements = frozenset(cov.analysis2(str(path))[1])
            file = replace(file, statements=statements, executed=file.executed & statements)
        files[path] = file
    close(cov.get_data())
    contexts = {path: recording[path].contexts for path in sources if path in recording}
    return Coverage(files, {path: dict(sorted(tests.items())) for path, tests in contexts.items() if tests})


def _patterns(cov: coverage.Coverage, option: str) -> list[str] | None:
    """``omit`` or ``include``, of files to run and to report alike."""
    found: list[str] = []
    for section in ("run", "report"):
        value = cov.get_option(f"{section}:{option}")
        found += [str(pattern) for pattern in value] if isinstance(value, (list, tuple)) else []
    return found or None


def _add(into: coverage.CoverageData, recording: Recording, first: Path, branch: bool) -> None:
    """Copy what was recorded; at least one entry, so that the report knows that branches count."""
    if branch:
        into.add_arcs({str(first): []} | {str(path): one.arcs for path, one in recording.items()})
    else:
        into.add_lines({str(path): one.lines for path, one in recording.items()})


def _file(path: Path, entry: Mapping[str, list[int]] | Mapping[str, list[list[int]]]) -> FileCoverage:
    executed, missing = _lines(entry["executed_lines"]), _lines(entry["missing_lines"])
    taken, not_taken = (
        _branches(entry.get("executed_branches", ())),
        _branches(entry.get("missing_branches", ())),
    )
    return FileCoverage(path, executed | missing, executed, frozenset(taken | not_taken), frozenset(taken))


def _lines(numbers: Iterable[object]) -> Lines:
    return frozenset(number for number in numbers if isinstance(number, int))


def _branches(pairs: Iterable[object]) -> frozenset[Branch]:
    return frozenset((pair[0], pair[1]) for pair in pairs if isinstance(pair, list))


#: What pytest-cov appends to a node id.
_PHASE = re.compile(r"\|(?:setup|run|teardown)$")


def _contexts(data: coverage.CoverageData, name: str) -> dict[str, Lines]:
    reached: dict[str, set[int]] = {}
    for line, tests in data.contexts_by_lineno(name).items():
        for test in tests:
            if nodeid := _PHASE.sub("", test):
                reached.setdefault(nodeid, set()).add(line)
    return {test: frozenset(lines) for test, lines in reached.items()}


# ---------------------------------------------------------------------------------------------------- gaps


def gaps(coverage: Coverage, texts: Mapping[Path, str]) -> tuple[Gap, ...]:
    """What is missing, one gap for each function or method, and one for each module body, by file and line.

    A nested function belongs to the one round it: a test reaches it through that. A class body, like decorators,
    defaults and the ``def`` line itself, belongs to the module body: importing the module executes it.
    """
    return tuple(
        gap
        for path in sorted(coverage.files)
        if path in texts
        for gap in _gaps(coverage.files[path], texts[path])
    )


def _gaps(file: FileCoverage, text: str) -> Iterator[Gap]:
    missing = file.missing
    if missing:
        for region in regions(file, text):
            if (gap := region.left(missing)).missing:
                yield gap


def regions(file: FileCoverage, text: str) -> Iterator[Gap]:
    """The scopes of a file that may have a gap, each as the gap it would be if nothing were executed."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    rest = Reached(file.statements, file.branches)
    for qualname, node in functions(tree):
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        last = node.end_lineno or node.lineno
        body = range(max(node.body[0].lineno, node.lineno + 1), last + 1)
        lines = frozenset(line for line in file.statements if line in body)
        branches = frozenset(branch for branch in file.branches if branch[0] in body)
        gap = Gap(file.path, qualname, first, last, lines, branches)
        rest = rest - gap.missing
        yield gap
    yield Gap(file.path, "", 1, max(len(text.splitlines()), 1), rest.lines, rest.branches)


def functions(
    tree: ast.AST, prefix: str = ""
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Outermost functions and methods with their qualified names, wherever in a module or class body they stand."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While, ast.ExceptHandler)):
            yield from functions(node, prefix)
