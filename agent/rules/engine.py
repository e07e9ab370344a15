"""The pure engine: facts in, votes and a recommendation out. No input or output, no clock, no chance."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from msgspec import Struct

from agent.rules.conditions import Condition, Facts, Memo, Reason, reasons, truth_of
from agent.rules.model import Inference, Rule, RuleBook, Table
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
    in_dispute = {contradiction.name for contradiction in use_case.contradictions}
    follows = _following(use_case.values, book, in_dispute)
    inferred = {each.fact: Fact(each.fact, each.value, "inferred", each.because) for each in follows}
    return UseCase({**use_case.facts, **inferred}, use_case.contradictions)


def fill(stated: Facts, book: RuleBook, disputed: Collection[str] = ()) -> dict[str, FactValue]:
    """The same for plain values: `infer` without origins."""
    return {**stated, **{each.fact: each.value for each in _following(stated, book, disputed)}}


def _following(stated: Facts, book: RuleBook, disputed: Collection[str]) -> list[Inference]:
    """Return the inferences that fill unknown facts."""
    values, found = dict(stated), []
    for number, inference in enumerate(book.inferences):
        if inference.fact in values or inference.fact in disputed:
            continue
        if book.compiled[f"inference:{number}"](values, {}):
            values[inference.fact] = inference.value
            found.append(inference)
    return found


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
    excluded = excluded_by(vetoes)
    pending: list[Rule] = []
    for rule in table.votes:
        truth = _truth(rule, book, facts, memo)
        if truth is None:
            pending.append(rule)
        if not truth:
            continue
        approach = allowed(rule, excluded)
        if approach:
            doubts = [v for v in exclusions if approach in v.approaches and _truth(v, book, facts, memo) is None]
            return Decision(rule, approach, tuple(vetoes), (*pending, *doubts))
    return Decision(None, None, tuple(vetoes), tuple(pending))


def leads_on(book: RuleBook, facts: Facts, passed: Collection[Approach], memo: Memo | None = None) -> Approach | None:
    """Return what the panel leads to once the rungs passed are behind; None where no other rule holds."""
    memo = {} if memo is None else memo
    vetoed = excluded_by(rule for rule in book.panel_vetoes if _truth(rule, book, facts, memo))
    holding = (rule for rule in book.panel.votes if _truth(rule, book, facts, memo))
    return next((approach for rule in holding if (approach := allowed(rule, vetoed.union(passed)))), None)


def _vetoes(table: Table, book: RuleBook) -> tuple[Rule, ...]:
    return book.panel_vetoes if table.kind == "panel" else table.vetoes


def excluded_by(vetoes: Iterable[Rule]) -> frozenset[Approach]:
    """Return the approaches that vetoes which hold leave to nobody."""
    return frozenset(approach for veto in vetoes for approach in veto.approaches)


def allowed(rule: Rule, excluded: Collection[Approach]) -> Approach | None:
    """Return the first of a rule's approaches that is not excluded."""
    for approach in rule.approaches:
        if approach not in excluded:
            return approach
    return None


def _truth(rule: Rule, book: RuleBook, facts: Facts, memo: Memo) -> Truth:
    name = rule.name
    if name not in memo:
        memo[name] = book.compiled[name](facts, memo)
    return memo[name]


class Findings:
    """How the rules of a book come out on some facts; what several of them rest on is evaluated once."""

    def __init__(self, book: RuleBook, facts: Facts, memo: Memo | None = None) -> None:
        self.book = book
        self.facts = facts
        self._memo: Memo = {} if memo is None else memo

    def holds(self, rule: Rule) -> bool:
        """Whether the rule holds for certain."""
        return _truth(rule, self.book, self.facts, self._memo) is True

    def truth(self, condition: Condition) -> Truth:
        """How a part of a rule comes out."""
        return truth_of(condition, self.facts, self.book.definitions, self._memo)

    def reasons(self, condition: Condition, *, wanted: Truth) -> tuple[Reason, ...]:
        """Return the tests that make a condition come out `wanted`; empty when it comes out otherwise."""
        return reasons(condition, self.facts, self.book.definitions, wanted=wanted, memo=self._memo)


def reading_order(book: RuleBook) -> tuple[Rule, ...]:
    """Return the panel's rules as they are read: all vetoes, then the votes down to the first that may decide."""
    return (*book.panel_vetoes, *book.panel.votes)


