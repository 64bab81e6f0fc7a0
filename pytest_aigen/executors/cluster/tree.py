"""The working tree as an archive, and a checkout made from it.

The archive holds what git tracks or would track: changes that are not committed are in it, what git ignores is not. Where
git is no help, it holds all but caches and environments. Never in it: ``.git``, bytecode, and the folder of this package's
state.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_aigen import git, sources, statefolder, whereabouts
from pytest_aigen.data import Workplace
from pytest_aigen.errors import ConfigError
from pytest_aigen.executors.cluster.moved import within

_NEVER = {".git", "__pycache__", ".coverage", statefolder.NAME}
#: Where git does not say what is to be ignored.
_CACHES = {
    "node_modules", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".tox", ".nox", ".eggs", ".hg", ".svn",
}  # fmt: skip
#: Bytes; what is larger is no working tree that anyone would want to send.
LARGEST = 1024**3
#: Of all files, so that the same content is the same archive; what cannot be in a zip file would be older than 1980.
_TIME = 1_600_000_000


@dataclass(frozen=True)
class Tree:
    """A part of a working tree that holds all that jobs need."""

    folder: Path

    def files(self) -> list[str]:
        """Names of its files and links, below the folder, in order."""
        return sorted(set(_files(self.folder)))

    def archive(self) -> bytes:
        """A tar file, compressed. Raises ConfigError where it would be too large."""
        self._check_size()
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=3, format=tarfile.PAX_FORMAT) as tar:
            for name, data in self._contents():
                info = _info(self.folder / name, name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data) if info.isreg() else None)
        return raw.getvalue()

    def key(self) -> str:
        """What tells its content from every other; the same on every machine."""
        digest = hashlib.sha256()
        for name, data in self._contents():
            info = _info(self.folder / name, name)
            digest.update(repr((name, info.type, info.mode, info.linkname, len(data))).encode() + data)
        return digest.hexdigest()[:24]

    def _check_size(self) -> None:
        sizes = {
            name: path.lstat().st_size for name in self.files() if os.path.lexists(path := self.folder / name)
        }
        if sum(sizes.values()) > LARGEST:
            largest = max(sizes, key=lambda name: sizes[name])
            raise ConfigError(
                f"the files in {self.folder} that git does not ignore are more than {LARGEST >> 20} MB, {largest} the"
                " largest; have git ignore what no test needs"
            )

    def _contents(self) -> Iterator[tuple[str, bytes]]:
        """Each file with what is in it; links with nothing."""
        for name in self.files():
            path = self.folder / name
            # What is no longer there, or nobody may read, no test needs.
            with suppress(OSError):
                if path.is_symlink():
                    yield name, b""
                elif path.is_file():
                    yield name, path.read_bytes()


def _info(path: Path, name: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.mtime = _TIME
    if path.is_symlink():
        info.type, info.linkname = tarfile.SYMTYPE, os.readlink(path)
        info.mode = 0o777
    else:
        info.mode = 0o755 if os.access(path, os.X_OK) else 0o644
    return info


def unpack(archive: bytes, folder: Path) -> None:
    """Make the checkout, whole or not at all. Raises OSError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".unpacked-", dir=folder.parent))
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
            if hasattr(tarfile, "fully_trusted_filter"):
                tar.extractall(made, filter="fully_trusted")
            else:
                tar.extractall(made)
        made.chmod(0o755)
        os.rename(made, folder)
    except OSError:
        if not folder.is_dir():  # else another one was faster
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


# ------------------------------------------------------------------------------------------ what is in it


