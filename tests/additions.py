"""Whether an edit only added: what was added is taken out again, and what is left must be the old text."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterator, Sequence

BOM = "\ufeff"


def without_additions(before: str, after: str) -> str:
    """``after`` without the lines that were added, and with ``from x import a`` statements that grew as they were.

    Equal to ``before`` where nothing but additions was made; else an AssertionError says what was changed.
    """
    mark = BOM if after.startswith(BOM) else ""
    old, new = lines_of(before.removeprefix(BOM)), lines_of(after.removeprefix(BOM))
    for one, other in reversed(list(_grown(_tree(before), _tree(after)))):
        first, last = _span(one)
        start, end = _span(other)
        _check_growth(one, other, "".join(old[first:last]), "".join(new[start:end]))
        new[start:end] = old[first:last]
    # The one line that had no end has one now, where something follows it.
    if old and not old[-1].endswith(("\n", "\r")):
        bare = [line.rstrip("\r\n") for line in new]
        at = max((i for i, line in enumerate(bare) if line == old[-1]), default=None)
        assert at is not None, f"{old[-1]!r} is gone"
        new[at] = old[-1]
    kept: list[str] = []
    rest = iter(new)
    for line in old:
        for other_line in rest:
            if other_line == line:
                kept.append(line)
                break
        else:
            raise AssertionError(f"line {len(kept) + 1} is gone or changed: {line!r}")
    return mark + "".join(kept)


def lines_of(text: str) -> list[str]:
    """Lines as Python counts them, with their ends."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)


def unchanged(before: str, after: str) -> list[ast.stmt]:
    """The top-level statements that were added; AssertionError where an old one is not there, as it was.

    ``from x import a`` may have grown, a class may have got members.
    """
    added: list[ast.stmt] = []
    old = iter(_tree(before).body)
    wanted = next(old, None)
    for statement in _tree(after).body:
        if wanted is not None and (_is_same(wanted, statement) or _has_grown(wanted, statement)):
            wanted = next(old, None)
        else:
            added.append(statement)
    assert wanted is None, f"changed: {ast.unparse(wanted)[:200]}"
    return added


def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text.removeprefix(BOM))


def _is_same(old: ast.stmt, new: ast.stmt) -> bool:
    return ast.dump(old) == ast.dump(new)


def _has_grown(old: ast.stmt, new: ast.stmt) -> bool:
    match old, new:
        case ast.ImportFrom(), ast.ImportFrom():
            names = {ast.dump(alias) for alias in new.names}
            return (old.module, old.level) == (new.module, new.level) and {
                ast.dump(a) for a in old.names
            } < names
        case ast.ClassDef(), ast.ClassDef():
            rest = iter([ast.dump(member) for member in new.body])
            is_so = all(any(ast.dump(member) == other for other in rest) for member in old.body)
            heads = [ast.dump(ast.ClassDef(**{**vars(node), "body": []})) for node in (old, new)]
            return is_so and heads[0] == heads[1]
    return False


def _grown(before: ast.Module, after: ast.Module) -> Iterator[tuple[ast.ImportFrom, ast.ImportFrom]]:
    """Pairs of ``from`` statements: as they were, as they are."""
    old = iter(before.body)
    wanted = next(old, None)
    for statement in after.body:
        if wanted is None:
            return
        if _is_same(wanted, statement) or _has_grown(wanted, statement):
            if isinstance(wanted, ast.ImportFrom) and not _is_same(wanted, statement):
                assert isinstance(statement, ast.ImportFrom)
                yield wanted, statement
            wanted = next(old, None)


def _span(node: ast.stmt) -> tuple[int, int]:
    assert node.end_lineno is not None
    return node.lineno - 1, node.end_lineno


def _check_growth(old: ast.ImportFrom, new: ast.ImportFrom, before: str, after: str) -> None:
    """Comments and names stand as they did, in their order, but for the names that came."""
    names = {_alias(alias) for alias in new.names} - {_alias(alias) for alias in old.names}
    rest = [word for word in _words(after) if word not in names]
    assert rest == _words(before), f"more than names came: {before!r} is now {after!r}"


def _alias(alias: ast.alias) -> str:
    return alias.name if alias.asname is None else f"{alias.name} as {alias.asname}"


def _words(text: str) -> list[str]:
    """``from``, the module, ``import``, each name with its ``as``, and the comments."""
    words: list[str] = []
    tokens = tokenize.generate_tokens(io.StringIO(text, newline="").readline)
    for kind, string, *_ in tokens:
        if kind == tokenize.COMMENT or string == "*" or (kind == tokenize.OP and "." in string):
            words.append(string)
        elif kind == tokenize.NAME:
            if words and (words[-1].endswith(" as") or string == "as"):
                words[-1] += f" {string}"
            else:
                words.append(string)
    return words


def names_of(statements: Sequence[ast.stmt]) -> set[str]:
    """Names of the functions and classes among them."""
    return {str(node.name) for node in statements if hasattr(node, "name")}
