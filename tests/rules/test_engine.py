"""The engine is pure: first rule that holds and is not vetoed, the same from scratch and after a change."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.rules.engine import WhatIf, decide, fill, infer, infer_values, truths, vote
from agent.rules.explain import Grid
from agent.rules.model import RuleBook
from agent.types import LADDER, Approach, Contradiction, Fact, FactValue, UseCase

Facts = dict[str, FactValue]
FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))


def case_of(facts: Facts) -> UseCase:
    return UseCase({name: Fact(name, value) for name, value in facts.items()})


def planted(shelf: Any, *rules: str) -> RuleBook:
    shelf.table("rules/panel.yaml", *rules)
    return shelf.load()


def chosen(book: RuleBook, facts: Facts) -> tuple[str | None, Approach | None]:
    decision = decide(book.panel, book, facts)
    return decision.rule.id if decision.rule else None, decision.approach


def test_the_first_rule_that_holds_decides(shelf: Any) -> None:
    """Order in the file is the priority, and a rule that does not hold is passed over."""
    rule = shelf.rule
    book = planted(shelf, rule("a", "{dull: true}", "rag"), rule("b", "{tried: true}", "few_shot"))
    assert chosen(book, {"dull": True, "tried": True}) == ("a", "rag")
    assert chosen(book, {"dull": False, "tried": True}) == ("b", "few_shot")
    assert chosen(book, {"dull": False, "tried": False}) == (None, None)


def test_an_unknown_rule_never_fires_and_stays_pending(shelf: Any) -> None:
    """Unknown opens a question: the rule above the deciding one is pending, those below are not."""
    rule = shelf.rule
    book = planted(
        shelf,
        rule("a", "{dull: true}", "rag"),
        rule("b", "{tried: true}", "few_shot"),
        rule("c", "{known: true}", "prompting"),
    )
    decision = decide(book.panel, book, {"tried": True})
    assert decision.approach == "few_shot"
    assert [item.id for item in decision.pending] == ["a"]


def test_a_veto_excludes_whoever_recommends(shelf: Any) -> None:
    """A vetoed rule does not decide, wherever the veto stands in the file; an unknown veto does not exclude yet."""
    rule = shelf.rule
    book = planted(
        shelf,
        rule("a", "{dull: true}", "fine_tuning"),
        rule("b", "always", "prompting"),
        rule("veto", "{rows: {lt: 100}}", "fine_tuning", effect="veto"),
    )
    assert chosen(book, {"dull": True, "rows": 99}) == ("b", "prompting")
    assert chosen(book, {"dull": True, "rows": 100}) == ("a", "fine_tuning")
    assert chosen(book, {"dull": True}) == ("a", "fine_tuning")
    assert [item.id for item in decide(book.panel, book, {"dull": True}).pending] == ["veto"]
    assert [item.id for item in decide(book.panel, book, {"dull": True, "rows": 99}).vetoes] == ["veto"]


def test_a_rule_of_several_approaches_gives_the_first_that_is_left(shelf: Any) -> None:
    """That is how a hybrid comes about; where all are vetoed the next rule decides."""
    rule = shelf.rule
    book = planted(
        shelf,
        rule("a", "{dull: true}", "[fine_tuning, rag+fine_tuning]"),
        rule("b", "always", "prompting"),
        rule("no-tuning", "{tried: true}", "fine_tuning", effect="veto"),
        rule("no-hybrid", "{known: true}", "rag+fine_tuning", effect="veto"),
    )
    assert chosen(book, {"dull": True, "tried": False}) == ("a", "fine_tuning")
    assert chosen(book, {"dull": True, "tried": True}) == ("a", "rag+fine_tuning")
    assert chosen(book, {"dull": True, "tried": True, "known": True}) == ("b", "prompting")


def test_against_argues_but_does_not_exclude(shelf: Any) -> None:
    """Only a veto is a hard requirement."""
    rule = shelf.rule
    book = planted(shelf, rule("a", "{dull: true}", "rag"), rule("hm", "{dull: true}", "rag", effect="against"))
    assert chosen(book, {"dull": True}) == ("a", "rag")


def test_where_vetoes_leave_nothing_measuring_first_remains(shelf: Any) -> None:
    """There is always a recommendation."""
    rule = shelf.rule
    book = planted(shelf, rule("a", "always", "prompting"), rule("veto", "{dull: true}", "prompting", effect="veto"))
    assert chosen(book, {"dull": True}) == (None, None)
    assert WhatIf(book, {}).outcome({"dull": True}) == "measure_first"


def test_a_pack_votes_beside_the_sources_and_its_vetoes_bind_the_panel(shelf: Any) -> None:
    """A team's own rules are one more source, and what it rules out is out, for the panel but not for the sources."""
    rule = shelf.rule
    shelf.table("rules/one.yaml", rule("one-a", "{dull: true}", "fine_tuning"))
    shelf.table(
        "rules/panel.yaml", rule("p", "{rule: one-a}", "[fine_tuning, rag]"), rule("last", "always", "prompting")
    )
    pack = shelf.table(
        "pack/ours.yaml",
        rule("our-no", "{tried: true}", "fine_tuning", effect="veto"),
        rule("our-yes", "{dull: true}", "few_shot"),
    )
    facts: Facts = {"dull": True, "tried": True}
    without, book = shelf.load(), shelf.load(pack.parent)
    assert (chosen(without, facts)[1], chosen(book, facts)[1]) == ("fine_tuning", "rag")
    votes = {table.id: vote(table, book, facts, {}) for table in book.tables}
    assert {name: item.recommendation for name, item in votes.items()} == {"one": "fine_tuning", "ours": "few_shot"}
    assert votes["ours"].rules == ("our-yes", "our-no")


