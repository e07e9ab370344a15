"""Blocks and texts: golden messages, Slack's limits, and what a person typed shown as text."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from agent.answer.wording import escape as escape_markdown
from agent.answer.wording import quote_user
from agent.entrypoints.slack.home import home_view
from agent.entrypoints.slack.messages import (
    ANSWER_AT_MOST,
    DETAIL_AT_MOST,
    HELP,
    Message,
    answer_message,
    button_value,
    cited_numbers,
    notice,
    passages_message,
    read_button_value,
)
from agent.entrypoints.slack.modal import intake_view, reason_view
from agent.entrypoints.slack.mrkdwn import as_text, calls_somebody_else, from_slack, to_markdown, to_mrkdwn, to_plain
from agent.entrypoints.slack.opening import case_message
from agent.entrypoints.slack.outline import Item, fit, read_items, split_sentences
from agent.intake import load_catalogue
from agent.resources import data_dir
from tests.slack.limits import problems
from tests.slack.replies import CATALOGUE, GOLDEN, LONGEST, WALL, WHY

FOLDER = Path(__file__).with_name("golden")


def shown(message: Message) -> dict[str, Any]:
    """Return a message as it is kept in a golden file."""
    return {"text": message.text, "opening": message.opening, "blocks": list(message.blocks)}


@cache
def messages() -> dict[str, Message]:
    """Return every message that is kept as a golden file."""
    made = {name: answer_message(reply, CATALOGUE) for name, reply in GOLDEN.items()}
    made["why"] = answer_message(WHY, CATALOGUE, budget=DETAIL_AT_MOST, is_detail=True)
    made["longest-detail"] = answer_message(LONGEST, CATALOGUE, budget=DETAIL_AT_MOST, is_detail=True)
    made["help"] = notice(HELP)
    made["passages"] = passages_message(WHY.citations)
    told = {"evals_exist": True, "labelled_examples": 15_000}
    made["case"] = case_message("A bot over *our* wiki & <tickets>.\n@here please", told, CATALOGUE, person="U0ANN0000")
    return made


@pytest.mark.parametrize("name", sorted(messages()))
def test_message_is_the_golden_one(name: str) -> None:
    """Each main message, and the longest, is as it was last looked at; RUNG_GOLDEN=write writes them anew."""
    path = FOLDER / f"{name}.json"
    made = json.dumps(shown(messages()[name]), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("RUNG_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(messages()))
def test_message_is_within_slacks_limits(name: str) -> None:
    """Every message passes what Slack would check."""
    message = messages()[name]
    posted = {"channel": "C1", "text": message.text, "blocks": list(message.blocks), "unfurl_links": False}
    assert problems("chat.postMessage", {**posted, "unfurl_media": False}) == []


@pytest.mark.parametrize("reply", [LONGEST, WALL], ids=["longest", "wall"])
def test_the_longest_answer_loses_whole_items_and_says_so(reply: Any) -> None:
    """An answer that is too long keeps recommendation and question, whole quotations, and names what it left out."""
    message = answer_message(reply, CATALOGUE)
    parts = [b["text"]["text"] for b in message.blocks if b["type"] == "section"]
    context = [b["elements"][0]["text"] for b in message.blocks if b["type"] == "context"]
    assert sum(map(len, parts + context)) < ANSWER_AT_MOST + 600
    assert all(part.count("“") == part.count("”") for part in parts)
    assert any("Left out here" in text for text in context)
    if reply is LONGEST:
        assert parts[0].startswith("*Start with retrieval")
        assert parts[-1].startswith("*Next:*")
        assert any(part.startswith("*What to do next*") for part in parts)


def test_one_endless_sentence_is_not_cut_in_two() -> None:
    """What can be neither shown nor shortened is said to be too long."""
    message = answer_message(replace(WALL, answer=f"**Start.** {'word ' * 2_000}"), CATALOGUE)
    assert "too long to be shown" in message.blocks[0]["text"]["text"]


def test_every_number_shown_has_its_source() -> None:
    """The sources listed are those that the shown text cites, no fewer and no more."""
    for message in (found for name, found in messages().items() if name != "passages"):
        cited = cited_numbers([Item((b["text"]["text"],), 0) for b in message.blocks if b["type"] == "section"])
        listed = [Item((e["text"],), 0) for b in message.blocks if b["type"] == "context" for e in b["elements"]]
        assert cited_numbers(listed) == cited


@pytest.mark.parametrize(
    ("markdown", "mrkdwn", "plain"),
    [
        ("**Start with *x*.** And `a_b`", "*Start with _x_.* And `a_b`", "Start with x. And a_b"),
        ("- one\n- two", "• one\n• two", "• one\n• two"),
        ("1. **Do.** it [1][2]", "1. *Do.* it [1][2]", "1. Do. it [1][2]"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d", "a &lt; b &amp; c &gt; d"),
        ("“\\<!channel\\> \\*x\\*”", "“&lt;!channel&gt; ∗x∗”", "“&lt;!channel&gt; ∗x∗”"),
        ("ask @here", "ask @\u2060here", "ask @\u2060here"),
        ("say `/facts a=1` or `/why`", "say `facts a=1` or `why`", "say facts a=1 or why"),
        ("> quoted\nnot", "> quoted\nnot", "&gt; quoted\nnot"),
        ("# Why\n_so_ **a_b**", "*Why*\n_so_ *a_b*", "Why\n_so_ a_b"),
        ("2 * 3 * 4", "2 ∗ 3 ∗ 4", "2 * 3 * 4"),
    ],
    ids=["emphasis", "list", "numbered", "control", "escaped", "ping", "command", "quote", "heading", "stars"],
)
def test_markdown_in_slacks_marks(markdown: str, mrkdwn: str, plain: str) -> None:
    """Markdown becomes Slack's marks, and plain words for notifications."""
    assert to_mrkdwn(markdown) == mrkdwn
    assert to_plain(markdown) == plain


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("<@U0RUNG> should we?", "should we?"),
        ("hi <@U0RUNG|rung>, it cites", "hi it cites"),
        ("ask <@U2|bob> or <@U3>", "ask @bob or @someone"),
        ("see <https://x.y/z|here> and <https://a.b>", "see https://x.y/z and https://a.b"),
        ("<mailto:a@b.c|a@b.c>", "a@b.c"),
        ("<#C1|general> <!here> <!subteam^S1|@team>", "#general @here @team"),
        ("a &lt; b &amp; c", "a < b & c"),
        ("p95 < 200ms", "p95 < 200ms"),
    ],
    ids=["mention", "labelled-mention", "people", "links", "mail", "pings", "entities", "bare"],
)
def test_what_slack_delivers_is_read_as_typed(typed: str, read: str) -> None:
    """Slack's control sequences become the words a person meant."""
    assert from_slack(typed, bot="U0RUNG") == read


