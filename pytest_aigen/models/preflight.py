"""Before the first test: is there a server, does it take the key, has it the model?

With the standard library alone: what the client's library imports would change what the user's suite finds.
"""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_aigen.data import Usage
from pytest_aigen.errors import ModelError, ModelRefused
from pytest_aigen.models import answers, faults
from pytest_aigen.models.faults import Service
from pytest_aigen.protocols import CALLS

#: Seconds for each request; a server that is slower is not judged.
_TIMEOUT = 5.0
#: The most tokens of the question, with what a chat format adds, and of its reply.
_PROMPT_TOKENS, _REPLY_TOKENS = 16, 1


@dataclass(frozen=True, slots=True)
class Door:
    """Where a service is asked, and with what."""

    models: str
    chat: str
    headers: Mapping[str, str] = field(repr=False)
    length_parameter: str = "max_tokens"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A key is not carried elsewhere."""

    def redirect_request(self, *args: Any, **more: Any) -> None:
        return None


def knock(service: Service, door: Door, *, timeout: float = _TIMEOUT) -> None:
    """Ask which models there are; where that does not tell, ask the model itself for a reply of one token, if
    the caps allow it.

    Raises ModelRefused where no request will be answered. What may pass, such as a rate limit, is not judged.
    """
    calls = CALLS.get()
    try:
        if "@" in urllib.parse.urlsplit(service.url).netloc or "all" in urllib.request.getproxies():
            return  # this library takes neither passwords in addresses nor one proxy for all; the client's does
        status, found = _asked(door.models, door.headers, None, timeout)
        if status == 200 and _lists(found, service.model):
            return
        if status == 401:
            _judge(service, status, found)
        if calls is not None and not calls.small(_PROMPT_TOKENS, _REPLY_TOKENS):
            return
        question = {
            "model": service.model,
            "messages": [{"role": "user", "content": "1"}],
            door.length_parameter: _REPLY_TOKENS,
        }
        status, found = _asked(door.chat, door.headers, question, timeout)
        if calls is not None:
            calls.used(Usage(requests=1, cost=None) if status >= 400 else _used(found))
        _judge(service, status, found)
    except urllib.error.URLError as error:
        if isinstance(error.reason, (ConnectionRefusedError, socket.gaierror)):
            raise ModelRefused(
                f"no answer from {service.url}: {error.reason}; is the URL right ({service.address}) and the server up?"
            ) from None
    except (OSError, ValueError):
        pass  # slow, cut off, an address that this library does not take: the run itself will see


def _used(found: Any) -> Usage:
    """As the server counted, or the most that it can be."""
    said = found.get("usage") if isinstance(found, dict) else None
    return answers.counted(said, prompt=lambda: _PROMPT_TOKENS, reply=lambda: _REPLY_TOKENS)


def _asked(
    url: str, headers: Mapping[str, str], question: Mapping[str, Any] | None, timeout: float
) -> tuple[int, Any]:
    """The status and the JSON of an answer; None where it is none."""
    body = None if question is None else json.dumps(question).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers})
    opener = urllib.request.build_opener(_NoRedirects)
    try:
        with opener.open(request, timeout=timeout) as answer:
            return answer.status, _json(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _json(error.read())


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _lists(found: Any, model: str) -> bool:
    """Whether a list of models has this one; Ollama's names may go without their last part."""
    models = found.get("data") if isinstance(found, dict) else None
    names = (
        [str(one.get("id")) for one in models if isinstance(one, dict)] if isinstance(models, list) else []
    )
    return model in names or f"{model}:latest" in names


def _judge(service: Service, status: int, found: Any) -> None:
    if status < 400:
        return
    error = found.get("error", found) if isinstance(found, dict) else None
    if isinstance(error, dict):
        said, code = str(error.get("message") or error), str(error.get("code") or "")
    else:
        said, code = str(error or f"HTTP status {status}"), ""
    fault: ModelError | None = faults.for_good(service, status, code, " ".join(said.split())[:300])
    if isinstance(fault, ModelRefused):
        raise fault
