"""`rung runs`: what earlier answers rested on and took, and whether they would be judged the same today."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from msgspec import Struct

from agent.bootstrap import open_book
from agent.entrypoints.recording import rule_hashes
from agent.entrypoints.terminal import notify, print_json, print_text
from agent.errors import UsageError
from agent.rules.verdict import judge
from agent.settings import load_settings
from agent.store.runs import RunRecord, RunStore, corpus_sha256
from agent.types import Approach, Contradiction, Fact, UseCase


class RunShown(Struct, frozen=True):
    """A run as a list shows it."""

    id: str
    at: str
    mode: str
    kind: str
    recommendation: Approach | None
    tokens: int
    cost_usd: float | None
    """None where no model was called or its price is not known."""
    question: str


class Replay(Struct, frozen=True):
    """What judging a recorded run again gives."""

    id: str
    is_same: bool
    recommendation_then: Approach | None
    recommendation_now: Approach
    digest_then: str
    digest_now: str
    changed: tuple[str, ...]
    """What is not as it was: `corpus`, and rule tables by name."""


def show_list(arguments: argparse.Namespace) -> int:
    """List the runs, newest first."""
    shown = tuple(_shown(record) for record in RunStore(load_settings().home).list(notify=notify))
    if arguments.json:
        print_json(shown)
        return 0
    for run in shown:
        title = " ".join(run.question.split())
        used = f"{run.tokens:,} tokens, {_price(run)}" if run.tokens else "no model"
        print_text(f"{run.id}  {run.at}  {run.recommendation or run.kind:<16}  {used:<32}  {title[:60]}")
    if not shown:
        notify("no run is recorded; `rung ask --record` records one, and every run with a model is")
    return 0


def _price(run: RunShown) -> str:
    return "price not known" if run.cost_usd is None else f"${run.cost_usd:.4f}"


def show(arguments: argparse.Namespace) -> int:
    """Print one record whole, as JSON."""
    print_json(RunStore(load_settings().home).find(arguments.id))
    return 0


def replay(arguments: argparse.Namespace) -> int:
    """Judge a run's facts again; exit code 1 where the verdict is another one today."""
    settings = load_settings()
    record = RunStore(settings.home).find(arguments.id)
    if not record.digest:
        raise UsageError(f"the run {record.id} judged no case", hint="only advice on a described case can be replayed")
    book, library = open_book(settings, arguments.rules, notify=notify)
    verdict = judge(use_case_of(record), book)
    changed = ["corpus"] if corpus_sha256(library.passages) != record.corpus_sha256 else []
    now = rule_hashes(book)
    changed += sorted(
        name for name in now.keys() | record.rules_sha256.keys() if now.get(name) != record.rules_sha256.get(name)
    )
    result = Replay(
        id=record.id,
        is_same=verdict.digest == record.digest,
        recommendation_then=record.recommendation,
        recommendation_now=verdict.recommendation,
        digest_then=record.digest,
        digest_now=verdict.digest,
        changed=tuple(changed),
    )
    if arguments.json:
        print_json(result)
    else:
        for line in _lines(result):
            print_text(line)
    return int(not result.is_same)


def _lines(result: Replay) -> Iterator[str]:
    yield f"{result.id}: {'the same verdict' if result.is_same else 'another verdict'}"
    yield f"recommendation: {result.recommendation_then} then, {result.recommendation_now} now"
    yield f"digest: {result.digest_then[:16]} then, {result.digest_now[:16]} now"
    yield f"changed since: {', '.join(result.changed) or 'nothing'}"


def use_case_of(record: RunRecord) -> UseCase:
    """Return the facts as they were judged; a fact without a value was in dispute."""
    known = {
        n: Fact(n, fact.value, fact.origin, fact.evidence) for n, fact in record.facts.items() if fact.value is not None
    }
    disputed = tuple(Contradiction(name, ()) for name, fact in record.facts.items() if fact.value is None)
    return UseCase(known, disputed)


def _shown(record: RunRecord) -> RunShown:
    cost = record.cost_usd if record.tokens else None
    return RunShown(
        id=record.id,
        at=record.at,
        mode=record.mode,
        kind=record.kind,
        recommendation=record.recommendation,
        tokens=record.tokens,
        cost_usd=cost,
        question=record.question,
    )
