"""The folder for the files of one call, emptied before the next one: nothing else may be written to."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from typing import Literal, TypeAlias

#: More entries, and longer files, are not told one by one.
_MOST, _LONGEST = 4, 2000
Form: TypeAlias = Literal["text", "bytes", "folder", "gone", "there"]


@dataclass(frozen=True, slots=True)
class Left:
    """What a call left in the folder: a file with that content, a folder, something that is gone, or only there."""

    #: Below the folder.
    name: str
    form: Form
    content: str | bytes = ""


class Room:
    """The one of this process; closed, so that no file can be made, until it is opened."""

    def __init__(self) -> None:
        #: All below may be written; empty while closed.
        self.base = ""
        self.used = False
        self._number = 0
        self._before: dict[str, bytes | None] = {}

    def __enter__(self) -> Room:
        self.open()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def open(self) -> None:
        """Makes the folder. To be called before anything is forbidden."""
        self.close()
        self.base = os.path.realpath(tempfile.mkdtemp(prefix="aigen-"))

    def close(self) -> None:
        """Removes it with all that is in it."""
        if self.base:
            shutil.rmtree(self.base, ignore_errors=True)
        self.base, self.used, self._number, self._before = "", False, 0, {}

    @property
    def folder(self) -> str:
        return os.path.join(self.base, f"tmp{self._number or ''}")

    def fresh(self) -> None:
        """Empties it for the next call."""
        if self.used:
            try:
                _remove(self.folder)
            except OSError:  # of which the call took the rights away
                self._number += 1
            self.used, self._before = False, {}

    def place(self, name: str, content: str | bytes | None = None) -> str:
        """The path of that name, with a file there where there is content. Raises ValueError for a name that leads out of
        the folder, OSError for one that cannot be written.
        """
        if not self.base or (
            name and (os.path.isabs(name) or os.path.normpath(name) != name or name[:2] in (".", ".."))
        ):
            raise ValueError(f"no path below the folder: {name!r}")
        if not self.used:
            os.makedirs(self.folder, exist_ok=True)
            self.used = True
        path = os.path.join(self.folder, name) if name else self.folder
        if content is not None:
            data = content.encode() if isinstance(content, str) else content
            with open(path, "wb") as file:
                file.write(data)
            self._before[name] = data
        return path

    def name_of(self, path: str) -> str | None:
        """The name below the folder of a path; None for any other path."""
        if not self.base or not self.used:
            return None
        if path == self.folder:
            return ""
        return path[len(self.folder) + 1 :] if path.startswith(self.folder + os.sep) else None

    def holds(self, path: object) -> bool:
        """Whether it is an absolute path that is in the folder, wherever links on the way lead."""
        if not self.base or not isinstance(path, (str, bytes, os.PathLike)):
            return False
        text = os.fsdecode(path)
        if not os.path.isabs(text):
            return False
        found = os.path.realpath(text)
        return found.startswith(self.base + os.sep)

    def changes(self) -> tuple[Left, ...]:
        """What is not as it was when the call began; nothing where it is too much to tell."""
        if not self.used:
            return ()
        now = dict(_entries(self.folder, ""))
        found = [_left(name, data) for name, data in now.items() if self._before.get(name, ...) != data]
        found += [Left(name, "gone") for name in self._before if name not in now]
        parents = {os.path.dirname(left.name) for left in found}
        told = [left for left in found if left.form != "folder" or left.name not in parents]
        return tuple(told) if len(told) <= _MOST else ()


def _left(name: str, data: bytes | None) -> Left:
    if data is None:
        return Left(name, "folder")
    if len(data) > _LONGEST:
        return Left(name, "there")
    try:
        text = data.decode()
    except ValueError:
        return Left(name, "bytes", data)
    plain = all(char.isprintable() or char in "\n\t" for char in text)
    return Left(name, "text", text) if plain else Left(name, "bytes", data)


def _entries(folder: str, above: str) -> list[tuple[str, bytes | None]]:
    """Names below it in order, with the content of files."""
    found: list[tuple[str, bytes | None]] = []
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return found
    for entry in names:
        path, name = os.path.join(folder, entry), f"{above}{entry}"
        if os.path.isdir(path) and not os.path.islink(path):
            found.append((name, None))
            found += _entries(path, f"{name}/")
        elif os.path.isfile(path) and not os.path.islink(path):
            try:
                with open(path, "rb") as file:
                    found.append((name, file.read(_LONGEST + 1)))
            except OSError:
                continue
    return found


def _remove(folder: str) -> None:
    """By absolute paths, as the belt can follow them."""
    for entry in os.listdir(folder) if os.path.isdir(folder) else ():
        path = os.path.join(folder, entry)
        if os.path.isdir(path) and not os.path.islink(path):
            _remove(path)
        else:
            os.unlink(path)
    if os.path.isdir(folder):
        os.rmdir(folder)


ROOM = Room()
