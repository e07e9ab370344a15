"""What is still worth asking, on the shipped rules."""

from __future__ import annotations

import pytest

from agent.bootstrap import open_book
from agent.conversation.moves import next_question
from agent.rules.model import RuleBook
from agent.rules.verdict import judge
from agent.settings import load_settings
from agent.types import Fact, FactValue, UseCase


@pytest.fixture(scope="module")
def book() -> RuleBook:
    """The shipped rules."""
    return open_book(load_settings(), [], notify=lambda _: None)[0]


def asked_of(book: RuleBook, facts: dict[str, FactValue]) -> list[str]:
    """Return the facts asked for, in order, of somebody who knows none of them."""
    verdict = judge(UseCase({name: Fact(name, value) for name, value in facts.items()}), book)
    unknown: list[str] = []
    while (question := next_question(verdict, unknown)) is not None:
        unknown.append(question.fact)
    return unknown


def test_who_knows_of_no_measurement_is_not_asked_for_a_comparison(book: RuleBook) -> None:
    """Whoever measures is."""
    facts: dict[str, FactValue] = {"problem_kind": "behaviour"}
    assert "evals_exist" in asked_of(book, facts)
    assert "alternatives_compared" not in asked_of(book, facts)
    assert "alternatives_compared" in asked_of(book, {**facts, "evals_exist": True})


def test_who_knows_not_whether_it_is_settled_is_not_asked_how_often_it_changes(book: RuleBook) -> None:
    """Whoever knows that it is may be."""
    facts: dict[str, FactValue] = {"narrow_task": True, "few_shot_sufficient": False, "teacher_outputs": True}
    facts |= {"budget_limited": True, "evals_exist": True, "problem_kind": "mixed"}
    assert "behaviour_change_days" in asked_of(book, {**facts, "requirements_stable": True})
    assert "requirements_stable" in asked_of(book, facts)
    assert "behaviour_change_days" not in asked_of(book, facts)
