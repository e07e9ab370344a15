"""The shipped rules together: what comes before what, what rules out, what follows, and what is climbed first."""

from __future__ import annotations

import pytest

from agent.rules.engine import fill, infer
from agent.rules.model import RuleBook
from agent.rules.verdict import judge, plan
from agent.types import Approach, Contradiction, Fact, FactValue, UseCase

Facts = dict[str, FactValue]
TRAINED: Facts = {"labelled_examples": 20_000, "narrow_task": True, "prompting_sufficient": False, "evals_exist": True}
HYBRID: Facts = {**TRAINED, "knowledge_gap": True, "style_at_scale": True}


def case_of(facts: Facts, *disputed: str) -> UseCase:
    contradictions = tuple(Contradiction(name, (Fact(name, True), Fact(name, False))) for name in disputed)
    return UseCase({name: Fact(name, value) for name, value in facts.items()}, contradictions)


@pytest.mark.parametrize(
    ("facts", "recommendation"),
    [
        ({"evals_exist": False, "problem_kind": "format"}, "structured_output"),
        ({"evals_exist": False, "problem_kind": "knowledge"}, "measure_first"),
        ({"prompting_tried": False, "labelled_examples": 20_000}, "prompting"),
        ({"prompting_tried": False, "problem_kind": "format"}, "structured_output"),
        ({"problem_kind": "knowledge"}, "rag"),
        ({"problem_kind": "knowledge", "knowledge_fits_context": True}, "prompting"),
        ({"rag_sufficient": True, "problem_kind": "behaviour", "can_show_examples": True}, "few_shot"),
        (TRAINED, "fine_tuning"),
        (HYBRID, "rag+fine_tuning"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_of_two_rules_that_hold_the_first_decides(book: RuleBook, facts: Facts, recommendation: Approach) -> None:
    """Measuring before all but what a parser measures, the window before the index, the cheap before the trained."""
    assert judge(case_of(facts), book).recommendation == recommendation


@pytest.mark.parametrize(
    ("facts", "requirement", "recommendation"),
    [
        (TRAINED, {"needs_citations": True}, "rag"),
        (TRAINED, {"ml_team": False}, "prompting"),
        (TRAINED, {"labelled_examples": 40}, "prompting"),
        (HYBRID, {"ml_team": False}, "rag"),
    ],
    ids=["citations", "nobody to train", "too few examples", "nobody to train beside retrieval"],
)
def test_one_hard_requirement_rules_training_out(
    book: RuleBook, facts: Facts, requirement: Facts, recommendation: Approach
) -> None:
    """However much speaks for it."""
    assert judge(case_of({**facts, **requirement}), book).recommendation == recommendation


@pytest.mark.parametrize(
    ("facts", "source", "vote"),
    [
        ({"needs_citations": True}, "usually-context", "rag"),
        ({"needs_citations": True}, "train-or-prompt", "rag"),
        ({"problem_kind": "knowledge"}, "update-frequency", "rag"),
        ({"problem_kind": "format"}, "intervention-hierarchy", "structured_output"),
        ({"evals_exist": False}, "usually-context", "measure_first"),
    ],
)
def test_one_fact_leads_a_source_where_its_article_does(
    book: RuleBook, facts: Facts, source: str, vote: Approach
) -> None:
    """The plainest sentences of the articles, one fact each."""
    votes = {vote.source: vote.recommendation for vote in judge(case_of(facts), book).sources}
    assert votes[source] == vote


@pytest.mark.parametrize(
    ("fact", "value", "follows"),
    [
        ("prompting_sufficient", False, {"prompting_tried": True}),
        ("few_shot_sufficient", True, {"few_shot_tried": True}),
        ("rag_sufficient", False, {"rag_tried": True}),
        ("constrained_decoding_sufficient", False, {"constrained_decoding_tried": True}),
        ("stronger_model_succeeds", True, {"stronger_model_tried": True}),
        ("fine_tuning_helped", False, {"fine_tuning_tried": True}),
        ("tuning_regressed", True, {"fine_tuning_tried": True}),
        ("accuracy_now", 0.8, {"evals_exist": True}),
    ],
)
def test_what_has_a_result_was_tried(book: RuleBook, fact: str, value: FactValue, follows: Facts) -> None:
    """The shipped inferences, all that follows and nothing else; none while the fact that follows is in dispute."""
    (follower,) = follows
    assert infer(case_of({fact: value}), book).values == fill({fact: value}, book) == {fact: value, **follows}
    assert (
        infer(case_of({fact: value}, follower), book).values == fill({fact: value}, book, {follower}) == {fact: value}
    )


@pytest.mark.parametrize(
    ("facts", "then"),
    [
        ({"evals_exist": False, "problem_kind": "knowledge"}, "rag"),
        ({"evals_exist": False, "output_breaks": True}, "structured_output"),
        ({"evals_exist": False}, "prompting"),
        ({"prompting_tried": False, "evals_exist": True, "problem_kind": "knowledge"}, "rag"),
        ({"prompting_tried": False, "evals_exist": True}, "few_shot"),
        ({"can_show_examples": True, "problem_kind": "behaviour", "evals_exist": True}, "stronger_model"),
    ],
)
def test_after_the_cheap_rungs_the_plan_turns_where_the_facts_lead(book: RuleBook, facts: Facts, then: str) -> None:
    """The panel read on for a higher rung; the fixed next rung where nothing else holds."""
    assert judge(case_of(facts), book).plan[-1].approach == then


def test_what_a_veto_excludes_is_not_turned_to(book: RuleBook) -> None:
    """Neither reading on nor the fixed next rung goes against what deciding keeps to."""
    facts: Facts = {"evals_exist": False, "narrow_task": True, "labelled_examples": 40_000, "problem_kind": "behaviour"}
    assert judge(case_of(facts), book).plan[-1].approach == "fine_tuning"
    assert judge(case_of({**facts, "ml_team": False}), book).plan[-1].approach == "prompting"
    wiki: Facts = {"problem_kind": "knowledge", "evals_exist": True}
    assert judge(case_of(wiki), book).plan[-1].approach == "rag+fine_tuning"
    assert judge(case_of({**wiki, "ml_team": False}), book).plan[-1].approach == "rag"


def test_the_plan_climbs_every_rung_below(book: RuleBook) -> None:
    """With nothing known, from measuring to the recommended rung and the one after it."""
    assert [step.approach for step in plan(book, "few_shot", {})] == [
        "measure_first",
        "prompting",
        "few_shot",
        "stronger_model",
    ]
