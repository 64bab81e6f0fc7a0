"""Several candidates that differ only in literals become one parametrised test, where that reads better."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from pytest_aigen.data import Candidate
from pytest_aigen.edits import Edits
from pytest_aigen.errors import MergeError
from pytest_aigen.merge.columns import is_assigned, is_expected, names_of, signatures
from pytest_aigen.merge.imports import WIDTH
from pytest_aigen.merge.parts import Parts, take_apart
from pytest_aigen.merge.rows import LONGEST_ID, value_id
from pytest_aigen.merge.scope import FUNCTION, Function, called, parameters
from pytest_aigen.merge.shape import Slot, differing, is_literal

#: Beyond these a table is harder to read than the tests that it replaces.
COLUMNS = 4
LITERAL = 40
#: With fewer rows, a table has to fit into one line.
ROWS = 3
_HEAD = re.compile(r"((?:async[ \t]+)?def[ \t]+)\w+([ \t]*\()[ \t]*")
#: An id of values that reads.
_SHORT = r"[\w.+%$/:-][\w.+%$/:, -]{,29}"
#: Words that no name ends with, and no id begins with.
_DANGLING = frozenset(
    {"returns", "for", "of", "when", "with", "is", "and", "in", "to", "on", "a", "the", "not", "raises"}
)


@dataclass(frozen=True, slots=True)
class Table:
    """One candidate in place of several."""

    candidate: Candidate
    #: Which of the given candidates it replaces, by index, in the order of its rows.
    members: tuple[int, ...]
    #: Ids of the rows.
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Member:
    index: int
    candidate: Candidate
    parts: Parts
    test: Function


def fold(candidates: Sequence[Candidate], source: Callable[[Path], str | None]) -> list[Table]:
    """The tables that some of the candidates of one test module make; the others stay as they are.

    ``source`` reads the files under test, whose parameters the columns are called after.
    """
    alike: dict[object, list[_Member]] = {}
    for index, candidate in enumerate(candidates):
        member = _member(index, candidate)
        if member is not None:
            gap = candidate.target.gap
            key = (candidate.target.test_path, gap.path, gap.qualname, _skeleton(member))
            alike.setdefault(key, []).append(member)
    found: list[Table] = []
    named: set[tuple[Path, str]] = set()
    for members in alike.values():
        if len(members) < 2:
            continue
        target = members[0].candidate.target
        known = signatures(source(target.gap.path) or "", target.gap.qualname)
        taken = {name for path, name in named if path == target.test_path}
        table = _table(members, known, taken)
        if table is not None:
            found.append(table)
            named.add((target.test_path, table.candidate.name))
    return found


def _member(index: int, candidate: Candidate) -> _Member | None:
    """A candidate that may be part of a table: one plain function, without comments, and no table yet."""
    if "::" in candidate.name or "\r" in candidate.code:
        return None
    try:
        parts = take_apart(candidate.code, candidate.name)
    except MergeError:
        return None
    part = parts.parts[parts.test]
    if (
        not isinstance(part.statement, FUNCTION)
        or part.comments
        or getattr(part.statement, "type_params", None)
    ):
        return None
    text = "\n".join(part.lines) + "\n"
    commented = "#" in text and any(
        token.type == tokenize.COMMENT for token in tokenize.generate_tokens(io.StringIO(text).readline)
    )
    is_table = any(called(d) == "parametrize" for d in part.statement.decorator_list)
    return None if commented or is_table else _Member(index, candidate, parts, part.statement)


def _skeleton(member: _Member) -> object:
    """Equal for tests that differ only in literals, and mean the same by their names."""
    parts = member.parts
    used = parts.needs((parts.parts[parts.test],))
    helpers = tuple(ast.dump(p.statement) for i, p in enumerate(parts.parts) if i != parts.test)
    needed = used | parts.needs(tuple(p for i, p in enumerate(parts.parts) if i != parts.test))
    imports = frozenset((b.name, b.module, b.attribute, b.level) for b in parts.imports if b.name in needed)
    return _outline(member.test.body), ast.dump(member.test.args), imports, helpers


def _outline(value: object) -> object:
    if isinstance(value, list):
        return tuple(map(_outline, value))
    if not isinstance(value, ast.AST):
        return (type(value).__name__, value)
    if isinstance(value, ast.expr) and is_literal(value):
        return "literal"
    fields = tuple(_outline(getattr(value, field, None)) for field in value._fields)
    return (type(value).__name__, fields)


def _table(members: Sequence[_Member], known: dict[str, list[str]], taken: Collection[str]) -> Table | None:
    slots = differing([member.test for member in members])
    if not slots:
        return None
    short = [m for i, m in enumerate(members) if all(_is_short(m, slot.literals[i]) for slot in slots)]
    if len(short) < len(members):
        return _table(short, known, taken) if len(short) > 1 else None
    if any(is_assigned(s) and not _may_be_given(s, members[0].test) for s in slots):
        return None
    names = names_of(slots, members[0].test, known)
    if names is None or len(set(names)) > COLUMNS:
        return None
    pairs = sorted(zip(names, slots), key=lambda pair: pair[0] == "message" or is_expected(pair[1]))
    columns = dict(pairs)
    rows = [[slot.literals[i] for slot in columns.values()] for i in range(len(members))]
    if len({tuple(map(ast.dump, row)) for row in rows}) < len(rows):
        return None
    stem = _stem(members)
    given = sum(1 for slot in columns.values() if not is_expected(slot))
    ids, explicit = _ids(members, len(stem), rows, list(columns), given)
    if ids is None:
        return None
    decorator = _decorator(members, list(columns), rows, ids if explicit else None)
    if decorator is None:
        return None
    first = members[0]
    name = _apart(_name(stem, first.candidate), taken, slots)
    code = _code(first, dict(zip(map(id, slots), names)), slots, list(columns), decorator, name)
    if code is None:
        return None
    candidate = replace(first.candidate, name=name, code=code)
    return Table(candidate, tuple(member.index for member in members), tuple(ids))


def _text(member: _Member, literal: ast.expr) -> str:
    return ast.get_source_segment(member.parts.code, literal) or ""


def _is_short(member: _Member, literal: ast.expr) -> bool:
    text = _text(member, literal)
    return 0 < len(text) <= LITERAL and "\n" not in text


def _may_be_given(slot: Slot, test: Function) -> bool:
    """Whether a variable can be a parameter instead: set at the top of the test, to what no call can change."""
    frozen = (ast.Constant, ast.UnaryOp, ast.Tuple)
    plain = all(
        isinstance(node, (*frozen, ast.expr_context, ast.unaryop))
        for literal in slot.literals
        for node in ast.walk(literal)
    )
    return plain and len(slot.around) == 1 and slot.around[0] in test.body


# ------------------------------------------------------------------------------------------------- names


def _stem(members: Sequence[_Member]) -> list[str]:
    """The words that all names begin with."""
    words = [member.candidate.name.split("_") for member in members]
    return [column[0] for column in takewhile(lambda column: len(set(column)) == 1, zip(*words))]


def _name(stem: Sequence[str], candidate: Candidate) -> str:
    words = list(stem)
    while words and words[-1] in _DANGLING:
        words.pop()
    if len(words) > 1:
        return "_".join(words)
    subject = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", candidate.target.gap.qualname).lower()
    return "test_" + (re.sub(r"\W+|_+", "_", subject.replace("<locals>", "")).strip("_") or "table")


def _apart(name: str, taken: Collection[str], slots: Sequence[Slot]) -> str:
    """The name; where another table has it, with what is made of the values: ``test_age_of_timedelta``."""
    if name not in taken:
        return name
    made = (
        called(node)
        for slot in slots
        for node in reversed(slot.around)
        if isinstance(node, ast.Call) and not is_expected(slot)
    )
    word = next((word for word in made if word), "")
    return f"{name}_of_{word.lower()}" if word and not name.endswith(word.lower()) else name


def _ids(
    members: Sequence[_Member],
    stem: int,
    rows: Sequence[Sequence[ast.expr]],
    names: Sequence[str],
    given: int,
) -> tuple[list[str] | None, bool]:
    """Ids that read: those that pytest makes of one or two short values, else what the tests' names say behind the words
    that they share, else the first columns, which are given; and whether they are to be written.
    """
    made = [value_id(row, names, index) for index, row in enumerate(rows)]
    values = [own for own in made if own is not None]
    plain = all(isinstance(cell, (ast.Constant, ast.UnaryOp)) for row in rows for cell in row)
    unique = plain and len(set(values)) == len(rows)
    few = len(names) <= 2 and "message" not in names
    if unique and few and all(re.fullmatch(_SHORT, own, re.ASCII) for own in values):
        return values, False
    said = [member.candidate.name.split("_")[stem:] for member in members]
    for words in (map(_begun, said), map(_subject, said)) if all(said) else ():
        ids = ["_".join(own) for own in words]
        reads = all(own.isascii() and not own.isdigit() and len(own) <= LONGEST_ID for own in ids)
        if reads and len(set(ids)) == len(rows):
            return ids, True
    if unique and all(len(own) <= LONGEST_ID for own in values):
        return values, False
    inputs = [value_id(row[:given], names[:given], index) for index, row in enumerate(rows)] if given else []
    short = {own for own in inputs if own and re.fullmatch(_SHORT, own, re.ASCII)}
    return ([str(own) for own in inputs], True) if len(short) == len(rows) else (None, False)


def _begun(words: Sequence[str]) -> list[str]:
    """Words from the first that an id may begin with."""
    start = next((i for i, word in enumerate(words) if word not in _DANGLING), len(words) - 1)
    return list(words[start:])


def _subject(words: Sequence[str]) -> list[str]:
    """What a name is about: the words behind its last ``for``, ``when`` …

    >>> _subject(["rejects", "bad", "value", "for", "width"])
    ['width']
    """
    ends = [i for i, word in enumerate(words[:-1]) if word in _DANGLING]
    return list(words[ends[-1] + 1 :]) if ends else list(words)


# -------------------------------------------------------------------------------------------------- text


def _decorator(
    members: Sequence[_Member],
    names: Sequence[str],
    rows: Sequence[Sequence[ast.expr]],
    ids: Sequence[str] | None,
) -> list[str] | None:
    """The lines of ``parametrize``; None where they would not read, or are no gain."""
    head = f'"{names[0]}"' if len(names) == 1 else "(" + ", ".join(f'"{name}"' for name in names) + ")"
    texts = []
    for number, (member, row) in enumerate(zip(members, rows, strict=True)):
        cells = ", ".join(_text(member, cell) for cell in row)
        if ids is not None:
            texts.append(f'pytest.param({cells}, id="{ids[number]}")')
        else:
            texts.append(cells if len(row) == 1 else f"({cells})")
    line = f"@pytest.mark.parametrize({head}, [{', '.join(texts)}])"
    if ids is None and len(line) <= WIDTH:
        return [line]
    if len(rows) < ROWS or any(len(text) + 9 > WIDTH for text in texts):
        return None
    return [
        "@pytest.mark.parametrize(",
        f"    {head},",
        "    [",
        *(f"        {text}," for text in texts),
        "    ],",
        ")",
    ]


def _code(
    first: _Member,
    names: dict[int, str],
    slots: Sequence[Slot],
    columns: Sequence[str],
    decorator: Sequence[str],
    name: str,
) -> str | None:
    """The first member's code with the table above its test, and the parameters in it."""
    edits = Edits(first.parts.code)
    for slot in slots:
        if is_assigned(slot):
            statement = slot.around[-1]
            assert isinstance(statement, ast.Assign)
            start = edits.start(statement)
            edits.splice(start - statement.col_offset, edits.end(statement) + 1, "")
        else:
            edits.replace(slot.literals[0], names[id(slot)])
    test = first.test
    match = _HEAD.match(edits.source, edits.start(test))
    if match is None:
        return None
    at = edits.whole(test)[0]
    edits.splice(at, at, "".join(f"{line}\n" for line in decorator))
    others = [*parameters(test), *(["*"] if test.args.vararg or test.args.kwarg else [])]
    given = ", ".join(columns) + (", " if others else "")
    edits.splice(match.start(), match.end(), f"{match[1]}{name}{match[2]}{given}")
    return _with_pytest(first, edits.apply())


def _with_pytest(first: _Member, code: str) -> str | None:
    bound = {binding.name: binding for binding in first.parts.imports}
    if "pytest" in bound:
        return code if bound["pytest"].module == "pytest" and bound["pytest"].attribute is None else None
    if any("pytest" in part.names for part in first.parts.parts):
        return None
    lines = code.split("\n")
    at = max(_future_lines(first.parts.tree), default=0)
    return "\n".join([*lines[:at], "import pytest", *lines[at:]])


def _future_lines(tree: ast.Module) -> Iterator[int]:
    """Last lines of what has to stand before any other statement."""
    for statement in tree.body:
        is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if is_future or is_text:
            yield statement.end_lineno or 0
