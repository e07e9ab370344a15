"""The Bolt app: what Slack delivers, handed to the desk, and the desk's replies posted.

Owns the order of things in each delivery: acknowledge, once only, not too often, answer, and one person told where it
failed. Texts, blocks and conversations are made elsewhere.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from slack_bolt import Ack, App, BoltContext, BoltResponse
from slack_bolt.context.respond import Respond
from slack_bolt.error import BoltError
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from agent.answer.wording import upper_first
from agent.conversation.state import TurnReply
from agent.entrypoints.slack import hearing, modal, posting
from agent.entrypoints.slack.desk import Desk, thread_key
from agent.entrypoints.slack.home import home_view
from agent.entrypoints.slack.memory import RateLimit, Seen
from agent.entrypoints.slack.messages import (
    DETAIL_AT_MOST,
    DETAILS,
    HELP,
    Message,
    notice,
    passages_message,
    read_button_value,
)
from agent.entrypoints.slack.messages import answer_message as answer_of
from agent.entrypoints.slack.mrkdwn import from_slack
from agent.entrypoints.slack.opening import case_message
from agent.entrypoints.slack.posting import Where
from agent.errors import SettingsError, UsageError
from agent.settings import Secret

log = logging.getLogger("rung.slack")

AT_ONCE = 16
"""Deliveries worked on at once; one that waits for Slack on 429 holds its place."""
READING = "is reading your case…"
WRITING = "is writing the memo…"
SHORTCUT = "rung_ask_message"
COMMAND = "/rung"
_HELP_WORDS = frozenset({"", "help", "hello", "hi", "what can you do"})
_INVITE = "I am not in this channel. Invite me with `/invite @Rung`, then ask again."


def build_app(
    desk: Desk,
    client: WebClient,
    *,
    signing_secret: Secret | None,
    limit: RateLimit | None = None,
    new_id: Callable[[], str] = lambda: secrets.token_hex(4),
) -> App:
    """Return the app over a client; SettingsError where Slack does not take the token."""
    try:
        app = App(
            client=client,
            signing_secret=signing_secret.reveal() if signing_secret else None,
            logger=_quiet(),
            listener_executor=ThreadPoolExecutor(AT_ONCE, thread_name_prefix="slack"),
        )
    except (BoltError, SlackClientError, OSError) as error:
        reason = posting.reason_of(error.__cause__ or error)
        raise SettingsError(
            f"Slack does not take the bot token ({reason})", hint="`rung slack check` says what is missing"
        ) from error
    Listeners(desk, limit or RateLimit(), new_id).register(app)
    return app


def _quiet() -> logging.Logger:
    """Return Bolt's logger, which says of every unhandled event what code would handle it."""
    logger = logging.getLogger("rung.slack.bolt")
    logger.setLevel(logging.ERROR)
    return logger