class _Reach(NamedTuple):
    """What a change of some facts can touch: the facts that follow, the inferences to run again, the rules to read."""

    facts: frozenset[str]
    inferences: tuple[int, ...]
    stale: int
    """The panel's rules to be evaluated again, as bits; the others stay as they are."""


class After(NamedTuple):
    """What some change leads to."""

    held: int
    """The panel's rules that hold after it, as the bits of `WhatIf`."""
    outcome: Approach
    read: int
    """The rules that are read down to the one that decides; all where none does."""


class WhatIf:
    """Recommendations under changed facts; only what a change makes stale is evaluated again.

    `disputed` names facts stated with different values: they stay unknown, whatever else would follow. Sets of the
    panel's rules are bits in reading order, the rule that is read first the lowest.
    """

    def __init__(self, book: RuleBook, stated: Facts, disputed: Collection[str] = ()) -> None:
        self.book = book
        self.stated = stated
        self.disputed = disputed
        self.base = fill(stated, book, disputed)
        """The facts as things stand, with what follows from them."""
        self._rules = reading_order(book)
        self._bits = {rule.name: 1 << place for place, rule in enumerate(self._rules)}
        self.vetoes = (1 << len(book.panel_vetoes)) - 1
        """The rules that are vetoes."""
        self._reaches: dict[tuple[str, ...], _Reach] = {}
        self._alone: dict[tuple[str, FactValue], After | None] = {}
        self._decided: dict[int, tuple[Approach, int]] = {}
        self.memo: Memo = {}
        """How the panel's rules, and what they refer to, come out as things stand."""
        self.held = sum(
            bit for bit, rule in self._read((1 << len(self._rules)) - 1) if _truth(rule, book, self.base, self.memo)
        )
        """The rules that hold as things stand."""

    def after(self, name: str, value: FactValue) -> After | None:
        """What one change leads to, found once; None where it contradicts what else is stated."""
        key = name, value
        if key not in self._alone:
            self._alone[key] = self._change({name: value})
        return self._alone[key]

    def _change(self, changes: Facts) -> After | None:
        reach = self._reach(changes)
        values = self._after(changes, reach)
        if values is None:
            return None
        memo: Memo = {}
        held = self.held & ~reach.stale
        for bit, rule in self._read(reach.stale):
            if self.book.compiled[rule.name](values, memo):
                held |= bit
        return After(held, *self.where(held))

    def where(self, held: int) -> tuple[Approach, int]:
        """What is recommended where these rules hold, and the rules that are read down to the one that decides."""
        if held not in self._decided:
            self._decided[held] = self._decide(held)
        return self._decided[held]

    def _decide(self, held: int) -> tuple[Approach, int]:
        excluded = excluded_by(rule for _, rule in self._read(held & self.vetoes))
        for bit, rule in self._read(held & ~self.vetoes):
            approach = allowed(rule, excluded)
            if approach is not None:
                return approach, 2 * bit - 1
        return "measure_first", -1

    def outcome(self, changes: Facts) -> Approach | None:
        """The recommendation after the changes; None where they contradict what else is stated."""
        reach = self._reach(changes)
        values = self._after(changes, reach)
        if values is None:
            return None
        memo: Memo = {}
        excluded: set[Approach] = set()
        for bit, rule in self._read(reach.stale | self.held):
            if bit & reach.stale and not self.book.compiled[rule.name](values, memo):
                continue
            if rule.effect == "veto":
                excluded.update(rule.approaches)
            elif approach := allowed(rule, excluded):
                return approach
        return "measure_first"

    def holds_any(self, rules: int, changes: Facts) -> bool:
        """Whether one of these rules, each of which the changes touch, holds after them."""
        values = self._after(changes, self._reach(changes))
        memo: Memo = {}
        return values is not None and any(self.book.compiled[rule.name](values, memo) for _, rule in self._read(rules))

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
            if name not in self.stated and name not in changes:
                values.pop(name, None)
        return _apply(values, self.book, reach.inferences, self.disputed) if reach.inferences else values

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
        facts = frozenset(_closure(name, self.book))
        dependents: set[str] = set().union(*(self.book.dependents.get(fact, ()) for fact in facts))
        return _Reach(
            facts=facts,
            inferences=tuple(sorted({n for fact in facts for n in self.book.inferences_by_fact.get(fact, ())})),
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
