"""The number that states a fact is told from those that do not, in a whole description."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from agent.intake import Reading, load_catalogue, read
from agent.resources import data_dir
from agent.retrieval.encoder import QueryEncoder

NUMERIC = {
    "accuracy_now",
    "accuracy_target",
    "behaviour_change_days",
    "deadline_days",
    "knowledge_change_days",
    "labelled_examples",
    "latency_budget_ms",
    "requests_per_month",
}
Numbers = Callable[[str], dict[str, float]]


@pytest.fixture(scope="module")
def reader() -> Callable[[str], Reading]:
    catalogue, encode = load_catalogue(data_dir("corpus")), QueryEncoder().encode_read
    return lambda text: read(text, catalogue, encode)


@pytest.fixture(scope="module")
def numbers(reader: Callable[[str], Reading]) -> Numbers:
    return lambda text: {k: v for k, v in reader(text).use_case.values.items() if k in NUMERIC}  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We have 9.400 tickets labelled by hand.", {"labelled_examples": 9_400}),
        ("There are 160 000 corrected invoices to train on.", {"labelled_examples": 160_000}),
        ("Nine thousand annotated recordings are there.", {"labelled_examples": 9_000}),
        ("We have no labelled data.", {"labelled_examples": 0}),
        ("It is right in 83% of our test cases.", {"accuracy_now": 0.83}),
        ("It gets 81 of 100 test tickets right.", {"accuracy_now": 0.81}),
        ("We need 95% accuracy.", {"accuracy_target": 0.95}),
        ("It must answer within 300 ms.", {"latency_budget_ms": 300}),
        ("Go-live is in ten days.", {"deadline_days": 10}),
        ("The documents change every other week.", {"knowledge_change_days": 14}),
        (
            "We have 8000 labelled tickets and the docs change weekly.",
            {"labelled_examples": 8_000, "knowledge_change_days": 7},
        ),
        ("It's 200 brochures. They change each season.", {"knowledge_change_days": 90}),
        ("We get 20-30 orders a day.", {"requests_per_month": 750}),
        ("Ten to twelve thousand mails a month come in.", {"requests_per_month": 11_000}),
    ],
)
def test_a_plain_statement_gives_its_number_and_no_other(
    numbers: Numbers, text: str, expected: dict[str, float]
) -> None:
    assert numbers(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    "text",
    [
        "If we had 10k labelled examples, it would be easy.",
        "We will collect 10,000 labelled examples.",
        "Would 5k labelled examples be enough?",
        "A competitor has 10k labelled examples.",
        "A blog post used 20,000 labelled samples.",
        "Suppose we get 2M requests a day.",
        "We pay $45,000 a month.",
        "The prompt has six worked examples.",
        "The right passage is in the top five 93% of the time.",
        "Our two annotators agree with each other in 87% of cases.",
        "It's a 7B model with an 8k context.",
        "There are 300 users per month.",
    ],
)
def test_plans_suppositions_prices_and_other_counts_state_nothing(numbers: Numbers, text: str) -> None:
    assert numbers(text) == {}


def test_the_order_of_the_sentences_changes_no_number(numbers: Numbers) -> None:
    sentences = (
        "We get 900 mails a day.",
        "It is right in 83% of our test cases, and we need 95%.",
        "We have 2,300 mails labelled by hand.",
        "The prompt has six examples.",
    )
    read_so_far = [numbers(" ".join(order)) for order in itertools.permutations(sentences)]
    assert all(one == read_so_far[0] for one in read_so_far)
    assert read_so_far[0]["requests_per_month"] == 27_000


def test_the_evidence_is_the_clause_as_the_user_wrote_it(reader: Callable[[str], Reading]) -> None:
    fact = reader("It's slow, but We\u2019ve 2,300 mails labelled by HAND.").use_case.facts["labelled_examples"]
    assert fact.evidence == "We\u2019ve 2,300 mails labelled by HAND."
