"""Records a run beside its answer: which rules, passages, prompts and model it rested on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from agent.entrypoints.terminal import notify
from agent.errors import SettingsError
from agent.rules.model import RuleBook
from agent.store.runs import RunStore, record_of
from agent.types import Answer, Passage


def record(answer: Answer, *, home: Path, book: RuleBook, passages: Iterable[Passage]) -> str:
    """Keep the record of an answer and return its id; a disk that refuses costs the record, not the answer."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    kept = record_of(answer, at=at, version=_version(), passages=passages, rules_sha256=rule_hashes(book))
    try:
        return RunStore(home).write(kept)
    except SettingsError as error:
        notify(str(error))
        return ""


def rule_hashes(book: RuleBook) -> dict[str, str]:
    """Return the sha256 of each rule table and of the inferences."""
    return {**{table.id: table.sha256 for table in (*book.tables, book.panel)}, "inferences": book.inferences_sha256}


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # here, since it takes as long as a rule check

    try:
        return version("rung")
    except PackageNotFoundError:
        return ""
