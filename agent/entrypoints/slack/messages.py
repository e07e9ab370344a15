"""Slack's blocks for what a conversation says: pure data, no library, no network.

Recommendation first, sources numbered, details behind buttons. Slack's limits are kept by leaving out whole items.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from agent.conversation.state import TurnReply
from agent.entrypoints.slack.mrkdwn import as_text, to_markdown, to_mrkdwn, to_plain
from agent.entrypoints.slack.outline import REASON, Item, Outline, fit, is_entry, read_items
from agent.text import lower_first, upper_first, whole_number
from agent.types import Citation, FactSpec

Block = dict[str, Any]

ANSWER_AT_MOST = 3_000
"""Characters of an answer, sources included; all blocks of a message together take about 13,000."""
DETAIL_AT_MOST = 9_000
"""Characters of what a button shows to one person."""
SECTION_AT_MOST = 3_000
CONTEXT_AT_MOST = 2_000
FALLBACK_AT_MOST = 3_000
BUTTON_AT_MOST = 75
BLOCKS_AT_MOST = 50
DETAILS = {
    "why": ("Why?", "/why"),
    "flips": ("What would change it?", "/flips"),
    "conflicts": ("Disagreements", "/conflicts"),
    "passages": ("Sources", ""),
}
"""Each button that looks something up: its label, and the command that it stands for; the passages are the answer's."""
MEMO = "Draft memo"
_SPEAKER = re.compile(r"\b([UW][A-Z0-9]{6,})(?=, turn \d)")
_NUMBER = re.compile(r"\[(\d+)\]")
_DECIDED = {True: "Decided by rules over what you told me", False: "From the sources alone"}
_TOOK_PART = {
    "offline": "no language model took part.",
    "model": "read or written with a language model (AI), and checked.",
}
_TOO_LONG = "The answer is too long to be shown here in one piece. The buttons show its parts, and the memo all of it."
HELP = """\
**I tell which rung of the ladder an LLM use case needs**: prompting, retrieval, structured output, a stronger model, \
fine-tuning, distillation or a mix, with the passages that say so and where the experts disagree.

- Mention me or write to me, and describe your case: what it does, how much data, what you tried, what hurts.
- Answer in the thread, without a mention. Correct me there: `facts labelled_examples=8000`.
- Words that work alone in a thread: `facts`, `why`, `flips`, `plan`, `sources`, `conflicts`, `undo`, `reset`, \
and `what-if labelled_examples=8000`, `why-not fine_tuning`, `passage 1`.
- `/rung` opens a form; *Ask Rung about this* stands in every message's menu.

**What I cannot do**: guess. What the sources do not cover I say so, and arguments without facts move nothing.

**What I keep**: the turns of the threads I am asked in, with who said each fact. Deleting a thread's first message \
deletes them; so does removing the app."""


class Message(Struct, frozen=True):
    """A message in both of its forms: blocks, and plain text for notifications."""

    text: str
    blocks: tuple[Block, ...]
    opening: str = ""
    """The first paragraph as Markdown, to be streamed, and `blocks[0]` shows the same; empty where it is a list."""


def answer_message(
    reply: TurnReply, catalogue: Mapping[str, FactSpec], *, budget: int = ANSWER_AT_MOST, is_detail: bool = False
) -> Message:
    """Return a reply as a message; with `is_detail`, as what a button shows: all of it, and no buttons."""
    items = read_items(reply.answer)
    outline = fit(_whole(items) if is_detail else items, lambda kept: _size(kept, reply.citations), budget)
    prose = [section(part) for item in outline.items for part in _parts(item)]
    prose = prose or [section(_TOO_LONG)]
    if outline.asks and not is_detail:
        prose += _choices(reply, catalogue)
    blocks = [*prose, *_sources(outline.items, reply.citations), *_remarks(reply, outline, is_detail=is_detail)]
    if not is_detail:
        blocks += _controls(reply)
    return Message(_fallback(outline.items), tuple(blocks[:BLOCKS_AT_MOST]), _opening(outline.items))


def _opening(items: Sequence[Item]) -> str:
    is_paragraph = bool(items) and len(_parts(items[0])) == len(items[0].lines) == 1
    return to_markdown(items[0].text) if is_paragraph and not is_entry(items[0].text) else ""


def _whole(items: Sequence[Item]) -> tuple[Item, ...]:
    """Return the items with nothing held back for a button."""
    return tuple(Item(item.lines, min(item.rank, REASON), item.title) for item in items)


def _parts(item: Item) -> list[str]:
    """Return an item in parts that fit one block each, cut between entries."""
    parts: list[str] = []
    for line in map(_shown, item.lines):
        joined = f"{parts[-1]}\n{line}" if parts else line
        if parts and len(joined) <= SECTION_AT_MOST:
            parts[-1] = joined
        else:
            parts.append(line)
    return [part for part in parts if len(part) <= SECTION_AT_MOST]


def _shown(markdown: str) -> str:
    """Return Slack's marks, with those who said something as people and not as ids."""
    return _SPEAKER.sub(r"<@\1>", to_mrkdwn(markdown))


def _size(items: Sequence[Item], citations: Sequence[Citation]) -> int:
    prose = sum(len(_shown(item.text)) for item in items)
    return prose + len("\n".join(source_lines(items, citations)))


def cited_numbers(items: Sequence[Item]) -> set[int]:
    """Return the numbers that the shown text cites."""
    return {int(number) for item in items for number in _NUMBER.findall(item.text)}


