"""Replies of a model in a folder: one Markdown file for each target and round, which a person can write as well.

``shop/prices/total.1.md`` answers the first request for ``total`` in ``shop/prices.py``. Where several functions of a file
share a name, the lines tell them apart: ``total.10-18.1.md``. A request for several functions is answered with the replies
for all of them that are there; one that is recorded stands with the first. Beside a reply that was recorded stand
``total.1.json``, with what it cost, and ``total.1.request.md``, with what was asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pytest_aigen.data import Usage
from pytest_aigen.errors import ConfigError, ModelError
from pytest_aigen.protocols import Model, Reply, Request

#: Stands for the qualified name where the top level of a module is the target.
MODULE = "module-body"
_TARGET = re.compile(r"^(\S.*\.py):(\d+-\d+)\n(.+)", re.M)
_REPLY, _REQUEST, _DETAILS = ".md", ".request.md", ".json"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the replies of a request are, below the folder and without their endings."""

    folder: PurePosixPath
    name: str
    #: ``10-18``; empty where the request names no target.
    lines: str
    #: From 1.
    round: int

    def stem(self, *, with_lines: bool = False) -> PurePosixPath:
        lines = f".{self.lines}" if with_lines and self.lines else ""
        return self.folder / f"{self.name}{lines}.{self.round}"


def place_of(request: Request) -> Place:
    """Where a request's reply is recorded: with the first target that it names."""
    return places_of(request)[0]


def places_of(request: Request) -> list[Place]:
    """Where a request's replies belong, by the targets that its opening names; by its hash where that names none.

    >>> from pytest_aigen.protocols import Message
    >>> [str(one.stem()) for one in places_of(Request((Message("user", "shop/prices.py:10-18\\ntotal\\n..."),)))]
    ['shop/prices/total.1']
    """
    number = 1
    opening = []
    for message in request.messages:
        if message.role == "assistant":
            number += not message.calls
        elif message.role == "user" and number == 1:
            opening.append(message.content)
    for content in reversed(opening):
        if _TARGET.match(content):
            return [_place(found, number) for found in _TARGET.finditer(content)]
    return [Place(PurePosixPath("other"), request.key()[:16], "", number)]


def _place(found: re.Match[str], number: int) -> Place:
    parts = [part for part in PurePosixPath(found[1][:-3]).parts if part not in ("/", "..")]
    return Place(PurePosixPath(*map(_plain, parts)), _name(found[3]), found[2], number)


def _name(qualname: str) -> str:
    return MODULE if qualname == "the module body" else _plain(qualname)


def _plain(text: str) -> str:
    """A name of a file on every system: ``<locals>`` is none."""
    return re.sub(r"[^\w.-]", "_", text)


def replies(folder: Path) -> Iterator[Path]:
    """The files that hold replies."""
    return (path for path in folder.rglob(f"*{_REPLY}") if not path.name.endswith(_REQUEST))


def read(folder: Path, request: Request) -> tuple[str, Mapping[str, Any]] | None:
    """The recorded reply, of several targets all that are there, and what is known of the first; None where there is none.

    Raises ModelError where a file is there and cannot be read.
    """
    found = [reply for place in places_of(request) if (reply := _read(folder, place))]
    return ("\n\n".join(text for text, _ in found), found[0][1]) if found else None


def _read(folder: Path, place: Place) -> tuple[str, Mapping[str, Any]] | None:
    for stem in dict.fromkeys((place.stem(with_lines=True), place.stem())):
        path = folder / f"{stem}{_REPLY}"
        if not path.is_file():
            continue
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ModelError(f"the recorded reply {path} cannot be read: {error}") from error
        return text, _details(folder / f"{stem}{_DETAILS}")
    return None


def _details(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{path} cannot be read: {error}; without it the reply counts all the same"
        ) from error
    if not isinstance(found, dict):
        raise ModelError(f"{path} holds no JSON object; without it the reply counts all the same")
    return found


class Recorded:
    """A model whose requests and replies are kept in a folder. What is there already stays as it is.

    The requests that it is given are redacted; ``redacted`` does so with the replies.
    """

    def __init__(self, model: Model, folder: Path, redacted: Callable[[str], str]) -> None:
        self.name = model.name
        self._model, self._folder, self._redacted = model, folder, redacted
        #: Which target each name of a file stands for, in a spelling that no system tells apart.
        self._lines_of: dict[str, str] = {}
        #: Sentences that the user should read.
        self.notes: list[str] = []

    async def complete(self, request: Request) -> Reply:
        """The model's reply. A reply that cannot be recorded is a note, and counts all the same."""
        place = place_of(request)
        owner = self._lines_of.setdefault(f"{place.folder}/{place.name}".casefold(), place.lines)
        stem = place.stem(with_lines=owner != place.lines)
        self._write(f"{stem}{_REQUEST}", _shown(request), again=True)
        reply = await self._model.complete(request)
        if reply.calls:
            return reply  # no reply yet: a replay begins with what it comes to
        text = self._redacted(reply.text)
        if self._write(f"{stem}{_REPLY}", text):
            details = {"model": self.name, "finish": reply.finish, "usage": asdict(reply.usage)}
            self._write(f"{stem}{_DETAILS}", json.dumps(details, indent=2) + "\n")
        return reply

    def preflight(self) -> None:
        if (look := getattr(self._model, "preflight", None)) is not None:
            look()

    async def aclose(self) -> None:
        await self._model.aclose()

    def _write(self, name: str, text: str, *, again: bool = False) -> bool:
        """Whether it was written."""
        path = self._folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb" if again else "xb") as file:
                file.write(text.encode("utf-8"))
            return True
        except FileExistsError:
            return False
        except OSError as error:
            self.notes.append(f"--ai-gen-record: {path} was not written: {error}")
            return False


def recorded(model: Model, folder: Path, redacted: Callable[[str], str]) -> Recorded:
    """The model, its replies kept in a folder, which is made.

    Raises ConfigError where that cannot be, or where it holds replies of another model, which would stay.
    """
    if model.name != f"replay:{folder}" and folder.is_dir() and any(replies(folder)):
        raise ConfigError(
            f"--ai-gen-record: {folder} holds replies already, which are not overwritten; name another folder"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--ai-gen-record: {folder} cannot be made: {error}") from error
    return Recorded(model, folder, redacted)


def _shown(request: Request) -> str:
    """A request for a person to read."""
    return "\n\n".join(f"<!-- {message.role} -->\n\n{message.content}" for message in request.messages) + "\n"


def usage(details: Mapping[str, Any], prompt_tokens: int, reply_tokens: int) -> Usage:
    """What a replayed reply counts as: the tokens of its recording, or as counted now. It costs nothing."""
    known = details.get("usage")
    known = known if isinstance(known, dict) else {}

    def number(key: str, otherwise: int) -> int:
        value = known.get(key)
        return value if isinstance(value, int) and value >= 0 else otherwise

    return Usage(
        1,
        number("prompt_tokens", prompt_tokens),
        number("cached_tokens", 0),
        number("reply_tokens", reply_tokens),
        0.0,
    )
