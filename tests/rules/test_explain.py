"""Explanations are true: flips flip, questions matter, drivers hold, obstacles read what was stated."""

from __future__ import annotations

from itertools import combinations, product
from math import prod
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from agent.intake.catalogue import load_catalogue
from agent.rules.conditions import Test as FactTest  # pytest would collect the name
from agent.rules.conditions import truth_of
from agent.rules.engine import Findings, WhatIf, decide, fill, infer_values
from agent.rules.explain import (
    MAX_FILLINGS,
    MAX_PAIR_FLIPS,
    Grid,
    cells_of,
    drivers,
    flips,
    grid,
    open_questions,
    why_not,
)
from agent.rules.model import RuleBook
from agent.rules.nearness import is_by_work, untried
from agent.rules.verdict import judge
from agent.types import LADDER, Approach, Contradiction, Fact, FactSpec, FactValue, Flip, UseCase

Facts = dict[str, FactValue]
CORPUS = Path(__file__).resolve().parents[2] / "corpus"
FEW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
MORE = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
MAX_UNKNOWN = 4


def case_of(facts: Facts, *disputed: str) -> UseCase:
    contradictions = tuple(Contradiction(name, (Fact(name, True), Fact(name, False))) for name in disputed)
    return UseCase({name: Fact(name, value) for name, value in facts.items()}, contradictions)


def recommended(book: RuleBook, facts: Facts) -> Approach:
    return decide(book.panel, book, facts).approach or "measure_first"


def anew(book: RuleBook, facts: Facts) -> Approach | None:
    filled = infer_values(dict(facts), book)
    return None if filled is None else recommended(book, filled)


def planted(shelf: Any, *rules: str) -> RuleBook:
    shelf.table("rules/panel.yaml", *rules)
    return shelf.load()


@FEW
@given(data=st.data())
def test_each_flip_changes_the_recommendation_as_it_says(
    book: RuleBook, cells: Grid, stated: Any, data: st.DataObject
) -> None:
    """Judged anew with the changes, the case gets what the flip promises, within the catalogue's bounds."""
    facts: Facts = data.draw(stated)
    now = anew(book, facts)
    assert now is not None
    for flip in flips(WhatIf(book, facts), cells):
        assert flip.recommendation != now
        assert anew(book, {**facts, **flip.changes}) == flip.recommendation
        assert all(value in cells[name] and facts.get(name) != value for name, value in flip.changes.items())
        by_work = all(is_by_work(book.catalogue[name], value) for name, value in flip.changes.items())
        assert flip.in_your_control == (by_work and flip.reach != "or less")


@FEW
@given(data=st.data())
def test_what_is_said_to_lead_there_from_a_number_on_does(
    book: RuleBook, cells: Grid, stated: Any, data: st.DataObject
) -> None:
    """Where a flip says "or more" or "or less", every value on that side leads where it does."""
    facts: Facts = data.draw(stated)
    now = anew(book, facts)
    assert now is not None
    for flip in flips(WhatIf(book, facts), cells):
        *_, (name, value) = flip.changes.items()
        if not flip.reach or isinstance(value, str):
            continue
        for cell in cells[name]:
            if not isinstance(cell, str) and (cell >= value if flip.reach == "or more" else cell <= value):
                assert anew(book, {**facts, **flip.changes, name: cell}) == flip.recommendation


def test_no_flip_is_in_a_teams_hands_that_undoes_or_finds_out() -> None:
    """Nobody works towards having no evaluation, and a fault in a prompt is found, not made."""
    catalogue = load_catalogue(CORPUS)
    assert is_by_work(catalogue["evals_exist"], True)
    assert not is_by_work(catalogue["evals_exist"], False)
    assert not is_by_work(catalogue["prompt_flawed"], True)
    assert not is_by_work(catalogue["needs_citations"], True)


