"""What a model may ask for while it writes: the definition of a name."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from pytest_aigen.protocols import Call, Message, Model, Reply, Request, Tool

#: Times that a model may ask before it has to reply, and calls that are answered each time.
ROUNDS, AT_ONCE = 3, 4
GET_INFO = Tool(
    "get_info",
    "Shows the source of a function, class or module of the project under test, or the signature and docstring of one of a"
    " library. Only for what is not shown and without which the tests cannot be written.",
    "name",
    "A name of the module under test, such as Basket or Basket.add, or a dotted one, such as shop.tax.rate",
)
TOOLS = (GET_INFO,)


async def answered(model: Model, request: Request, look_up: Callable[[str], str] | None) -> Reply:
    """The model's reply, after what it asked for was told. Raises what the model raises.

    Each time is a request of its own, which counts, is capped and is kept like any other.
    """
    for left in reversed(range(ROUNDS + 1)):
        reply = await model.complete(request)
        if not reply.calls or look_up is None or not left:
            break
        told = [
            Message(
                "tool", _told(call, look_up) if number < AT_ONCE else "Too many at once.", answers=call.id
            )
            for number, call in enumerate(reply.calls)
        ]
        asked = Message("assistant", reply.text, calls=reply.calls)
        request = replace(request, messages=(*request.messages, asked, *told), may_call=left > 1)
    return reply


def _told(call: Call, look_up: Callable[[str], str]) -> str:
    if call.tool != GET_INFO.name:
        return f"There is no function `{call.tool}`; there is `{GET_INFO.name}`."
    try:
        name = json.loads(call.arguments)[GET_INFO.argument]
    except (ValueError, LookupError, TypeError):
        name = None
    if not isinstance(name, str):
        return f'Call it with JSON of this form: {{"{GET_INFO.argument}": "Basket.add"}}'
    return look_up(name)
