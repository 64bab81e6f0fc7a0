"""Messages and tools as chat completions spell them."""

from __future__ import annotations

from typing import Any

from pytest_aigen.protocols import Message, Tool


def message(given: Message) -> dict[str, Any]:
    """
    >>> message(Message("user", "hello"))
    {'role': 'user', 'content': 'hello'}
    """
    found: dict[str, Any] = {"role": given.role, "content": given.content}
    if given.calls:
        found["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.tool, "arguments": call.arguments}}
            for call in given.calls
        ]
    if given.answers:
        found["tool_call_id"] = given.answers
    return found


def tool(given: Tool) -> dict[str, Any]:
    """A function with one argument, a text, as JSON Schema says it."""
    argument = {"type": "string", "description": given.about}
    parameters = {
        "type": "object",
        "properties": {given.argument: argument},
        "required": [given.argument],
        "additionalProperties": False,
    }
    function = {"name": given.name, "description": given.description, "parameters": parameters}
    return {"type": "function", "function": function}