def test_flips_that_stay_with_the_need_come_first(book: RuleBook, cells: Grid) -> None:
    """Who has a problem of knowledge is not told of profiling first, nor of a training that never took place."""
    facts: Facts = {"knowledge_in_documents": True, "needs_citations": True, "considering_fine_tuning": True}
    ranked = [name for flip in flips(WhatIf(book, facts), cells) if len(flip.changes) == 1 for name in flip.changes]
    assert ranked[0] == "can_show_examples"
    assert ranked.index("evals_exist") < ranked.index("bottleneck_known")
    assert ranked.index("prompting_tried") < ranked.index("fine_tuning_helped")


@FEW
@given(data=st.data())
def test_a_pair_flips_only_together(book: RuleBook, cells: Grid, stated: Any, data: st.DataObject) -> None:
    """No flip is larger than it need be: of a pair, neither change alone does anything."""
    facts: Facts = data.draw(stated)
    now = anew(book, facts)
    assert now is not None
    found = flips(WhatIf(book, facts), cells)
    for flip in found:
        assert len(flip.changes) in (1, 2)
        if len(flip.changes) == 2:
            assert {anew(book, {**facts, name: value}) for name, value in flip.changes.items()} == {now}
    singles = [(*flip.changes, flip.recommendation) for flip in found if len(flip.changes) == 1]
    assert len(singles) == len(set(singles))


def test_a_cut_list_of_pairs_keeps_each_recommendation(shelf: Any) -> None:
    """Many ways to one outcome do not push the only way to another off the list."""
    rule, values = shelf.rule, ("true", "false")
    two = [(one, other) for one, other in combinations(("dull", "tried", "worked", "known"), 2)]
    ways = [f"{{{one}: {x}, {other}: {y}}}" for one, other in two for x in values for y in values]
    rows = [rule(f"a{place}", way, "rag") for place, way in enumerate(ways)]
    other = rule("b", "{kind: cost, rows: {gte: 10}}", "distillation")
    book = planted(shelf, *rows, other, rule("last", "always", "prompting"))
    pairs = [flip.recommendation for flip in flips(WhatIf(book, {"rows": 5}), grid(book))]
    assert (len(pairs), set(pairs)) == (MAX_PAIR_FLIPS, {"rag", "distillation"})


def takes_back_work(book: RuleBook, name: str, now: FactValue | None, value: FactValue) -> bool:
    """Whether the change would lower what the team itself has done or gathered."""
    if not book.catalogue[name].in_your_control or now is None or isinstance(now, str) or isinstance(value, str):
        return False
    return value < now


def test_pairs_that_differ_in_a_bound_are_one(shelf: Any) -> None:
    """Of ten bounds of one number the nearest is told, and how far it leads."""
    rule = shelf.rule
    rows = [rule(f"a{bound}", f"{{dull: true, rows: {{gte: {bound}}}}}", "rag") for bound in range(10, 110, 10)]
    book = planted(shelf, *rows, rule("last", "always", "prompting"))
    assert flips(WhatIf(book, {"rows": 5}), grid(book)) == (Flip({"dull": True, "rows": 10}, "rag", False, "or more"),)


@pytest.mark.parametrize("number", range(0, 30, 6))
def test_no_reachable_recommendation_is_missed(book: RuleBook, cells: Grid, number: int) -> None:
    """The pruned search finds every outcome that trying all changes of one or two facts finds."""
    facts = book.panel.rules[number].examples.holds[0] if not book.panel.rules[number].is_always else {}
    now = anew(book, facts)
    assert now is not None
    what_if = WhatIf(book, facts)
    outcomes = {
        (name, value): what_if.outcome({name: value})
        for name, options in cells.items()
        for value in options
        if facts.get(name) != value and not takes_back_work(book, name, facts.get(name), value)
    }
    singles = {outcome for outcome in outcomes.values() if outcome not in (None, now)}
    inert = [move for move, outcome in outcomes.items() if outcome == now]
    pairs = {what_if.outcome(dict(pair)) for pair in combinations(inert, 2) if pair[0][0] != pair[1][0]}
    found = flips(WhatIf(book, facts), cells)
    twos = [flip.recommendation for flip in found if len(flip.changes) == 2]
    assert {flip.recommendation for flip in found if len(flip.changes) == 1} == singles
    assert set(twos) == pairs - singles - {None, now}
    assert len(twos) <= MAX_PAIR_FLIPS


