"""Results that only run when they are used: closures called, decorators applied, context managers entered and left."""

from __future__ import annotations

import ast

import pytest

from tests.explore.conftest import Propose


def bodies(propose: Propose, qualname: str, sample: str = "closures") -> list[str]:
    """The statements of each test; these samples harm nobody, so no process is forked for them."""
    found = [ast.parse(candidate.code).body[-1] for candidate in propose(sample, qualname, here=True)]
    return ["\n".join(map(ast.unparse, node.body)) for node in found if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize(
    ("qualname", "body"),
    [
        pytest.param("adder", "assert adder(3)(3) == 6", id="a closure is called"),
        pytest.param("adder", "assert adder(3)(101) == -1", id="with values that its code compares with"),
        pytest.param(
            "retry", "assert retry()(lambda value: value)(3) == 3", id="a decorator with arguments is applied"
        ),
        pytest.param(
            "retry",
            "with pytest.raises(RuntimeError, match='gave up'):\n    retry(0)(lambda value: value)(3)",
            id="what the decorated function raises",
        ),
        pytest.param(
            "once",
            "function = once(str)\nfunction(3)\nassert function(3) == 'again'",
            id="a decorated function twice",
        ),
        pytest.param(
            "swallow",
            "with swallow('Alice') as entered:\n    assert entered == 'Alice'\n    raise ValueError('wrong')",
            id="a context manager that swallows",
        ),
        pytest.param(
            "translate",
            "with pytest.raises(KeyError, match=\"'translated'\"):\n    with translate():\n        raise ValueError('wrong')",
            id="a context manager that raises another exception",
        ),
        pytest.param(
            "Lock.__exit__",
            "lock = Lock()\nwith lock as entered:\n    assert entered is lock\n    raise ValueError('wrong')\nassert lock.failed == 'ValueError'",
            id="an object that is left by an exception",
        ),
        pytest.param(
            "Lock.__enter__",
            "lock = Lock()\nwith lock as entered:\n    assert entered is lock",
            id="an object that is entered",
        ),
        pytest.param(
            "agen",
            "async def collect():\n    return [item async for item in agen(3)]\nassert asyncio.run(collect()) == [0, 1, 2]",
            id="an asynchronous generator",
        ),
        pytest.param(
            "aopen",
            "async def enter():\n    async with aopen('Alice') as entered:\n        return entered\nassert asyncio.run(enter()) == 'ALICE'",
            id="an asynchronous context manager",
        ),
        pytest.param(
            "Bag.clear",
            "bag = Bag()\nbag['hello'] = 'hello'\nbag.clear()\nassert bag.items == {}",
            id="silent unless something is in it",
        ),
        pytest.param(
            "named",
            "result = named('cat')\nassert isinstance(result, FunctionType)\nassert result.__name__ == 'cat'",
            id="a function that was made has a name",
        ),
        pytest.param(
            "classy",
            "result = classy('cat')\nassert isinstance(result, type)\nassert result.__name__ == 'cat'",
            id="a class that was made has a name",
        ),
        pytest.param(
            "Bag.itself",
            "bag = Bag()\nassert bag.itself() is bag\nassert bag.items == {}",
            id="the object itself, and as it was",
        ),
        pytest.param(
            "Bag.forget",
            "bag = Bag()\nbag.forget()\nassert bag.items == {}",
            id="an object that is left as it was",
        ),
        pytest.param(
            "Desk._note",
            "desk = Desk(3)\ndesk._note(3)\nassert desk._notes == [3]",
            id="private, where nothing else changes",
        ),
        pytest.param(
            "Desk.open",
            "desk = Desk(3)\ndesk.open()\nassert desk.is_open() is True",
            id="an object that is asked",
        ),
        pytest.param(
            "Desk.drawers",
            "desk = Desk(3)\nresult = desk.drawers()\nassert [str(item) for item in result] == ['drawer 0', 'drawer 1']",
            id="objects in a list",
        ),
        pytest.param(
            "Desk.label",
            "desk = Desk(3)\nassert re.fullmatch('<Desk at 0x[0-9A-Fa-f]+; 3>', desk.label())",
            id="a text round an address",
        ),
        pytest.param(
            "Desk.__getitem__",
            "desk = Desk(3)\nwith pytest.raises(KeyError, match=\"'Alice'\"):\n    desk['Alice']",
            id="no such key, as mappings say it",
        ),
    ],
)
def test_results_are_driven(propose: Propose, qualname: str, body: str) -> None:
    assert body in bodies(propose, qualname)


@pytest.mark.parametrize("qualname", ["plain", "Bag.forget"])
def test_what_has_nothing_to_drive_or_show(propose: Propose, qualname: str) -> None:
    assert not any("(3)(" in body or "entered" in body for body in bodies(propose, qualname))


@pytest.mark.parametrize(
    ("qualname", "body"),
    [
        pytest.param(
            "Client.is_open",
            "async def check():\n    client = Client()\n    assert client.is_open() == 'closed'\nasyncio.run(check())",
            id="an object that wants a loop when it is made",
        ),
        pytest.param(
            "Client.send",
            "async def check():\n    client = Client()\n    await client.connect()\n    assert await client.send('12') == 1\n    assert client.sent == ['12']\nasyncio.run(check())",
            id="coroutines before the call",
        ),
        pytest.param(
            "later",
            "async def check():\n    with pytest.raises(ValueError, match='delay is negative'):\n        later(-1)\nasyncio.run(check())",
            id="a function that wants a loop",
        ),
        pytest.param(
            "Room.rows",
            "async def check():\n    room = Room()\n    assert [item async for item in room.rows(3)] == [0, 1, 2]\nasyncio.run(check())",
            id="an asynchronous generator",
        ),
        pytest.param(
            "Room.__aenter__",
            "async def check():\n    room = Room()\n    async with room as entered:\n        assert entered == 'inside'\nasyncio.run(check())",
            id="an asynchronous context manager in a loop",
        ),
        pytest.param(
            "Door.__aenter__",
            "door = Door()\nasync def enter():\n    async with door as entered:\n        return entered\nassert asyncio.run(enter()) is door",
            id="an asynchronous context manager that needs no loop before",
        ),
        pytest.param(
            "Pages.__aiter__",
            "pages = Pages()\nasync def collect():\n    return [item async for item in pages]\nassert asyncio.run(collect()) == [1, 0]",
            id="an asynchronous iterator",
        ),
    ],
)
def test_an_event_loop_runs_where_one_is_wanted(propose: Propose, qualname: str, body: str) -> None:
    assert body in bodies(propose, qualname, "looped")
