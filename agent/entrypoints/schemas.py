"""The JSON Schemas of what `--json` prints, generated from the types; `make docs` writes them to docs/schemas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from agent.conversation.state import TurnReply
from agent.corpus.audit import Discrepancy
from agent.corpus.documents import AddReport
from agent.corpus.originals import Attached
from agent.entrypoints.checkup import Check
from agent.entrypoints.commands.check import Comparison
from agent.entrypoints.commands.corpus import Forgotten
from agent.entrypoints.commands.memo import MemoChecked
from agent.entrypoints.commands.rules import RuleShown
from agent.entrypoints.commands.runs import Replay, RunShown
from agent.entrypoints.commands.search import Found
from agent.entrypoints.commands.sessions import SessionShown
from agent.entrypoints.slack.checking import Report
from agent.resources import PACKAGE
from agent.rules.lint import LintFinding
from agent.store.rows import SessionRow
from agent.store.runs import RunRecord
from agent.types import Answer, FactOut, FactSpec, Passage, Source, Verdict

SCHEMAS: dict[str, Any] = {
    "answer": Answer,
    "facts": dict[str, FactOut],
    "facts-list": tuple[FactSpec, ...],
    "verdict": Verdict,
    "comparison": Comparison,
    "memo-check": tuple[MemoChecked, ...],
    "search": tuple[Found, ...],
    "rules-list": tuple[RuleShown, ...],
    "rules-show": RuleShown,
    "rules-lint": tuple[LintFinding, ...],
    "corpus-list": tuple[Source, ...],
    "corpus-show": tuple[Passage, ...],
    "corpus-add": AddReport,
    "corpus-remove": Forgotten,
    "corpus-detach": Forgotten,
    "corpus-attach": tuple[Attached, ...],
    "corpus-verify": tuple[Discrepancy, ...],
    "slack-check": Report,
    "doctor": tuple[Check, ...],
    "runs-list": tuple[RunShown, ...],
    "runs-show": RunRecord,
    "runs-replay": Replay,
    "chat-turn": TurnReply,
    "sessions-list": tuple[SessionRow, ...],
    "sessions-show": SessionShown,
    "sessions-delete": tuple[str, ...],
}


def schema(name: str) -> str:
    """Return one schema as indented JSON."""
    content = msgspec.json.encode(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(SCHEMAS[name])}
    )
    return msgspec.json.format(content, indent=2).decode() + "\n"


def write_all(folder: Path) -> None:
    """Write every schema into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SCHEMAS:
        (folder / f"{name}.json").write_text(schema(name), encoding="utf-8")


if __name__ == "__main__":
    write_all(PACKAGE.parent / "docs" / "schemas")