def test_the_vetoes_of_a_source_bind_that_source_only(shelf: Any) -> None:
    """One author's taboo is not everybody's."""
    rule = shelf.rule
    shelf.table(
        "rules/one.yaml", rule("one-a", "{dull: true}", "rag"), rule("veto", "{dull: true}", "rag", effect="veto")
    )
    book = planted(shelf, rule("p", "{rule: one-a}", "rag"))
    assert vote(book.tables[0], book, {"dull": True}, {}).recommendation is None
    assert chosen(book, {"dull": True})[1] == "rag"


def test_inference_fills_unknowns_and_never_overrides(shelf: Any) -> None:
    """What follows is marked as inferred; what was stated or is in dispute stays."""
    shelf.write(
        "rules/inferences.yaml",
        "inferences:\n  - {when: {known: true}, then: {tried: true}, because: its result is known}\n",
    )
    book = shelf.load()
    assert infer(case_of({"known": True}), book).facts["tried"] == Fact(
        "tried", True, "inferred", "its result is known"
    )
    assert infer(case_of({"known": True, "tried": False}), book).values == {"known": True, "tried": False}
    assert infer_values({"known": True, "tried": False}, book) is None
    both = (Fact("tried", True), Fact("tried", False))
    disputed = UseCase({"known": Fact("known", True)}, (Contradiction("tried", both),))
    assert infer(disputed, book).values == {"known": True}
    assert fill({"known": True}, book, {"tried"}) == {"known": True}


CHAIN = """\
inferences:
  - {when: {worked: true}, then: {known: true}, because: it worked}
  - {when: {known: true}, then: {tried: true}, because: its result is known}
"""


def test_a_chain_of_inferences_is_taken_back_to_its_end(shelf: Any) -> None:
    """When the first link no longer holds, nothing that followed from it stands."""
    shelf.write("rules/inferences.yaml", CHAIN)
    book = planted(shelf, shelf.rule("a", "{tried: true}", "rag"), shelf.rule("b", "always", "prompting"))
    what_if = WhatIf(book, {"worked": True})
    assert what_if.outcome({}) == "rag"
    assert what_if.outcome({"worked": False}) == "prompting"
    assert what_if.outcome({"worked": False, "known": True}) == "rag"
    assert what_if.outcome({"tried": False}) is None
    assert what_if.outcome({"tried": False, "known": False}) is None
    assert WhatIf(book, {}).outcome({"worked": True}) == "rag"


