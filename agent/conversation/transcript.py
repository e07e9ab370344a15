"""A conversation as a document: Markdown with every turn, its answer and the passages it cites."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.answer.wording import LABELS
from agent.conversation.state import TurnReply
from agent.store.rows import SessionRow


def to_markdown(row: SessionRow, replies: Sequence[TurnReply]) -> str:
    """Return the whole conversation as Markdown, each turn with its sources."""
    head = [f"# Conversation {row.id}", f"Begun {row.created}, last turn {row.updated}, {row.turns} turns."]
    if row.recommendation:
        # A store keeps text; what `Record` writes there is an approach.
        head.append(f"It stands at: **{LABELS[row.recommendation]}**.")  # type: ignore[index]
    return "\n\n".join([*head, *(turn_to_markdown(reply) for reply in replies)]) + "\n"


def turn_to_markdown(reply: TurnReply) -> str:
    """Return one turn: what was said, what was answered, on which passages."""
    return "\n\n".join(_turn(reply))


def _turn(reply: TurnReply) -> Iterator[str]:
    yield f"## Turn {reply.turn}"
    yield "\n".join(f"> {line}" for line in reply.said.splitlines())
    yield reply.answer
    if reply.citations:
        yield "\n".join(f"- [{c.number}] `{c.passage}`, {c.section}" for c in reply.citations)
    if reply.notes:
        yield "\n".join(f"*{note}*" for note in reply.notes)