def test_of_several_values_the_nearest_is_the_flip(shelf: Any) -> None:
    """Nobody is told to collect 5,000 rows where 500 do."""
    rule = shelf.rule
    book = planted(
        shelf,
        rule("a", "{rows: {gte: 5000}}", "fine_tuning"),
        rule("b", "{rows: {gte: 500}}", "fine_tuning"),
        rule("c", "always", "prompting"),
    )
    cells = grid(book)
    assert cells == {"rows": (499, 500, 4999, 5000)}
    assert [flip.changes for flip in flips(WhatIf(book, {"rows": 20}), cells)] == [{"rows": 500}]
    assert flips(WhatIf(book, {"rows": 9000}), cells) == ()


def test_no_flip_takes_back_what_the_team_has_done(shelf: Any) -> None:
    """Nobody is told to untry a prompt or to throw examples away; circumstances may go either way."""
    book = planted(shelf, shelf.rule("a", "{tried: true}", "rag"), shelf.rule("b", "always", "prompting"))
    assert [flip.changes for flip in flips(WhatIf(book, {"tried": False}), grid(book))] == [{"tried": True}]
    if book.catalogue["tried"].in_your_control:
        assert flips(WhatIf(book, {"tried": True}), grid(book)) == ()


def test_a_pair_is_found_through_what_follows(shelf: Any) -> None:
    """A change that bears on a rule only through an inference still counts towards a pair."""
    shelf.write(
        "rules/inferences.yaml", "inferences:\n  - {when: {known: true}, then: {tried: true}, because: it is known}\n"
    )
    book = planted(shelf, shelf.rule("a", "{tried: true, dull: true}", "rag"), shelf.rule("b", "always", "prompting"))
    changes = [flip.changes for flip in flips(WhatIf(book, {}), grid(book))]
    assert {"dull": True, "known": True} in changes
    assert {"dull": True, "tried": True} in changes


def test_a_fact_in_dispute_is_unknown_to_the_flips(book: RuleBook, cells: Grid) -> None:
    """Where one fact was stated both ways, each flip still tells what the verdict would be."""
    case = case_of({"prompting_sufficient": False, "complex_rules": True}, "prompting_tried")
    verdict = judge(case, book)
    known = fill(case.values, book, {"prompting_tried"})
    assert verdict.recommendation == recommended(book, known)
    for flip in verdict.flips:
        disputed = {"prompting_tried"} - flip.changes.keys()
        filled = fill({**case.values, **flip.changes}, book, disputed)
        assert recommended(book, filled) == flip.recommendation != verdict.recommendation


def full_case(book: RuleBook, cells: Grid, data: st.DataObject) -> Facts:
    facts: Facts = {name: data.draw(st.sampled_from(options)) for name, options in cells.items()}
    for number, inference in enumerate(book.inferences):
        if inference.fact in facts and book.compiled[f"inference:{number}"](facts, {}):
            facts[inference.fact] = inference.value
    return facts


def test_an_answer_that_another_makes_idle_is_not_asked_for(shelf: Any) -> None:
    """Either of two conditions leads to retrieval, and one holds whenever the other does: only one fact matters."""
    when = "{any: [{all: [{dull: true}, {tried: true}]}, {all: [{tried: true}, {known: true}]}]}"
    book = planted(shelf, shelf.rule("a", when, "rag"), shelf.rule("b", "always", "prompting"))
    assert asked(book, grid(book), {}) == ("dull", "tried", "known")
    assert asked(book, grid(book), {"known": True}) == ("tried",)


def nearly_full_case(book: RuleBook, cells: Grid, data: st.DataObject) -> tuple[Facts, tuple[str, ...]]:
    facts = full_case(book, cells, data)
    hidden = data.draw(st.lists(st.sampled_from(sorted(cells)), max_size=MAX_UNKNOWN, unique=True))
    return {name: value for name, value in facts.items() if name not in hidden}, tuple(hidden)


