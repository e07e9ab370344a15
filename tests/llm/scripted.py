"""An OpenAI-compatible server on loopback that plays a script, in the real wire format.

A script is a queue of steps, one for each request. A request with no step left is answered by HTTP 418 and remembered,
and a step that nobody asked for is left over; both fail the test that wrote the script.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Request = dict[str, Any]
Step = Callable[["Exchange"], None]


class Exchange:
    """One request, and the ways of answering it."""

    def __init__(self, handler: BaseHTTPRequestHandler, request: Request) -> None:
        self.handler = handler
        self.request = request

    @property
    def prompt(self) -> str:
        """Everything that was sent, as text."""
        return "\n".join(str(message.get("content") or "") for message in self.request["messages"])

    def send(self, status: int, body: bytes, *, kind: str = "application/json", **headers: str) -> None:
        """Answer with any status and body."""
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", kind)
        self.handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()
        self.handler.wfile.write(body)

    def complete(self, message: dict[str, Any], finish: str | None) -> None:
        """Answer with a completion, streamed where the request asks for it."""
        if self.request.get("stream"):
            self.stream(chunks(message), finish)
            return
        choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
        usage = {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200}
        self.send(
            200,
            json.dumps(
                {**head(self.request), "object": "chat.completion", "choices": [choice], "usage": usage}
            ).encode(),
        )

    def stream(
        self, deltas: Iterator[dict[str, Any]], finish: str | None, *, pause: float = 0.0, after: int = -1
    ) -> None:
        """Answer with server-sent events; without `finish` the connection just ends; `pause` comes `after` n deltas."""
        handler = self.handler
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        for number, delta in enumerate(deltas):
            if number == after:
                time.sleep(pause)
            self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        if finish is None:
            return
        self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        if (self.request.get("stream_options") or {}).get("include_usage"):
            usage = {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200}
            self._event({"choices": [], "usage": usage})
        handler.wfile.write(b"data: [DONE]\n\n")

    def _event(self, part: dict[str, Any]) -> None:
        event = {**head(self.request), "object": "chat.completion.chunk", **part}
        self.handler.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
        self.handler.wfile.flush()


def head(request: Request) -> dict[str, Any]:
    """Return what each completion begins with."""
    return {"id": "chatcmpl-1", "created": 1, "model": request["model"]}


def chunks(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Cut a message into deltas, as servers do: a role, then words or parts of a call's arguments."""
    yield {"role": "assistant", "content": ""}
    for piece in re.findall(r".{1,200}", message.get("content") or "", re.DOTALL):
        yield {"content": piece}
    for index, call in enumerate(message.get("tool_calls", ())):
        text = call["function"]["arguments"]
        named = {**call, "index": index, "function": {"name": call["function"]["name"], "arguments": ""}}
        yield {"tool_calls": [named]}
        for part in (text[: len(text) // 2], text[len(text) // 2 :]):
            yield {"tool_calls": [{"index": index, "function": {"arguments": part}}]}


def say(text: str | Callable[[Exchange], str], finish: str | None = "stop") -> Step:
    """Answer with words, or with words made from the request."""
    return lambda exchange: exchange.complete({"content": text(exchange) if callable(text) else text}, finish)


def call(name: str, arguments: Any) -> Step:
    """Ask for a tool; arguments that are a string are sent as they are."""
    raw = arguments if isinstance(arguments, str) else json.dumps(arguments)
    made = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": raw}}
    return lambda exchange: exchange.complete({"content": None, "tool_calls": [made]}, "tool_calls")


def fail(status: int, message: str = "no", **headers: str) -> Step:
    """Answer with an error, as OpenAI writes it."""
    body = json.dumps({"error": {"message": message, "type": "error", "code": None}}).encode()
    return lambda exchange: exchange.send(status, body, **headers)


def raw(body: bytes, kind: str = "application/json") -> Step:
    """Answer with any bytes under status 200."""
    return lambda exchange: exchange.send(200, body, kind=kind)


def stall(seconds: float) -> Step:
    """Say nothing for a while, then close."""
    return lambda exchange: time.sleep(seconds)


def stall_within(text: str, seconds: float) -> Step:
    """Stop in the middle of a stream for a while."""
    return lambda exchange: exchange.stream(chunks({"content": text}), "stop", pause=seconds, after=2)


def drop(text: str) -> Step:
    """End the connection in the middle of a stream."""
    return lambda exchange: exchange.stream(chunks({"content": text}), None)


PASSAGE = re.compile(r"^\[(\d+)\] ([\w-]+), .*\n(.+)", re.MULTILINE)


def grounded(exchange: Exchange) -> str:
    """Write three sentences word for word from the passages in the prompt, each with its number."""
    told = []
    for number, _, text in PASSAGE.findall(exchange.prompt):
        sentence = re.split(r"(?<=[.!?])\s", text.strip(), maxsplit=1)[0].rstrip(".:")
        if 8 <= len(sentence.split()) <= 30 and not re.search(r"[\"“”|`*:;\[]", sentence):
            told.append(f"{sentence} [{number}].")
        if len(told) == 3:
            break
    return "\n\n".join(told)


def filled(text: str, exchange: Exchange) -> str:
    """Put for each `[=start of a passage]` that passage's number in the prompt."""
    numbers = {words: number for number, _, words in PASSAGE.findall(exchange.prompt)}

    def marker(match: re.Match[str]) -> str:
        found = [number for words, number in numbers.items() if words.startswith(match[1])]
        return f"[{found[0] if found else 1}]"

    return re.sub(r"\[=([^\]]+)\]", marker, text)


def told(text: str) -> Step:
    """Answer with words in which `[=start of a passage]` stands for that passage's number in the prompt."""
    return say(lambda exchange: filled(text, exchange))


def held(first: str, until: Callable[[], object], rest: str, finish: str | None = "stop") -> Step:
    """Stream the first part as `told` does, then nothing `until` something is so, then the rest; 20 s at the most."""

    def deltas(exchange: Exchange) -> Iterator[dict[str, Any]]:
        yield from chunks({"content": filled(first, exchange)})
        end = time.monotonic() + 20
        while not until() and time.monotonic() < end:
            time.sleep(0.02)
        yield from chunks({"content": filled(rest, exchange)})

    return lambda exchange: exchange.stream(deltas(exchange), finish)


class Server:
    """The server with its script and what it was asked."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.always: Step | None = None
        self.requests: list[Request] = []
        self.headers: list[dict[str, str]] = []
        self.unexpected = 0
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def play(self, *steps: Step) -> None:
        """Add steps to the script."""
        self.steps += steps

    def close(self) -> None:
        """Stop; the script is checked by `finished`."""
        self._http.shutdown()
        self._http.server_close()

    def finished(self) -> None:
        """Fail where a step is missing or left over."""
        assert not self.unexpected, f"{self.unexpected} requests had no step"
        assert not self.steps, f"{len(self.steps)} steps were left over"

    def _next(self) -> Step:
        if self.steps:
            return self.steps.pop(0)
        if self.always is not None:
            return self.always
        self.unexpected += 1
        return fail(418, "the script has no step for this")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.requests.append(body)
                server.headers.append({name.lower(): value for name, value in self.headers.items()})
                assert self.path == "/v1/chat/completions", self.path
                try:
                    server._next()(Exchange(self, body))
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                """Keep quiet."""

        return Handler
