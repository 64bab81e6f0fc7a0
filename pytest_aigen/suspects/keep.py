"""Keeps suspects as files that pytest runs: ``.pytest_aigen/suspects``. A file of the same test is replaced."""

from __future__ import annotations

import ast
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from pytest_aigen import atomic, statefolder
from pytest_aigen.data import Suspect
from pytest_aigen.errors import WriteError

_LONGEST = 100


def kept(suspects: Sequence[Suspect], *, root: Path) -> tuple[list[Suspect], list[str]]:
    """The suspects with the files that hold them, and notes on those that could not be written."""
    done, notes, used = [], [], set()
    for suspect in suspects:
        path = next(p for p in _paths(suspect, root) if p not in used)
        used.add(path)
        try:
            statefolder.made(path.parent)
            _write(path, text(suspect, path, root).encode("utf-8", "backslashreplace"))
        except (OSError, WriteError) as error:
            notes.append(f"the suspect {suspect.candidate.name} could not be kept: {error}")
            done.append(suspect)
        else:
            done.append(replace(suspect, path=path))
    return done, notes


def _paths(suspect: Suspect, root: Path) -> Iterator[Path]:
    """No names that plain pytest collects, whatever ``norecursedirs`` says."""
    target = suspect.candidate.target
    words = f"{target.module}.{target.gap.qualname}-{suspect.candidate.name}"
    stem = "suspect_" + re.sub(r"\W+", "_", words, flags=re.A).strip("_")
    if len(stem) > _LONGEST:
        stem = f"{stem[:_LONGEST]}_{hashlib.sha256(words.encode()).hexdigest()[:8]}"
    folder = statefolder.suspects(root)
    yield folder / f"{stem}.py"
    number = 2
    while True:
        yield folder / f"{stem}_{number}.py"
        number += 1


def _write(path: Path, data: bytes) -> None:
    """Not where nothing changes."""
    with suppress(OSError):
        if path.read_bytes() == data:
            return
    atomic.replace(path, data)


def text(suspect: Suspect, path: Path, root: Path) -> str:
    """The file: what is suspected, then the test, with what it needs to be found from there."""
    target = suspect.candidate.target
    place = f"{_relative(target.gap.path, root)}{'::' if target.gap.qualname else ''}{target.gap.qualname}"
    head = [f"Suspected bug in {place}: the code does not do what it promises.", ""]
    head += _said(f"{suspect.contract.kind}:", suspect.contract.text)
    head += _said("the model says:", suspect.said) if suspect.said != suspect.contract.text else []
    head += (
        _said("call:", suspect.call) + _said("expected:", suspect.expected) + _said("actual:", suspect.actual)
    )
    head += [
        "",
        f"pytest {_relative(path, root)}",
        "It fails until the code, or what it promises, is put right; then delete this file.",
    ]
    header = "".join(f"# {line}".rstrip() + "\n" for line in head)
    code = suspect.candidate.code
    at = _after_future(code)
    lines = code.splitlines(keepends=True)
    return f"{header}\n{''.join(lines[:at])}{_found(suspect, root)}\n{''.join(lines[at:])}".rstrip() + "\n"


def _said(title: str, words: str) -> list[str]:
    """Each line without what is no text: a comment ends where its line ends."""
    rows = ["".join(c if c.isprintable() else "?" for c in row) for row in words.splitlines()]
    return [
        f"{title if number == 0 else ' ' * len(title)} {row}"
        for number, row in enumerate(rows)
        if row.strip()
    ]


def _after_future(code: str) -> int:
    """The number of lines up to which nothing but a docstring and ``from __future__`` stands."""
    at = 0
    for number, node in enumerate(ast.parse(code).body):
        is_doc = number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not is_doc and not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            break
        at = node.end_lineno or at
    return at


def _found(suspect: Suspect, root: Path) -> str:
    """What makes the project's modules and fixtures known, wherever pytest is started."""
    target = suspect.candidate.target
    parts = target.module.split(".")
    above = len(parts) - (target.gap.path.name != "__init__.py")
    folders = [_relative(folder, root) for folder in (target.gap.path.parents[above], root)]
    inserted = ", ".join(f"str(_root / {folder!r})" for folder in dict.fromkeys(folders))
    rows = [
        "import sys",
        "from pathlib import Path",
        "",
        "_root = Path(__file__).resolve().parents[2]",
        f"sys.path[:0] = [{inserted}]",
    ]
    conftests = _conftests(target.test_path, root)
    if conftests:
        rows[:0] = ["import importlib.util"]
        rows += [
            f"for _place in {conftests!r}:",
            '    _spec = importlib.util.spec_from_file_location("conftest_of_the_test", _root / _place)',
            "    _module = importlib.util.module_from_spec(_spec)",
            "    _spec.loader.exec_module(_module)",
            '    globals().update({n: v for n, v in vars(_module).items() if not n.startswith(("__", "pytest_", "test"))})',
        ]
    return "\n".join(rows) + "\n"


def _conftests(test_path: Path, root: Path) -> list[str]:
    """Those below the root, the outermost first; pytest finds that of the root itself."""
    folders = [f for f in reversed(test_path.parents) if f != root and f.is_relative_to(root)]
    return [_relative(f / "conftest.py", root) for f in folders if (f / "conftest.py").is_file()]


def _relative(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()