def asked(book: RuleBook, cells: Grid, facts: Facts) -> tuple[str, ...]:
    decision = decide(book.panel, book, fill(facts, book))
    return tuple(question.fact for question in open_questions(WhatIf(book, facts), cells, decision))


def outcomes(
    book: RuleBook, cells: Grid, facts: Facts, hidden: tuple[str, ...]
) -> dict[tuple[FactValue | None, ...], Approach]:
    """Judge every way of filling the hidden facts, which may also stay unknown."""
    found = {}
    for filling in product(*((None, *cells[name]) for name in hidden)):
        known = {name: value for name, value in zip(hidden, filling, strict=True) if value is not None}
        outcome = anew(book, {**facts, **known})
        if outcome is not None:
            found[filling] = outcome
    return found


@MORE
@given(data=st.data())
def test_no_question_left_means_no_answer_can_matter(book: RuleBook, cells: Grid, data: st.DataObject) -> None:
    """With few facts unknown, every way of filling them leaves the recommendation as it is."""
    facts, hidden = nearly_full_case(book, cells, data)
    assume(not asked(book, cells, facts))
    now = recommended(book, fill(facts, book))
    assert set(outcomes(book, cells, facts, hidden).values()) <= {now}


@MORE
@given(data=st.data())
def test_no_question_left_holds_for_sparse_cases_too(
    book: RuleBook, cells: Grid, stated: Any, data: st.DataObject
) -> None:
    """With many facts unknown, full cases drawn at random leave the recommendation as it is."""
    facts: Facts = {
        **data.draw(st.sampled_from([{}, {"evals_exist": False}, {"problem_kind": "format"}])),
        **data.draw(stated),
    }
    assume(infer_values(dict(facts), book) is not None)
    now = recommended(book, fill(facts, book))
    if not asked(book, cells, facts):
        full = {**full_case(book, cells, data), **facts}
        assert anew(book, full) in (None, now)


@MORE
@given(data=st.data())
def test_each_question_asks_for_an_unknown_that_can_matter(book: RuleBook, cells: Grid, data: st.DataObject) -> None:
    """Nobody is asked what they said already, or what cannot change the verdict."""
    facts, hidden = nearly_full_case(book, cells, data)
    questions = asked(book, cells, facts)
    assert not set(questions) & fill(facts, book).keys()
    found = outcomes(book, cells, facts, hidden)
    for name in questions:
        place = hidden.index(name)
        apart = [
            {found[key] for key in found if key[:place] + key[place + 1 :] == rest} for rest in rests(found, place)
        ]
        assert any(len(group) > 1 for group in apart), name


def rests(found: dict[tuple[FactValue | None, ...], Approach], place: int) -> set[tuple[FactValue | None, ...]]:
    return {key[:place] + key[place + 1 :] for key in found}


@FEW
@given(data=st.data())
def test_the_reason_for_asking_is_true(book: RuleBook, cells: Grid, stated: Any, data: st.DataObject) -> None:
    """Where a question says what one answer would do, that answer does it; decisive ones come first."""
    facts: Facts = data.draw(stated)
    decision = decide(book.panel, book, fill(facts, book))
    questions = open_questions(WhatIf(book, facts), cells, decision)
    decisive = [
        any(anew(book, {**facts, item.fact: value}) not in (None, decision.approach) for value in cells[item.fact])
        for item in questions
    ]
    assert decisive == ["the recommendation would be" in item.why for item in questions]
    assert decisive == sorted(decisive, reverse=True)
    assert len({item.fact for item in questions}) == len(questions)


def test_a_rule_that_may_give_its_first_approach_is_asked_about(shelf: Any) -> None:
    """A row whose second choice is today's recommendation can still lead to its first."""
    rule = shelf.rule
    book = planted(shelf, rule("a", "{dull: true}", "[fine_tuning, rag]"), rule("b", "always", "rag"))
    assert asked(book, grid(book), {}) == ("dull",)


