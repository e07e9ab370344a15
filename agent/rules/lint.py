"""Lint over the fact space: what a reader of the rule files would want to be told before trusting them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, islice, product

from msgspec import Struct

from agent.rules.conditions import Test, tests_of, truth_of
from agent.rules.engine import decide, infer_values
from agent.rules.explain import cells_of
from agent.rules.model import Rule, RuleBook, Table
from agent.types import FactValue, Passage, Truth

MAX_POINTS = 60_000
"""Points of a rule's own fact space looked at; every rule so far has fewer."""


class LintFinding(Struct, frozen=True):
    """One thing to mend, with where it stands."""

    kind: str
    place: str
    message: str


def lint(book: RuleBook, passages: Iterable[Passage]) -> tuple[LintFinding, ...]:
    """Return wrong examples, rules that never hold or are always shadowed, gaps, and uncited normative passages."""
    tables = (*book.tables, book.panel)
    found = [finding for table in tables for finding in _lint_table(table, book)]
    return (*found, *_uncited(book, passages))


def _lint_table(table: Table, book: RuleBook) -> Iterator[LintFinding]:
    for rule in table.rules:
        yield from _wrong_examples(rule, book)
        if not rule.is_always:
            yield from _unreachable(rule, table, book)
    if table.kind == "panel" and not any(rule.is_always for rule in table.votes):
        yield LintFinding("gap", table.id, "no rule holds always, so some cases get no recommendation")


def _wrong_examples(rule: Rule, book: RuleBook) -> Iterator[LintFinding]:
    expected: tuple[tuple[str, Truth], ...] = (("holds", True), ("fails", False), ("unknown", None))
    for group, truth in expected:
        for facts in getattr(rule.examples, group):
            if truth_of(rule.when, facts, book.definitions) is not truth:
                yield LintFinding("example", rule.place, f"{rule.id}: the example {facts} does not come out as {group}")


def _unreachable(rule: Rule, table: Table, book: RuleBook) -> Iterator[LintFinding]:
    can_hold = False
    for facts in _holding_points(rule, book):
        can_hold = True
        if rule.effect != "for" or decide(table, book, facts).rule is rule:
            return
    if can_hold:
        yield LintFinding("shadowed", rule.place, f"{rule.id} is always shadowed by a rule above it")
    else:
        yield LintFinding("never holds", rule.place, f"{rule.id} can never hold")


def _holding_points(rule: Rule, book: RuleBook) -> Iterator[dict[str, FactValue]]:
    """Points of the rule's own fact space, with what follows, at which it holds; examples before all."""
    holds = book.compiled[rule.name]
    for facts in (*rule.examples.holds, *islice(_points(rule, book), MAX_POINTS)):
        consistent = infer_values(dict(facts), book)
        if consistent is not None and holds(consistent, {}):
            yield consistent


def _points(rule: Rule, book: RuleBook) -> Iterator[dict[str, FactValue]]:
    """Every combination of cells of the facts a rule rests on, fewest known facts first."""
    tests: dict[str, list[Test]] = {}
    for test in tests_of(rule.when, book.definitions):
        tests.setdefault(test.fact, []).append(test)
    cells = {name: cells_of(book.catalogue[name], found) for name, found in tests.items()}
    for size in range(len(cells) + 1):
        for names in combinations(cells, size):
            for values in product(*(cells[name] for name in names)):
                yield dict(zip(names, values, strict=True))


def _uncited(book: RuleBook, passages: Iterable[Passage]) -> Iterator[LintFinding]:
    cited = {passage for rule in book.rules for passage in rule.cite}
    cited |= {passage for stage in book.stages.values() for passage in stage.passages}
    for passage in passages:
        if passage.is_normative and passage.id not in cited:
            yield LintFinding("uncited", passage.id, "a normative passage that no rule cites")
