"""Runs the app: over Socket Mode, or as an HTTP endpoint. Stops on SIGINT and SIGTERM, with what is begun finished."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from slack_bolt import App, BoltRequest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.errors import SlackClientError

from agent.entrypoints.slack.posting import CHECK, hushed, reason_of
from agent.errors import SettingsError
from agent.settings import Secret
from agent.text import whole_number

log = logging.getLogger("rung.slack")

PATH = "/slack/events"
BODY_AT_MOST = 1_000_000
"""Bytes; Slack's own deliveries stay far below."""
SECONDS_TO_READ = 10
Notify = Callable[[str], None]


def serve_socket(app: App, token: Secret, *, notify: Notify, stop: Event | None = None) -> None:
    """Connect to Slack and answer until told to stop; a broken connection is opened again by itself."""
    stop = stop or _stop_on_signals()
    handler = SocketModeHandler(app, token.reveal())
    try:
        with hushed("slack_sdk.web.base_client", app.logger.name):
            handler.connect()
    except (SlackClientError, OSError) as error:
        raise SettingsError(f"Socket Mode cannot connect ({reason_of(error)})", hint=CHECK) from error
    notify("connected to Slack by Socket Mode; Ctrl-C stops it")
    stop.wait()
    # Closing right after Slack asked for a new connection meets one that is half open.
    with suppress(AttributeError, OSError):
        handler.close()
    _finish(app)


def serve_http(app: App, *, host: str, port: int, notify: Notify, stop: Event | None = None) -> None:
    """Answer Slack's signed requests at /slack/events until told to stop; port 0 takes a free one, which is told."""
    stop = stop or _stop_on_signals()
    server = _listen(host, port, _handler_of(app))
    shown = f"[{host}]" if ":" in host else host
    notify(f"listening for Slack on http://{shown}:{server.server_address[1]}{PATH}; Ctrl-C stops it")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    stop.wait()
    server.shutdown()
    server.server_close()
    _finish(app)


def _stop_on_signals() -> Event:
    """Return what the first signal sets; a second one ends the process whatever it is waiting for."""
    stop = Event()

    def stopped(number: int, _: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stopped)
    return stop


def _finish(app: App) -> None:
    """Let the answers in progress be posted."""
    app.listener_runner.listener_executor.shutdown(wait=True, cancel_futures=True)


def _listen(host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True

    try:
        return Server((host, port), handler)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(f"cannot listen on {host}:{port}: {reason}", hint="choose another address") from error


def _handler_of(app: App) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = SECONDS_TO_READ
        server_version = "rung"
        sys_version = ""

        def do_GET(self) -> None:
            self._reply(200 if self.path == "/healthz" else 404, {}, "")

        def do_POST(self) -> None:
            length = whole_number(self.headers.get("Content-Length", ""))
            if self.path.partition("?")[0] != PATH:
                return self._reply(404, {}, "")
            if length is None:
                return self._reply(411, {}, "")
            if length > BODY_AT_MOST:
                return self._reply(413, {}, "")
            if whole_number(self.headers.get("X-Slack-Request-Timestamp", "0")) is None:
                return self._reply(401, {}, "")
            return self._dispatch(self.rfile.read(length))

        def _dispatch(self, raw: bytes) -> None:
            try:
                headers = {name: [value] for name, value in self.headers.items()}
                response = app.dispatch(BoltRequest(body=raw.decode("utf-8"), headers=headers))
            except ValueError:  # not UTF-8, no JSON, a time stamp that is no number
                return self._reply(400, {}, "")
            except Exception as error:
                log.error("a delivery could not be handled", exc_info=error)
                return self._reply(500, {}, "")
            return self._reply(response.status, response.first_headers(), response.body)

        def _reply(self, status: int, headers: dict[str, str], body: str) -> None:
            content = body.encode()
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() != "content-length":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Log no request lines: there is nothing in them that helps."""

    return Handler
