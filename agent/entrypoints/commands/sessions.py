"""`rung sessions`: the conversations that are kept."""

from __future__ import annotations

import argparse
from contextlib import closing

from msgspec import Struct
from msgspec.structs import replace

from agent.answer.wording import LABELS
from agent.bootstrap import open_sessions
from agent.conversation.record import Record
from agent.conversation.state import TurnReply
from agent.conversation.transcript import to_markdown
from agent.entrypoints.terminal import notify, print_json, print_markdown, print_text
from agent.errors import UsageError
from agent.settings import load_settings
from agent.store.rows import SessionRow


class SessionShown(Struct, frozen=True):
    """One conversation with its turns, as `--json` shows it."""

    session: SessionRow
    turns: tuple[TurnReply, ...]


def show_list(arguments: argparse.Namespace) -> int:
    """Print the conversations, the last one first."""
    with closing(open_sessions(load_settings())) as store:
        rows = store.list()
    if arguments.json:
        print_json(rows)
        return 0
    for row in rows:
        # A store keeps text; what `Record` writes there is an approach, and what is none is shown as it stands.
        stand = LABELS.get(row.recommendation, row.recommendation) or "no case"  # type: ignore[call-overload]
        when = row.updated[:16].replace("T", " ")
        print_text(f"{row.id}  {when}  {row.turns:3} turns  {stand:32}  {row.title[:60]}".rstrip())
    if not rows:
        print_text("no conversation is kept; `rung chat` begins one")
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Print one conversation."""
    shown = _shown(arguments.id)
    print_json(shown) if arguments.json else print_markdown(_document(shown))
    return 0


def export(arguments: argparse.Namespace) -> int:
    """Print one conversation as a document: Markdown, or JSON with every value."""
    shown = _shown(arguments.id)
    print_json(shown) if arguments.json else print_text(_document(shown))
    return 0


def delete(arguments: argparse.Namespace) -> int:
    """Forget conversations, and with them what was typed in the chat, which does not say in which conversation."""
    if not all(id.strip() for id in arguments.ids):
        raise UsageError("the id of a conversation is empty", hint="`rung sessions list` shows them")
    settings = load_settings()
    with closing(open_sessions(settings)) as store:
        rows = tuple(dict.fromkeys(store.find(id) for id in arguments.ids))
        for row in rows:
            store.delete(row.id)
    settings.history.unlink(missing_ok=True)
    if arguments.json:
        print_json(tuple(row.id for row in rows))
    else:
        print_text(f"forgotten: {', '.join(row.id for row in rows)}")
    return 0


def _shown(start: str) -> SessionShown:
    with closing(open_sessions(load_settings())) as store:
        row = store.find(start)
        return SessionShown(row, Record(store, row.id).replies())


def _document(shown: SessionShown) -> str:
    """Return the conversation as Markdown; where it stands is left out if that is no approach that there is."""
    row = shown.session
    if row.recommendation and row.recommendation not in LABELS:
        notify(f"{row.id} stands at {row.recommendation[:40]!r}, which is none of the approaches")
        row = replace(row, recommendation="")
    return to_markdown(row, shown.turns)
