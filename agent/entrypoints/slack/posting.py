"""What goes out to Slack: answers streamed or posted, words to one person, files, statuses.

Owns what happens when Slack refuses: wait as told on 429, post where streaming fails, text alone where blocks are
refused. Texts and blocks are made elsewhere.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Struct
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry import (
    ConnectionErrorRetryHandler,
    HttpRequest,
    HttpResponse,
    RateLimitErrorRetryHandler,
    RetryState,
)
from slack_sdk.http_retry.builtin_handlers import ServerErrorRetryHandler

from agent.entrypoints.slack.desk import MemoFile
from agent.entrypoints.slack.messages import Message
from agent.settings import Secret
from agent.text import whole_number

log = logging.getLogger("rung.slack")

CHECK = "`rung slack check` says what is missing"
SECONDS_A_CALL = 10
SECONDS_A_STATUS = 2
WAIT_AT_MOST = 60
"""Seconds that Slack may ask us to wait; told to wait longer, we give the call up."""
TRIES_AFTER_429 = 3
QUIET: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False, "link_names": False, "parse": "none"}
NO_STREAMS = frozenset({"unknown_method", "missing_scope", "not_allowed_token_type", "feature_not_enabled"})
"""Refusals that no later try will change."""
BAD_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})
NOT_A_MEMBER = frozenset({"not_in_channel", "channel_not_found", "is_archived", "restricted_action"})


class Where(Struct, frozen=True):
    """Where something was said, and by whom."""

    team: str
    channel: str
    thread: str
    """The `ts` of the thread's first message."""
    person: str
    has_replies: bool = False
    """Whether the thread is one already; Slack shows nobody a private word in a thread that is none yet."""

    @property
    def is_direct(self) -> bool:
        """Whether nobody but this person reads it."""
        return self.channel.startswith("D")


class _Waits(RateLimitErrorRetryHandler):  # type: ignore[misc]
    """Waits as long as Slack says, within reason."""

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is None or response.status_code != 429:
            return False
        asked = next((value[0] for name, value in response.headers.items() if name.lower() == "retry-after"), "1")
        seconds = whole_number(asked)
        return seconds is not None and seconds <= WAIT_AT_MOST


def open_client(token: Secret | None, api_url: str) -> WebClient:
    """Return a client that waits where Slack says so and tries once more where a server or the line failed."""
    return WebClient(
        token=token.reveal() if token else None,
        base_url=api_url,
        timeout=SECONDS_A_CALL,
        retry_handlers=[
            _Waits(max_retry_count=TRIES_AFTER_429),
            ServerErrorRetryHandler(max_retry_count=1),
            ConnectionErrorRetryHandler(max_retry_count=1),
        ],
    )


class Post:
    """Sends messages; remembers whether streaming works here."""

    def __init__(self) -> None:
        self._streams = True

    def answer(self, client: WebClient, where: Where, message: Message, say_stream: Any = None) -> str:
        """Post an answer in its thread, streamed where that works; return the `ts` of the message."""
        if self._streams and say_stream is not None and message.opening:
            ts = self._stream(client, where, message, say_stream)
            if ts:
                return ts
        return post(client, where.channel, message, thread=where.thread)

    def _stream(self, client: WebClient, where: Where, message: Message, say_stream: Any) -> str:
        """Stream the recommendation and close with the rest; "" where nothing was shown and one message is due."""
        stream = say_stream(buffer_size=1)
        try:
            stream.append(markdown_text=message.opening)
            stream.stop(blocks=list(message.blocks[1:]))
        except (SlackClientError, OSError) as error:
            self._streams = self._streams and reason_of(error) not in NO_STREAMS
            log.info("streaming failed (%s)", reason_of(error))
            if stream.ts is None:
                return ""
            client.chat_update(
                channel=where.channel, ts=stream.ts, text=message.text, blocks=list(message.blocks), parse="none"
            )
        return str(stream.ts)


def post(client: WebClient, channel: str, message: Message, *, thread: str = "") -> str:
    """Post one message and return its `ts`; as text alone where Slack does not take the blocks."""
    return str(sent(client, channel, message, thread=thread)["ts"])


def sent(client: WebClient, channel: str, message: Message, *, thread: str = "") -> Any:
    """Post one message and return what Slack says of it."""
    options = {**QUIET, **({"thread_ts": thread} if thread else {})}
    try:
        return client.chat_postMessage(channel=channel, text=message.text, blocks=list(message.blocks), **options)
    except SlackApiError as error:
        if reason_of(error) not in BAD_BLOCKS:
            raise
        log.warning("Slack refused the blocks (%s); posting text", reason_of(error))
        return client.chat_postMessage(channel=channel, text=message.text, **options)


def tell(client: WebClient, where: Where, message: Message) -> None:
    """Say something to one person only: in a thread that has replies, else in the channel, else directly."""
    options: dict[str, Any] = {"thread_ts": where.thread} if where.has_replies else {}
    if where.is_direct:
        post(client, where.channel, message, thread=where.thread)
        return
    try:
        client.chat_postEphemeral(
            channel=where.channel,
            user=where.person,
            text=message.text,
            blocks=list(message.blocks),
            parse="none",
            link_names=False,
            **options,
        )
    except SlackApiError as error:
        if reason_of(error) not in NOT_A_MEMBER:
            raise
        post(client, where.person, message)


def upload(client: WebClient, where: Where, file: MemoFile, comment: str) -> None:
    """Post a file in a thread."""
    client.files_upload_v2(
        channel=where.channel,
        thread_ts=where.thread,
        filename=file.name,
        title=file.title,
        content=file.content,
        initial_comment=comment,
    )


def show_status(client: WebClient, where: Where, text: str) -> None:
    """Show what is being done; a status that cannot be shown at once is no reason to wait, or to stop."""
    quick = WebClient(token=client.token, base_url=client.base_url, timeout=SECONDS_A_STATUS, retry_handlers=[])
    try:
        quick.assistant_threads_setStatus(channel_id=where.channel, thread_ts=where.thread, status=text)
    except (SlackClientError, OSError) as error:
        log.info("no status (%s)", reason_of(error))


@contextmanager
def hushed(*loggers: str) -> Iterator[None]:
    """Keep libraries from logging what is about to be said in one line of ours."""
    found = [logging.getLogger(name) for name in loggers]
    for logger in found:
        logger.disabled = True
    try:
        yield
    finally:
        for logger in found:
            logger.disabled = False


def reason_of(error: BaseException) -> str:
    """Return Slack's word for what went wrong, or the kind of the error."""
    if isinstance(error, SlackApiError):
        response = error.response
        found = response.get("error") if hasattr(response, "get") else None
        return str(found or getattr(response, "status_code", "") or "unknown")
    return type(error).__name__
