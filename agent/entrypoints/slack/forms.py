"""Ways in beside talking: `/rung` with its form, and the shortcut on somebody's message."""

from __future__ import annotations

import json
from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_bolt.context.respond import Respond
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from agent.entrypoints.slack import modal, posting
from agent.entrypoints.slack.counter import Counter, key_of, say_privately, team_of
from agent.entrypoints.slack.messages import HELP, Message, notice
from agent.entrypoints.slack.mrkdwn import from_slack
from agent.entrypoints.slack.opening import case_message
from agent.entrypoints.slack.posting import Where
from agent.errors import UsageError

SHORTCUT = "rung_ask_message"
COMMAND = "/rung"


class Forms:
    """One method for each way in."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def register(self, app: App) -> None:
        """Tell the app who handles what."""
        app.command(COMMAND)(self._command)
        app.shortcut(SHORTCUT)(self._shortcut)
        app.view(modal.INTAKE)(self._submitted)

    def _command(self, ack: Ack, command: dict[str, Any], client: WebClient, respond: Respond) -> None:
        ack()
        text = from_slack(str(command.get("text") or ""))
        if text.lower() == "help":
            return say_privately(respond, notice(HELP))
        where = Where(command["team_id"], command["channel_id"], "", command["user_id"])
        with self._counter.safely(client, where, respond):
            view = modal.intake_view(self._counter.desk.catalogue, channel=where.channel, text=text)
            client.views_open(trigger_id=command["trigger_id"], view=view)
        return None

    def _submitted(self, ack: Ack, view: dict[str, Any], context: BoltContext, client: WebClient) -> None:
        """Take the form: its fields' own errors, or a case that opens a thread."""
        description, facts, errors = modal.read_intake(view["state"]["values"], self._counter.desk.catalogue)
        if errors:
            ack(response_action="errors", errors=errors)
            return
        ack()
        channel = str(json.loads(view.get("private_metadata") or "{}").get("channel") or context.user_id)
        where = Where(team_of(context), channel, "", str(context.user_id))
        with self._counter.safely(client, where):
            if self._counter.is_too_often(client, where):
                return
            opening = case_message(description, facts, self._counter.desk.catalogue, person=where.person)
            where = self._open_thread(client, where, opening)
            reply = self._counter.desk.take(key_of(where), description, speaker=where.person, facts=facts)
            self._counter.answer(client, where, reply)

    def _open_thread(self, client: WebClient, where: Where, opening: Message) -> Where:
        """Post a thread's first message; to the person directly where we are not in the channel."""
        try:
            response = posting.sent(client, where.channel, opening)
        except SlackApiError as error:
            if posting.reason_of(error) not in posting.NOT_A_MEMBER:
                raise
            response = posting.sent(client, where.person, opening)
        return Where(where.team, str(response["channel"]), str(response["ts"]), where.person)

    def _shortcut(
        self, ack: Ack, shortcut: dict[str, Any], context: BoltContext, client: WebClient, respond: Respond
    ) -> None:
        """Answer on somebody's message, in its thread; the facts are its author's."""
        ack()
        message = shortcut["message"]
        thread = str(message.get("thread_ts") or message["ts"])
        where = Where(team_of(context), shortcut["channel"]["id"], thread, str(context.user_id))
        text = from_slack(str(message.get("text") or ""), bot=context.bot_user_id or "")
        with self._counter.safely(client, where, respond):
            if self._counter.is_too_often(client, where, respond):
                return
            if not any(char.isalnum() for char in text):
                raise UsageError("there is no text in that message", hint="choose one that describes a case")
            reply = self._counter.desk.take(key_of(where), text, speaker=str(message.get("user") or where.person))
            self._counter.answer(client, where, reply)
