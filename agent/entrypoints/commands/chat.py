"""`rung chat`: a conversation on a terminal, or turn by turn from standard input."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from agent.bootstrap import UseModel, open_advisor, open_book, open_memo_writer, open_sessions
from agent.conversation.conversation import Conversation
from agent.conversation.record import Record
from agent.conversation.state import TurnReply
from agent.entrypoints.terminal import Progress, decode, draws_markdown, notify, read_bytes
from agent.errors import RungError, SettingsError
from agent.settings import Settings, load_settings

if TYPE_CHECKING:
    from agent.advisor import Advisor
    from agent.entrypoints.chat.loop import Chat
    from agent.entrypoints.chat.screen import View
    from agent.memo.writer import MemoWriter
    from agent.store.sessions import SessionStore

USAGE = 2


def chat(
    arguments: argparse.Namespace,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    new_id: Callable[[], str] = lambda: secrets.token_hex(4),
) -> int:
    """Hold a conversation; exit code 2 where a turn of a script could not be understood as a command."""
    settings = load_settings()
    with closing(open_sessions(settings, now=now)) as store:
        session = store.find(arguments.resume).id if arguments.resume is not None else new_id()
        return _hold(arguments, settings, store, session, now)


def _hold(
    arguments: argparse.Namespace,
    settings: Settings,
    store: SessionStore,
    session: str,
    now: Callable[[], datetime],
) -> int:
    use: UseModel = "never" if arguments.offline else "insist" if arguments.model_only else "where_set"
    advisor = _open(settings, arguments, use)
    conversation = Conversation(advisor, Record(store, session, now=now))
    if arguments.json:
        return _json_lines(conversation)
    chat = _chat(conversation, arguments, store, settings, now)
    if sys.stdin.isatty():
        _talk(chat, settings)
        return 0
    from agent.entrypoints.chat.loop import scripted

    chat.run(scripted(_script()))
    return USAGE if chat.failures else 0


def _open(settings: Settings, arguments: argparse.Namespace, use: UseModel) -> Advisor:
    advisor, _ = open_advisor(settings, arguments.rules, notify=notify, progress=Progress(), use_model=use)
    return advisor


def _chat(
    conversation: Conversation,
    arguments: argparse.Namespace,
    store: SessionStore,
    settings: Settings,
    now: Callable[[], datetime],
) -> Chat:
    from agent.entrypoints.chat.loop import Chat

    def switch(has_model: bool) -> Advisor:
        if has_model and settings.read_model is None and settings.write_model is None:
            raise SettingsError("no language model is set", hint="set RUNG_MODEL; .env.example lists the rest")
        return _open(settings, arguments, "where_set" if has_model else "never")

    def write_memo(talk: Conversation, target: str) -> str:
        from agent.entrypoints.chat.memo import write

        def open_writer() -> MemoWriter:
            return open_memo_writer(*open_book(settings, arguments.rules, notify=notify))

        return write(talk, target, today=now().date(), open_writer=open_writer)

    return Chat(conversation, _view(arguments), store, switch, write_memo)


def _view(arguments: argparse.Namespace) -> View:
    from agent.entrypoints.chat.screen import Plain, Screen, Transcript

    if arguments.plain:
        return Plain()
    if draws_markdown():
        return Screen()
    return Transcript(echoes=not sys.stdin.isatty())


def _talk(chat: Chat, settings: Settings) -> None:
    """Hold the conversation with a person at a terminal."""
    from agent.entrypoints.chat.loop import typed
    from agent.entrypoints.chat.prompting import Line
    from agent.entrypoints.chat.screen import Screen

    chat.greet()
    if isinstance(chat.view, Screen):
        catalogue = chat.conversation.advisor.book.catalogue
        line = Line(settings.history, catalogue, lambda: chat.status)
        chat.run(typed(line.read, chat.view))
    else:
        chat.run(typed(lambda: input("you: "), chat.view))
    if chat.conversation.turns:
        chat.view.line(f"Kept. Carry on with: rung chat --resume {chat.conversation.session}", style="dim")


def _json_lines(conversation: Conversation) -> int:
    """Print one JSON line for each turn of a script."""
    from agent.entrypoints.chat.loop import scripted

    code = 0
    for entry in scripted(_script()):
        if not entry.strip():
            continue
        try:
            _print_line(conversation.take(entry))
        except RungError as error:
            notify(f"{error}")
            code = USAGE
    return code


def _print_line(reply: TurnReply) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(msgspec.json.encode(reply) + b"\n")
    sys.stdout.buffer.flush()


def _script() -> list[str]:
    return decode(read_bytes("-"), "standard input").splitlines()
