"""Facts as clauses."""

from __future__ import annotations

import pytest

from agent.answer.wording import clause
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
