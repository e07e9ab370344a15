"""`rung rules`: what the sources' rules say, one by one, and whether they are in order."""

from __future__ import annotations

import argparse
import json

from msgspec import Struct

from agent.bootstrap import open_book
from agent.entrypoints.terminal import notify, print_json, print_markdown, print_text
from agent.errors import UsageError
from agent.rules.conditions import in_words
from agent.rules.lint import lint
from agent.rules.model import Examples, Rule, RuleBook
from agent.settings import load_settings
from agent.types import Approach, Effect, Need


class RuleShown(Struct, frozen=True):
    """One rule, as `--json` shows it."""

    id: str
    source: str
    effect: Effect
    approaches: tuple[Approach, ...]
    covers: tuple[Approach, ...]
    need: Need | None
    says: str
    when: str
    """The condition in words, terms spelled out."""
    passages: tuple[str, ...]
    examples: Examples
    place: str


def show_list(arguments: argparse.Namespace) -> int:
    """List the rules by table: id, effect, approaches, and what the rule says."""
    book, _ = open_book(load_settings(), arguments.rules, notify=notify)
    tables = [table for table in (*book.tables, book.panel) if arguments.source in (None, table.id)]
    if not tables:
        known = ", ".join(table.id for table in (*book.tables, book.panel))
        raise UsageError(f"no rules of {arguments.source!r}", hint=f"there are: {known}")
    if arguments.json:
        print_json(tuple(_shown(rule, book) for table in tables for rule in table.rules))
        return 0
    for table in tables:
        print_text(f"{table.id}: {table.framework}")
        for rule in table.rules:
            print_text(f"  {rule.id:<44} {rule.effect:<8} {', '.join(rule.approaches):<28} {rule.says}")
        print_text()
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Show one rule whole."""
    book, library = open_book(load_settings(), arguments.rules, notify=notify)
    try:
        rule = book.rule(arguments.rule)
    except KeyError:
        raise UsageError(f"there is no rule {arguments.rule!r}", hint="`rung rules list` prints their ids") from None
    if arguments.json:
        print_json(_shown(rule, book))
        return 0
    passages = {passage.id: passage for passage in library.passages}
    lines = [f"# {rule.id}", "", rule.says, "", f"- from: {rule.table} ({rule.place})"]
    lines.append(f"- effect: {rule.effect} {', '.join(rule.approaches)}")
    lines.append(f"- when: {in_words(rule.when, book.definitions)}")
    for group, comes_out in (("holds", "holds"), ("fails", "does not hold"), ("unknown", "stays unknown")):
        lines += [f"- example where it {comes_out}: {json.dumps(facts)}" for facts in getattr(rule.examples, group)]
    for passage in rule.cite:
        lines += ["", f"> {passages[passage].cited_text}", "", f"— {passage}"]
    print_markdown("\n".join(lines))
    return 0


def lint_rules(arguments: argparse.Namespace) -> int:
    """Print what should be mended; exit code 1 where there is anything."""
    book, library = open_book(load_settings(), arguments.rules, notify=notify, anew=True)
    added = {source.id for source in library.added}
    findings = lint(book, (passage for passage in library.passages if passage.source not in added))
    if arguments.json:
        print_json(findings)
    else:
        for finding in findings:
            print_text(f"{finding.place}: {finding.kind}: {finding.message}")
        total = sum(len(table.rules) for table in (*book.tables, book.panel))
        print_text(f"{total} rules, {len(findings)} to mend")
    return 1 if findings else 0


def _shown(rule: Rule, book: RuleBook) -> RuleShown:
    return RuleShown(
        id=rule.id,
        source=rule.table,
        effect=rule.effect,
        approaches=rule.approaches,
        covers=rule.covers,
        need=rule.need,
        says=rule.says,
        when=in_words(rule.when, book.definitions),
        passages=rule.cite,
        examples=rule.examples,
        place=rule.place,
    )
