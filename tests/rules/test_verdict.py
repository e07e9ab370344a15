"""The verdict as a whole: its name, its standing, its plan, and what must not sway it."""

from __future__ import annotations

import random
import re
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.rules.model import RuleBook
from agent.rules.verdict import conflicts, digest, judge, plan
from agent.types import Approach, Contradiction, Fact, FactValue, SourceVote, Standing, UseCase, Verdict

Facts = dict[str, FactValue]
FEW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
STATED: Facts = {"labelled_examples": 5000, "narrow_task": True, "prompting_sufficient": False, "evals_exist": True}


def case_of(facts: Facts, *disputed: str) -> UseCase:
    contradictions = tuple(Contradiction(name, (Fact(name, True), Fact(name, False))) for name in disputed)
    return UseCase({name: Fact(name, value) for name, value in facts.items()}, contradictions)


def judged(book: RuleBook, facts: Facts) -> Verdict:
    return judge(case_of(facts), book)


def test_the_digest_is_the_verdicts_name(book: RuleBook) -> None:
    """The same facts give the same digest, in whatever order and number format they came."""
    name = judged(book, STATED).digest
    assert re.fullmatch(r"[0-9a-f]{64}", name)
    turned = dict(reversed(STATED.items()))
    assert judged(book, {**turned, "labelled_examples": 5000.0}).digest == name
    stated_otherwise = {key: Fact(key, value, "answered", "that is what we have") for key, value in STATED.items()}
    assert judge(UseCase(stated_otherwise), book).digest == name


@pytest.mark.parametrize(
    "change",
    [{"labelled_examples": 5001}, {"labelled_examples": 5000.5}, {"narrow_task": False}, {"high_stakes": True}],
    ids=str,
)
def test_the_digest_changes_with_a_fact(book: RuleBook, change: Facts) -> None:
    """Another value, and one fact more, are another case, even where the recommendation stays."""
    assert judged(book, {**STATED, **change}).digest != judged(book, STATED).digest


def test_yes_is_not_one(book: RuleBook) -> None:
    """A true fact and a fact that counts one are told apart."""
    assert digest(book, {"narrow_task": True}, "rag") != digest(book, {"narrow_task": 1}, "rag")


def test_the_digest_changes_with_the_recommendation_and_the_rules(book: RuleBook) -> None:
    """An edited rule file, inference or verdict gives another name."""
    names = {
        digest(book, STATED, "rag"),
        digest(book, STATED, "prompting"),
        digest(msgspec.structs.replace(book, inferences_sha256="0"), STATED, "rag"),
        digest(msgspec.structs.replace(book, panel=msgspec.structs.replace(book.panel, sha256="0")), STATED, "rag"),
        digest(msgspec.structs.replace(book, tables=book.tables[1:]), STATED, "rag"),
    }
    assert len(names) == 5


@FEW
@given(data=st.data())
def test_a_verdict_is_a_function_of_the_facts(book: RuleBook, stated: Any, data: st.DataObject) -> None:
    """Judged twice, with the facts in another order, every part of the verdict is the same."""
    facts: Facts = data.draw(stated)
    names = list(facts)
    random.Random(len(names)).shuffle(names)
    assert judged(book, facts) == judged(book, {name: facts[name] for name in names})


@FEW
@given(data=st.data())
def test_who_asks_for_training_never_changes_the_verdict(book: RuleBook, stated: Any, data: st.DataObject) -> None:
    """The same case gets the same recommendation, votes and questions whether or not training was proposed."""
    facts: Facts = data.draw(stated)
    facts.pop("considering_fine_tuning", None)
    plain = judged(book, facts)
    for framing in (True, False):
        framed = judged(book, {**facts, "considering_fine_tuning": framing})
        same = msgspec.structs.replace(framed, digest=plain.digest, conflicts=plain.conflicts)
        assert same == plain


def test_nothing_known_is_undetermined(book: RuleBook) -> None:
    """With no facts there is a start, and questions to ask."""
    verdict = judged(book, {})
    assert (verdict.recommendation, verdict.standing) == ("prompting", "undetermined")
    assert verdict.next_questions


