"""What every delivery shares: the desk, the limit for one person, posting, and one person told where it failed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from slack_bolt import BoltContext
from slack_bolt.context.respond import Respond
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from agent.conversation.state import TurnReply
from agent.entrypoints.slack import posting
from agent.entrypoints.slack.desk import Desk, thread_key
from agent.entrypoints.slack.memory import RateLimit
from agent.entrypoints.slack.messages import Message, answer_message, notice
from agent.entrypoints.slack.posting import Where
from agent.errors import UsageError
from agent.text import upper_first

log = logging.getLogger("rung.slack")

READING = "is reading your case…"
_INVITE = "I am not in this channel. Invite me with `/invite @Rung`, then ask again."


class Counter:
    """Where deliveries are served, whatever kind they are."""

    def __init__(self, desk: Desk, limit: RateLimit, new_id: Callable[[], str]) -> None:
        self.desk = desk
        self._limit = limit
        self._new_id = new_id
        self._post = posting.Post()

    def answer(self, client: WebClient, where: Where, reply: TurnReply, say_stream: Any = None) -> None:
        """Post a reply in its thread; a first turn whose answer cannot be posted is forgotten, to be asked anew."""
        try:
            self._post.answer(client, where, answer_message(reply, self.desk.catalogue), say_stream)
        except Exception:
            if reply.turn == 1:
                self.desk.forget(key_of(where))
            raise

    def is_too_often(self, client: WebClient, where: Where, respond: Respond | None = None) -> bool:
        """Count a request of a person; True, and the person told, where it is one too many."""
        seconds = self._limit.wait(f"{where.team}:{where.person}")
        if not seconds:
            return False
        words = f"That was {self._limit.most} requests in a minute. Ask again in {seconds:.0f} seconds."
        self._tell(client, where, notice(words), respond)
        return True

    @contextmanager
    def safely(self, client: WebClient, where: Where, respond: Respond | None = None) -> Iterator[None]:
        """Tell one person what went wrong, with a run id and nothing of the error itself."""
        try:
            yield
        except Exception as error:
            run = self._new_id()
            if not isinstance(error, UsageError):
                log.error("run %s failed", run, exc_info=error)
            try:
                self._tell(client, where, notice(_words(error, run)), respond)
            except Exception as second:
                log.error("run %s: nobody could be told (%s)", run, posting.reason_of(second))

    @contextmanager
    def logged(self) -> Iterator[None]:
        """Log what went wrong where there is nobody to tell."""
        try:
            yield
        except Exception as error:
            log.error("run %s failed", self._new_id(), exc_info=error)

    def _tell(self, client: WebClient, where: Where, message: Message, respond: Respond | None) -> None:
        if respond is None:
            posting.tell(client, where, message)
        else:
            say_privately(respond, message)


def say_privately(respond: Respond, message: Message) -> None:
    """Answer a command or a shortcut to whoever used it, also where we are not in the channel."""
    respond(text=message.text, blocks=list(message.blocks), response_type="ephemeral", replace_original=False)


def team_of(context: BoltContext) -> str:
    """Return the team the app is installed in, which in a shared channel may not be the speaker's."""
    authorized = context.authorize_result
    return str((authorized.team_id if authorized else None) or context.team_id or "")


def key_of(where: Where) -> str:
    """Return the name that a thread's conversation is kept under."""
    return thread_key(where.team, where.channel, where.thread)


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