def _files(folder: Path) -> Iterator[str]:
    try:
        listed = git.asked(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    except OSError:
        listed = None
    if listed is None or listed.returncode:
        yield from _walked(folder)
        return
    environments: dict[Path, bool] = {}
    for name in map(os.fsdecode, filter(None, listed.stdout.split(b"\0"))):
        path = folder / name
        parts = Path(name).parts
        if _NEVER.intersection(parts) or _is_in_environment(path.parent, folder, environments):
            continue
        if path.is_dir() and not path.is_symlink():
            # A submodule, or another repository in this one.
            yield from (f"{name.rstrip('/')}/{inner}" for inner in _files(path))
        else:
            yield name


def _is_in_environment(place: Path, top: Path, known: dict[Path, bool]) -> bool:
    if place == top:
        return False
    if place not in known:
        known[place] = (place / "pyvenv.cfg").exists() or _is_in_environment(place.parent, top, known)
    return known[place]


def _walked(folder: Path) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        here = Path(parent)
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = [
            name
            for name in folders
            if name not in _NEVER | _CACHES
            and name not in links
            and not any((here / name / mark).exists() for mark in ("pyvenv.cfg", "CACHEDIR.TAG"))
        ]
        for name in (*files, *links):
            if name not in _NEVER | _CACHES and not name.endswith((".pyc", ".pyo")):
                yield (here / name).relative_to(folder).as_posix()


# ------------------------------------------------------------------------------ what of a workplace it is


def portable(workplace: Workplace, option: str) -> tuple[Workplace, Tree]:
    """The workplace as far as it can be on another machine, and the tree with all of it.

    The tree is the smallest folder that holds the root, the working directory, the sources and what of the path is in
    the project. Raises ConfigError, which names the option, for what no other machine would have.
    """
    root = Path(os.path.realpath(workplace.root))
    project = _repository(root)
    for what, path in _needed(workplace):
        if within(path, project) is None:
            raise ConfigError(
                f"{option}: {path}, {what}, is not in {project}, and so on no other machine;"
                " start pytest within the project, or run its jobs here"
            )
    entries = [Path(os.path.abspath(entry or workplace.cwd)) for entry in workplace.sys_path]
    places = [within(entry, project) or entry for entry in entries if not _is_of_environment(entry)]
    for path in workplace.sources:
        # Where an import hook of an editable install finds it, no entry of the path says so.
        base = whereabouts.base(path, sources.module_name(path, list(map(str, places))))
        if base not in places and base.is_relative_to(project):
            places.append(base)
    here = [place for place in places if place.is_relative_to(project)]
    held = [within(path, project) or path for _, path in _needed(workplace)]
    folder = Path(os.path.commonpath([root, *held, *here]))
    moved = replace(
        workplace,
        root=root,
        cwd=within(workplace.cwd, project) or workplace.cwd,
        sys_path=tuple(dict.fromkeys(map(str, places))),
    )
    return moved, Tree(folder)


def _repository(root: Path) -> Path:
    """The working tree that the root lies in; the root itself where git knows none."""
    try:
        done = git.asked(root, "rev-parse", "--show-toplevel")
    except OSError:
        return root
    told = os.fsdecode(done.stdout.removesuffix(b"\n"))
    return Path(os.path.realpath(told)) if done.returncode == 0 and told else root


def _needed(workplace: Workplace) -> Iterator[tuple[str, Path]]:
    yield "the folder in which pytest was started", workplace.cwd
    if workplace.cov_config is not None:
        yield "the configuration of coverage.py", workplace.cov_config
    for path in workplace.sources:
        yield "a source file", path
    for path in workplace.folders:
        yield "a folder of tests", path


def _is_of_environment(entry: Path) -> bool:
    """Whether it comes with the interpreter: a worker has its own."""
    if {"site-packages", "dist-packages"}.intersection(entry.parts) or entry.suffix == ".zip":
        return True
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    return any(_below(entry, Path(prefix)) for prefix in prefixes)


def _below(entry: Path, prefix: Path) -> bool:
    libraries = [prefix / part for part in ("bin", "lib", "lib64", "Lib", "DLLs", "Scripts")]
    return any(entry.is_relative_to(place) for place in libraries)


def foreign(workplace: Workplace, tree: Tree) -> Sequence[str]:
    """Folders on the path that are neither in the tree nor part of the environment: the others have to have them, too."""
    return [e for e in workplace.sys_path if not Path(e).is_relative_to(tree.folder) and os.path.isdir(e)]
