"""The project's own import sorter and formatter, asked how they would leave a test module that was added to.

They are found, never installed; they read and write pipes only, under a time limit. A tool has a say where the module was
as it would leave it before, and its answer is taken only if it changes nothing but what was added.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_aigen import sorting

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: Seconds for one answer.
TIMEOUT = 30.0

SORTERS = ("ruff-sort", "isort")
FORMATTERS = ("ruff-format", "black")

#: The answer of a tool to a text, None where it has none.
Answer = Callable[[str], "str | None"]


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that reads a module from its standard input and prints it as it should be."""

    command: tuple[str, ...]
    cwd: Path

    def __call__(self, text: str) -> str | None:
        try:
            done = subprocess.run(
                self.command,
                input=text.encode("utf-8"),
                capture_output=True,
                cwd=self.cwd,
                timeout=TIMEOUT,
                check=False,
            )
            answer = done.stdout.decode("utf-8")
        except (OSError, UnicodeError, subprocess.SubprocessError):
            return None
        return answer if done.returncode == 0 and answer.strip() else None


def formatted(path: Path, before: str | None, after: str, *, root: Path) -> str:
    """``after`` as the tools of the project at ``root`` leave it.

    A sorter that is not to be had is stood in for; where none is configured, imports that stood in a usual order stay
    so. A formatter that is not to be had leaves the text as it is.
    """
    return tidied(before, after, [*_sorters(path, root, before), *tools(path, root, FORMATTERS)])


def tidied(before: str | None, after: str, answers: Sequence[Answer]) -> str:
    """``after`` as the tools leave it, of those that would leave ``before`` as it is."""
    for answer in answers:
        if before and answer(before) != before:
            continue
        new = answer(after)
        if new is not None and new != after and _is_sound(before or "", after, new):
            after = new
    return after


# --------------------------------------------------------------------------------- what the project uses


def tools(path: Path, root: Path, names: Sequence[str] = (*SORTERS, *FORMATTERS)) -> Iterator[Tool]:
    """Those tools that the configuration above a file names, sorters first, as far as they are installed."""
    folder, used = _configured(path, root)
    for name in names:
        tool = _tool(name, path, folder) if name in used else None
        if tool is not None:
            yield tool


def _tool(name: str, path: Path, folder: Path) -> Tool | None:
    commands = {
        "ruff-sort": ["check", "--select=I", "--fix-only", "--exit-zero", "--quiet", "--no-cache"],
        # isort leaves out what it cannot find as a file.
        "isort": ["--quiet", f"--settings-path={folder}", *([f"--filename={path}"] * path.is_file()), "-"],
        "ruff-format": ["format", "--quiet", "--no-cache"],
        "black": ["--quiet", f"--stdin-filename={path}", "-"],
    }
    program = _program(name.partition("-")[0])
    if program is None:
        return None
    stdin = ["--force-exclude", f"--stdin-filename={path}", "-"] if name.startswith("ruff") else []
    return Tool((*program, *commands[name], *stdin), folder)


def _sorters(path: Path, root: Path, before: str | None) -> Iterator[Answer]:
    folder, used = _configured(path, root)
    if "ruff-sort" in used:
        yield _tool("ruff-sort", path, folder) or sorting.by_ruff(_ruff(folder), root, path)
    if "isort" in used:
        yield _tool("isort", path, folder) or sorting.by_isort(folder, root)
    if not used.intersection(SORTERS) and before and (answer := sorting.as_it_is(before, root)):
        yield answer


def _ruff(folder: Path) -> dict[str, Any]:
    """ruff's settings in a folder."""
    for name in (".ruff.toml", "ruff.toml"):
        if (folder / name).is_file():
            return _toml(folder / name)
    found = _toml(folder / "pyproject.toml").get("tool", {}).get("ruff", {})
    return found if isinstance(found, dict) else {}


def _program(name: str) -> list[str] | None:
    """How to start a tool of the running environment, else one on PATH."""
    beside = shutil.which(name, path=str(Path(sys.executable).parent))
    found = beside or shutil.which(name)
    return [found] if found else None


def _configured(path: Path, root: Path) -> tuple[Path, set[str]]:
    """The nearest folder, from the file's up to the root, that configures a tool, and which tools it names."""
    folders = [folder for folder in path.parents if folder == root or root in folder.parents]
    for folder in folders:
        used = _used_in(folder)
        if used:
            return folder, used
    return root, set()


def _used_in(folder: Path) -> set[str]:
    used: set[str] = set()
    table = _toml(folder / "pyproject.toml").get("tool", {})
    ruff = [table["ruff"]] if "ruff" in table else []
    ruff += [_toml(folder / name) for name in ("ruff.toml", ".ruff.toml") if (folder / name).is_file()]
    hooks = _text(folder / ".pre-commit-config.yaml")
    for settings in ruff:
        used.add("ruff-format")
        if _selects_imports(settings):
            used.add("ruff-sort")
    if "black" in table or re.search(r"^\s*-\s*id:\s*black\b", hooks, re.M):
        used.add("black")
        if not any("format" in settings for settings in ruff) and "ruff-format" not in hooks:
            used.discard("ruff-format")
    elif "ruff-format" in hooks:
        used.add("ruff-format")
    sections = {
        ".isort.cfg": r"\[(settings|isort)\]",
        "setup.cfg": r"\[(tool:)?isort\]",
        "tox.ini": r"\[isort\]",
    }
    named = any(re.search(f"^{section}", _text(folder / name), re.M) for name, section in sections.items())
    if "isort" in table or named or re.search(r"^\s*-\s*id:\s*isort\b", hooks, re.M):
        used.add("isort")
    return used


def _selects_imports(settings: dict[str, Any]) -> bool:
    """Whether ruff's rules about the order of imports are on."""
    for table in (settings, settings.get("lint", {})):
        for key in ("select", "extend-select"):
            if {"I", "I0", "I00", "I001", "ALL"}.intersection(table.get(key, ())):
                return True
    return False


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError:
        return {}


# --------------------------------------------------------------------------------- what an answer may change


def _is_sound(before: str, after: str, new: str) -> bool:
    """Whether a tool changed nothing of the old text, and no meaning of the new."""
    try:
        old_lines = _lines_but_from(before)
        lines = iter(_lines(new))
        return all(line in lines for line in old_lines) and _meaning(after) == _meaning(new)
    except (SyntaxError, ValueError, RecursionError):
        return False


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)


def _lines_but_from(text: str) -> list[str]:
    """The lines that no top-level ``from`` statement stands on: those may grow."""
    lines = _lines(text)
    for node in reversed(_tree(text).body):
        if isinstance(node, ast.ImportFrom):
            del lines[node.lineno - 1 : node.end_lineno]
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines.pop()  # it gets an end
    return [line for line in lines if line.strip()]


def _meaning(text: str) -> tuple[list[str], list[str]]:
    """Imports at the top, in any order, and the other statements; whitespace in docstrings aside."""
    imports: list[str] = []
    others: list[str] = []
    for node in _tree(text).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            head = f"{node.level}.{node.module}" if isinstance(node, ast.ImportFrom) else ""
            imports += [f"{head} {ast.dump(alias)}" for alias in node.names]
        else:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Expr) and isinstance(inner.value, ast.Constant):
                    if isinstance(inner.value.value, str):
                        inner.value.value = " ".join(inner.value.value.split())
            others.append(ast.dump(node))
    return sorted(imports), others


def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text.removeprefix("\ufeff"))
