"""Of the changes that would move a verdict those are told that a team could see come true."""

from __future__ import annotations

from typing import Any

import pytest

from agent.rules.model import RuleBook
from agent.rules.verdict import judge
from agent.types import Fact, FactValue, UseCase, Verdict

BREAKS: dict[str, FactValue] = {"problem_kind": "format", "output_breaks": True, "constrained_decoding_tried": False}
FALLS_SHORT: dict[str, FactValue] = {"problem_kind": "knowledge", "rag_sufficient": False, "evals_exist": True}
PRICED: dict[str, FactValue] = {
    "problem_kind": "cost_latency",
    "requests_per_month": 3_000_000,
    "teacher_outputs": True,
}


def judged(book: RuleBook, facts: dict[str, FactValue]) -> Verdict:
    return judge(UseCase({name: Fact(name, value) for name, value in facts.items()}), book)


def test_the_problem_that_was_stated_is_not_swapped(book: RuleBook) -> None:
    """Nobody sees a broken parser become a question of cost; the smallest of such changes stay where all are such."""
    assert all("problem_kind" not in flip.changes for flip in judged(book, FALLS_SHORT).flips)
    assert [len(flip.changes) for flip in judged(book, BREAKS).flips if "problem_kind" in flip.changes] in ([], [1])
    assert any("problem_kind" in flip.changes for flip in judged(book, {"knowledge_in_documents": True}).flips)


@pytest.mark.parametrize("name", ["rag_tried", "fine_tuning_tried", "accuracy_now"])
def test_no_change_is_a_trial_without_its_result_or_a_figure_that_stands_for_another_fact(
    book: RuleBook, name: str
) -> None:
    """What counts is what came of the trial, and that something was measured."""
    assert all(name not in flip.changes for flip in judged(book, {}).flips)


def test_what_a_number_says_already_is_neither_told_nor_asked(book: RuleBook) -> None:
    """Whoever states 3,000,000 requests a month need not say whether that is much."""
    verdict = judged(book, PRICED)
    assert all("volume" not in flip.changes for flip in verdict.flips)
    assert "volume" not in [asked.fact for asked in verdict.next_questions]


@pytest.mark.parametrize(
    ("deadline", "is_told"), [({}, True), ({"deadline_days": 400}, True), ({"deadline_days": 1}, False)]
)
def test_what_comes_too_late_is_not_told(book: RuleBook, deadline: dict[str, Any], is_told: bool) -> None:
    """Due tomorrow, nobody collects thousands of examples."""
    verdict = judged(book, {"narrow_task": True, "labelled_examples": 0, "prompting_tried": True, **deadline})
    assert ("fine_tuning" in {flip.recommendation for flip in verdict.flips}) is is_told
