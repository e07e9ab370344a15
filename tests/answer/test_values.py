"""Values and what is needed of them, as people say them."""

from __future__ import annotations

import pytest

from agent.answer.wording import clause, needed, required, show_value
from agent.intake import load_catalogue
from agent.resources import data_dir
from agent.types import FactValue, Obstacle

CATALOGUE = load_catalogue(data_dir("corpus"))


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.99999, "99.999%"), (0.95, "95%"), (1.0, "100%"), ("cost_latency", "cost or latency")],
)
def test_a_value_is_shown_as_it_is(value: FactValue, shown: str) -> None:
    """What is not all is not rounded to all."""
    assert show_value(value, is_ratio=isinstance(value, float)) == shown


@pytest.mark.parametrize(("name", "said"), [("knowledge_change_days", "the knowledge changes all the time")])
@pytest.mark.parametrize("value", [0, 0.0])
def test_no_day_at_all_is_said_in_words(name: str, said: str, value: float) -> None:
    """Nothing happens every 0 days."""
    assert clause(CATALOGUE[name], name, value) == said


def test_what_is_needed_keeps_its_polarity_and_what_is_open_has_none() -> None:
    """Whether it is not so is asked as whether it is."""
    obstacle = Obstacle("r", "bottleneck_known", None, "no", ())
    assert required(obstacle, CATALOGUE) == "nobody has traced where the trouble comes from"
    assert needed(obstacle, CATALOGUE) == "you know where the trouble comes from"
    kind = Obstacle("r", "problem_kind", None, "cost latency", ())
    assert required(kind, CATALOGUE) == "your problem is cost or speed"
