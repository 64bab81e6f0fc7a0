"""What is left out of a request for want of room, and in which words it is told."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from pytest_aigen.generators.llm import Llm
from pytest_aigen.generators.sections import sections
from pytest_aigen.generators.shorter import shorter
from pytest_aigen.protocols import Reply, Request
from tests.contexts import context

FULL = replace(
    context(tools=["pytest-mock", "pytest-asyncio: auto", "anyio: in use"]),
    definitions=tuple(f"def helper_{n}(): ..." for n in range(8)),
    libraries=tuple(f"def library_{n}()" for n in range(5)),
    examples=("def test_one(): ...", "def test_two(): ..."),
    at_hand="import json",
    test_module="tests/test_basket.py",
    markers=("slow: takes long", "web", "db"),
    plugin_fixtures={"pytest-mock": ("mocker",)},
)


def test_words() -> None:
    said = sections(FULL)
    assert (
        "- pytest-mock (fixture mocker)\n- pytest-asyncio (auto mode, `async def` tests need no mark)\n- anyio (in use)"
        in said
    )
    assert "- slow: takes long\n- web, db\n" in said
    assert "stand in `tests/test_basket.py`" in said
    assert "Left out" not in said


@pytest.mark.parametrize(
    ("most", "omitted"),
    [
        ({}, ()),
        ({"libraries": 3}, ("2 signatures of libraries",)),
        ({"definitions": 6}, ("2 definitions", "2 signatures of libraries", "1 existing tests")),
        ({"outline": 0}, ("definitions", "signatures of libraries", "existing tests", "what is at hand in the test module", "fixtures of plugins", "markers", "the outline of the module")),
        ({"source": 0}, ("definitions", "signatures of libraries", "existing tests", "what is at hand in the test module", "fixtures of plugins", "markers", "the outline of the module")),
    ],
)  # fmt: skip
def test_the_least_useful_goes_first_and_is_noted(most: dict[str, int], omitted: tuple[str, ...]) -> None:
    short = shorter(
        FULL, lambda given: all(len(getattr(given, name)) <= number for name, number in most.items())
    )
    assert short.omitted == omitted
    assert short.source == FULL.source
    assert ("Left out for want of room:" in sections(short)) is bool(omitted)


class Silent:
    """Keeps what it is asked."""

    name = "silent"

    def __init__(self) -> None:
        self.asked: list[Request] = []

    async def complete(self, request: Request) -> Reply:
        self.asked.append(request)
        return Reply("")

    async def aclose(self) -> None: ...


@pytest.mark.parametrize(("room", "cut"), [(None, False), (100_000, False), (1, True)])
def test_a_request_keeps_to_its_room(room: int | None, cut: bool) -> None:
    model = Silent()

    async def ask() -> None:
        async for _ in Llm(model, room=room).propose(FULL, ()):
            pass

    asyncio.run(ask())
    (request,) = model.asked
    assert ("Left out for want of room:" in request.messages[-1].content) is cut
    assert FULL.source in request.messages[-1].content