def test_a_rule_with_nothing_left_to_give_is_not_asked_about(shelf: Any) -> None:
    """What a veto has excluded needs no more answers."""
    rule = shelf.rule
    book = planted(
        shelf,
        rule("a", "{dull: true}", "fine_tuning"),
        rule("b", "always", "rag"),
        rule("veto", "{tried: true}", "fine_tuning", effect="veto"),
    )
    assert asked(book, grid(book), {"tried": True}) == ()
    assert asked(book, grid(book), {"tried": False}) == ("dull",)


def test_so_it_is_where_too_much_is_open_to_go_through(shelf: Any) -> None:
    """There are more ways to answer than are looked at one by one, and not one that matters."""
    rule = shelf.rule
    bounds = "{rows: {gte: 5}}, {rows: {lt: 50}}, {share: {gte: 0.5}}"
    when = f"{{all: [{{dull: true}}, {{worked: true}}, {{known: true}}, {{kind: format}}, {bounds}]}}"
    book = planted(
        shelf,
        rule("a", when, "fine_tuning"),
        rule("b", "always", "rag"),
        rule("veto", "{tried: true}", "fine_tuning", effect="veto"),
    )
    cells = grid(book)
    assert prod(len(cells[name]) + 1 for name in cells.keys() - {"tried"}) > MAX_FILLINGS
    assert asked(book, cells, {"tried": True}) == ()
    assert len(asked(book, cells, {"tried": False})) == len(cells) - 1


def test_what_is_in_dispute_is_asked_first(shelf: Any) -> None:
    """A contradiction that bears on the verdict comes before other questions."""
    rule = shelf.rule
    book = planted(
        shelf,
        rule("a", "{dull: true}", "rag"),
        rule("b", "{tried: true}", "few_shot"),
        rule("c", "always", "prompting"),
    )
    decision = decide(book.panel, book, {})
    questions = open_questions(WhatIf(book, {}, {"tried"}), grid(book), decision)
    assert [item.fact for item in questions] == ["tried", "dull"]


@FEW
@given(data=st.data())
def test_drivers_hold_on_what_was_stated(book: RuleBook, stated: Any, data: st.DataObject) -> None:
    """Each rule shown as a driver holds, with the values it read, and the deciding one comes first."""
    facts = fill(data.draw(stated), book)
    decision = decide(book.panel, book, facts)
    found = drivers(decision, Findings(book, facts))
    assert decision.rule is not None
    assert found[0].rule == decision.rule.id
    for driver in found:
        assert truth_of(book.rule(driver.rule).when, facts, book.definitions) is True
        assert driver.facts.items() <= facts.items()
        assert driver.passages == book.rule(driver.rule).cite


@FEW
@given(data=st.data())
def test_every_other_approach_is_told_why_not(book: RuleBook, stated: Any, data: st.DataObject) -> None:
    """Each approach not chosen that the panel knows of has an obstacle, with the value as stated."""
    facts = fill(data.draw(stated), book)
    decision = decide(book.panel, book, facts)
    found = {entry.approach: entry.because for entry in why_not(decision, Findings(book, facts))}
    assert found.keys() == set(LADDER) - {decision.approach}
    known_to_panel = {approach for rule in (*book.panel.votes, *decision.vetoes) for approach in rule.approaches}
    for approach, because in found.items():
        assert because or approach not in known_to_panel, approach
        for obstacle in because:
            assert obstacle.value == facts.get(obstacle.fact)
            assert obstacle.needed
            assert not obstacle.needed.startswith("not not")
            assert obstacle.passages == book.rule(obstacle.rule).cite


def test_measuring_first_is_not_among_the_refused_when_nothing_else_is_left(shelf: Any) -> None:
    """What is recommended is never explained away."""
    rule = shelf.rule
    book = planted(shelf, rule("a", "always", "prompting"), rule("veto", "{dull: true}", "prompting", effect="veto"))
    verdict = judge(case_of({"dull": True}), book)
    assert verdict.recommendation == "measure_first"
    refused = {entry.approach: entry.because for entry in verdict.why_not}
    assert "measure_first" not in refused
    assert [(item.rule, item.fact, item.value) for item in refused["prompting"]] == [("veto", "dull", True)]


