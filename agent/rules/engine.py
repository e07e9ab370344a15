"""The pure engine: facts in, votes and a recommendation out. No input or output, no clock, no chance."""

from __future__ import annotations

from collections.abc import Collection, Iterable

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


class _Reach(Struct, frozen=True):
    """What a change of some facts can touch: the facts that follow, the inferences to run again, the rules to read."""

    facts: frozenset[str]
    inferences: tuple[int, ...]
    stale: frozenset[str]
    vetoes: tuple[Rule, ...]
    votes: tuple[Rule, ...]
    """The panel's rules that hold already or may hold after the change, in order; the others stay as they are."""


class WhatIf:
    """Recommendations under changed facts; only what a change makes stale is evaluated again.

    `disputed` names facts stated with different values: they stay unknown, whatever else would follow.
    """

    def __init__(self, book: RuleBook, stated: Facts, disputed: Collection[str] = ()) -> None:
        self._book = book
        self._stated = stated
        self._disputed = disputed
        self._base = fill(stated, book, disputed)
        memo: Memo = {}
        self._truths = {rule.name: _truth(rule, book, self._base, memo) for rule in _panel_rules(book)}
        self._reaches: dict[tuple[str, ...], _Reach] = {}
        self._closures: dict[str, frozenset[str]] = {}

    def outcome(self, changes: Facts) -> Approach | None:
        """The recommendation after the changes; None where they contradict what else is stated."""
        return self.decided(changes)[0]

    def decided(self, changes: Facts) -> tuple[Approach | None, str | None]:
        """The recommendation after the changes, and the name of the rule that gives it, None where none does."""
        reach = self._reach(changes)
        values = self._after(changes, reach)
        if values is None:
            return None, None
        memo: Memo = {}
        held = [rule for rule in reach.vetoes if self._holds(rule, reach, values, memo)]
        for rule in reach.votes:
            if self._holds(rule, reach, values, memo):
                approach = _allowed(rule, held)
                if approach is not None:
                    return approach, rule.name
        return "measure_first", None

    def moved(self, changes: Facts) -> tuple[str, ...]:
        """The panel's rules whose truth the changes alter."""
        reach = self._reach(changes)
        values = self._after(changes, reach)
        if values is None:
            return ()
        memo: Memo = {}
        return tuple(name for name in reach.stale if self._book.compiled[name](values, memo) is not self._truths[name])

    def rests(self, name: str) -> frozenset[str]:
        """The panel's rules that a change of the fact can touch, directly or through what follows from it."""
        return self._reach((name,)).stale

    def _holds(self, rule: Rule, reach: _Reach, values: Facts, memo: Memo) -> bool:
        if rule.name in reach.stale:
            return self._book.compiled[rule.name](values, memo) is True
        return self._truths[rule.name] is True

    def _after(self, changes: Facts, reach: _Reach) -> dict[str, FactValue] | None:
        values = {**self._base, **changes}
        for name in reach.facts:
            # What only followed from a changed fact no longer stands; it is inferred anew where it still follows.
            if name not in self._stated and name not in changes:
                values.pop(name, None)
        return _apply(values, self._book, reach.inferences, self._disputed) if reach.inferences else values

    def _reach(self, changes: Iterable[str]) -> _Reach:
        key = tuple(changes)
        if key not in self._reaches:
            # What several facts touch is what each of them touches.
            facts = frozenset().union(*(self._follows(name) for name in key))
            self._reaches[key] = self._reach_of(facts)
        return self._reaches[key]

    def _follows(self, name: str) -> frozenset[str]:
        if name not in self._closures:
            self._closures[name] = frozenset(_closure(name, self._book))
        return self._closures[name]

    def _reach_of(self, facts: frozenset[str]) -> _Reach:
        book, truths = self._book, self._truths
        none: frozenset[str] = frozenset()
        stale = none.union(*(self._book.dependents.get(name, none) for name in facts)) & truths.keys()
        return _Reach(
            facts=facts,
            inferences=tuple(sorted({number for name in facts for number in book.inferences_by_fact.get(name, ())})),
            stale=stale,
            vetoes=tuple(rule for rule in book.panel_vetoes if rule.name in stale or truths[rule.name]),
            votes=tuple(rule for rule in book.panel.votes if rule.name in stale or truths[rule.name]),
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


def _panel_rules(book: RuleBook) -> tuple[Rule, ...]:
    return (*book.panel_vetoes, *book.panel.votes)


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
