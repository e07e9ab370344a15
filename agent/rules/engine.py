"""The pure engine: facts in, votes and a recommendation out. No input or output, no clock, no chance."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

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


def fill(stated: Facts, book: RuleBook, disputed: Collection[str] = ()) -> dict[str, FactValue]:
    """The same for plain values: `infer` without origins."""
    values = dict(stated)
    for number, inference in enumerate(book.inferences):
        if inference.fact in values or inference.fact in disputed:
            continue
        if book.compiled[f"inference:{number}"](values, {}):
            values[inference.fact] = inference.value
    return values


def infer_values(values: dict[str, FactValue], book: RuleBook) -> dict[str, FactValue] | None:
    """Fill in place what follows; None where a stated value contradicts what follows."""
    return _apply(values, book, range(len(book.inferences)), ())


def _apply(
    values: dict[str, FactValue], book: RuleBook, numbers: Iterable[int], disputed: Collection[str]
) -> dict[str, FactValue] | None:
    for number in numbers:
        inference = book.inferences[number]
        known = values.get(inference.fact)
        if known is None and inference.fact in disputed:
            continue
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
        approach = allowed(rule, vetoes)
        if approach:
            doubts = [v for v in exclusions if approach in v.approaches and _truth(v, book, facts, memo) is None]
            return Decision(rule, approach, tuple(vetoes), (*pending, *doubts))
    return Decision(None, None, tuple(vetoes), tuple(pending))


def _vetoes(table: Table, book: RuleBook) -> tuple[Rule, ...]:
    return book.panel_vetoes if table.kind == "panel" else table.vetoes


def allowed(rule: Rule, vetoes: list[Rule]) -> Approach | None:
    """Return the first of a rule's approaches that no veto excludes."""
    excluded = {approach for veto in vetoes for approach in veto.approaches}
    return next((approach for approach in rule.approaches if approach not in excluded), None)


def _truth(rule: Rule, book: RuleBook, facts: Facts, memo: Memo) -> Truth:
    name = rule.name
    if name not in memo:
        memo[name] = book.compiled[name](facts, memo)
    return memo[name]


def reading_order(book: RuleBook) -> tuple[Rule, ...]:
    """Return the panel's rules as they are read: all vetoes, then the votes down to the first that may decide."""
    return (*book.panel_vetoes, *book.panel.votes)


def recommend(book: RuleBook, facts: Facts, memo: Memo) -> Approach:
    """Return the panel's recommendation alone: the fast path of the flip search.

    Where vetoes leave nothing else, measuring first remains.
    """
    held = [rule for rule in book.panel_vetoes if _truth(rule, book, facts, memo)]
    for rule in book.panel.votes:
        if _truth(rule, book, facts, memo):
            approach = allowed(rule, held)
            if approach is not None:
                return approach
    return "measure_first"


class _Reach(NamedTuple):
    """What a change of some facts can touch: the facts that follow, the inferences to run again, the rules to read."""

    facts: frozenset[str]
    inferences: tuple[int, ...]
    stale: int
    """The panel's rules to be evaluated again, as bits; the others stay as they are."""


class WhatIf:
    """Recommendations under changed facts; only what a change makes stale is evaluated again.

    `disputed` names facts stated with different values: they stay unknown, whatever else would follow. Sets of the
    panel's rules are bits in reading order, the rule that is read first the lowest.
    """

    def __init__(self, book: RuleBook, stated: Facts, disputed: Collection[str] = ()) -> None:
        self._book = book
        self._stated = stated
        self._disputed = disputed
        self.base = fill(stated, book, disputed)
        """The facts as things stand, with what follows from them."""
        self._rules = reading_order(book)
        self._bits = {rule.name: 1 << place for place, rule in enumerate(self._rules)}
        self._reaches: dict[tuple[str, ...], _Reach] = {}
        memo: Memo = {}
        self.held = sum(
            bit for bit, rule in self._read((1 << len(self._rules)) - 1) if _truth(rule, book, self.base, memo)
        )
        """The rules that hold as things stand."""

    def outcome(self, changes: Facts) -> Approach | None:
        """The recommendation after the changes; None where they contradict what else is stated."""
        reach = self._reach(changes)
        values = self._after(changes, reach)
        if values is None:
            return None
        memo: Memo = {}
        vetoes: list[Rule] = []
        for bit, rule in self._read(reach.stale | self.held):
            if bit & reach.stale and not self._book.compiled[rule.name](values, memo):
                continue
            if rule.effect == "veto":
                vetoes.append(rule)
            elif approach := allowed(rule, vetoes):
                return approach
        return "measure_first"

    def holding(self, changes: Facts) -> int | None:
        """The rules that hold after the changes; None where they contradict what else is stated."""
        reach = self._reach(changes)
        values = self._after(changes, reach)
        if values is None:
            return None
        memo: Memo = {}
        again = sum(bit for bit, rule in self._read(reach.stale) if self._book.compiled[rule.name](values, memo))
        return self.held & ~reach.stale | again

    def holds_any(self, rules: int, changes: Facts) -> bool:
        """Whether one of these rules, each of which the changes touch, holds after them."""
        values = self._after(changes, self._reach(changes))
        memo: Memo = {}
        return values is not None and any(self._book.compiled[rule.name](values, memo) for _, rule in self._read(rules))

    def resting(self, name: str) -> int:
        """The rules that a change of the fact can touch, directly or through what follows from it."""
        return self._reach((name,)).stale

    def _read(self, rules: int) -> Iterator[tuple[int, Rule]]:
        """Yield rules in reading order, each with its bit."""
        while rules:
            bit = rules & -rules
            rules ^= bit
            yield bit, self._rules[bit.bit_length() - 1]

    def _after(self, changes: Facts, reach: _Reach) -> dict[str, FactValue] | None:
        values = {**self.base, **changes}
        for name in reach.facts:
            # What only followed from a changed fact no longer stands; it is inferred anew where it still follows.
            if name not in self._stated and name not in changes:
                values.pop(name, None)
        return _apply(values, self._book, reach.inferences, self._disputed) if reach.inferences else values

    def _reach(self, changes: Iterable[str]) -> _Reach:
        key = tuple(changes)
        if key not in self._reaches:
            self._reaches[key] = self._reach_of(key[0]) if len(key) == 1 else self._joined(key)
        return self._reaches[key]

    def _joined(self, names: Iterable[str]) -> _Reach:
        """What several facts touch is what each of them touches."""
        facts, numbers, stale = frozenset[str](), set[int](), 0
        for name in names:
            reach = self._reach((name,))
            facts, stale = facts | reach.facts, stale | reach.stale
            numbers.update(reach.inferences)
        return _Reach(facts, tuple(sorted(numbers)), stale)

    def _reach_of(self, name: str) -> _Reach:
        facts = frozenset(_closure(name, self._book))
        dependents: set[str] = set().union(*(self._book.dependents.get(fact, ()) for fact in facts))
        return _Reach(
            facts=facts,
            inferences=tuple(sorted({n for fact in facts for n in self._book.inferences_by_fact.get(fact, ())})),
            stale=sum(self._bits[name] for name in dependents & self._bits.keys()),
        )


def _closure(name: str, book: RuleBook) -> set[str]:
    """The fact and all that can follow from it, however many inferences away."""
    found: set[str] = set()
    pending = [name]
    while pending:
        fact = pending.pop()
        if fact not in found:
            found.add(fact)
            pending += [book.inferences[number].fact for number in book.inferences_by_fact.get(fact, ())]
    return found


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
