"""The first message of a thread that a form opens: the case as it was told. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from agent.answer.wording import clause
from agent.entrypoints.slack.messages import SECTION_AT_MOST, Block, Message, section
from agent.entrypoints.slack.mrkdwn import as_text, to_mrkdwn, to_plain
from agent.entrypoints.slack.outline import split_sentences
from agent.types import FactSpec, FactValue

QUOTED_AT_MOST = 2_400


def case_message(
    description: str, facts: Mapping[str, FactValue], catalogue: Mapping[str, FactSpec], *, person: str
) -> Message:
    """Return the case as a message: who asks, their own words, and what they filled in."""
    told = "; ".join(clause(catalogue.get(name), name, value) for name, value in facts.items())
    shown, is_whole = _shown(description)
    quoted = "\n".join(f">{as_text(line)}" for line in shown.split("\n"))
    blocks: list[Block] = [section(f"*A case for Rung*, by <@{person}>"), section(quoted)]
    if not is_whole:
        blocks.append(section("_The description goes on; I read all of it._"))
    if told:
        blocks.append(section(to_mrkdwn(f"Also told: {told}.")[:SECTION_AT_MOST]))
    return Message(f"A case for Rung: {to_plain(shown.replace('*', '∗'))}", tuple(blocks))


def _shown(description: str) -> tuple[str, bool]:
    """Return as many whole sentences as fit, and whether that is all."""
    text = ""
    for sentence in split_sentences(description):
        longer = f"{text} {sentence}".strip()
        if len(as_text(longer)) > QUOTED_AT_MOST:
            return text or "(a long description)", False
        text = longer
    return text, True
