"""The Bolt app: acknowledges, lets each delivery through once, and hands it to whoever handles its kind."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from slack_bolt import Ack, App, BoltResponse
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from agent.entrypoints.slack.buttons import Buttons
from agent.entrypoints.slack.counter import Counter
from agent.entrypoints.slack.desk import Desk
from agent.entrypoints.slack.forms import Forms
from agent.entrypoints.slack.listening import Listening
from agent.entrypoints.slack.memory import RateLimit, Seen
from agent.entrypoints.slack.posting import CHECK, hushed, reason_of
from agent.errors import SettingsError
from agent.settings import Secret

AT_ONCE = 16
"""Deliveries worked on at once; one that waits for Slack on 429 holds its place."""


def build_app(
    desk: Desk,
    client: WebClient,
    *,
    signing_secret: Secret | None,
    limit: RateLimit | None = None,
    new_id: Callable[[], str] = lambda: secrets.token_hex(4),
) -> App:
    """Return the app over a client; SettingsError where Slack is out of reach or does not take the token."""
    _greet(client)
    app = App(
        client=client,
        signing_secret=signing_secret.reveal() if signing_secret else None,
        logger=_quiet(),
        listener_executor=ThreadPoolExecutor(AT_ONCE, thread_name_prefix="slack"),
    )
    app.middleware(once(Seen()))
    counter = Counter(desk, limit or RateLimit(), new_id)
    for handlers in (Listening(counter), Forms(counter), Buttons(counter)):
        handlers.register(app)
    return app


def once(seen: Seen) -> Callable[..., BoltResponse | None]:
    """Return what lets each delivery through once; Slack repeats those whose acknowledgement it missed."""

    def through(body: dict[str, Any], ack: Ack, next: Callable[[], BoltResponse]) -> BoltResponse | None:
        sign = body.get("event_id") or body.get("trigger_id")
        return next() if not sign or seen.is_new(str(sign)) else ack()

    return through


def _greet(client: WebClient) -> None:
    """See whether Slack knows the token, before anything relies on it."""
    try:
        with hushed("slack_sdk.web.base_client"):
            client.auth_test()
    except SlackClientError as error:
        raise SettingsError(f"Slack does not take the bot token ({reason_of(error)})", hint=CHECK) from error
    except OSError as error:
        raise SettingsError(f"Slack cannot be reached ({reason_of(error)})", hint=CHECK) from error


def _quiet() -> logging.Logger:
    """Return Bolt's logger, which says of every unhandled event what code would handle it."""
    logger = logging.getLogger("rung.slack.bolt")
    logger.setLevel(logging.ERROR)
    return logger
