"""Whether the rules say what their sources say: each source's worked examples, and every rule's own examples."""

from __future__ import annotations

from collections.abc import Iterator

from agent.rules.conditions import truth_of
from agent.rules.engine import infer, vote
from agent.rules.model import Rule, RuleBook, Table, WorkedExample
from agent.types import Fact, Truth, UseCase
from eval.figures import Figure, Score
from eval.run import Run
from eval.targets import target_of

EXPECTED: dict[str, Truth] = {"holds": True, "fails": False, "unknown": None}


def evaluate(run: Run) -> Iterator[Figure]:
    """Yield the share of worked examples with their article's verdict, in all and per source, and of rule examples."""
    book = run.subject.book
    worked = tuple(_worked(table, example, book) for table in book.tables for example in table.worked_examples)
    target = target_of("sources.worked")
    yield Figure("sources.worked", "worked examples as in their article", worked, target=target)
    for table in book.tables:
        own = tuple(score for score in worked if score.group == table.id)
        yield Figure(f"sources.worked.{table.id}", f"… of {table.id}", own)
    examples = tuple(score for rule in book.rules for score in _examples(rule, book))
    target = target_of("sources.examples")
    yield Figure("sources.examples", "rule examples as stated", examples, target=target)


def _worked(table: Table, example: WorkedExample, book: RuleBook) -> Score:
    stated = UseCase({name: Fact(name, value) for name, value in example.facts.items()})
    got = vote(table, book, infer(stated, book).values, {}).recommendation
    return Score(
        f"{table.id}: {example.name}",
        float(got == example.expect),
        group=table.id,
        expected=example.expect,
        got=got or "no vote",
    )


def _examples(rule: Rule, book: RuleBook) -> Iterator[Score]:
    for group, truth in EXPECTED.items():
        for number, facts in enumerate(getattr(rule.examples, group), 1):
            got = truth_of(rule.when, facts, book.definitions)
            yield Score(
                f"{rule.id} {group} {number}",
                float(got is truth),
                group=rule.table,
                expected=str(truth),
                got=str(got),
                detail=rule.place,
            )
