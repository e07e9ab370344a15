"""Buttons under an answer: what stands behind it, the memo, an answer to the open question, and whether it helped."""

from __future__ import annotations

import json
import re
from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient

from agent.entrypoints.slack import modal, posting
from agent.entrypoints.slack.counter import Counter, key_of, team_of
from agent.entrypoints.slack.messages import (
    DETAIL_AT_MOST,
    DETAILS,
    answer_message,
    notice,
    passages_message,
    read_button_value,
)
from agent.entrypoints.slack.posting import Where

WRITING = "is writing the memo…"
_ANSWERED = "That question is no longer open; write the answer in the thread, and I correct the facts."
_MEMO = "The decision memo on this case, as a draft. Who decides, and whether, is yours to fill in."


class Buttons:
    """One method for each kind of button."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def register(self, app: App) -> None:
        """Tell the app who handles what."""
        for name in DETAILS:
            app.action(f"rung_{name}")(self._detail)
        app.action("rung_memo")(self._memo)
        app.action("rung_feedback")(self._rated)
        app.action(re.compile(r"^rung_answer_"))(self._chosen)
        app.view(modal.REASON)(self._reasoned)

    def _detail(
        self, ack: Ack, body: dict[str, Any], action: dict[str, Any], context: BoltContext, client: WebClient
    ) -> None:
        """Show one person what stands behind the answer that the button belongs to."""
        ack()
        where = _where(body, context)
        with self._counter.safely(client, where):
            if self._counter.is_too_often(client, where):
                return None
            turn, _ = read_button_value(action["value"])
            _, command = DETAILS[action["action_id"].removeprefix("rung_")]
            if not command:
                return posting.tell(
                    client, where, passages_message(self._counter.desk.reply_of(key_of(where), turn).citations)
                )
            reply = self._counter.desk.look(key_of(where), turn, command)
            message = answer_message(reply, self._counter.desk.catalogue, budget=DETAIL_AT_MOST, is_detail=True)
            posting.tell(client, where, message)
        return None

    def _memo(
        self, ack: Ack, body: dict[str, Any], action: dict[str, Any], context: BoltContext, client: WebClient
    ) -> None:
        ack()
        where = _where(body, context)
        with self._counter.safely(client, where):
            if self._counter.is_too_often(client, where):
                return
            posting.show_status(client, where, WRITING)
            turn, _ = read_button_value(action["value"])
            file = self._counter.desk.write_memo(key_of(where), turn)
            posting.upload(client, where, file, _MEMO)

    def _rated(
        self, ack: Ack, body: dict[str, Any], action: dict[str, Any], context: BoltContext, client: WebClient
    ) -> None:
        """Keep whether an answer helped; ask what was wrong where it did not."""
        ack()
        where = _where(body, context)
        with self._counter.safely(client, where):
            value = str(action["value"])
            turn, digest = read_button_value(value[1:])
            is_helpful = value.startswith("+")
            self._counter.desk.rate(key_of(where), turn, digest, person=where.person, is_helpful=is_helpful)
            if is_helpful:
                return posting.tell(client, where, notice("Noted, thank you."))
            carried = {"key": key_of(where), "turn": turn, "digest": digest}
            client.views_open(trigger_id=body["trigger_id"], view=modal.reason_view(carried))
        return None

    def _reasoned(self, ack: Ack, view: dict[str, Any], context: BoltContext, client: WebClient) -> None:
        ack()
        person = str(context.user_id)
        # A form stands in no channel, so what goes wrong is told directly.
        with self._counter.safely(client, Where(team_of(context), person, "", person)):
            carried = json.loads(view["private_metadata"])
            reason = modal.read_reason(view["state"]["values"])
            self._counter.desk.rate(
                carried["key"], carried["turn"], carried["digest"], person=person, is_helpful=False, reason=reason
            )

    def _chosen(
        self, ack: Ack, body: dict[str, Any], action: dict[str, Any], context: BoltContext, client: WebClient
    ) -> None:
        """Take an answer given by a button as a turn of whoever pressed it."""
        ack()
        where = _where(body, context)
        with self._counter.safely(client, where):
            if self._counter.is_too_often(client, where):
                return None
            fact, _, value = str(action["value"]).partition("=")
            reply = self._counter.desk.answer_question(key_of(where), fact, value, speaker=where.person)
            if reply is None:
                return posting.tell(client, where, notice(_ANSWERED))
            self._counter.answer(client, where, reply)
        return None


def _where(body: dict[str, Any], context: BoltContext) -> Where:
    """Return where a button was pressed."""
    message = body.get("message") or {}
    container = body.get("container") or {}
    thread = message.get("thread_ts") or container.get("thread_ts") or message.get("ts") or container.get("message_ts")
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id")
    has_replies = bool(message.get("thread_ts") or container.get("thread_ts"))
    return Where(team_of(context), str(channel), str(thread), body["user"]["id"], has_replies)
