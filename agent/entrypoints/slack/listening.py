"""What people say: mentions, direct messages, replies in threads of ours; edits, deletions, and the app's removal."""

from __future__ import annotations

import logging
from typing import Any

from msgspec.structs import replace
from slack_bolt import App, BoltContext
from slack_sdk import WebClient

from agent.conversation.state import TurnReply
from agent.entrypoints.slack import hearing, posting
from agent.entrypoints.slack.counter import READING, Counter, key_of, team_of
from agent.entrypoints.slack.home import home_view
from agent.entrypoints.slack.memory import Seen
from agent.entrypoints.slack.messages import HELP, notice
from agent.entrypoints.slack.mrkdwn import from_slack
from agent.entrypoints.slack.posting import Where

log = logging.getLogger("rung.slack")

_HELP_WORDS = frozenset({"", "help", "hello", "hi", "what can you do"})
_UNREAD = (
    "I read nothing about the case in that, so I kept quiet. If it was for me, put it another way; `facts` shows what I"
    " know."
)
_EDITED = "I do not read a message again after it was edited. Write what changed as a new one, and I correct the facts."


class Listening:
    """One method for each kind of event."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._messages = Seen()

    def register(self, app: App) -> None:
        """Tell the app who handles what."""
        app.event("app_mention")(self._heard)
        app.event("message")(self._heard)
        app.event("app_home_opened")(self._home)
        app.event("app_uninstalled")(self._removed)
        app.event("tokens_revoked")(self._revoked)

    def _heard(
        self,
        event: dict[str, Any],
        context: BoltContext,
        client: WebClient,
        say_stream: Any = None,
    ) -> None:
        """Take a mention, a direct message, or what is said in a thread of ours."""
        bot = context.bot_user_id or ""
        sort = hearing.sort_event(event, bot=bot)
        ts, thread = hearing.message_of(event)
        has_replies = hearing.is_in_thread(event)
        where = Where(team_of(context), str(event.get("channel")), thread, str(context.user_id or ""), has_replies)
        if sort == "deleted":
            self._deleted(where, ts)
        elif sort == "edited":
            self._edited(event, where, client)
        elif sort != "ignored" and (sort != "follow_up" or self._is_ours(where)):
            with self._counter.safely(client, where):
                # A mention in a thread of ours arrives twice: as a mention and as a message, in either order.
                if not self._messages.is_new(f"{where.channel}:{ts}"):
                    return
                is_called = sort == "called" or f"<@{bot}" in str(event.get("text"))
                text = from_slack(str(event.get("text") or ""), bot=bot)
                self._converse(client, where, text, is_called=is_called, say_stream=say_stream)

    def _converse(self, client: WebClient, where: Where, text: str, *, is_called: bool, say_stream: Any) -> None:
        if self._counter.is_too_often(client, where):
            return None
        if text.lower().strip(" ?!.") in _HELP_WORDS:
            if is_called:
                posting.post(client, where.channel, notice(HELP), thread=where.thread)
            return None
        if is_called:
            posting.show_status(client, where, READING)
        reply = self._counter.desk.take(key_of(where), text, speaker=where.person)
        if not is_called and _says_nothing(reply):
            return posting.tell(client, where, notice(_UNREAD))
        self._counter.answer(client, where, reply, say_stream)
        return None

    def _deleted(self, where: Where, ts: str) -> None:
        """Forget a thread whose first message was deleted."""
        with self._counter.logged():
            if ts == where.thread and self._is_ours(where):
                self._counter.desk.forget(key_of(where))

    def _edited(self, event: dict[str, Any], where: Where, client: WebClient) -> None:
        """Say that an edit is not read again."""
        person = str((event.get("message") or {}).get("user") or "")
        where = replace(where, person=person)
        with self._counter.safely(client, where):
            if self._is_ours(where):
                posting.tell(client, where, notice(_EDITED))

    def _is_ours(self, where: Where) -> bool:
        """Whether a thread is a conversation of ours; where that cannot be known, nobody in it is bothered."""
        with self._counter.logged():
            return self._counter.desk.knows(key_of(where))
        return False

    def _home(self, event: dict[str, Any], client: WebClient) -> None:
        if event.get("tab") == "home":
            with self._counter.logged():
                client.views_publish(user_id=event["user"], view=home_view())

    def _removed(self, context: BoltContext) -> None:
        """Forget a team that removed the app."""
        with self._counter.logged():
            count = self._counter.desk.forget_team(team_of(context))
            log.warning("the app was removed from team %s; %d threads deleted", context.team_id, count)

    def _revoked(self, event: dict[str, Any], context: BoltContext) -> None:
        # A person's own token may be revoked while the app stays.
        if (event.get("tokens") or {}).get("bot"):
            self._removed(context)


def _says_nothing(reply: TurnReply) -> bool:
    """Whether a turn told no fact and asked nothing that could be answered: talk among people."""
    return not reply.changes and (reply.kind == "not_covered" or (reply.kind == "facts" and not reply.moved))