def test_what_is_in_dispute_stays_unknown_after_other_changes(shelf: Any) -> None:
    """A contradiction is not settled by what would follow from another fact."""
    shelf.write("rules/inferences.yaml", CHAIN)
    book = planted(shelf, shelf.rule("a", "{tried: true}", "rag"), shelf.rule("b", "always", "prompting"))
    what_if = WhatIf(book, {"known": True}, {"tried"})
    assert what_if.outcome({}) == "prompting"
    assert what_if.outcome({"worked": True}) == "prompting"
    assert what_if.outcome({"tried": True}) == "rag"


@MANY
@given(data=st.data())
def test_what_if_agrees_with_judging_from_scratch(
    book: RuleBook, cells: Grid, stated: Any, values: Any, data: st.DataObject
) -> None:
    """The incremental search never disagrees with inferring and deciding anew."""
    facts: Facts = data.draw(stated)
    what_if = WhatIf(book, facts)
    for _ in range(2):
        names = data.draw(st.lists(st.sampled_from(sorted(cells)), min_size=1, max_size=3, unique=True))
        changes = {name: data.draw(values[name]) for name in names}
        anew = infer_values({**facts, **changes}, book)
        assert what_if.outcome(changes) == (None if anew is None else chosen(book, anew)[1])


@FEW
@given(data=st.data())
def test_deciding_is_a_function_of_the_facts_alone(book: RuleBook, stated: Any, data: st.DataObject) -> None:
    """Neither the order in which facts were stated nor an earlier evaluation changes anything, nor the facts."""
    facts: Facts = data.draw(stated)
    names = list(facts)
    random.Random(len(names)).shuffle(names)
    turned = {name: facts[name] for name in names}
    before = dict(facts)
    assert truths(book, facts) == truths(book, turned)
    for table in (*book.tables, book.panel):
        assert decide(table, book, facts) == decide(table, book, turned)
    assert fill(facts, book) == fill(turned, book) == infer(case_of(facts), book).values
    assert facts == before


@FEW
@given(data=st.data())
def test_asking_what_if_leaves_no_trace(book: RuleBook, cells: Grid, stated: Any, data: st.DataObject) -> None:
    """The same question gives the same outcome whatever was asked in between."""
    facts: Facts = data.draw(stated)
    moves = [{name: value} for name, options in cells.items() for value in options]
    what_if = WhatIf(book, facts)
    first = [what_if.outcome(move) for move in moves]
    assert [what_if.outcome(move) for move in reversed(moves)] == first[::-1]
    assert what_if.outcome({}) == chosen(book, fill(facts, book))[1]


@FEW
@given(data=st.data())
def test_the_panel_always_decides(book: RuleBook, stated: Any, data: st.DataObject) -> None:
    """Whatever is stated, one of its rules leads somewhere."""
    facts: Facts = data.draw(stated)
    assert chosen(book, facts)[1] in LADDER


@FEW
@given(data=st.data())
def test_a_decided_rule_stays_above_its_pending_ones_only(book: RuleBook, stated: Any, data: st.DataObject) -> None:
    """Pending rules are unknown, vetoes hold, and no rule above the deciding one holds with an approach left."""
    facts: Facts = data.draw(stated)
    found = truths(book, facts)
    decision = decide(book.panel, book, facts)
    assert decision.rule is not None
    assert all(found[rule.id] is None for rule in decision.pending)
    assert all(found[rule.id] is True for rule in decision.vetoes)
    excluded = {approach for rule in decision.vetoes for approach in rule.approaches}
    above = book.panel.votes[: book.panel.votes.index(decision.rule)]
    assert not [rule.id for rule in above if found[rule.id] and not excluded.issuperset(rule.approaches)]


@pytest.mark.parametrize("approach", LADDER)
def test_every_recommendation_can_be_reached(book: RuleBook, approach: Approach) -> None:
    """No label of the ladder is only decoration."""
    reached = {decide(book.panel, book, facts).approach for rule in book.panel.rules for facts in rule.examples.holds}
    assert approach in reached
