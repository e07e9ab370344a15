"""Which of Slack's events are for Rung: plain data in, decision out. Answers nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from agent.entrypoints.slack.mrkdwn import calls_somebody_else

Event = Mapping[str, Any]
Sort = Literal["called", "follow_up", "edited", "deleted", "ignored"]
"""`called`: mentioned, or written to directly; `follow_up`: for us only in a thread of ours, as edits and deletions."""

WRITTEN = frozenset({None, "", "thread_broadcast", "file_share", "me_message"})
"""What a person writes arrives without a subtype or with one of these."""


def sort_event(event: Event, *, bot: str) -> Sort:
    """Tell what a message or mention is to us; whether a thread is ours is left to the caller."""
    subtype = event.get("subtype")
    if subtype == "message_deleted":
        return "deleted"
    if subtype == "message_changed":
        return _change(event, bot)
    if subtype not in WRITTEN or is_by_bot(event, bot):
        return "ignored"
    if event.get("type") == "app_mention" or event.get("channel_type") == "im":
        return "called"
    text = str(event.get("text") or "")
    is_reply = event.get("thread_ts") not in (None, event.get("ts"))
    if not is_reply or calls_somebody_else(text, bot):
        return "ignored"
    return "follow_up"


def _change(event: Event, bot: str) -> Sort:
    message, before = event.get("message") or {}, event.get("previous_message") or {}
    if message.get("subtype") == "tombstone":  # the first message of a thread with replies was deleted
        return "deleted"
    # Slack also reports a link's preview, or a first reply, as a change.
    is_edit = message.get("text") != before.get("text") and not is_by_bot(message, bot)
    return "edited" if is_edit and message.get("subtype") in WRITTEN else "ignored"


def is_by_bot(message: Event, bot: str) -> bool:
    """Tell whether a bot wrote it: us, another app, a workflow."""
    person = message.get("user")
    return not person or person == bot or bool(message.get("bot_id")) or message.get("bot_profile") is not None


def message_of(event: Event) -> tuple[str, str]:
    """Return `ts` and thread of the message that an event is about."""
    message = _message(event)
    ts = str(event.get("deleted_ts") or message.get("ts") or "")
    return ts, str(message.get("thread_ts") or ts)


def is_in_thread(event: Event) -> bool:
    """Tell whether the message stands in a thread that has replies."""
    return bool(_message(event).get("thread_ts"))


def _message(event: Event) -> Event:
    found: Event = event.get("message") or event.get("previous_message") or event
    return found