def test_the_question_keeps_to_the_problem_that_was_stated(book: RuleBook) -> None:
    """Who complains of latency is asked where the time goes, though a rule of another need decides."""
    facts: Facts = {
        "problem_kind": "cost_latency",
        "latency_too_high": True,
        "few_shot_sufficient": True,
        "evals_exist": True,
        "prompting_tried": True,
    }
    verdict = judge(case_of(facts), book)
    assert verdict.recommendation == "few_shot"
    assert verdict.next_questions[0].fact == "bottleneck_known"


def missed(book: RuleBook, facts: Facts, approach: Approach) -> list[tuple[str, str, FactValue | None]]:
    """Return rule, fact and value of each obstacle to an approach."""
    verdict = judge(case_of(facts), book)
    because = next(entry.because for entry in verdict.why_not if entry.approach == approach)
    return [(item.rule, item.fact, item.value) for item in because]


@pytest.mark.parametrize(
    ("facts", "rule", "fact"),
    [
        ({"problem_kind": "knowledge", "narrow_task": True}, "panel-large-labelled-set", "labelled_examples"),
        ({"prompting_sufficient": False, "can_show_examples": True}, "panel-prompting-failed", "labelled_examples"),
        ({"labelled_examples": 9000, "instructions_fit_prompt": True}, "panel-large-labelled-set", "narrow_task"),
    ],
)
def test_the_nearest_rule_is_told_and_never_one_about_formats(
    book: RuleBook, facts: Facts, rule: str, fact: str
) -> None:
    """Where nothing argues against training, the rule that lacks least says what training would take."""
    found = missed(book, facts, "fine_tuning")
    assert found[0][0].startswith(rule)
    assert [name for of, name, _ in found if of == found[0][0]] == [fact]


def test_a_rule_that_lacks_one_thing_is_nearer_than_one_that_lacks_two(shelf: Any) -> None:
    """The order of the table does not decide what is told."""
    rule = shelf.rule
    book = planted(
        shelf,
        rule("far", "{kind: format, worked: false}", "fine_tuning"),
        rule("near", "{dull: true, rows: {gte: 500}}", "fine_tuning"),
        rule("last", "always", "prompting"),
    )
    assert missed(book, {"dull": True}, "fine_tuning") == [("near", "rows", None)]
    assert missed(book, {"dull": True, "rows": 20}, "fine_tuning") == [("near", "rows", 20)]
    assert missed(book, {"kind": "format"}, "fine_tuning") == [("far", "worked", None)]


def test_every_condition_that_the_nearest_rule_lacks_is_told(shelf: Any) -> None:
    """Meeting all that a why-not names makes its rule hold."""
    rule = shelf.rule
    either = "{any: [{rows: {gte: 500}}, {all: [{rows: {gte: 100}}, {worked: true}]}], dull: true}"
    book = planted(shelf, rule("a", either, "fine_tuning"), rule("last", "always", "prompting"))
    assert missed(book, {"kind": "format"}, "fine_tuning") == [("a", "rows", None), ("a", "dull", None)]


def test_what_was_done_is_not_asked_undone(shelf: Any) -> None:
    """A rule for those who have not tried is far from those who have."""
    rule = shelf.rule
    book = planted(
        shelf,
        rule("untried", "{tried: false}", "few_shot"),
        rule("works", "{worked: true}", "few_shot"),
        rule("last", "always", "prompting"),
    )
    assert missed(book, {"tried": True}, "few_shot") == [("works", "worked", None)]


def test_a_rule_that_holds_below_is_told_as_decided_before(shelf: Any) -> None:
    """Where a rule for the approach holds too, what stands before it is the obstacle."""
    rule = shelf.rule
    book = planted(
        shelf,
        rule("first", "{dull: true}", "rag"),
        rule("second", "{worked: true}", "fine_tuning"),
        rule("last", "always", "prompting"),
    )
    assert missed(book, {"dull": True, "worked": True}, "fine_tuning") == [("first", "dull", True)]


