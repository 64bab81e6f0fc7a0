"""From gaps to targets: which are worth a test, in which order, and which test module each belongs to."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pytest_aigen.data import Coverage, Gap, Lines, Skipped, Target
from pytest_aigen.errors import ConfigError

#: Lines that a request costs beside the function itself: instructions, outline, definitions.
_OVERHEAD = 40


# -------------------------------------------------------------------------------------------- worth a test


def worthwhile(gaps: Iterable[Gap], texts: Mapping[Path, str]) -> tuple[list[Gap], list[Skipped]]:
    """Gaps without the lines that no test should or can reach here; a gap of only such lines is skipped, and named."""
    kept: list[Gap] = []
    skipped: list[Skipped] = []
    futile = {path: dict(_futile(ast.parse(texts[path]))) for path in {gap.path for gap in gaps}}
    for gap in gaps:
        reasons = {line: why for line, why in futile[gap.path].items() if gap.first <= line <= gap.last}
        left = replace(
            gap,
            lines=gap.lines - frozenset(reasons),
            branches=frozenset(b for b in gap.branches if b[0] not in reasons and b[1] not in reasons),
        )
        if left.missing:
            kept.append(left)
        else:
            first = min(
                line
                for line in reasons
                if line in gap.lines | {b[0] for b in gap.branches} | {b[1] for b in gap.branches}
            )
            skipped.append(Skipped(gap, reasons[first]))
    return kept, skipped


def _futile(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Lines not worth a test, with the reason."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If):
            for statements, reason in _never(node):
                yield from ((line, reason) for statement in statements for line in _span(statement))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            decorators = {ast.unparse(d).rpartition(".")[2] for d in node.decorator_list}
            if "overload" in decorators:
                yield from ((line, "an overload that nothing calls") for line in _span(node))
            elif "abstractmethod" in decorators or _is_stub(node):
                inner = (s for s in node.body if s.lineno > node.lineno)
                yield from ((line, "a stub") for statement in inner for line in _span(statement))


def _never(node: ast.If) -> Iterator[tuple[Sequence[ast.stmt], str]]:
    """The arms of an ``if`` that no test should or can enter here."""
    text = ast.unparse(node.test)
    if text in ("TYPE_CHECKING", "typing.TYPE_CHECKING", "t.TYPE_CHECKING"):
        yield node.body, "for type checkers only"
    elif text.startswith("__name__ == "):
        yield node.body, "runs only as a script"
    elif (holds := _holds_here(node.test)) is not None:
        yield node.orelse if holds else node.body, "for another platform or Python"


_PLATFORM = ("sys.platform", "os.name", "sys.version_info", "sys.platform.startswith")
_PLAIN = (
    ast.Compare, ast.BoolOp, ast.UnaryOp, ast.Constant, ast.Tuple, ast.Subscript, ast.Slice, ast.boolop, ast.unaryop,
    ast.cmpop, ast.expr_context, ast.Call,
)  # fmt: skip


def _holds_here(test: ast.expr) -> bool | None:
    """The value of a condition on the platform or the Python version alone; None for any other.

    >>> _holds_here(ast.parse("sys.version_info >= (3, 0)", mode="eval").body)
    True
    """
    asks = [
        node for node in ast.walk(test) if isinstance(node, ast.Attribute) and ast.unparse(node) in _PLATFORM
    ]
    inner = {id(part) for node in asks for part in ast.walk(node)}
    rest = [node for node in ast.walk(test) if id(node) not in inner]
    calls = [node for node in rest if isinstance(node, ast.Call)]
    if not asks or not all(isinstance(node, _PLAIN) for node in rest):
        return None
    if not all(ast.unparse(call.func) == "sys.platform.startswith" for call in calls):
        return None
    try:
        return bool(eval(compile(ast.Expression(test), "condition", "eval"), {"sys": sys, "os": os}))
    except Exception:
        return None


def _is_stub(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A body of ``...`` or ``raise NotImplementedError``, after a docstring or not."""
    body = [s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    return all(
        isinstance(statement, ast.Raise)
        and statement.exc is not None
        and ast.unparse(statement.exc).startswith("NotImplementedError")
        for statement in body
    )


def _span(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


# --------------------------------------------------------------------------------------------------- order


def ordered(gaps: Iterable[Gap]) -> list[Gap]:
    """Gaps by new coverage per unit of cost, the best first; module bodies last, as any import executes most of them."""

    def worth(gap: Gap) -> tuple[bool, float, str, int]:
        cost = _OVERHEAD + gap.last - gap.first
        return gap.is_module_body, -len(gap.missing) / cost, str(gap.path), gap.first

    return sorted(gaps, key=worth)


def matching(gaps: Sequence[Gap], specs: Sequence[str], root: Path, cwd: Path) -> list[Gap]:
    """The gaps that ``--ai-gen-target`` names; raises ConfigError for a spec that names no source file or scope."""
    if not specs:
        return list(gaps)
    kept: dict[Gap, None] = {}
    for spec in specs:
        path, wants = _spec(spec, root, cwd)
        inside = [gap for gap in gaps if gap.path == path or gap.path.is_relative_to(path)]
        kept.update(dict.fromkeys(gap for gap in inside if wants(gap)))
    return list(kept)


def _spec(spec: str, root: Path, cwd: Path) -> tuple[Path, Callable[[Gap], bool]]:
    name, _, qualname = spec.partition("::")
    numbers: tuple[int, int] | None = None
    if not qualname:
        head, _, tail = name.rpartition(":")
        first, _, last = tail.partition("-")
        if head and first.isdigit() and (not last or last.isdigit()):
            name, numbers = head, (int(first), int(last or first))
    path = next((p.resolve() for p in (cwd / name, root / name) if p.exists()), None)
    if path is None:
        raise ConfigError(
            f"--ai-gen-target: {name!r} is no file or folder; give path, path::qualname or path:first-last"
        )
    if qualname:
        return path, lambda gap: gap.qualname == qualname or gap.qualname.startswith(qualname + ".")
    if numbers:
        low, high = numbers
        return path, lambda gap: any(low <= line <= high for line in gap.lines | {b[0] for b in gap.branches})
    return path, lambda gap: True


# -------------------------------------------------------------------------------------------------- targets


def tests_of(coverage: Coverage, path: Path, lines: Lines) -> list[str]:
    """Node ids of the tests that reach these lines, those that reach most of them first."""
    reached = coverage.contexts.get(path, {})
    hits = {nodeid: len(reached[nodeid] & lines) for nodeid in reached}
    return sorted((nodeid for nodeid, hit in hits.items() if hit), key=lambda nodeid: (-hits[nodeid], nodeid))


def make(
    gaps: Iterable[Gap], choose: Callable[[Path, str], Path], module: Callable[[Path], str]
) -> tuple[Target, ...]:
    """A target for each gap."""
    return tuple(Target(gap, module(gap.path), choose(gap.path, module(gap.path))) for gap in gaps)
