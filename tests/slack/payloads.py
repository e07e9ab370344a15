"""What Slack delivers, as its pages show it."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.slack.fake_slack import BOT, TEAM

CHANNEL, DIRECT, ANN, BEN = "C0CHANNEL", "D0DIRECT0", "U0ANN0000", "U0BEN0000"
_ids = count(1)


def event(inner: dict[str, Any], *, event_id: str = "") -> dict[str, Any]:
    """Wrap an event as it is delivered."""
    return {
        "token": "unused",
        "team_id": TEAM,
        "api_app_id": "A0APP0000",
        "event": inner,
        "type": "event_callback",
        "event_id": event_id or f"Ev{next(_ids):08d}",
        "event_time": 1_790_000_000,
        "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True, "is_enterprise_install": False}],
    }


def mention(text: str, ts: str, *, user: str = ANN, thread: str = "", **more: Any) -> dict[str, Any]:
    """A message in a channel that mentions us, as `app_mention`."""
    inner = {
        "type": "app_mention",
        "user": user,
        "text": f"<@{BOT}> {text}",
        "ts": ts,
        "channel": CHANNEL,
        "event_ts": ts,
    }
    return {**inner, **({"thread_ts": thread} if thread else {}), **more}


def message(
    text: str, ts: str, *, user: str = ANN, thread: str = "", channel: str = CHANNEL, **more: Any
) -> dict[str, Any]:
    """A message in a channel or a direct message."""
    kind = "im" if channel.startswith("D") else "channel"
    inner = {
        "type": "message",
        "user": user,
        "text": text,
        "ts": ts,
        "channel": channel,
        "event_ts": ts,
        "channel_type": kind,
    }
    return {**inner, **({"thread_ts": thread} if thread else {}), **more}


def button(
    action: dict[str, Any], *, thread: str, ts: str, user: str = ANN, channel: str = CHANNEL, blocks: Any = ()
) -> dict[str, Any]:
    """A pressed button."""
    return {
        "type": "block_actions",
        "team": {"id": TEAM, "domain": "team"},
        "user": {"id": user, "username": "ann", "team_id": TEAM},
        "api_app_id": "A0APP0000",
        "token": "unused",
        "container": {
            "type": "message",
            "message_ts": ts,
            "channel_id": channel,
            "is_ephemeral": False,
            "thread_ts": thread,
        },
        "trigger_id": f"{next(_ids)}.trigger",
        "channel": {"id": channel, "name": "general"},
        "message": {"type": "message", "user": BOT, "ts": ts, "thread_ts": thread, "blocks": list(blocks)},
        "response_url": "",
        "actions": [{"block_id": "b", "action_ts": "1.2", **action}],
    }


def view_submission(view: dict[str, Any], values: dict[str, Any], *, user: str = ANN) -> dict[str, Any]:
    """A submitted form."""
    return {
        "type": "view_submission",
        "team": {"id": TEAM, "domain": "team"},
        "user": {"id": user, "username": "ann", "team_id": TEAM},
        "api_app_id": "A0APP0000",
        "token": "unused",
        "trigger_id": f"{next(_ids)}.trigger",
        "view": {
            "id": "V00000001",
            "team_id": TEAM,
            "state": {"values": values},
            "hash": "1",
            "root_view_id": "V1",
            "app_id": "A0APP0000",
            "bot_id": "B0",
            **view,
        },
        "response_urls": [],
    }


def typed(value: str) -> dict[str, Any]:
    """The state of a text field."""
    return {"value": {"type": "plain_text_input", "value": value}}


def picked(value: str) -> dict[str, Any]:
    """The state of a select."""
    chosen = {"text": {"type": "plain_text", "text": value}, "value": value} if value else None
    return {"value": {"type": "static_select", "selected_option": chosen}}


def shortcut(text: str, ts: str, *, author: str = BEN, user: str = ANN, response_url: str = "") -> dict[str, Any]:
    """The message shortcut, used on somebody's message."""
    return {
        "type": "message_action",
        "token": "unused",
        "action_ts": "1.2",
        "team": {"id": TEAM, "domain": "team"},
        "user": {"id": user, "username": "ann", "team_id": TEAM, "name": "ann"},
        "channel": {"id": CHANNEL, "name": "general"},
        "is_enterprise_install": False,
        "enterprise": None,
        "callback_id": "rung_ask_message",
        "trigger_id": f"{next(_ids)}.trigger",
        "response_url": response_url,
        "message_ts": ts,
        "message": {"client_msg_id": "1", "type": "message", "text": text, "user": author, "ts": ts, "team": TEAM},
    }
