"""`rung sessions`: the conversations that are kept."""

from __future__ import annotations

import argparse

from msgspec import Struct

from agent.answer.wording import LABELS
from agent.bootstrap import open_sessions
from agent.conversation.record import Record
from agent.conversation.state import TurnReply
from agent.conversation.transcript import to_markdown
from agent.entrypoints.terminal import print_json, print_markdown, print_text
from agent.settings import load_settings
from agent.store.rows import SessionRow


class SessionShown(Struct, frozen=True):
    """One conversation with its turns, as `--json` shows it."""

    session: SessionRow
    turns: tuple[TurnReply, ...]


def show_list(arguments: argparse.Namespace) -> int:
    """Print the conversations, the last one first."""
    rows = open_sessions(load_settings()).list()
    if arguments.json:
        print_json(rows)
        return 0
    for row in rows:
        # A store keeps text; what `Record` writes there is an approach.
        stand = LABELS[row.recommendation] if row.recommendation else "no case"  # type: ignore[index]
        when = row.updated[:16].replace("T", " ")
        print_text(f"{row.id}  {when}  {row.turns:3} turns  {stand:32}  {row.title[:60]}".rstrip())
    if not rows:
        print_text("no conversation is kept; `rung chat` begins one")
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Print one conversation."""
    shown = _shown(arguments.id)
    print_json(shown) if arguments.json else print_markdown(to_markdown(shown.session, shown.turns))
    return 0


def export(arguments: argparse.Namespace) -> int:
    """Print one conversation as a document: Markdown, or JSON with every value."""
    shown = _shown(arguments.id)
    print_json(shown) if arguments.json else print_text(to_markdown(shown.session, shown.turns))
    return 0


def delete(arguments: argparse.Namespace) -> int:
    """Forget conversations."""
    store = open_sessions(load_settings())
    rows = [store.find(id) for id in arguments.ids]
    for row in rows:
        store.delete(row.id)
    if arguments.json:
        print_json(tuple(row.id for row in rows))
    else:
        print_text(f"forgotten: {', '.join(row.id for row in rows)}")
    return 0


def _shown(start: str) -> SessionShown:
    store = open_sessions(load_settings())
    row = store.find(start)
    return SessionShown(row, Record(store, row.id).replies())