@pytest.fixture
def two_sources(shelf: Any) -> RuleBook:
    rule = shelf.rule
    shelf.table("rules/one.yaml", rule("one-a", "{dull: true}", "rag"))
    shelf.table("rules/two.yaml", rule("two-a", "{tried: true}", "fine_tuning"))
    shelf.table("rules/panel.yaml", rule("p", "{rule: one-a}", "rag"), rule("last", "always", "prompting"))
    return shelf.load()


@pytest.mark.parametrize(
    ("facts", "disputed", "standing"),
    [
        ({"dull": True}, (), "robust"),
        ({"dull": True, "tried": False}, (), "robust"),
        ({"dull": True, "tried": True}, (), "contested"),
        ({"dull": True}, ("tried",), "robust"),
        ({}, (), "undetermined"),
        ({"tried": True}, (), "undetermined"),
        ({"dull": False}, (), "robust"),
        ({"dull": False, "tried": True}, (), "contested"),
        ({}, ("dull",), "undetermined"),
    ],
)
def test_the_standing_says_how_firm_a_verdict_is(
    two_sources: RuleBook, facts: Facts, disputed: tuple[str, ...], standing: Standing
) -> None:
    """Robust where no source dissents, contested where one does, undetermined while only the fall-back decides."""
    assert judge(case_of(facts, *disputed), two_sources).standing == standing


def test_only_a_contradiction_that_bears_on_the_verdict_leaves_it_open(shelf: Any) -> None:
    """A decided verdict stays decided while a fact without weight is in dispute."""
    rule = shelf.rule
    shelf.table(
        "rules/panel.yaml",
        rule("p", "{worked: true}", "few_shot"),
        rule("q", "{tried: true}", "rag"),
        rule("last", "always", "prompting"),
    )
    book = shelf.load()
    assert judge(case_of({"tried": True}, "dull"), book).standing == "robust"
    assert judge(case_of({"tried": True}, "worked"), book).standing == "undetermined"


def test_a_vote_that_covers_the_recommendation_is_no_dissent(shelf: Any) -> None:
    """A source whose words cover several approaches agrees with each of them."""
    rule = shelf.rule
    covering = rule("one-a", "{dull: true}", "prompting").replace("says:", "covers: [rag], says:")
    shelf.table("rules/one.yaml", covering)
    shelf.table("rules/panel.yaml", rule("p", "{dull: true}", "rag"), rule("last", "always", "few_shot"))
    assert judge(case_of({"dull": True}), shelf.load()).standing == "robust"


def test_a_source_for_measuring_first_agrees_when_nothing_else_is_left(shelf: Any) -> None:
    """The fall-back is a recommendation like any other."""
    rule = shelf.rule
    shelf.table("rules/one.yaml", rule("one-a", "{dull: true}", "measure_first"))
    shelf.table(
        "rules/panel.yaml", rule("p", "always", "prompting"), rule("veto", "{dull: true}", "prompting", effect="veto")
    )
    verdict = judge(case_of({"dull": True}), shelf.load())
    assert (verdict.recommendation, verdict.standing) == ("measure_first", "robust")


STAGES = """\
  - approach: measure_first
    do: Measure.
    entry_test: Now.
    exit_test: A baseline.
    cite: [one#a]
    done_when: {known: true}
  - approach: rag
    do: Retrieve.
    entry_test: A gap.
    exit_test: It finds.
    cite: [one#b]
    before: [measure_first]
    after: few_shot
"""


@pytest.fixture
def climbing(shelf: Any) -> RuleBook:
    stages = (shelf.folder / "plan.yaml").read_text().splitlines(keepends=True)
    rest = [line for line in stages if '"measure_first"' not in line and '"rag"' not in line]
    shelf.write("plan.yaml", "".join(rest) + STAGES)
    return shelf.load()


