"""Replies kept in a folder, and answered from it: by hand or recorded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_aigen import recordings
from pytest_aigen.data import Usage
from pytest_aigen.errors import ConfigError, ModelError
from pytest_aigen.models import replay
from pytest_aigen.protocols import Message, Reply, Request
from pytest_aigen.settings import Settings


def asked(target: str, *replies: str, rules: str = "rules") -> Request:
    """A request about a target, after so many replies."""
    messages = [Message("system", rules), Message("user", "the file"), Message("user", target)]
    for text in replies:
        messages += [Message("assistant", text), Message("user", "again")]
    return Request(tuple(messages))


TOTAL = "shop/prices.py:10-18\ntotal\n\nWith line numbers"


class Canned:
    """A model that says one reply after the other."""

    def __init__(self, replies: Sequence[Reply | Exception], name: str = "openai:canned") -> None:
        self.name = name
        self._replies = list(replies)

    async def complete(self, request: Request) -> Reply:
        reply = self._replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def aclose(self) -> None: ...


def record(
    folder: Path, requests: Sequence[Request], replies: Sequence[Reply | Exception]
) -> recordings.Recorded:
    model = recordings.recorded(Canned(replies), folder, lambda text: text.replace("sk-secret", "[key]"))

    async def ask() -> None:
        for request in requests:
            await model.complete(request)
        await model.aclose()

    asyncio.run(ask())
    return model


def replayed(folder: Path, request: Request) -> Reply:
    model = replay.pytest_aigen_model("replay", str(folder), Settings())
    assert model is not None
    return asyncio.run(model.complete(request))


@pytest.mark.parametrize(
    ("request_", "stem"),
    [
        pytest.param(asked(TOTAL), "shop/prices/total.1", id="function"),
        pytest.param(asked(TOTAL, "first"), "shop/prices/total.2", id="second round"),
        pytest.param(asked(TOTAL, "first", "second"), "shop/prices/total.3", id="third round"),
        pytest.param(asked(TOTAL, "other.py:1-2\nf\n"), "shop/prices/total.2", id="a reply that looks like a target"),
        pytest.param(asked("shop/a.py:1-9\nCart.add\n"), "shop/a/Cart.add.1", id="method"),
        pytest.param(asked("a.py:1-9\nf.<locals>.g\n"), "a/f._locals_.g.1", id="nested function"),
        pytest.param(asked("a.py:1-9\nthe module body\n"), "a/module-body.1", id="module body"),
        pytest.param(asked("a b/é.py:1-9\nf\n"), "a_b/é/f.1", id="names that need care"),
        pytest.param(asked("/abs/a.py:1-9\nf\n"), "abs/a/f.1", id="absolute path"),
        pytest.param(asked("../../etc/a.py:1-9\n../../f\n"), "etc/a/.._.._f.1", id="never above the folder"),
    ],
)  # fmt: skip
def test_place(request_: Request, stem: str) -> None:
    assert str(recordings.place_of(request_).stem()) == stem


def test_a_request_without_a_target_is_known_by_its_bytes() -> None:
    places = {recordings.place_of(asked(text)) for text in ("write tests", "write tests", "write more tests")}
    assert len(places) == 2
    assert {str(place.folder) for place in places} == {"other"}


# ------------------------------------------------------------------------------------------------ by hand


def test_a_reply_written_by_hand_answers_whatever_the_prompt_says(tmp_path: Path) -> None:
    (tmp_path / "shop/prices").mkdir(parents=True)
    (tmp_path / "shop/prices/total.1.md").write_text("```python\nassert True\n```\n", "utf-8")
    for rules in ("one", "another"):
        reply = replayed(tmp_path, asked(TOTAL, rules=rules))
        assert reply.text == "```python\nassert True\n```\n"
        assert reply.finish == "stop"
        assert reply.usage.prompt_tokens > 0
        assert reply.usage.reply_tokens > 0
        assert (reply.usage.requests, reply.usage.cost) == (1, 0.0)


def test_a_request_for_several_targets_gets_the_replies_for_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("B.f", "B.h"):
        (tmp_path / f"a/{name}.1.md").write_text(f"reply for {name}", "utf-8")
    request = asked("a.py:1-3\nB.f\n\ncode\n\na.py:5-7\nB.g\n\ncode\n\na.py:9-11\nB.h\n\ncode")
    assert replayed(tmp_path, request).text == "reply for B.f\n\nreply for B.h"


def test_the_lines_tell_functions_of_one_name_apart(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/f.1.md").write_text("any", "utf-8")
    (tmp_path / "a/f.7-9.1.md").write_text("second", "utf-8")
    assert replayed(tmp_path, asked("a.py:1-3\nf\n")).text == "any"
    assert replayed(tmp_path, asked("a.py:7-9\nf\n")).text == "second"


def test_what_is_not_recorded_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.1.md").write_text("of nothing", "utf-8")
    with pytest.raises(ModelError, match=r"there is no shop/prices/total\.2\.md in ") as caught:
        replayed(tmp_path, asked(TOTAL, "first"))
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        pytest.param("total.1.md", b"\xff\xfe\x00", r"total\.1\.md cannot be read", id="no text"),
        pytest.param("total.1.json", b"{", r"total\.1\.json cannot be read", id="no JSON"),
        pytest.param("total.1.json", b"[]", r"total\.1\.json holds no JSON object", id="no object"),
    ],
)
def test_damaged_files_are_named(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    folder = tmp_path / "shop/prices"
    folder.mkdir(parents=True)
    (folder / "total.1.md").write_text("fine", "utf-8")
    (folder / name).write_bytes(content)
    with pytest.raises(ModelError, match=says):
        replayed(tmp_path, asked(TOTAL))


@pytest.mark.parametrize(
    "details", ["{}", '{"usage": 3}', '{"usage": {"prompt_tokens": "many", "reply_tokens": -1}}']
)
def test_what_details_do_not_say_is_counted(tmp_path: Path, details: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/f.1.md").write_text("some words", "utf-8")
    (tmp_path / "a/f.1.json").write_text(details, "utf-8")
    usage = replayed(tmp_path, asked("a.py:1-3\nf\n")).usage
    assert usage.prompt_tokens > 0
    assert usage.reply_tokens > 0


# ----------------------------------------------------------------------------------------------- recorded


def test_what_was_recorded_is_replayed_byte_for_byte(tmp_path: Path) -> None:
    first = Reply("one\r\n\ttwo  \n", Usage(1, 100, 30, 20, 0.5), "length")
    second = Reply("", Usage(1, 7, 0, 0, None), "content_filter")
    requests = [asked(TOTAL), asked(TOTAL, "one")]
    assert record(tmp_path / "new", requests, [first, second]).notes == []
    found = [replayed(tmp_path / "new", request) for request in requests]
    assert [reply.text for reply in found] == ["one\r\n\ttwo  \n", ""]
    assert [reply.finish for reply in found] == ["length", "content_filter"]
    assert [reply.usage for reply in found] == [Usage(1, 100, 30, 20, 0.0), Usage(1, 7, 0, 0, 0.0)]


def test_functions_of_one_name_are_recorded_beside_one_another(tmp_path: Path) -> None:
    targets = ["a.py:1-3\nf\n", "a.py:7-9\nf\n", "a.py:11-12\nF\n"]
    record(tmp_path, [asked(target) for target in targets], [Reply(target) for target in targets])
    assert [replayed(tmp_path, asked(target)).text for target in targets] == targets


def test_requests_are_kept_for_people_also_those_without_an_answer(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="down"):
        record(tmp_path, [asked(TOTAL)], [ModelError("down")])
    shown = (tmp_path / "shop/prices/total.1.request.md").read_text("utf-8")
    assert shown.startswith("<!-- system -->\n\nrules\n\n<!-- user -->\n\nthe file\n")
    assert "total\n\nWith line numbers" in shown
    assert [path.name for path in tmp_path.rglob("*.*")] == ["total.1.request.md"]


def test_a_key_in_a_reply_is_not_recorded(tmp_path: Path) -> None:
    record(tmp_path, [asked(TOTAL)], [Reply("it is sk-secret")])
    for path in tmp_path.rglob("*.*"):
        assert "sk-secret" not in path.read_text("utf-8")
    assert replayed(tmp_path, asked(TOTAL)).text == "it is [key]"


def test_details_say_which_model_it_was(tmp_path: Path) -> None:
    record(tmp_path, [asked(TOTAL)], [Reply("x")])
    assert json.loads((tmp_path / "shop/prices/total.1.json").read_text("utf-8"))["model"] == "openai:canned"


def test_replies_that_are_there_are_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/f.1.md").write_text("by hand", "utf-8")
    with pytest.raises(ConfigError, match="holds replies already"):
        recordings.recorded(Canned([]), tmp_path, str)
    assert (tmp_path / "a/f.1.md").read_text("utf-8") == "by hand"


def test_a_replay_may_be_recorded_into_its_own_folder(tmp_path: Path) -> None:
    """So a person gets the requests that have no reply yet."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a/f.1.md").write_text("by hand", "utf-8")
    before = replay.pytest_aigen_model("replay", str(tmp_path), Settings())
    assert before is not None
    model = recordings.recorded(before, tmp_path.resolve(), str)
    assert asyncio.run(model.complete(asked("a.py:1-3\nf\n"))).text == "by hand"
    with pytest.raises(ModelError, match="no reply is recorded"):
        asyncio.run(model.complete(asked("a.py:1-3\nf\n", "by hand")))
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == [
        "f.1.md",
        "f.1.request.md",
        "f.2.request.md",
    ]
    assert (tmp_path / "a/f.1.md").read_text("utf-8") == "by hand"


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(ConfigError, match="cannot be made"):
        recordings.recorded(Canned([]), tmp_path / "file", str)


def test_what_cannot_be_written_is_a_note_and_the_reply_counts(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("a file where a folder would be", "utf-8")
    model = recordings.recorded(Canned([Reply("paid for")]), tmp_path, str)
    assert asyncio.run(model.complete(asked(TOTAL))).text == "paid for"
    assert any("was not written" in note for note in model.notes)


# ------------------------------------------------------------------------------------------ configuration


def test_hook(tmp_path: Path) -> None:
    assert replay.pytest_aigen_model("openai", str(tmp_path), Settings()) is None
    with pytest.raises(ConfigError, match=r"no folder .*--ai-gen-record"):
        replay.pytest_aigen_model("replay", str(tmp_path / "no"), Settings())
    with pytest.raises(ConfigError, match="no replies in"):
        replay.pytest_aigen_model("replay", str(tmp_path), Settings())
    assert replay.pytest_aigen_model("replay", str(tmp_path), Settings(record=str(tmp_path))) is not None