def test_a_veto_without_a_condition_is_an_obstacle_in_its_own_words(shelf: Any) -> None:
    """A team may rule an approach out whatever the facts, and the answer says so."""
    pack = shelf.table("pack/ours.yaml", shelf.rule("our-no", "always", "fine_tuning", effect="veto"))
    shelf.table(
        "rules/panel.yaml", shelf.rule("a", "{dull: true}", "fine_tuning"), shelf.rule("b", "always", "prompting")
    )
    verdict = judge(case_of({"dull": True}), shelf.load(pack.parent))
    refused = {entry.approach: entry.because for entry in verdict.why_not}
    assert verdict.recommendation == "prompting"
    assert [(item.rule, item.says) for item in refused["fine_tuning"]] == [("our-no", "Because.")]


@pytest.mark.parametrize(
    ("spec", "tests", "cells"),
    [
        (FactSpec("x", "bool", "", ""), [("is", True)], (True, False)),
        (FactSpec("x", "choice", "", "", options=("a", "b")), [("is", "a")], ("a", "b")),
        (FactSpec("x", "integer", "", "", minimum=0), [("gte", 5)], (4, 5)),
        (FactSpec("x", "integer", "", "", minimum=0), [("gt", 5)], (5, 6)),
        (FactSpec("x", "integer", "", "", minimum=0), [("lte", 5), ("lt", 9)], (5, 6, 8, 9)),
        (FactSpec("x", "integer", "", "", minimum=0), [("gte", 0)], (0,)),
        (FactSpec("x", "integer", "", "", minimum=0), [("is", 0)], (0, 1)),
        (FactSpec("x", "integer", "", "", minimum=0), [("gte", 4), ("gte", 5)], (3, 4, 5)),
        (FactSpec("x", "number", "", "", minimum=0), [("lt", 0.5)], (0.25, 0.5)),
        (FactSpec("x", "ratio", "", "", minimum=0, maximum=1), [("gte", 0.8)], (0.79, 0.8)),
        (FactSpec("x", "ratio", "", "", minimum=0, maximum=1), [("lte", 1)], (1,)),
    ],
)
def test_cells_stand_on_both_sides_of_each_bound(
    spec: FactSpec, tests: list[tuple[str, Any]], cells: tuple[FactValue, ...]
) -> None:
    """Every outcome of the tests is met by one of the values, within the domain, and integers stay whole."""
    assert cells_of(spec, [FactTest("x", operator, bound) for operator, bound in tests]) == cells


def test_cells_keep_to_the_catalogue(book: RuleBook, cells: Grid) -> None:
    """No flip or question speaks of a value that the fact cannot have."""
    for name, options in cells.items():
        spec = book.catalogue[name]
        assert options
        for value in options:
            if spec.type in ("integer", "number", "ratio"):
                assert spec.minimum is None or value >= spec.minimum
                assert spec.maximum is None or value <= spec.maximum
            assert spec.type != "integer" or value == int(value)


@pytest.mark.parametrize("facts", [{}, {"narrow_task": True}, {"prompting_sufficient": False, "evals_exist": True}])
def test_the_question_with_the_most_different_outcomes_comes_first(book: RuleBook, facts: Facts) -> None:
    """Whoever answers it has the fewest questions left; how well a thing went waits until it is told to be tried."""
    what_if, cells = WhatIf(book, dict(facts)), grid(book)
    decision = decide(book.panel, book, what_if.base)
    now = decision.approach or "measure_first"

    def outcomes(name: str) -> set[Approach]:
        found = (what_if.after(name, value) for value in cells.get(name, ()))
        return {after.outcome for after in found if after is not None and after.outcome != now}

    asked = [question.fact for question in open_questions(what_if, cells, decision)]
    decisive = [name for name in asked if outcomes(name)]
    waiting = [name for name in decisive if untried(name, book, what_if.base)]
    others = [name for name in decisive if name not in waiting]
    assert waiting
    assert decisive == [*others, *waiting]
    for names in (others, waiting):
        counts = [len(outcomes(name)) for name in names]
        assert counts == sorted(counts, reverse=True)
    assert len(outcomes(others[0])) > 1