class Listeners:
    """One method for each kind of delivery."""

    def __init__(self, desk: Desk, limit: RateLimit, new_id: Callable[[], str]) -> None:
        self._desk = desk
        self._limit = limit
        self._new_id = new_id
        self._deliveries = Seen()
        self._messages = Seen()
        self._post = posting.Post()

    def register(self, app: App) -> None:
        """Tell the app who handles what."""
        app.middleware(self._once)
        app.event("app_mention")(self._heard)
        app.event("message")(self._heard)
        app.event("app_home_opened")(self._home)
        app.event("app_uninstalled")(self._removed)
        app.event("tokens_revoked")(self._revoked)
        app.command(COMMAND)(self._command)
        app.shortcut(SHORTCUT)(self._shortcut)
        app.view(modal.INTAKE)(self._submitted)
        app.view(modal.REASON)(self._reasoned)
        for name in DETAILS:
            app.action(f"rung_{name}")(self._detail)
        app.action("rung_memo")(self._memo)
        app.action("rung_feedback")(self._rated)
        app.action(re.compile(r"^rung_answer_"))(self._chosen)

    def _once(self, body: dict[str, Any], ack: Ack, next: Callable[[], BoltResponse]) -> BoltResponse | None:
        """Let each delivery through once; Slack repeats those whose acknowledgement it missed."""
        sign = body.get("event_id") or body.get("trigger_id")
        if sign and not self._deliveries.is_new(str(sign)):
            return ack()
        return next()

    # Messages

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
        where = Where(context.team_id or "", str(event.get("channel")), thread, str(context.user_id or ""))
        if sort == "deleted":
            self._deleted(where, ts)
        elif sort == "edited":
            self._edited(event, where, client)
        elif sort == "called" or (sort == "follow_up" and self._desk.knows(_key(where))):
            # A mention in a thread of ours arrives twice: as a mention and as a message, in either order.
            if not self._messages.is_new(f"{where.channel}:{ts}"):
                return
            is_called = sort == "called" or f"<@{bot}" in str(event.get("text"))
            with self._safely(client, where):
                text = from_slack(str(event.get("text") or ""), bot=bot)
                self._converse(client, where, text, is_called=is_called, say_stream=say_stream)

    def _converse(self, client: WebClient, where: Where, text: str, *, is_called: bool, say_stream: Any) -> None:
        if self._is_too_often(client, where):
            return None
        if text.lower().strip(" ?!.") in _HELP_WORDS:
            if is_called:
                posting.post(client, where.channel, notice(HELP), thread=where.thread)
            return None
        if is_called:
            posting.show_status(client, where, READING)
        reply = self._desk.take(_key(where), text, speaker=where.person)
        if not is_called and _says_nothing(reply):
            return posting.tell(client, where, notice(_UNREAD))
        self._answer(client, where, reply, say_stream)
        return None

    def _answer(self, client: WebClient, where: Where, reply: TurnReply, say_stream: Any = None) -> None:
        self._post.answer(client, where, answer_of(reply, self._desk.catalogue), say_stream)

    def _deleted(self, where: Where, ts: str) -> None:
        """Forget a thread whose first message was deleted."""
        if ts == where.thread and self._desk.knows(_key(where)):
            self._desk.forget(_key(where))

    def _edited(self, event: dict[str, Any], where: Where, client: WebClient) -> None:
        """Say that an edit is not read again."""
        person = str((event.get("message") or {}).get("user") or "")
        where = Where(where.team, where.channel, where.thread, person)
        if self._desk.knows(_key(where)):
            with self._safely(client, where):
                posting.tell(client, where, notice(_EDITED))

    # The form, the command, the shortcut

    def _command(self, ack: Ack, command: dict[str, Any], client: WebClient, respond: Respond) -> None:
        ack()
        text = from_slack(str(command.get("text") or ""))
        if text.lower() == "help":
            return self._respond(respond, notice(HELP))
        where = Where(command["team_id"], command["channel_id"], "", command["user_id"])
        with self._safely(client, where, respond):
            view = modal.intake_view(self._desk.catalogue, channel=where.channel, text=text)
            client.views_open(trigger_id=command["trigger_id"], view=view)
        return None

    def _submitted(self, ack: Ack, view: dict[str, Any], context: BoltContext, client: WebClient) -> None:
        """Take the form: its fields' own errors, or a case that opens a thread."""
        description, facts, errors = modal.read_intake(view["state"]["values"], self._desk.catalogue)
        if errors:
            ack(response_action="errors", errors=errors)
            return
        ack()
        channel = str(json.loads(view.get("private_metadata") or "{}").get("channel") or context.user_id)
        where = Where(context.team_id or "", channel, "", str(context.user_id))
        with self._safely(client, where):
            if self._is_too_often(client, where):
                return
            opening = case_message(description, facts, self._desk.catalogue, person=where.person)
            where = self._open_thread(client, where, opening)
            reply = self._desk.take(_key(where), description, speaker=where.person, facts=facts)
            self._answer(client, where, reply)

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
        where = Where(context.team_id or "", shortcut["channel"]["id"], thread, str(context.user_id))
        text = from_slack(str(message.get("text") or ""), bot=context.bot_user_id or "")
        with self._safely(client, where, respond):
            if self._is_too_often(client, where, respond):
                return
            if not any(char.isalnum() for char in text):
                raise UsageError("there is no text in that message", hint="choose one that describes a case")
            reply = self._desk.take(_key(where), text, speaker=str(message.get("user") or where.person))
            self._answer(client, where, reply)

    # Buttons

    def _detail(self, ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        """Show one person what stands behind the answer that the button belongs to."""
        ack()
        where = _where(body)
        with self._safely(client, where):
            if self._is_too_often(client, where):
                return None
            turn, _ = read_button_value(action["value"])
            _, command = DETAILS[action["action_id"].removeprefix("rung_")]
            if not command:
                return posting.tell(client, where, passages_message(self._desk.reply_of(_key(where), turn).citations))
            reply = self._desk.look(_key(where), turn, command)
            message = answer_of(reply, self._desk.catalogue, budget=DETAIL_AT_MOST, is_detail=True)
            posting.tell(client, where, message)
        return None

    def _memo(self, ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        ack()
        where = _where(body)
        with self._safely(client, where):
            if self._is_too_often(client, where):
                return
            posting.show_status(client, where, WRITING)
            turn, _ = read_button_value(action["value"])
            file = self._desk.write_memo(_key(where), turn)
            posting.upload(client, where, file, _MEMO)

    def _rated(self, ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        """Keep whether an answer helped; ask what was wrong where it did not."""
        ack()
        where = _where(body)
        with self._safely(client, where):
            value = str(action["value"])
            turn, digest = read_button_value(value[1:])
            is_helpful = value.startswith("+")
            self._desk.rate(_key(where), turn, digest, person=where.person, is_helpful=is_helpful)
            if is_helpful:
                return posting.tell(client, where, notice("Noted, thank you."))
            carried = {"key": _key(where), "turn": turn, "digest": digest}
            client.views_open(trigger_id=body["trigger_id"], view=modal.reason_view(carried))
        return None

    def _reasoned(self, ack: Ack, view: dict[str, Any], context: BoltContext) -> None:
        ack()
        carried = json.loads(view["private_metadata"])
        reason = modal.read_reason(view["state"]["values"])
        person = str(context.user_id)
        self._desk.rate(
            carried["key"], carried["turn"], carried["digest"], person=person, is_helpful=False, reason=reason
        )

    def _chosen(self, ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        """Take an answer given by a button as a turn of whoever pressed it."""
        ack()
        where = _where(body)
        with self._safely(client, where):
            if self._is_too_often(client, where):
                return None
            fact, _, value = str(action["value"]).partition("=")
            reply = self._desk.answer_question(_key(where), fact, value, speaker=where.person)
            if reply is None:
                return posting.tell(client, where, notice(_ANSWERED))
            self._answer(client, where, reply)
        return None

    # Comings and goings

    def _home(self, event: dict[str, Any], client: WebClient) -> None:
        if event.get("tab") == "home":
            with _logged(self._new_id()):
                client.views_publish(user_id=event["user"], view=home_view())

    def _removed(self, context: BoltContext) -> None:
        """Forget a team that removed the app."""
        with _logged(self._new_id()):
            count = self._desk.forget_team(context.team_id or "")
            log.warning("the app was removed from team %s; %d threads deleted", context.team_id, count)

    def _revoked(self, event: dict[str, Any], context: BoltContext) -> None:
        # A person's own token may be revoked while the app stays.
        if (event.get("tokens") or {}).get("bot"):
            self._removed(context)

    # What all share

    def _is_too_often(self, client: WebClient, where: Where, respond: Respond | None = None) -> bool:
        seconds = self._limit.wait(f"{where.team}:{where.person}")
        if not seconds:
            return False
        told = notice(f"That was {self._limit.most} requests in a minute. Ask again in {seconds:.0f} seconds.")
        if respond is not None or not where.thread:
            log.info("a request was put off")
        if respond is not None:
            self._respond(respond, told)
        else:
            posting.tell(client, where, told)
        return True

    def _respond(self, respond: Respond, message: Message) -> None:
        respond(text=message.text, blocks=list(message.blocks), response_type="ephemeral", replace_original=False)

    @contextmanager
    def _safely(self, client: WebClient, where: Where, respond: Respond | None = None) -> Iterator[None]:
        """Tell one person what went wrong, with a run id and nothing of the error itself."""
        try:
            yield
        except Exception as error:
            run = self._new_id()
            if not isinstance(error, UsageError):
                log.error("run %s failed", run, exc_info=error)
            told = notice(_words(error, run))
            try:
                if respond is not None:
                    self._respond(respond, told)
                else:
                    posting.tell(client, where, told)
            except Exception as second:
                log.error("run %s: nobody could be told (%s)", run, posting.reason_of(second))


_UNREAD = (
    "I read nothing about the case in that, so I kept quiet. If it was for me, put it another way; `facts` shows what I"
    " know."
)
_EDITED = "I do not read a message again after it was edited. Write what changed as a new one, and I correct the facts."
_ANSWERED = "That question is no longer open; write the answer in the thread, and I correct the facts."
_MEMO = "The decision memo on this case, as a draft. Who decides, and whether, is yours to fill in."


def _words(error: Exception, run: str) -> str:
    if isinstance(error, UsageError):
        return " ".join(f"{_sentence(part)}." for part in (error.message, error.hint) if part)
    if isinstance(error, SlackApiError) and posting.reason_of(error) in posting.NOT_A_MEMBER:
        return _INVITE
    return (
        "Something went wrong on my side. `facts` shows what I kept; try again, or give the run id "
        f"`{run}` to whoever runs me."
    )


def _sentence(text: str) -> str:
    """Begin with a capital, unless the first word is the name of a fact."""
    return text if "_" in text.partition(" ")[0] else upper_first(text).rstrip(".")


@contextmanager
def _logged(run: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        log.error("run %s failed", run, exc_info=error)


def _says_nothing(reply: TurnReply) -> bool:
    """Whether a turn told no fact and asked nothing that could be answered: talk among people."""
    return not reply.changes and (reply.kind == "not_covered" or (reply.kind == "facts" and not reply.moved))


def _key(where: Where) -> str:
    return thread_key(where.team, where.channel, where.thread)


def _where(body: dict[str, Any]) -> Where:
    """Return where a button was pressed."""
    message = body.get("message") or {}
    container = body.get("container") or {}
    thread = message.get("thread_ts") or container.get("thread_ts") or message.get("ts") or container.get("message_ts")
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id")
    return Where((body.get("team") or {}).get("id") or "", str(channel), str(thread), body["user"]["id"])
