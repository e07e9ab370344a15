"""Keeps run records: for each answer, what it rested on and what it took, one JSON file each in the data folder.

Owns the record, its name and how many are kept. Judging a record again is the command's business.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from agent.errors import SettingsError, UsageError
from agent.files import write_whole
from agent.types import Answer, Approach, FactOut, Mode, Passage, RunTrace

FOLDER = "runs"
KEPT = 1_000
"""The newest records that stay; a record has some kilobytes."""
ID_DIGITS = 16


class RunRecord(Struct, frozen=True, tag_field="schema", tag="rung.run/1"):
    """What one answer rested on, enough to judge it again."""

    at: str
    """ISO time in UTC."""
    rung: str
    """Version."""
    question: str
    kind: str
    mode: Mode
    facts: dict[str, FactOut]
    """As they were judged; a fact in dispute has no value."""
    recommendation: Approach | None
    digest: str
    """The verdict's; empty where nothing was judged."""
    corpus_sha256: str
    rules_sha256: dict[str, str]
    """By rule table."""
    answer_sha256: str
    timings_ms: dict[str, float]
    run: RunTrace | None = None
    """Prompts by hash, model, calls, tokens and cost; None where no model took part."""

    @property
    def id(self) -> str:
        """The record's name: a hash of what is in it."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:ID_DIGITS]

    @property
    def tokens(self) -> int:
        """Tokens of all calls, prompts and replies together."""
        roles = (self.run.read, self.run.write) if self.run else ()
        return sum(call.input_tokens + call.output_tokens for role in roles if role for call in role.calls)

    @property
    def cost_usd(self) -> float | None:
        """By list price; None where the price of a model that was called is not known."""
        roles = [role for role in ((self.run.read, self.run.write) if self.run else ()) if role and role.calls]
        known = [role.cost_usd for role in roles if role.cost_usd is not None]
        return sum(known) if len(known) == len(roles) else None


def record_of(
    answer: Answer, *, at: str, version: str, passages: Iterable[Passage], rules_sha256: Mapping[str, str]
) -> RunRecord:
    """Return the record of an answer."""
    return RunRecord(
        at=at,
        rung=version,
        question=answer.question,
        kind=answer.kind,
        mode=answer.mode,
        facts=answer.facts,
        recommendation=answer.verdict.recommendation if answer.verdict else None,
        digest=answer.verdict.digest if answer.verdict else "",
        corpus_sha256=corpus_sha256(passages),
        rules_sha256=dict(rules_sha256),
        answer_sha256=hashlib.sha256(answer.answer.encode()).hexdigest(),
        timings_ms=answer.timings_ms,
        run=answer.run,
    )


def corpus_sha256(passages: Iterable[Passage]) -> str:
    """Return a hash of everything that could be cited."""
    rows = sorted((passage.id, passage.section, passage.text, passage.quote) for passage in passages)
    return hashlib.sha256(msgspec.json.encode(rows)).hexdigest()


class RunStore:
    """The records of one data folder."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER

    def write(self, record: RunRecord) -> str:
        """Keep a record and return its id; the oldest go beyond `KEPT`. Raises SettingsError where the disk refuses."""
        try:
            content = msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"
            write_whole(self._folder / f"{record.id}.json", content)
        except OSError as error:
            raise SettingsError(
                f"the run was not recorded: {error.strerror or error}", hint="check RUNG_HOME"
            ) from error
        for path in self._paths()[KEPT:]:
            path.unlink(missing_ok=True)
        return record.id

    def list(self, *, notify: Callable[[str], None] = lambda line: None) -> tuple[RunRecord, ...]:
        """Return the records, newest first; `notify` gets a line for each that is damaged and left out.

        Raises SettingsError where the folder cannot be read.
        """
        found = []
        for path in self._found():
            try:
                found.append(msgspec.json.decode(path.read_bytes(), type=RunRecord))
            except FileNotFoundError:  # another process has just taken it away
                continue
            except (OSError, msgspec.MsgspecError) as error:
                reason = error.strerror if isinstance(error, OSError) else error
                notify(f"the record {path.stem} cannot be read: {reason} (delete {path})")
        return tuple(sorted(found, key=lambda record: record.at, reverse=True))

    def find(self, start: str) -> RunRecord:
        """Return the record whose id begins so; UsageError where there is none, more than one, or it was changed."""
        paths = [path for path in self._found() if path.stem.startswith(start)]
        if len(paths) != 1 or not start:
            problem = "several runs begin" if paths and start else "no run begins"
            raise UsageError(f"{problem} with {start[:40]!r}", hint="`rung runs list` prints their ids")
        try:
            record = msgspec.json.decode(paths[0].read_bytes(), type=RunRecord)
        except (OSError, msgspec.MsgspecError) as error:
            raise SettingsError(f"the record {paths[0].stem} cannot be read: {error}", hint="delete it") from error
        if record.id != paths[0].stem:
            raise SettingsError(f"the record {paths[0].stem} was changed after it was written", hint="delete it")
        return record

    def _found(self) -> Sequence[Path]:
        """Return the same files as `_paths`; SettingsError where they cannot be looked for."""
        try:
            os.scandir(self._folder).close()
        except FileNotFoundError:  # nothing was recorded yet
            return ()
        except OSError as error:
            raise SettingsError(f"{self._folder} cannot be read: {error.strerror}", hint="check RUNG_HOME") from error
        return self._paths()

    def _paths(self) -> Sequence[Path]:
        """Return the files, the most recently written first."""
        timed = []
        with suppress(OSError):
            for path in self._folder.glob("*.json"):
                with suppress(OSError):  # another process may just have taken it away
                    timed.append((path.stat().st_mtime_ns, path))
        return [path for _, path in sorted(timed, reverse=True)]
