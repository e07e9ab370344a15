"""`rung check`: the rules alone, on facts a person has written down or corrected."""

from __future__ import annotations

import argparse

from msgspec import Struct

from agent.answer.clashes import clashes
from agent.answer.report import describe
from agent.answer.wording import LABELS
from agent.bootstrap import open_book
from agent.entrypoints.casefile import read_case, read_changes, show_value
from agent.entrypoints.terminal import notify, print_json, print_markdown
from agent.rules.verdict import judge
from agent.settings import load_settings
from agent.text import lower_first
from agent.types import Approach, Fact, FactValue, UseCase, Verdict

UNDETERMINED = 4


class Comparison(Struct, frozen=True):
    """A verdict before and after a change, as `--json --what-if` shows it."""

    changes: dict[str, FactValue]
    before: Verdict
    after: Verdict


def check(arguments: argparse.Namespace) -> int:
    """Print the verdict on a case file; with `--what-if`, what the change changes."""
    book, library = open_book(load_settings(), arguments.rules, notify=notify)
    use_case = read_case(arguments.case, book.catalogue)
    verdict = judge(use_case, book)
    if arguments.what_if:
        changes = read_changes(arguments.what_if, book.catalogue)
        changed = {**use_case.facts, **{name: Fact(name, value, "assumed") for name, value in changes.items()}}
        after = judge(UseCase(changed, use_case.contradictions), book)
        comparison = Comparison(changes, verdict, after)
        print_json(comparison) if arguments.json else print_markdown(_compare(comparison))
        verdict = after
    elif arguments.json:
        print_json(verdict)
    else:
        passages = {passage.id: passage for passage in library.passages}
        report = describe(verdict, book.catalogue, passages)
        said = clashes({name: fact.value for name, fact in use_case.facts.items()}, book.catalogue)
        print_markdown("\n\n".join([*(f"**Mind:** {lower_first(one)}" for one in said), report]))
    return UNDETERMINED if verdict.standing == "undetermined" else 0


def _compare(comparison: Comparison) -> str:
    before, after = comparison.before, comparison.after
    changes = ", ".join(f"{name} = {show_value(value)}" for name, value in comparison.changes.items())
    moved = before.recommendation != after.recommendation
    lines = [
        f"With {changes}:",
        "",
        f"- recommendation: {LABELS[before.recommendation]} → {LABELS[after.recommendation]}"
        if moved
        else f"- recommendation: {LABELS[after.recommendation]}, as before",
        f"- standing: {before.standing} → {after.standing}"
        if before.standing != after.standing
        else f"- standing: {after.standing}, as before",
    ]
    old = {driver.rule for driver in before.drivers}
    new = {driver.rule for driver in after.drivers}
    lines += [f"- now holds: {d.says} ({d.rule})" for d in after.drivers if d.rule not in old]
    lines += [f"- no longer decides: {d.says} ({d.rule})" for d in before.drivers if d.rule not in new]
    votes = {vote.source: vote.recommendation for vote in before.sources}
    for vote in after.sources:
        if votes.get(vote.source) != vote.recommendation:
            lines.append(f"- {vote.source}: {_label(votes.get(vote.source))} → {_label(vote.recommendation)}")
    return "\n".join(lines)


def _label(approach: Approach | None) -> str:
    return LABELS[approach] if approach else "no view"
