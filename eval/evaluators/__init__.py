"""Evaluators: each takes a run and returns figures. Each looks at one thing, so that errors are told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from eval.evaluators import (
    citations,
    conversations,
    facts,
    gate,
    questions,
    recommendation,
    refusals,
    sources,
    stability,
    written_questions,
)
from eval.figures import Figure
from eval.run import Run

Evaluator = Callable[[Run], Iterable[Figure]]

EVALUATORS: dict[str, Evaluator] = {
    "recommendation": recommendation.evaluate,
    "facts": facts.evaluate,
    "questions": questions.evaluate,
    "refusals": refusals.evaluate,
    "stability": stability.evaluate,
    "sources": sources.evaluate,
    "gate": gate.evaluate,
    "conversations": conversations.evaluate,
    "written": written_questions.evaluate,
    # Last, since it looks at every answer that the others asked for.
    "citations": citations.evaluate,
}
