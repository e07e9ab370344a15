"""Facts as clauses."""

from __future__ import annotations

import pytest

from agent.answer.wording import clause, quote_user
from agent.intake import load_catalogue
from agent.resources import data_dir


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("knowledge_change_days", 1, "the knowledge changes about every day"),
        ("knowledge_change_days", 7, "the knowledge changes about every 7 days"),
        ("labelled_examples", 1, "you have 1 labelled example"),
        ("labelled_examples", 1_100, "you have 1,100 labelled examples"),
        ("requests_per_month", 1, "you handle about 1 request a month"),
        ("latency_budget_ms", 1, "an answer may take 1 ms"),
        ("deadline_days", 1, "you launch in 1 day"),
    ],
)
def test_one_of_a_thing_is_told_in_the_singular(name: str, value: int, said: str) -> None:
    """A day is every day, and a unit stays a unit."""
    assert clause(load_catalogue(data_dir("corpus"))[name], name, value) == said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("latency_budget_ms", 200, "200 ms"),
        ("latency_budget_ms", 1_500, "1.5 seconds"),
        ("latency_budget_ms", 20_000, "20 seconds"),
        ("latency_budget_ms", 90_000, "90 seconds"),
        ("latency_budget_ms", 300_000, "5 minutes"),
        ("requests_per_month", 64.5, "about 64 requests a month"),
        ("requests_per_month", 0.5, "about 0.5 requests a month"),
    ],
)
def test_times_and_counts_are_told_as_people_say_them(name: str, value: float, said: str) -> None:
    """Not in thousands of milliseconds, and nobody sends half a request."""
    assert said in clause(load_catalogue(data_dir("corpus"))[name], name, value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("vol ~1k", "“vol ~1k”"), ("R&D", "“R&D”"), ("~~x~~", "“\\~\\~x\\~\\~”"), ("a &lt; b", "“a \\&lt; b”")],
)
def test_only_what_would_be_markup_is_escaped(text: str, shown: str) -> None:
    """A stray backslash would show where Markdown is not drawn."""
    assert quote_user(text) == shown
