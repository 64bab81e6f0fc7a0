"""What a branch changed, as git tells it, for ``--ai-gen-since=REV``.

Compared are the working tree and the merge base of REV and HEAD: commits of the branch, staged, unstaged and untracked
changes. Of a renamed file only the lines that differ count. Submodules are repositories of their own, and left out.

The repository is the one that the root lies in, whatever ``GIT_DIR`` and its relatives say: git sets them for its hooks.
The output of git is read as bytes; configuration that would alter it (colours, prefixes, drivers) is overridden. The
patch is read here and not by a library, as unidiff does not undo the quotes round unusual names.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_aigen import git
from pytest_aigen.data import Lines
from pytest_aigen.errors import ConfigError

_OPTION = "--ai-gen-since"
_DIFF = (
    "-c", "diff.autoRefreshIndex=false", "diff", "--no-ext-diff", "--no-textconv", "--text", "--no-color", "--unified=0", "--inter-hunk-context=0",
    "--src-prefix=a/", "--dst-prefix=b/", "--find-renames", "--ignore-submodules=all", "--submodule=short",
    "--diff-filter=d",
)  # fmt: skip
_ONLY_PYTHON = ("--", ":(top,glob)**/*.py")


@dataclass(frozen=True, slots=True)
class Changes:
    """The lines that a branch added or altered."""

    since: str
    #: By path, with links on the way to the repository resolved.
    altered: Mapping[Path, Lines]
    #: Files that git does not know yet: all of their lines are new.
    untracked: frozenset[Path]

    def lines(self, path: Path, text: str) -> Lines:
        """The changed lines of a file, numbered as coverage.py does: a statement over several lines by its first.

        >>> changes = Changes("main", {Path("a.py"): frozenset({2})}, frozenset())
        >>> sorted(changes.lines(Path("a.py"), "x = (\\n  1)\\ny = 2\\n"))
        [1]
        """
        if path in self.untracked:
            return frozenset(range(1, len(text.splitlines()) + 1))
        altered = self.altered.get(path, frozenset())
        return frozenset(
            first for first, last in _statements(text) if not altered.isdisjoint(range(first, last + 1))
        )


def _statements(text: str) -> Iterator[tuple[int, int]]:
    """First and last line of each logical line; comments and empty lines between them belong to none."""
    first = 0
    for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
        if token.type == tokenize.NEWLINE:
            yield first or token.start[0], token.end[0]
            first = 0
        elif not first and token.type not in _BETWEEN:
            first = token.start[0]


_BETWEEN = (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


# -------------------------------------------------------------------------------------------------- from git


def since(revision: str, root: Path) -> Changes:
    """What changed in the repository round ``root`` since the branch left ``revision``.

    Raises ConfigError that names the option and what to do: no git, no repository, no such revision, no common ancestor.
    """
    if not revision.strip() or revision.startswith("-") or "\0" in revision:
        raise ConfigError(f"{_OPTION}: expected a revision, such as origin/main, got {revision!r}")
    top = _top(root)
    if _ask(top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}") is None:
        raise ConfigError(f"{_OPTION}: the repository {top} has no commit yet")
    if _ask(top, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") is None:
        raise ConfigError(f"{_OPTION}: git knows no revision {revision!r}; {_how_to_get(revision, top)}")
    base = _ask(top, "merge-base", revision, "HEAD")
    if base is None:
        raise ConfigError(f"{_OPTION}: {revision} and HEAD have no common ancestor{_perhaps_cut_off(top)}")
    patch = _told(top, *_DIFF, os.fsdecode(base).strip(), *_ONLY_PYTHON)
    listed = _told(top, "ls-files", "-z", "--others", "--exclude-standard", *_ONLY_PYTHON)
    return Changes(
        revision,
        {top / name: lines for name, lines in altered(patch)},
        frozenset(top / os.fsdecode(name) for name in listed.split(b"\0") if name),
    )


def _top(root: Path) -> Path:
    done = _git(root, "rev-parse", "--show-toplevel")
    if done.returncode == 0 and done.stdout.strip():
        return Path(os.fsdecode(done.stdout.removesuffix(b"\n"))).resolve()
    said = _words(done.stderr)
    if "not a git repository" in said:
        raise ConfigError(f"{_OPTION}: {root} is not in a git repository, so nothing tells what changed")
    if "must be run in a work tree" in said:
        raise ConfigError(f"{_OPTION}: {root} is not in the working tree of a git repository")
    raise ConfigError(f"{_OPTION}: git does not tell where the repository of {root} begins: {said}")


def _how_to_get(revision: str, top: Path) -> str:
    """What brings a revision that is not there."""
    remotes = os.fsdecode(_ask(top, "remote") or b"").split()
    remote, _, branch = revision.partition("/")
    if remote in remotes and re.fullmatch(r"[\w./-]+", branch):
        return f"`git fetch {remote} +refs/heads/{branch}:refs/remotes/{revision}` brings it{_in_ci(top)}"
    if _is_shallow(top):
        return f"this clone is shallow{_in_ci(top)}"
    return "`git branch --all` and `git tag` list what there is"


def _in_ci(top: Path) -> str:
    if not _is_shallow(top):
        return ""
    return "; `git fetch --unshallow` brings the whole history (in GitHub Actions: actions/checkout with fetch-depth: 0)"


def _perhaps_cut_off(top: Path) -> str:
    return f" here: this clone is shallow{_in_ci(top)}" if _is_shallow(top) else ""


def _is_shallow(top: Path) -> bool:
    return (_ask(top, "rev-parse", "--is-shallow-repository") or b"").strip() == b"true"


def _told(top: Path, *arguments: str) -> bytes:
    done = _git(top, *arguments)
    if done.returncode:
        raise ConfigError(f"{_OPTION}: git fails in {top}: {_words(done.stderr)}")
    return done.stdout


def _ask(top: Path, *arguments: str) -> bytes | None:
    """What git answers; None for no."""
    done = _git(top, *arguments)
    return None if done.returncode else done.stdout


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return git.asked(folder, *arguments)
    except OSError as error:
        raise ConfigError(
            f"{_OPTION}: git cannot be started ({error.strerror}); install it, or set PATH"
        ) from error


def _words(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").split("\n")
    return " ".join(line.strip() for line in lines if line.strip()) or "it says nothing"


# ------------------------------------------------------------------------------------------------- the patch


def altered(patch: bytes) -> Iterator[tuple[str, Lines]]:
    """Path and changed lines of each file of a patch of git's, numbered as they stand after it.

    >>> list(altered(b"--- a/x.py\\n+++ b/x.py\\n@@ -4 +4,2 @@ def f():\\n-a\\n+b\\n+c\\n"))
    [('x.py', frozenset({4, 5}))]
    """
    name, found = "", set[int]()
    rows = iter(patch.split(b"\n"))
    for row in rows:
        if row.startswith(b"+++ "):
            if name and found:
                yield name, frozenset(found)
            name, found = _name(row[4:]), set()
        elif hunk := _HUNK.match(row):
            removed, first, added = (int(number) if number else 1 for number in hunk.groups())
            found.update(range(first, first + added))
            _skip(rows, removed + added)
    if name and found:
        yield name, frozenset(found)


_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_LETTERS = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}


def _skip(rows: Iterator[bytes], number: int) -> None:
    """Pass over the lines of a hunk, which may look like anything."""
    while number:
        if not next(rows, b"").startswith(b"\\"):  # such a row says that the file does not end with a newline
            number -= 1


def _name(given: bytes) -> str:
    """A path from the header of a patch, without ``b/``, quotes and escapes.

    >>> _name(rb'"b/a \\"b\\" \\303\\251.py"'), _name(b"b/a b.py\\t")
    ('a "b" é.py', 'a b.py')
    """
    given = given.removesuffix(b"\t")
    if given.startswith(b'"'):
        given = _ESCAPED.sub(_unescaped, given[1:-1])
    return os.fsdecode(given.removeprefix(b"b/"))


def _unescaped(match: re.Match[bytes]) -> bytes:
    escape = match[1]
    return bytes([int(escape, 8)]) if len(escape) == 3 else _LETTERS.get(escape, escape)