def test_a_message_to_somebody_else_is_told_apart() -> None:
    """Only a mention at the beginning addresses somebody."""
    assert calls_somebody_else("<@U2> yes", "U1")
    assert not calls_somebody_else("<@U1> yes", "U1")
    assert not calls_somebody_else("yes <@U2>", "U1")


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_nothing_typed_gets_control_of_slack(text: str) -> None:
    """Whatever is typed, alone or as an answer quotes it, no control character or ping is left."""
    for told in (as_text(text), *(way(escape_markdown(text)) for way in (to_mrkdwn, to_plain, to_markdown))):
        args = {"channel": "C", "text": told or "x", "unfurl_links": False, "unfurl_media": False}
        assert problems("chat.postMessage", args) == []
    quoted = quote_user(text)
    assert to_mrkdwn(quoted).count("*") == 0


@settings(max_examples=60)
@given(st.lists(st.text("ab.“” [1]\n-*", max_size=120), max_size=12), st.integers(0, 400))
def test_what_is_left_out_is_left_out_whole(parts: list[str], budget: int) -> None:
    """Whatever fits is made of the answer's own lines or sentences, in order."""
    items = read_items("\n\n".join(parts))
    outline = fit(items, lambda kept: sum(len(item.text) for item in kept), budget)
    lines = [line for item in items for line in item.lines]
    sentences = {sentence for line in lines for sentence in split_sentences(line)}
    for item in outline.items:
        assert all(line in lines or set(split_sentences(line)) <= sentences for line in item.lines)


def test_quotations_stay_in_one_piece() -> None:
    """A full stop within quotation marks ends no sentence."""
    assert split_sentences("He said “So. It is.” And left. Then") == ["He said “So. It is.” And left.", "Then"]


def test_a_button_carries_turn_and_digest() -> None:
    """What a button carries is read back; what is no such thing is turn 0."""
    assert read_button_value(button_value(LONGEST)) == (1, LONGEST.after.digest if LONGEST.after else "")
    assert read_button_value("x") == (0, "")


def test_forms_and_home_are_within_slacks_limits() -> None:
    """The intake form over the whole catalogue, the reason's form and the home page pass Slack's checks."""
    catalogue = load_catalogue(data_dir("corpus"))
    view = intake_view(catalogue, channel="C1", text="x" * 9_000)
    assert len(view["blocks"]) == 11
    assert problems("views.open", {"view": view}) == []
    assert problems("views.open", {"view": reason_view({"key": "slack:T:C:1", "turn": 1, "digest": "d" * 64})}) == []
    assert problems("views.publish", {"view": home_view()}) == []
