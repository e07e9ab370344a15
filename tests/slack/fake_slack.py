"""A server on loopback that plays Slack: its Web API with its limits, its web-socket, its signed requests.

Every payload is held against the limits; what breaks one is kept in `violations` and refused as Slack would. It can
fail on demand: 429, 5xx, a stall, a dropped line, an error of Slack's own.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode

from slack_sdk.signature import SignatureVerifier
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.slack.limits import problems

BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-test", "xapp-test", "8f742231b10e8888abcd99yyyzzz85a5"
TEAM, BOT, BOT_ID = "T0TEAM000", "U0RUNG000", "B0RUNG000"
ALL_SCOPES = (
    "app_mentions:read,assistant:write,channels:history,chat:write,commands,files:write,groups:history,im:history"
)


class Call(NamedTuple):
    """One call of the Web API."""

    method: str
    args: dict[str, Any]
    token: str
    at: float


class Failure(NamedTuple):
    """How one call is to fail."""

    status: int = 200
    error: str = ""
    retry_after: int | None = None
    seconds: float = 0.0
    drops: bool = False


class FakeSlack:
    """Slack on loopback; `url` is what the app takes for slack.com/api."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.messages: dict[tuple[str, str], dict[str, Any]] = {}
        self.streams: dict[str, dict[str, Any]] = {}
        self.uploads: dict[str, bytes] = {}
        self.responses: list[dict[str, Any]] = []
        self.views: list[dict[str, Any]] = []
        self.scopes = ALL_SCOPES
        self.channels_without_us: set[str] = set()
        self._failures: dict[str, deque[Failure]] = defaultdict(deque)
        self._clock = 1_790_000_000
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.url = f"{self.origin}/api/"
        self.socket: Socket | None = None

    def close(self) -> None:
        """Stop."""
        if self.socket is not None:
            self.socket.close()
        self._server.shutdown()
        self._server.server_close()

    def fail(self, method: str, *failures: Failure) -> None:
        """Make the next calls of a method fail, one after the other."""
        self._failures[method].extend(failures)

    def new_ts(self) -> str:
        """Return the next message's `ts`."""
        with self._lock:
            self._clock += 1
            return f"{self._clock}.000100"

    def of(self, *methods: str) -> list[Call]:
        """Return the calls of these methods."""
        return [call for call in list(self.calls) if call.method in methods]

    def wait_for(self, ready: Callable[[], Any], seconds: float = 60) -> Any:
        """Wait until something is so, and return it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = ready()
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError(f"nothing came; calls so far: {[call.method for call in self.calls]}")

    def in_thread(self, channel: str, thread: str) -> list[dict[str, Any]]:
        """Return the finished messages of a thread in order."""
        return [
            message
            for (place, _), message in sorted(self.messages.items())
            if place == channel and message.get("thread_ts") == thread and not message.get("is_open")
        ]

    def failure_of(self, method: str) -> Failure | None:
        """Return how this call is to fail."""
        waiting = self._failures.get(method)
        return waiting.popleft() if waiting else None

    def answer(self, method: str, args: dict[str, Any], token: str) -> dict[str, Any]:
        """Play one method."""
        self.calls.append(Call(method, args, token, time.monotonic()))
        found = problems(method, args)
        if found:
            self.violations += [f"{method}: {problem}" for problem in found]
            return {"ok": False, "error": "invalid_blocks", "errors": found}
        expected = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if token != expected:
            return {"ok": False, "error": "invalid_auth"}
        handler = getattr(self, "_" + method.replace(".", "_"), None)
        if handler is None:
            self.violations.append(f"{method} is not a method that Rung is known to call")
            return {"ok": False, "error": "unknown_method"}
        return {"ok": True, **handler(args)} if method not in _MAY_REFUSE else handler(args)

    def _auth_test(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "url": "https://team.slack.com/",
            "team": "Team",
            "user": "rung",
            "team_id": TEAM,
            "user_id": BOT,
            "bot_id": BOT_ID,
        }

    def _apps_connections_open(self, _: dict[str, Any]) -> dict[str, Any]:
        assert self.socket is not None
        return {"url": self.socket.url}

    def _assistant_threads_setStatus(self, _: dict[str, Any]) -> dict[str, Any]:
        return {}

    def _chat_postMessage(self, args: dict[str, Any]) -> dict[str, Any]:
        channel = args["channel"]
        if channel in self.channels_without_us:
            return {"ok": False, "error": "not_in_channel"}
        channel = f"D{channel[1:]}" if channel.startswith("U") else channel
        ts = self.new_ts()
        self.messages[channel, ts] = {**args, "channel": channel, "ts": ts}
        return {"ok": True, "channel": channel, "ts": ts, "message": {"text": args.get("text", "")}}

    def _chat_postEphemeral(self, args: dict[str, Any]) -> dict[str, Any]:
        if args["channel"] in self.channels_without_us:
            return {"ok": False, "error": "not_in_channel"}
        thread = args.get("thread_ts")
        if thread and not self.in_thread(args["channel"], thread):
            self.violations.append("a private word in a thread without replies is shown to nobody")
        return {"ok": True, "message_ts": self.new_ts()}

    def _chat_update(self, args: dict[str, Any]) -> dict[str, Any]:
        message = self.messages[args["channel"], args["ts"]]
        message.update(args, is_open=False)
        return {"channel": args["channel"], "ts": args["ts"]}

    def _chat_startStream(self, args: dict[str, Any]) -> dict[str, Any]:
        ts = self.new_ts()
        self.messages[args["channel"], ts] = {**args, "ts": ts, "is_open": True, "text": _streamed(args)}
        return {"channel": args["channel"], "ts": ts}

    def _chat_appendStream(self, args: dict[str, Any]) -> dict[str, Any]:
        self.messages[args["channel"], args["ts"]]["text"] += _streamed(args)
        return {"channel": args["channel"], "ts": args["ts"]}

    def _chat_stopStream(self, args: dict[str, Any]) -> dict[str, Any]:
        message = self.messages[args["channel"], args["ts"]]
        message.update(text=message["text"] + _streamed(args), blocks=args.get("blocks", []), is_open=False)
        return {"channel": args["channel"], "ts": args["ts"]}

    def _files_getUploadURLExternal(self, args: dict[str, Any]) -> dict[str, Any]:
        file = f"F{len(self.uploads):08d}"
        self.uploads[file] = b""
        return {"upload_url": f"{self.origin}/upload/{file}", "file_id": file}

    def _files_completeUploadExternal(self, args: dict[str, Any]) -> dict[str, Any]:
        files = args["files"] if isinstance(args["files"], list) else json.loads(args["files"])
        return {"files": [{**file, "size": len(self.uploads[file["id"]])} for file in files]}

    def _views_open(self, args: dict[str, Any]) -> dict[str, Any]:
        view = args["view"] if isinstance(args["view"], dict) else json.loads(args["view"])
        self.views.append(view)
        return {"view": {"id": f"V{len(self.views):08d}", **view}}

    def _views_publish(self, args: dict[str, Any]) -> dict[str, Any]:
        return self._views_open(args)


_MAY_REFUSE = frozenset({"chat.postMessage", "chat.postEphemeral"})


def _streamed(args: dict[str, Any]) -> str:
    chunks = args.get("chunks") or []
    return (args.get("markdown_text") or "") + "".join(chunk.get("text", "") for chunk in chunks)


def _handler(slack: FakeSlack) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path.startswith("/upload/"):
                slack.uploads[self.path.rpartition("/")[2]] = raw
                return self._send(200, "OK")
            if self.path.startswith("/response/"):
                slack.responses.append(json.loads(raw))
                return self._send(200, "ok")
            method = self.path.removeprefix("/api/")
            failure = slack.failure_of(method)
            if failure is not None and not self._fails(failure, method):
                return None
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            answer = slack.answer(method, _args(raw, self.headers.get("Content-Type", "")), token)
            return self._send(200, json.dumps(answer), {"x-oauth-scopes": slack.scopes})

        def _fails(self, failure: Failure, method: str) -> bool:
            """Play a failure; True where the call then goes on."""
            slack.calls.append(Call(f"{method}!{failure.status}", {}, "", time.monotonic()))
            time.sleep(failure.seconds)
            if failure.drops:
                self.connection.close()
                self.close_connection = True
                return False
            if failure.error:
                self._send(200, json.dumps({"ok": False, "error": failure.error}))
                return False
            if failure.status != 200:
                headers = {} if failure.retry_after is None else {"Retry-After": str(failure.retry_after)}
                error = {429: "ratelimited"}.get(failure.status, "internal_error")
                self._send(failure.status, json.dumps({"ok": False, "error": error}), headers)
                return False
            return True

        def _send(self, status: int, body: str, headers: dict[str, str] | None = None) -> None:
            content = body.encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                pass  # the client gave up waiting

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


def _args(raw: bytes, kind: str) -> dict[str, Any]:
    if "json" in kind:
        return dict(json.loads(raw or b"{}"))
    return {name: _decoded(values[0]) for name, values in parse_qs(raw.decode()).items()}


def _decoded(value: str) -> Any:
    return json.loads(value) if value[:1] in "[{" else value


class App:
    """The other way: Slack's signed requests to a running app."""

    def __init__(self, url: str) -> None:
        self.url = url

    def post(
        self, body: str, kind: str, *, at: float | None = None, secret: str = SECRET, **headers: str
    ) -> tuple[int, str]:
        """Send one signed request; return status and body."""
        stamp = str(int(time.time() if at is None else at))
        signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body) or ""
        request = urllib.request.Request(
            self.url,
            data=body.encode(),
            headers={
                "Content-Type": kind,
                "X-Slack-Request-Timestamp": stamp,
                "X-Slack-Signature": signature,
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def event(self, body: dict[str, Any], **options: Any) -> tuple[int, str]:
        """Deliver an event."""
        return self.post(json.dumps(body), "application/json", **options)

    def interact(self, payload: dict[str, Any], **options: Any) -> tuple[int, str]:
        """Deliver a button, a shortcut or a form."""
        body = urlencode({"payload": json.dumps(payload)})
        return self.post(body, "application/x-www-form-urlencoded", **options)

    def command(self, **fields: str) -> tuple[int, str]:
        """Deliver a slash command."""
        return self.post(urlencode(fields), "application/x-www-form-urlencoded")


class Socket:
    """The web-socket of Socket Mode, one server for any number of connections one after another."""

    def __init__(self) -> None:
        self.connections: list[ServerConnection] = []
        self.acks: dict[str, Any] = {}
        self.url = ""
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        async with serve(self._connected, "127.0.0.1", 0) as server:
            self.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/link"
            self._ready.set()
            await self._stop.wait()

    async def _connected(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        await connection.send(json.dumps({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}}))
        with suppress(ConnectionClosed):
            async for message in connection:
                ack = json.loads(message)
                self.acks[ack["envelope_id"]] = ack.get("payload")

    def send(self, envelope: dict[str, Any]) -> None:
        """Send an envelope on the newest connection."""
        self._do(self.connections[-1].send(json.dumps(envelope)))

    def deliver(self, payload: dict[str, Any], envelope: str, *, kind: str = "events_api", attempt: int = 0) -> None:
        """Deliver an event, a command or an interaction."""
        body = {"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": True}
        self.send({**body, **({"retry_attempt": attempt, "retry_reason": "timeout"} if attempt else {})})

    def disconnect(self) -> None:
        """Ask the app to connect anew, as Slack does every few hours."""
        self.send({"type": "disconnect", "reason": "refresh_requested"})

    def drop(self) -> None:
        """Break the line."""
        self.connections[-1].transport.abort()

    def close(self) -> None:
        """Stop."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    def _do(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(5)
