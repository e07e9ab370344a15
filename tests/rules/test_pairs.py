"""Pairs of changes that may lead to something new: none that does is left out, and few others come through."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest

from agent.rules.engine import WhatIf, fill
from agent.rules.explain import Grid, flips, grid
from agent.rules.model import RuleBook
from agent.rules.nearness import is_by_work, strangeness
from agent.types import FactValue, Flip
from tests.rules.conftest import Shelf

CASES = Path(__file__).resolve().parents[2] / "eval" / "data" / "cases" / "use_cases.jsonl"
Move = tuple[str, FactValue]


def tried_all(
    book: RuleBook, cells: Grid, facts: dict[str, FactValue], now: str
) -> list[tuple[dict[str, FactValue], str]]:
    """Return every pair of changes, in order, that leads where neither now nor one change does."""
    what_if = WhatIf(book, facts)
    moves = [(name, value) for name, options in cells.items() for value in options if facts.get(name) != value]
    moves = [(name, value) for name, value in moves if not _undoes(book, facts.get(name), name, value)]
    alone = {move: what_if.outcome(dict([move])) for move in moves}
    inert = [move for move, outcome in alone.items() if outcome == now]
    pairs = [dict(pair) for pair in combinations(inert, 2) if pair[0][0] != pair[1][0]]
    outcomes = [(pair, what_if.outcome(pair)) for pair in pairs]
    return [(pair, outcome) for pair, outcome in outcomes if outcome and outcome not in {now, *alone.values()}]


def _undoes(book: RuleBook, now: FactValue | None, name: str, value: FactValue) -> bool:
    if not book.catalogue[name].in_your_control or now is None or isinstance(now, str) or isinstance(value, str):
        return False
    return value < now


def first_of_each(
    book: RuleBook, facts: dict[str, FactValue], pairs: list[tuple[dict[str, FactValue], str]]
) -> dict[str, dict[str, FactValue]]:
    """Return, per outcome, the pair that is told of first: the least far-fetched, then one in the team's control."""
    found: dict[str, dict[str, FactValue]] = {}
    known = fill(facts, book)

    def rank(item: tuple[dict[str, FactValue], str]) -> tuple[int, bool]:
        by_work = all(is_by_work(book.catalogue[name], value) for name, value in item[0].items())
        return strangeness(book, known, item[0]), not by_work

    for pair, outcome in sorted(pairs, key=rank):
        found.setdefault(outcome, pair)
    return found


def told(found: tuple[Flip, ...]) -> dict[str, dict[str, FactValue]]:
    """Return the first pair that was told of, per outcome."""
    first: dict[str, dict[str, FactValue]] = {}
    for flip in found:
        if len(flip.changes) == 2:
            first.setdefault(flip.recommendation, flip.changes)
    return first


@pytest.mark.parametrize("number", range(0, 100, 20))
def test_the_first_pair_to_each_outcome_is_what_trying_all_finds(book: RuleBook, cells: Grid, number: int) -> None:
    """On described cases, with all that they leave unknown."""
    facts = json.loads(CASES.read_text(encoding="utf-8").splitlines()[number])["facts"]
    now = WhatIf(book, facts).outcome({})
    assert now is not None
    assert told(flips(WhatIf(book, facts), cells)) == first_of_each(book, facts, tried_all(book, cells, facts, now))


def test_a_pair_that_leaves_nothing_is_found(shelf: Shelf) -> None:
    """Where vetoes silence even the rule that always holds, two changes may lead back to measuring first."""
    rules = (
        shelf.rule("not-so", "{dull: true, worked: true}", "prompting", effect="veto"),
        shelf.rule("last", "always", "prompting"),
    )
    shelf.table("rules/panel.yaml", *rules)
    book = shelf.load()
    found = flips(WhatIf(book, {}), grid(book))
    assert [(flip.changes, flip.recommendation) for flip in found] == [
        ({"dull": True, "worked": True}, "measure_first")
    ]


def test_a_pair_that_lifts_a_veto_and_brings_the_rule_is_found(shelf: Shelf) -> None:
    """The rule holds after one change alone, and is silenced until the other comes."""
    rules = (
        shelf.rule("not-so", "{dull: true}", "rag", effect="veto"),
        shelf.rule("so", "{worked: true}", "rag"),
        shelf.rule("last", "always", "prompting"),
    )
    shelf.table("rules/panel.yaml", *rules)
    book = shelf.load()
    found = flips(WhatIf(book, {"dull": True}), grid(book))
    assert [(flip.changes, flip.recommendation) for flip in found] == [({"dull": False, "worked": True}, "rag")]
