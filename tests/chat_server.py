"""A server on this machine that speaks chat completions, for tests: real HTTP, answers by script."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: The body of a chat completion request.
Asked = Mapping[str, Any]


@dataclass(frozen=True)
class Say:
    """A reply as a model gives it."""

    text: str | None
    finish: str = "stop"
    usage: Mapping[str, Any] | None = field(
        default_factory=lambda: {"prompt_tokens": 100, "completion_tokens": 20}
    )
    delay: float = 0.0


@dataclass(frozen=True)
class Ask:
    """A model asks for something, by function and arguments, before it replies."""

    calls: Sequence[tuple[str, str]]
    text: str | None = None
    usage: Mapping[str, Any] = field(default_factory=lambda: {"prompt_tokens": 50, "completion_tokens": 5})

    def pieces(self) -> list[dict[str, Any]]:
        """As a stream brings them: each begun, then its arguments in two parts."""
        found: list[dict[str, Any]] = []
        for index, (name, arguments) in enumerate(self.calls):
            half = len(arguments) // 2
            begun = {"id": f"call-{index}", "type": "function", "function": {"name": name, "arguments": ""}}
            found.append({"index": index, **begun})
            for part in (arguments[:half], arguments[half:]):
                found.append({"index": index, "function": {"arguments": part}})
        return found

    def message(self) -> dict[str, Any]:
        calls = [
            {"id": f"call-{index}", "type": "function", "function": {"name": name, "arguments": arguments}}
            for index, (name, arguments) in enumerate(self.calls)
        ]
        return {"role": "assistant", "content": self.text, "tool_calls": calls}


@dataclass(frozen=True)
class Fail:
    """An error as a provider gives it."""

    status: int
    message: str = "no"
    code: str | None = None
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """Bytes instead of an answer, fewer than announced where ``length`` says so, and after them silence."""

    body: bytes
    content_type: str = "application/json"
    length: int | None = None
    silence: float = 0.0


def events(*chunks: Mapping[str, Any] | str) -> bytes:
    """What a server streams: a text is a piece of a reply."""
    found = b""
    for chunk in chunks:
        data = {"choices": [{"index": 0, "delta": {"content": chunk}}]} if isinstance(chunk, str) else chunk
        found += b"data: " + json.dumps(data).encode() + b"\n\n"
    return found


class Drop:
    """The connection is closed without an answer."""


@dataclass(frozen=True)
class Hang:
    """No answer for so many seconds."""

    seconds: float = 30.0


Answer = Say | Ask | Fail | Raw | Drop | Hang | str
#: Answers in order, the last of them for ever, or a function of the request and its number, from 0.
Script = Sequence[Answer] | Callable[[Asked, int], Answer]


class ChatServer(ThreadingHTTPServer):
    """Answers by its script and keeps what it was asked."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, script: Script, *, streams: bool, models: Sequence[str] | None, key: str | None
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._script = script
        #: Whether it streams where that is asked for.
        self.streams = streams
        #: What ``/models`` lists; None where that is not served.
        self.models = models
        #: The key that is asked for where models are listed; None for any.
        self.key = key
        self.looked: list[str] = []
        self._lock = threading.Lock()
        self.stopped = threading.Event()
        self.asked: list[Asked] = []
        self.paths: list[str] = []
        self.keys: list[str] = []
        self.bodies: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def answer(self, path: str, key: str, asked: Asked) -> Answer:
        with self._lock:
            number = len(self.asked)
            self.asked.append(asked)
            self.paths.append(path)
            self.keys.append(key)
        if callable(self._script):
            return self._script(asked, number)
        return self._script[min(number, len(self._script) - 1)]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ChatServer

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        models = self.server.models
        self.server.looked.append(self.path)
        if self.server.key is not None and self._key() != self.server.key:
            self._send(401, json.dumps({"error": {"message": f"wrong key {self._key()}"}}).encode(), {})
        elif self.path.partition("?")[0] == "/v1/models" and models is not None:
            found = [{"id": name, "object": "model"} for name in models]
            self._send(200, json.dumps({"object": "list", "data": found}).encode(), {})
        else:
            self._send(404, json.dumps({"error": {"message": f"no such path: {self.path}"}}).encode(), {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.bodies.append(body)
        asked = json.loads(body)
        key = self._key()
        answer = self.server.answer(self.path, key, asked)
        if isinstance(answer, Drop):
            self.close_connection = True
            self.connection.close()
        elif isinstance(answer, Hang):
            self.server.stopped.wait(answer.seconds)
            self.close_connection = True
        elif isinstance(answer, Raw):
            length = len(answer.body) + 1 if answer.silence else answer.length
            self._send(200, answer.body, {"Content-Type": answer.content_type}, length)
            self.server.stopped.wait(answer.silence)
        elif isinstance(answer, Fail):
            error = {"message": answer.message, "type": "error", "code": answer.code, "param": answer.param}
            self._send(answer.status, json.dumps({"error": error}).encode(), answer.headers)
        elif isinstance(answer, Ask):
            if asked.get("stream") and self.server.streams:
                deltas: list[dict[str, Any]] = [{"content": answer.text}] if answer.text else []
                deltas += [{"tool_calls": [piece]} for piece in answer.pieces()]
                chunks = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
                last: dict[str, Any] = {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}
                usage = {"choices": [], "usage": dict(answer.usage)}
                body = events(*chunks, last, usage) + b"data: [DONE]\n\n"
                self._send(200, body, {"Content-Type": "text/event-stream"})
            else:
                completion = _completion(Say(None, "tool_calls", answer.usage), asked)
                completion["choices"][0]["message"] = answer.message()
                self._send(200, json.dumps(completion).encode(), {})
        else:
            said = Say(answer) if isinstance(answer, str) else answer
            time.sleep(said.delay)
            if asked.get("stream") and self.server.streams:
                with_usage = bool((asked.get("stream_options") or {}).get("include_usage"))
                self._send(200, _stream(said, with_usage), {"Content-Type": "text/event-stream"})
            else:
                self._send(200, json.dumps(_completion(said, asked)).encode(), {})

    def _key(self) -> str:
        return self.headers.get("api-key") or (self.headers.get("Authorization") or "").removeprefix(
            "Bearer "
        )

    def _send(self, status: int, body: bytes, headers: Mapping[str, str], length: int | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        if length is not None:
            self.close_connection = True


def _completion(said: Say, asked: Asked) -> dict[str, Any]:
    message = {"role": "assistant", "content": said.text}
    completion = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": asked.get("model", "fake"),
        "choices": [{"index": 0, "finish_reason": said.finish, "message": message}],
    }
    return completion if said.usage is None else {**completion, "usage": dict(said.usage)}


def _stream(said: Say, with_usage: bool) -> bytes:
    """The same, in pieces."""
    text = said.text or ""
    last: dict[str, Any] = {"choices": [{"index": 0, "delta": {}, "finish_reason": said.finish}]}
    usage = [{"choices": [], "usage": dict(said.usage)}] if said.usage is not None and with_usage else []
    pieces = [text[start : start + 40] for start in range(0, len(text), 40)]
    return events(*pieces, last, *usage) + b"data: [DONE]\n\n"


@contextmanager
def chat_server(
    script: Script,
    *,
    streams: bool = True,
    models: Sequence[str] | None = ("fake", "gpt-x"),
    key: str | None = None,
) -> Iterator[ChatServer]:
    """A server in a thread, until the block ends."""
    server = ChatServer(script, streams=streams, models=models, key=key)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
