"""What of a case is said before any advice rests on it: a target that is met, facts of which one must be wrong."""

from __future__ import annotations

import pytest

from agent.answer.clashes import clashes
from agent.bootstrap import open_catalogue
from agent.types import FactValue


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"accuracy_now": 0.97, "accuracy_target": 0.95}, "You measured 97% and want 95%"),
        (
            {"fine_tuning_tried": False, "fine_tuning_helped": True},
            "you have not trained a model, and the training helped",
        ),
        ({"volume": "low", "requests_per_month": 5_000_000}, "about 5,000,000 requests a month"),
    ],
)
def test_what_is_said(facts: dict[str, FactValue], says: str) -> None:
    said = clashes(facts, open_catalogue())
    assert len(said) == 1
    assert says in said[0]


@pytest.mark.parametrize(
    "facts",
    [
        {"accuracy_now": 0.9, "accuracy_target": 0.95},
        {"accuracy_now": 0.97},
        {"fine_tuning_tried": True, "fine_tuning_helped": True},
        {"volume": "low", "requests_per_month": 2_000},
        {"volume": "high", "requests_per_month": 5_000_000},
    ],
)
def test_what_goes_together_is_not_mentioned(facts: dict[str, FactValue]) -> None:
    assert clashes(facts, open_catalogue()) == ()
