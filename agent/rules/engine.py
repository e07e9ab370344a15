"""The pure engine: facts in, votes and a recommendation out. No input or output, no clock, no chance."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from agent.rules.conditions import Facts, Memo, truth_of
from agent.rules.model import Rule, RuleBook, Table
from agent.types import Approach, Fact, FactValue, SourceVote, Truth, UseCase


class Decision(Struct, frozen=True):
    """Which rule of a table decided, what was vetoed before, and which rules above could still decide otherwise."""

    rule: Rule | None
    approach: Approach | None
    vetoes: tuple[Rule, ...]
    pending: tuple[Rule, ...]
    """Rules unknown on these facts which, if they held, would come before the deciding one."""


def infer(use_case: UseCase, book: RuleBook) -> UseCase:
    """Fill unknown facts that follow from known ones, marked as inferred; stated facts are never touched."""
    facts = dict(use_case.facts)
    in_dispute = {contradiction.name for contradiction in use_case.contradictions}
    values = use_case.values
    for inference in book.inferences:
        if inference.fact in values or inference.fact in in_dispute:
            continue
        if truth_of(inference.when, values, book.definitions):
            facts[inference.fact] = Fact(inference.fact, inference.value, "inferred", inference.because)
            values[inference.fact] = inference.value
    return UseCase(facts, use_case.contradictions)


def infer_values(values: dict[str, FactValue], book: RuleBook) -> dict[str, FactValue] | None:
    """The same for plain values, in place; None where a stated value contradicts what follows."""
    return _apply(values, book, range(len(book.inferences)))


def _apply(values: dict[str, FactValue], book: RuleBook, numbers: Iterable[int]) -> dict[str, FactValue] | None:
    for number in numbers:
        inference = book.inferences[number]
        known = values.get(inference.fact)
        if known != inference.value and book.compiled[f"inference:{number}"](values, {}):
            if known is not None:
                return None
            values[inference.fact] = inference.value
    return values


def decide(table: Table, book: RuleBook, facts: Facts, memo: Memo | None = None) -> Decision:
    """Apply one table by its hit policy: the first rule that holds and is not vetoed."""
    memo = {} if memo is None else memo
    exclusions = _vetoes(table, book)
    vetoes = [rule for rule in exclusions if _truth(rule, book, facts, memo)]
    pending: list[Rule] = []
    for rule in table.votes:
        truth = _truth(rule, book, facts, memo)
        if truth is None:
            pending.append(rule)
        if not truth:
            continue
        allowed = _allowed(rule, vetoes)
        if allowed:
            doubts = [v for v in exclusions if allowed in v.approaches and _truth(v, book, facts, memo) is None]
            return Decision(rule, allowed, tuple(vetoes), (*pending, *doubts))
    return Decision(None, None, tuple(vetoes), tuple(pending))


def _vetoes(table: Table, book: RuleBook) -> tuple[Rule, ...]:
    return book.panel_vetoes if table.kind == "panel" else table.vetoes


def _allowed(rule: Rule, vetoes: list[Rule]) -> Approach | None:
    excluded = {approach for veto in vetoes for approach in veto.approaches}
    return next((approach for approach in rule.approaches if approach not in excluded), None)


def _truth(rule: Rule, book: RuleBook, facts: Facts, memo: Memo) -> Truth:
    name = rule.name
    if name not in memo:
        memo[name] = book.compiled[name](facts, memo)
    return memo[name]


def recommend(book: RuleBook, facts: Facts, memo: Memo) -> Approach:
    """Return the panel's recommendation alone: the fast path of the flip search.

    Where vetoes leave nothing else, measuring first remains.
    """
    held = [rule for rule in book.panel_vetoes if _truth(rule, book, facts, memo)]
    for rule in book.panel.votes:
        if _truth(rule, book, facts, memo):
            approach = _allowed(rule, held)
            if approach is not None:
                return approach
    return "measure_first"


class WhatIf:
    """Recommendations under changed facts; only what a change makes stale is evaluated again."""

    def __init__(self, book: RuleBook, stated: dict[str, FactValue]) -> None:
        self._book = book
        self._stated = stated
        self._base = infer_values(dict(stated), book) or stated
        self._memo: Memo = {}
        recommend(book, self._base, self._memo)

    def outcome(self, changes: dict[str, FactValue]) -> Approach | None:
        """The recommendation after the changes; None where they contradict what else is stated."""
        after = self._after(changes)
        return None if after is None else recommend(self._book, *after)

    def moves_a_rule(self, changes: dict[str, FactValue], rules: frozenset[str]) -> bool:
        """Whether the changes alter the truth of any of the rules named."""
        after = self._after(changes)
        if after is None:
            return False
        values, memo = after
        stale = [name for name in rules if name not in memo]
        compiled = self._book.compiled
        return any(compiled[name](values, memo) is not compiled[name](self._base, self._memo) for name in stale)

    def _after(self, changes: dict[str, FactValue]) -> tuple[dict[str, FactValue], Memo] | None:
        book = self._book
        values = {**self._base, **changes}
        touched = {number for name in changes for number in book.inferences_by_fact.get(name, ())}
        concluded = {book.inferences[number].fact for number in touched}
        touched |= {number for name in concluded for number in book.inferences_by_fact[name]}
        for name in concluded:
            # What only followed from a changed fact no longer stands; it is inferred anew where it still follows.
            if name not in self._stated and name not in changes:
                values.pop(name, None)
        if touched and _apply(values, book, sorted(touched)) is None:
            return None
        stale = frozenset().union(*(book.dependents.get(name, frozenset()) for name in (*changes, *concluded)))
        return values, {name: truth for name, truth in self._memo.items() if name not in stale}


def vote(table: Table, book: RuleBook, facts: Facts, memo: Memo) -> SourceVote:
    """Let one source vote by its own procedure on its own thresholds."""
    decision = decide(table, book, facts, memo)
    rules = ((decision.rule,) if decision.rule else ()) + decision.vetoes
    return SourceVote(
        source=table.id,
        recommendation=decision.approach,
        rules=tuple(rule.id for rule in rules),
        passages=tuple(dict.fromkeys(passage for rule in rules for passage in rule.cite)),
        says=decision.rule.says if decision.rule else "",
        covers=decision.rule.covers if decision.rule else (),
    )


def truths(book: RuleBook, facts: Facts) -> dict[str, Truth]:
    """Evaluate every rule of every table: rule id to True, False or unknown."""
    memo: Memo = {}
    return {rule.id: _truth(rule, book, facts, memo) for rule in book.rules}
