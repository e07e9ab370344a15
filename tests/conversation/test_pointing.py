"""Suppositions that name no fact point at one: by "one", by people hired, by pages, by what an approach would reach."""

from __future__ import annotations

import pytest

from agent.conversation.pointing import pointed_at
from agent.conversation.state import Asked, Known, State
from agent.intake.catalogue import load_catalogue
from agent.resources import data_dir
from agent.types import Fact, FactValue

CATALOGUE = load_catalogue(data_dir("corpus"))
KNOWN = {"evals_exist": False, "accuracy_target": 0.9}


def state(asked: str = "problem_kind", **known: FactValue) -> State:
    facts = {name: Known(Fact(name, value), 1) for name, value in known.items()}
    return State(facts=facts, asked=Asked(asked, "?", ""))


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("and if we had one? would that change smth", {"evals_exist": True}),
        ("say we did have a set like that.", {"evals_exist": True}),
        ("if we did have one would few shot still be it?", {"evals_exist": True}),
        ("if we hired two?", {"ml_team": True}),
        ("and if the uni lends us ml ppl?", {"ml_team": True}),
        ("what if the vendor's terms forbid training on its outputs?", {"teacher_outputs": False}),
        ("if we dropped the links, would it get simpler?", {"needs_citations": False}),
        ("what if it didn't have to show sources", {"needs_citations": False}),
        ("and if it were 9,000 pages?", {"knowledge_fits_context": False}),
        ("suppose it came down to 60 pages", {"knowledge_fits_context": True}),
        ("if ft brings only 85, then?", {"fine_tuning_helped": False}),
        ("suppose the largest model got 92", {"stronger_model_succeeds": True}),
        ("what if we had 8,000 labelled examples", None),
        ("and if we had 10k?", None),
        ("if we had one annotator", None),
        ("what if the docs changed weekly", None),
    ],
)
def test_what_is_pointed_at(text: str, points: dict[str, FactValue] | None) -> None:
    assert pointed_at(text, state(**KNOWN), None, CATALOGUE) == points


def test_one_is_what_was_asked_for() -> None:
    """Where a team may have it, whatever else it lacks."""
    assert pointed_at("if we had some?", state("teacher_outputs", **KNOWN), None, CATALOGUE) == {
        "teacher_outputs": True
    }


def test_a_result_without_a_target_is_none() -> None:
    """Nor is it today's accuracy."""
    assert pointed_at("if ft brings only 85?", state(), None, CATALOGUE) == {}
