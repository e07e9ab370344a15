"""A number becomes a fact only next to words that say what it counts, and only as it stands today."""

from __future__ import annotations

import pytest

from agent.intake.amounts import find_amounts
from agent.intake.sentences import split_sentences


def amounts(text: str) -> dict[str, float]:
    return {a.name: a.value for sentence in split_sentences(text) for a in find_amounts(sentence)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We handle 2M requests/day.", {"requests_per_month": 60_000_000}),
        ("About 10k tickets per week come in.", {"requests_per_month": 43_000}),
        ("It runs 1.2 million times a year.", {"requests_per_month": 100_000}),
        ("~8 million interactions/month go through it.", {"requests_per_month": 8_000_000}),
        ("We see 500k calls monthly.", {"requests_per_month": 500_000}),
        ("First month: 50,000 conversations.", {"requests_per_month": 50_000}),
        ("We pay $45,000 a month.", {}),
        ("There are 300 users per month.", {}),
        ("We have 8k labelled examples.", {"labelled_examples": 8_000}),
        ("Maybe 5k annotated tickets are there.", {"labelled_examples": 5_000}),
        ("We own a few thousand hand-labelled emails.", {"labelled_examples": 3_000}),
        ("No training data yet.", {"labelled_examples": 0}),
        ("The benchmark has 1,023 samples.", {}),
        ("We are at 82% accuracy.", {"accuracy_now": 0.82}),
        ("Exact-match F1 of .18.", {"accuracy_now": 0.18}),
        ("We need at least 95% accuracy.", {"accuracy_target": 0.95}),
        ("It must answer within 200 ms.", {"latency_budget_ms": 200}),
        ("The budget is 1.5 seconds, tops.", {"latency_budget_ms": 1_500}),
        ("We launch in three weeks.", {"deadline_days": 21}),
        ("Prices change every Friday.", {"knowledge_change_days": 7}),
        ("The documents are updated daily.", {"knowledge_change_days": 1}),
        ("Prices change every other week.", {"knowledge_change_days": 14}),
        ("Prices change once every other week.", {"knowledge_change_days": 14}),
        ("The labels get revised every two months.", {"behaviour_change_days": 60}),
        ("Policy wordings update every quarter, style has stayed the same.", {"knowledge_change_days": 90}),
        ("The brochures change each season.", {"knowledge_change_days": 90}),
    ],
)
def test_a_stated_amount_is_read(text: str, expected: dict[str, float]) -> None:
    assert amounts(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    "text",
    [
        "If we had 10k labelled examples, it would be easy.",
        "We will collect 10,000 labelled examples.",
        "Would 5k labelled examples be enough?",
        "A competitor has 10k labelled examples.",
        "A blog post used 20,000 labelled samples.",
        "Suppose we get 2M requests a day.",
    ],
)
def test_suppositions_plans_questions_and_others_state_no_amount(text: str) -> None:
    assert amounts(text) == {}
