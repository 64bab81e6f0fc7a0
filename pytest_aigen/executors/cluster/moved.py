"""Records on their way to a machine on which the same files have other paths.

A pickle in which every path within a folder is told relative to that folder, and so is unpacked with the paths of
another one. Of what the user's machine sends, texts count that are a path, or an option with one: ``--opt=/repo/a``. Of
what a worker sends, all texts that name its folder do: the name holds a key, and stands for nothing else.
"""

from __future__ import annotations

import io
import os
import pickle
import re
from pathlib import Path, PurePath
from typing import Any

_HERE = "\0pytest-aigen-tree\0"


def packed(value: object, folder: Path, *, anywhere: bool = False) -> bytes:
    """The record without its folder. ``anywhere``: the folder counts within texts, too.

    >>> record = packed([Path("/a/b"), "--opt=/a/c", "in /a/c", "/abc"], Path("/a"))
    >>> unpacked(record, Path("/z"))
    [PosixPath('/z/b'), '--opt=/z/c', 'in /a/c', '/abc']
    >>> unpacked(packed("in /a1f3/c", Path("/a1f3"), anywhere=True), Path("/z"))
    'in /z/c'
    """
    stream = io.BytesIO()
    _Packer(stream, folder, anywhere).dump(value)
    return stream.getvalue()


def unpacked(record: bytes, folder: Path) -> Any:
    """The record with the paths of this folder."""
    return _Unpacker(io.BytesIO(record), folder).load()


class _Packer(pickle.Pickler):
    def __init__(self, stream: io.BytesIO, folder: Path, anywhere: bool) -> None:
        super().__init__(stream, protocol=pickle.HIGHEST_PROTOCOL)
        self._folder, self._text = folder, str(folder)
        self._pattern = re.escape(self._text) if anywhere else rf"^([-\w]+=|){re.escape(self._text)}(?=/|$)"
        self._by = _HERE if anywhere else rf"\g<1>{_HERE}"

    def persistent_id(self, value: object) -> tuple[str, Any] | None:
        if isinstance(value, str):
            if type(value) is str and self._text in value:
                told = re.sub(self._pattern, self._by, value)
                return ("text", told) if told != value else None
        elif isinstance(value, PurePath) and value.is_relative_to(self._folder):
            return "path", value.relative_to(self._folder).as_posix()
        return None


class _Unpacker(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, folder: Path) -> None:
        super().__init__(stream)
        self._folder = folder

    def persistent_load(self, told: tuple[str, Any]) -> object:
        kind, value = told
        if kind == "path":
            return self._folder / value
        return value.replace(_HERE, str(self._folder))


def within(path: str | os.PathLike[str], folder: Path) -> Path | None:
    """The path by its place in the folder, where it is there, by whatever links; else None."""
    real = Path(os.path.realpath(path))
    if Path(path).is_relative_to(folder):
        return Path(path)
    return real if real.is_relative_to(folder) else None
