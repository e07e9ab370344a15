"""Lint finds what is planted, and nothing in the shipped book."""

from __future__ import annotations

from typing import Any

import pytest

from agent.rules.lint import LintFinding, lint
from agent.rules.model import RuleBook
from agent.types import Passage

FINE = "{holds: {dull: true}, fails: {dull: false}, unknown: {}}"


def found(book: RuleBook, *passages: Passage) -> list[tuple[str, str]]:
    return [(item.kind, item.place) for item in lint(book, passages)]


def fine(shelf: Any, *rules: str) -> RuleBook:
    shelf.table("rules/one.yaml", *rules)
    return shelf.load()


def test_the_shipped_book_is_clean(book: RuleBook, passages: dict[str, Passage]) -> None:
    """No wrong example, no rule out of reach, no gap, no advice without a rule."""
    assert lint(book, passages.values()) == ()


def test_a_sound_table_is_clean(shelf: Any) -> None:
    """What is as it should be is passed over."""
    assert found(fine(shelf, shelf.rule("one-a", "{dull: true}", "rag", examples=FINE))) == []


@pytest.mark.parametrize(
    "when",
    [
        "{all: [{dull: true}, {dull: false}]}",
        "{all: [{rows: {gte: 500}}, {rows: {lt: 100}}]}",
        "{rows: {lt: 0}}",
        "{share: {gt: 1}}",
        "{all: [{known: true}, {tried: false}]}",
    ],
    ids=["contradiction", "empty range", "below the domain", "above the domain", "against an inference"],
)
def test_a_rule_that_can_never_hold_is_found(shelf: Any, when: str) -> None:
    """No values within the catalogue and the inferences make it hold."""
    shelf.write(
        "rules/inferences.yaml", "inferences:\n  - {when: {known: true}, then: {tried: true}, because: it is known}\n"
    )
    kinds = found(fine(shelf, shelf.rule("one-a", when, "rag")))
    assert ("never holds", "one.yaml:5") in kinds


@pytest.mark.parametrize("when", ["{rows: {gt: 0}}", "{share: {lt: 0.005}}", "{rows: {is: 0}}", "{kind: cost}"])
def test_a_rule_at_the_edge_of_the_domain_can_hold(shelf: Any, when: str) -> None:
    """A narrow rule is not taken for an impossible one."""
    assert "never holds" not in {kind for kind, _ in found(fine(shelf, shelf.rule("one-a", when, "rag")))}


def test_a_rule_always_shadowed_is_found(shelf: Any) -> None:
    """A narrower rule below a wider one never decides; above it, it does."""
    wide = shelf.rule("one-wide", "{dull: true}", "rag", examples=FINE)
    examples = "{holds: {dull: true, tried: true}, fails: {dull: false}, unknown: {}}"
    narrow = shelf.rule("one-narrow", "{dull: true, tried: true}", "prompting", examples=examples)
    assert found(fine(shelf, wide, narrow)) == [("shadowed", "one.yaml:6")]
    assert found(fine(shelf, narrow, wide)) == []


def test_a_rule_shadowed_only_by_what_follows_is_found(shelf: Any) -> None:
    """An inference that always makes the rule above hold shadows the rule below."""
    shelf.write(
        "rules/inferences.yaml", "inferences:\n  - {when: {known: true}, then: {tried: true}, because: it is known}\n"
    )
    tried = shelf.rule(
        "one-tried", "{tried: true}", "rag", examples="{holds: {tried: true}, fails: {tried: false}, unknown: {}}"
    )
    known = shelf.rule(
        "one-known", "{known: true}", "prompting", examples="{holds: {known: true}, fails: {known: false}, unknown: {}}"
    )
    assert found(fine(shelf, tried, known)) == [("shadowed", "one.yaml:6")]


def test_a_vetoed_rule_is_shadowed(shelf: Any) -> None:
    """A veto that holds whenever the rule does leaves it nothing to decide."""
    rule = shelf.rule("one-a", "{dull: true}", "rag", examples=FINE)
    veto = shelf.rule("one-no", "{dull: true}", "rag", effect="veto", examples=FINE)
    assert found(fine(shelf, rule, veto)) == [("shadowed", "one.yaml:5")]


@pytest.mark.parametrize(
    ("examples", "count"),
    [
        ("{holds: {dull: false}, fails: {dull: false}, unknown: {}}", 1),
        ("{holds: {dull: true}, fails: {dull: true}, unknown: {}}", 1),
        ("{holds: {dull: true}, fails: {dull: false}, unknown: {dull: false}}", 1),
        ("{holds: [{dull: true}, {}], fails: [{}, {dull: false}], unknown: {}}", 2),
    ],
)
def test_a_wrong_example_is_found(shelf: Any, examples: str, count: int) -> None:
    """Each example that does not come out as stated is told, with the rule's place."""
    kinds = found(fine(shelf, shelf.rule("one-a", "{dull: true}", "rag", examples=examples)))
    assert kinds == [("example", "one.yaml:5")] * count


def test_a_panel_that_may_fall_silent_is_found(shelf: Any) -> None:
    """Without a last row that always holds, some case would get no recommendation."""
    shelf.table("rules/panel.yaml", shelf.rule("p", "{tried: true}", "rag", examples=FINE.replace("dull", "tried")))
    shelf.table("rules/one.yaml", shelf.rule("one-a", "{dull: true}", "rag", examples=FINE))
    assert found(shelf.load()) == [("gap", "panel")]


def test_advice_that_no_rule_cites_is_found(shelf: Any) -> None:
    """A normative passage counts as carried by a rule or by the plan."""
    book = fine(shelf, shelf.rule("one-a", "{dull: true}", "rag", examples=FINE))
    advice = [Passage(name, "one", "", "Do it.", is_normative=True) for name in ("one#a", "one#b")]
    fact = Passage("one#c", "one", "", "It is so.")
    assert lint(book, [*advice, fact]) == (LintFinding("uncited", "one#b", "a normative passage that no rule cites"),)
