"""Short answers in the light of the question."""

from __future__ import annotations

import pytest

from agent.bootstrap import open_catalogue
from agent.conversation.answers import read_answer
from agent.intake.candidates import found_in

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
    ("labelled_examples", "200ish", 200),
    ("labelled_examples", "five to six hundred, give or take", 500),
    ("labelled_examples", "about 5k I think, old letters the vets approved", 5000),
    ("labelled_examples", "six thousand but only half are any good", 3000),
    ("labelled_examples", "a lot, but unlabelled", 0),
    ("evals_exist", "lol no", False),
    ("evals_exist", "ofc", True),
    ("prompting_tried", "only a bit", False),
    ("prompting_tried", "Nobody here has written a prompt", False),
    ("rag_sufficient", "no one did", False),
    ("rag_sufficient", "none of them", False),
    ("rag_sufficient", "nothing of the kind - we only read up on it", False),
    ("rag_sufficient", "probably not", False),
    ("rag_sufficient", "mostly no", False),
    ("rag_sufficient", "true for the letters", True),
    ("rag_sufficient", "partly because of cost", True),
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
    ("text", "monthly"),
    [
        ("2000 per fortnight", 4_300),
        ("300 every second week", 645),
        ("900 half-yearly", 150),
        ("300 twice weekly", 2_580),
        ("900 twice a year", 150),
        ("700 per sprint", 1_505),
        ("300 w/o spam", 300),
    ],
)
def test_rates_in_any_period(text: str, monthly: float) -> None:
    answer = read_answer(text, CATALOGUE["requests_per_month"])
    assert answer
    assert answer.value == pytest.approx(monthly)


@pytest.mark.parametrize("text", ["300 per customer", "20/ticket", "5 per capita"])
def test_a_rate_by_what_is_no_period_is_no_answer(text: str) -> None:
    assert read_answer(text, CATALOGUE["requests_per_month"]) is None


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("twice every month", 15),
        ("twice weekly", 3.5),
        ("every second week", 14),
        ("half-yearly", 182.5),
        ("half a year", 182.5),
        ("bi-monthly", 60),
        ("a few weeks", 21),
        ("3x/week", 7 / 3),
    ],
)
def test_rhythms(text: str, days: float) -> None:
    answer = read_answer(text, CATALOGUE["knowledge_change_days"])
    assert answer
    assert answer.value == pytest.approx(days)


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("requests_per_month", "300 per min"),
        ("requests_per_month", "500/wk"),
        ("requests_per_month", "20 per hr"),
        ("requests_per_month", "50 / day"),
        ("requests_per_month", "900 quarterly"),
        ("requests_per_month", "900 per yr"),
        ("requests_per_month", "5 qps"),
        ("requests_per_month", "between 200 and 400 a day"),
        ("requests_per_month", "200 to 400 a day"),
        ("requests_per_month", "daily 300"),
        ("knowledge_change_days", "hourly"),
        ("knowledge_change_days", "every other week"),
        ("knowledge_change_days", "once every 3 months"),
        ("knowledge_change_days", "several times a week"),
        ("knowledge_change_days", "every morning"),
    ],
)
def test_the_same_words_give_the_same_number_as_a_statement(fact: str, text: str) -> None:
    answer = read_answer(text, CATALOGUE[fact])
    stated = [dict(found.values)[fact] for found in found_in(text) if fact in dict(found.values)]
    assert answer
    assert [answer.value] == stated


@pytest.mark.parametrize(
    "text",
    [
        "no idea",
        "I don't know, sorry",
        "not sure",
        "we never counted",
        "hard to say",
        "skip",
        "I'd have to ask",
        "haven't a clue tbh",
    ],
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
        ("knowledge_change_days", "3000 pages"),
        ("requests_per_month", "12 languages"),
        ("stronger_model_tried", "I don't know what else to tell you."),
        ("rag_sufficient", "False positives hurt us most."),
        ("rag_sufficient", "Negative reviews are the hardest."),
        ("rag_sufficient", "No one complained about latency."),
        ("rag_sufficient", "None of our users speak English."),
        ("rag_sufficient", "Nothing is documented"),
        ("rag_sufficient", "Correct answers matter most to us."),
        ("rag_sufficient", "Right-to-left text is common."),
        ("rag_sufficient", "Mostly customers write German"),
        ("rag_sufficient", "Yes-men run the place"),
        ("rag_sufficient", "N=40 in the test"),
    ],
    ids=lambda value: value[:24],
)
def test_no_answers(fact: str, text: str) -> None:
    """What speaks of something else is not taken for an answer."""
    assert read_answer(text, CATALOGUE[fact]) is None