def source_lines(items: Sequence[Item], citations: Sequence[Citation]) -> list[str]:
    """Return one line an article, with the numbers that the shown text cites and the sections they stand in."""
    shown = cited_numbers(items)
    by_title: dict[str, list[str]] = {}
    for citation in citations:
        if citation.number in shown:
            place = f"[{citation.number}] {as_text(citation.section)}"
            by_title.setdefault(citation.title, []).append(place)
    return [f"_{as_text(title)}_: {', '.join(places)}" for title, places in by_title.items()]


def _sources(items: Sequence[Item], citations: Sequence[Citation]) -> list[Block]:
    lines = source_lines(items, citations)
    groups: list[str] = []
    for line in lines:
        joined = f"{groups[-1]}\n{line}" if groups else line
        if groups and len(joined) <= CONTEXT_AT_MOST:
            groups[-1] = joined
        else:
            groups.append(line)
    return [_context(group) for group in groups]


def _remarks(reply: TurnReply, outline: Outline, *, is_detail: bool) -> list[Block]:
    """Say what was left out, and how the answer came to be."""
    lines = [to_mrkdwn(upper_first(note)) for note in reply.notes[:3] if len(note) < 300]
    if outline.behind:
        lines.append(f"Behind a button: {as_text(lower_first(', '.join(outline.behind)))}.")
    if outline.left_out:
        names = ", ".join(f"“{as_text(name)}”" for name in outline.left_out)
        lines.append(f"Left out here for length: {names}.")
    if reply.kind in ("advice", "guidance") and not is_detail:
        lines.append(f"{_DECIDED[reply.after is not None]}; {_TOOK_PART[reply.mode]}")
    return [_context("\n".join(lines))] if lines else []


def _controls(reply: TurnReply) -> list[Block]:
    if reply.after is None:
        return []
    value = button_value(reply)
    details = [_button(label, f"rung_{name}", value) for name, (label, _) in DETAILS.items()]
    memo = _button(MEMO, "rung_memo", value)
    return [_actions("rung_details", [*details, memo]), _feedback(value)]


def passages_message(citations: Sequence[Citation]) -> Message:
    """Return what an answer's numbers stand for: whole passages, as many as fit, the first ones first."""
    lines: list[str] = []
    for citation in citations:
        words = "in its own words" if citation.verbatim else "our note of it"
        place = f"*[{citation.number}]* _{as_text(citation.title)}_, {as_text(citation.section)} ({words})"
        line = f"{place}\n>{as_text(' '.join(citation.quote.split()))}"
        if sum(map(len, lines)) + len(line) > DETAIL_AT_MOST or len(line) > SECTION_AT_MOST:
            break
        lines.append(line)
    if not lines:
        return notice("That answer cites nothing.")
    rest = len(citations) - len(lines)
    more = [_context(f"{rest} more: `passage {len(lines) + 1}` and so on shows them.")] if rest else []
    blocks = (*(section(line) for line in lines), *more)
    return Message(f"The {len(lines)} passages that the answer cites.", blocks)


def button_value(reply: TurnReply) -> str:
    """Return what a button carries: the turn it belongs to, and the digest of its verdict."""
    return f"{reply.turn}:{reply.after.digest if reply.after else ''}"


def read_button_value(value: str) -> tuple[int, str]:
    """Return turn and digest of a button; turn 0 where it carries none."""
    turn, _, digest = value.partition(":")
    return whole_number(turn) or 0, digest


def _choices(reply: TurnReply, catalogue: Mapping[str, FactSpec]) -> list[Block]:
    """Return the answers to the open question as buttons, where they can be counted on one hand."""
    asked = reply.question
    spec = catalogue.get(asked.fact) if asked else None
    if asked is None or spec is None or spec.type not in ("bool", "choice"):
        return []
    named = [("Yes", "true"), ("No", "false")] if spec.type == "bool" else [(option_label(o), o) for o in spec.options]
    buttons = [_button(label, f"rung_answer_{value}", f"{asked.fact}={value}") for label, value in named]
    return [_actions("rung_answers", [*buttons, _button("I don't know", "rung_answer_unknown", f"{asked.fact}=")])]


def option_label(option: str) -> str:
    """Return a choice as words: "cost_latency" becomes "Cost latency"."""
    words = option.replace("_", " ")
    return words[:1].upper() + words[1:]


def _feedback(value: str) -> Block:
    return {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "rung_feedback",
                "positive_button": {"text": _plain("Helpful"), "value": f"+{value}"},
                "negative_button": {"text": _plain("Not helpful"), "value": f"-{value}"},
            }
        ],
    }


def notice(markdown: str) -> Message:
    """Return a short message of ours: help, an error, a refusal."""
    return Message(_cut(to_plain(markdown)), tuple(section(to_mrkdwn(p)) for p in markdown.split("\n\n")))


def _fallback(items: Sequence[Item]) -> str:
    """Return whole items as plain text, as many as fit."""
    told = ""
    for item in items:
        longer = f"{told}\n\n{to_plain(item.text)}".strip()
        if len(longer) > FALLBACK_AT_MOST:
            break
        told = longer
    return told or "Rung has answered."


def _cut(text: str) -> str:
    return text if len(text) <= FALLBACK_AT_MOST else f"{text[: FALLBACK_AT_MOST - 1].rsplit(' ', 1)[0]}…"


def section(text: str) -> Block:
    """Return a paragraph of Slack's marks as a block."""
    # Verbatim: Slack then makes no links of its own out of names and addresses that a person typed.
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def _actions(block_id: str, elements: Sequence[Block]) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def _button(label: str, action_id: str, value: str) -> Block:
    return {"type": "button", "text": _plain(label[:BUTTON_AT_MOST]), "action_id": action_id, "value": value}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}
