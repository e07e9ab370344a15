"""Which kind of problem a few words name, and which they deny."""

from __future__ import annotations

import pytest

from agent.conversation.troubles import find_troubles

OPTIONS = ("knowledge", "behaviour", "format", "cost_latency", "mixed")


@pytest.mark.parametrize(
    ("text", "kind", "denied"),
    [
        ("the tone", "behaviour", set()),
        ("hallucinations", "knowledge", set()),
        ("cost and speed", "cost_latency", set()),
        ("knowledge and cost", "mixed", set()),
        ("too expensive and makes stuff up", "mixed", set()),
        ("a bit of everything", "mixed", set()),
        ("not the cost, the quality", "behaviour", {"cost_latency"}),
        ("knowledge, not format", "knowledge", {"format"}),
        ("the format is fine, it makes up doses", "knowledge", {"format"}),
        ("not speed, not cost, it just gets things wrong", None, {"cost_latency"}),
        ("cost isn't it", None, {"cost_latency"}),
        ("the tone is not the problem", None, {"behaviour"}),
        ("it's not that it lacks knowledge", None, {"knowledge"}),
        ("no need for json", None, {"format"}),
        ("it knows everything, it's just rude", "behaviour", set()),
        ("the shape, our system rejects maybe one in five", "format", set()),
    ],
)
def test_what_is_named_and_what_is_denied(text: str, kind: str | None, denied: set[str]) -> None:
    """A denied kind is never the one that is named."""
    found = find_troubles(text, OPTIONS)
    assert found.kind == kind
    assert found.denied == denied


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("the third", "format"),
        ("first and third", "mixed"),
        ("mostly the first", "knowledge"),
        ("the last one", "mixed"),
    ],
)
def test_a_kind_may_be_named_by_its_place(text: str, kind: str) -> None:
    """In the order in which the question lists them."""
    assert find_troubles(text, OPTIONS).kind == kind
    assert find_troubles(text).kind is None


@pytest.mark.parametrize(
    "text",
    [
        "we can use a larger model's outputs to train on",
        "the head vet keeps changing her mind on tone",
        "the first thing we tried last year was retrieval",
    ],
)
def test_more_than_a_kind_names_none(text: str) -> None:
    """A statement with one of the words in it is read as a statement."""
    assert find_troubles(text, OPTIONS).kind is None
