"""What a later statement replaces without being called a correction, over the real advisor."""

from __future__ import annotations

import pytest

from agent.advisor import Advisor
from eval.conversations import opened

BOT = "Our bot answers customers' questions on the tariff from the handbook, and it is wrong too often."


@pytest.mark.parametrize(
    ("before", "text", "fact"),
    [
        ("We have no evaluation set.", "Two weeks later: we made a test set of 80 questions.", "evals_exist"),
        ("We have not tried examples in the prompt.", "Yesterday we tried few-shot.", "few_shot_tried"),
        ("We have not compared the options.", "We have compared both on our own data.", "alternatives_compared"),
    ],
)
def test_what_was_missing_may_have_been_done_since(advisor: Advisor, before: str, text: str, fact: str) -> None:
    conversation = opened(advisor, [BOT, before])
    assert conversation.state.facts[fact].fact.value is False
    conversation.take(text)
    assert conversation.state.facts[fact].fact.value is True


def test_what_was_there_and_is_said_to_be_missing_is_asked_about(advisor: Advisor) -> None:
    conversation = opened(advisor, [BOT, "We have a test set of 80 questions.", "We have no test set."])
    assert "evals_exist" in conversation.state.disputes


def test_what_nobody_said_outright_gives_way_to_what_is_said(advisor: Advisor) -> None:
    """A reading of the tone is no statement that another could contradict."""
    conversation = opened(advisor, [BOT])
    hinted = conversation.state.facts.get("prompting_tried")
    conversation.take("We have never worked on the prompt.")
    assert conversation.state.facts["prompting_tried"].fact.value is False
    assert "prompting_tried" not in conversation.state.disputes
    assert hinted is None or hinted.fact.value is True


@pytest.mark.parametrize(
    ("text", "fact", "value"),
    [
        ("the training took 40 hours on one card", "fine_tuning_tried", True),
        ("every parcel that passes the hub gets looked at", "volume", "high"),
    ],
)
def test_what_leaves_no_doubt_counts_though_nobody_says_it_is_theirs(
    advisor: Advisor, text: str, fact: str, value: object
) -> None:
    conversation = opened(advisor, [BOT, text])
    assert conversation.state.facts[fact].fact.value == value