@pytest.mark.parametrize(
    ("facts", "steps"),
    [
        ({}, ["measure_first", "rag", "few_shot"]),
        ({"known": False}, ["measure_first", "rag", "few_shot"]),
        ({"known": True}, ["rag", "few_shot"]),
    ],
)
def test_the_plan_skips_what_is_done(climbing: RuleBook, facts: Facts, steps: list[Approach]) -> None:
    """Rungs to climb first, unless they are done for sure; then the recommended one and where to turn after it."""
    found = plan(climbing, "rag", facts)
    assert [step.approach for step in found] == steps
    assert all(step.do and step.entry_test and step.exit_test and step.passages for step in found)


def test_the_plan_has_no_step_that_a_pack_forbids(shelf: Any, climbing: RuleBook) -> None:
    """A team's veto binds the way to the recommendation as well, as long as it holds."""
    pack = shelf.table(
        "pack/ours.yaml",
        "  - {id: ours-no-measuring, when: {dull: true}, effect: veto, approach: measure_first, says: Not here.}\n",
    )
    book = shelf.load(pack.parent)
    assert [step.approach for step in plan(book, "rag", {"dull": True})] == ["rag", "few_shot"]
    assert [step.approach for step in plan(book, "rag", {})] == ["measure_first", "rag", "few_shot"]


def test_the_plan_turns_to_nothing_that_is_done(shelf: Any) -> None:
    """Past what is done it goes on upwards, and nowhere rather than down or round again."""
    stages = (shelf.folder / "plan.yaml").read_text().splitlines(keepends=True)
    told = ('"measure_first"', '"prompting"', '"few_shot"', '"rag"')
    rest = [line for line in stages if not any(name in line for name in told)]
    stage = (
        "  - {{approach: {}, do: Do., entry_test: Now., exit_test: Done., cite: [one#a], "
        "done_when: {{known: true}}, after: {}}}\n"
    )
    chain = {"measure_first": "prompting", "prompting": "few_shot", "few_shot": "rag", "rag": "few_shot"}
    shelf.write("plan.yaml", "".join(rest) + "".join(stage.format(*each) for each in chain.items()))
    book = shelf.load()
    ways = {"measure_first": ["measure_first", "prompting"], "rag": ["rag", "few_shot"]}
    for approach, steps in ways.items():
        assert [step.approach for step in plan(book, approach, {})] == steps
        assert [step.approach for step in plan(book, approach, {"known": True})] == [approach]


SLOW: Facts = {"problem_kind": "cost_latency", "latency_too_high": True, "evals_exist": True}


@pytest.mark.parametrize(
    ("facts", "approach", "told"),
    [
        ({"prompting_sufficient": True, "evals_exist": True}, "prompting", "Keep the prompt"),
        ({"few_shot_sufficient": True, "evals_exist": True}, "few_shot", "Keep the prompt with its examples"),
        ({"prompt_flawed": True, "evals_exist": True}, "prompting", "Mend the fault"),
        (
            {"knowledge_fits_context": True, "knowledge_gap": True},
            "prompting",
            "Put the whole material into the prompt",
        ),
        ({**SLOW, "bottleneck_known": True}, "prompting", "Cut the waste"),
        ({**SLOW, "bottleneck_known": False}, "measure_first", "Time each stage"),
        ({"rag_sufficient": False, "problem_kind": "knowledge"}, "rag", "Sort the answers that fail"),
        ({"knowledge_in_documents": True}, "rag", "Index the material"),
        (
            {"problem_kind": "format", "constrained_decoding_sufficient": False},
            "structured_output",
            "Look at the outputs",
        ),
        ({"stronger_model_succeeds": True, "evals_exist": True}, "stronger_model", "Switch to the stronger model"),
        ({"fine_tuning_helped": True, "evals_exist": True}, "fine_tuning", "Keep the trained model"),
        ({"alternatives_compared": False, "evals_exist": True}, "measure_first", "Run each of the options"),
        ({"alternatives_compared": False}, "measure_first", "Write down what counts as right"),
        (
            {"fine_tuning_helped": False, "evals_exist": True},
            "measure_first",
            "Score the base model and the trained one",
        ),
    ],
)
def test_a_step_is_told_as_it_is_for_the_case(book: RuleBook, facts: Facts, approach: Approach, told: str) -> None:
    """What works is kept, what falls short is mended, and the work is what the reason asks for."""
    steps = {step.approach: step.do for step in judged(book, facts).plan}
    assert steps[approach].startswith(told)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"problem_kind": "format"}, "The shape"),
        ({"on_device": True, "problem_kind": "cost_latency"}, "One narrow task must run"),
        ({"latency_too_high": True}, "One narrow task has settled"),
        ({"problem_kind": "behaviour"}, "A gap is left"),
    ],
)
def test_when_training_starts_depends_on_the_need(book: RuleBook, facts: Facts, told: str) -> None:
    """A test of behaviour says nothing of a format, a device or a price."""
    *_, step = (step for step in plan(book, "fine_tuning", facts) if step.approach == "fine_tuning")
    assert step.entry_test.startswith(told)


