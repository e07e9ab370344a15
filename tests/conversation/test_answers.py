"""Short answers in the light of the question."""

from __future__ import annotations

import pytest

from agent.bootstrap import open_catalogue
from agent.conversation.answers import read_answer

CATALOGUE = open_catalogue()
KNOWN = [
    ("evals_exist", "yes", True),
    ("evals_exist", "not yet", False),
    ("evals_exist", "we do", True),
    ("evals_exist", "we don't", False),
    ("evals_exist", "yes, and we have 8k labelled tickets", True),
    ("evals_exist", "we did, for the old version", True),
    ("evals_exist", "we haven't, the last one is too old", False),
    ("evals_exist", "not really, we just read a few transcripts each week", False),
    ("labelled_examples", "about 8k", 8000),
    ("labelled_examples", "not really, maybe 200", 200),
    ("labelled_examples", "none", 0),
    ("knowledge_change_days", "monthly", 30.0),
    ("knowledge_change_days", "every two weeks", 14.0),
    ("knowledge_change_days", "twice a week", 3.5),
    ("requests_per_month", "2M a day", 60_000_000.0),
    ("accuracy_now", "95", 0.95),
    ("latency_budget_ms", "2 seconds", 2000.0),
    ("deadline_days", "3 months", 90.0),
    ("problem_kind", "mostly cost", "cost_latency"),
    ("volume", "pretty low", "low"),
]


@pytest.mark.parametrize(("fact", "text", "value"), KNOWN, ids=[text for _, text, _ in KNOWN])
def test_answers(fact: str, text: str, value: object) -> None:
    """A few words are enough, in the units that people use."""
    answer = read_answer(text, CATALOGUE[fact])
    assert answer
    assert answer.value == value


@pytest.mark.parametrize(
    "text", ["no idea", "I don't know, sorry", "not sure", "we never counted", "hard to say", "skip"]
)
def test_not_known(text: str) -> None:
    """Not knowing is an answer."""
    answer = read_answer(text, CATALOGUE["labelled_examples"])
    assert answer
    assert answer.value is None


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("labelled_examples", "How should I know?"),
        ("labelled_examples", "Give me one good reason."),
        ("labelled_examples", "I have twenty years of experience in this field."),
        ("bottleneck_known", "We have 300 labelled tickets."),
        ("constrained_decoding_sufficient", "We have not tried schema-enforced output yet."),
        ("evals_exist", "what's an evaluation set?"),
        ("stronger_model_tried", "I don't know what else to tell you."),
    ],
    ids=lambda value: value[:24],
)
def test_no_answers(fact: str, text: str) -> None:
    """What speaks of something else is not taken for an answer."""
    assert read_answer(text, CATALOGUE[fact]) is None