def test_nobody_is_sent_to_what_is_in_place(book: RuleBook) -> None:
    """Retrieval that suffices is no rung to turn to when examples fall short."""
    facts: Facts = {"rag_sufficient": True, "problem_kind": "behaviour", "can_show_examples": True}
    assert [step.approach for step in plan(book, "few_shot", facts)][-1] != "rag"


@pytest.mark.parametrize("facts", [{**SLOW, "bottleneck_known": False}, {**SLOW, "alternatives_compared": False}])
def test_the_plan_goes_on_from_what_its_work_brings(book: RuleBook, facts: Facts) -> None:
    """What follows the measuring is what the verdict would be once it is done."""
    facts = {**facts, "requests_per_month": 60_000_000, "narrow_task": True}
    verdict = judged(book, facts)
    (flip,) = (flip for flip in verdict.flips if flip.in_your_control and len(flip.changes) == 1)
    assert [step.approach for step in verdict.plan] == ["measure_first", flip.recommendation]


def test_what_to_do_when_a_stronger_model_fails_is_no_question_where_it_succeeds(book: RuleBook) -> None:
    """An axis on one outcome does not bear on the other."""
    for succeeds, other in ((True, "fails"), (False, "succeeds")):
        found = conflicts(book, "fine_tuning", (), {"stronger_model_succeeds": succeeds})
        assert not any(other in conflict.axis for conflict in found)


@FEW
@given(data=st.data())
def test_the_plan_leads_to_the_recommendation(book: RuleBook, stated: Any, data: st.DataObject) -> None:
    """Every plan holds the recommended rung, no rung twice, and cites."""
    verdict = judged(book, data.draw(stated))
    rungs = [step.approach for step in verdict.plan]
    assert verdict.recommendation in rungs
    assert len(rungs) == len(set(rungs))
    assert all(step.passages for step in verdict.plan)


def test_conflicts_bear_on_the_case(book: RuleBook) -> None:
    """An axis shows where a fact of its own is known and an approach of its own is on the table."""
    axis = next(item for item in book.conflicts if item.id == "labelled-examples")
    tuning = SourceVote("usually-context", "fine_tuning", (), ())

    def shown(facts: Facts, recommendation: Approach, *votes: SourceVote) -> bool:
        return axis.axis in {item.axis for item in conflicts(book, recommendation, votes, facts)}

    assert shown({"labelled_examples": 900}, "fine_tuning")
    assert shown({"labelled_examples": 900}, "prompting", tuning)
    assert not shown({"labelled_examples": 900}, "prompting")
    assert not shown({"knowledge_gap": True}, "fine_tuning")


@FEW
@given(data=st.data())
def test_every_source_is_heard(book: RuleBook, stated: Any, data: st.DataObject) -> None:
    """Each source has a vote or is silent, and a vote names its rules and passages."""
    verdict = judged(book, data.draw(stated))
    assert [item.source for item in verdict.sources] == [table.id for table in book.tables]
    for item in verdict.sources:
        assert item.recommendation is None or (item.rules and item.passages and item.says)
