"""Slack's threads as conversations: takes turns, looks back at one, hands out memos, keeps feedback, forgets.

Knows teams, channels and threads by name only, and none of Slack's libraries. A thread's conversation is read from the
store for each turn, so that nothing is lost with the process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from agent.conversation.commands import HELP
from agent.conversation.conversation import Conversation
from agent.conversation.record import Record
from agent.conversation.state import TurnReply
from agent.entrypoints.slack.memory import Locks
from agent.errors import UsageError
from agent.store.rows import TurnRow
from agent.types import Fact, FactSpec, FactValue

if TYPE_CHECKING:
    from agent.advisor import Advisor, Understood
    from agent.entrypoints.slack.feedback import Feedback
    from agent.memo.writer import MemoWriter
    from agent.store.sessions import SessionStore

_WORDS = {name.removeprefix("/") for name in HELP}
_WITH_MORE = re.compile(r"(?P<name>facts|what-if|why-not|passage)\s+(?P<rest>\S.*)", re.DOTALL | re.IGNORECASE)
_ASSIGNS = re.compile(r"\w+\s*=")


class MemoFile(Struct, frozen=True):
    """A memo ready to post."""

    name: str
    title: str
    content: bytes


class Desk:
    """Everything a team asks for, over one advisor and one store."""

    def __init__(
        self,
        advisor: Advisor,
        store: SessionStore,
        feedback: Feedback,
        *,
        open_memos: Callable[[], MemoWriter],
        has_pdf: bool,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._advisor = advisor
        self._store = store
        self._feedback = feedback
        self._open_memos = open_memos
        self._has_pdf = has_pdf
        self._now = now
        self._locks = Locks()

    @property
    def catalogue(self) -> Mapping[str, FactSpec]:
        """Every fact that can be told."""
        return self._advisor.book.catalogue

    def knows(self, key: str) -> bool:
        """Tell whether a thread is one of ours."""
        return self._store.exists(key)

    def take(self, key: str, text: str, *, speaker: str, facts: Mapping[str, FactValue] | None = None) -> TurnReply:
        """Take one turn of a thread; `facts` were told beside the text and hold whatever it says."""
        with self._locks.of(key):
            advisor = _Told(self._advisor, facts) if facts else self._advisor
            conversation = Conversation(advisor, self._record(key))  # type: ignore[arg-type]
            return conversation.take(as_command(text), speaker=speaker)

    def answer_question(self, key: str, fact: str, value: str, *, speaker: str) -> TurnReply | None:
        """Take the answer to the question that is open; None where another one is, or none."""
        with self._locks.of(key):
            conversation = Conversation(self._advisor, self._record(key))
            asked = conversation.state.asked
            if asked is None or asked.fact != fact:
                return None
            return conversation.take(f"/facts {fact}={value}" if value else "I don't know", speaker=speaker)

    def look(self, key: str, turn: int, command: str) -> TurnReply:
        """Answer a command on the case as it stood after a turn; changes nothing."""
        rows = _Glimpse(self._rows(key, turn))
        return Conversation(self._advisor, Record(rows, key, now=self._now)).take(command)

    def reply_of(self, key: str, turn: int) -> TurnReply:
        """Return the reply that a turn was given."""
        return Record(_Glimpse(self._rows(key, turn)), key).replies()[-1]

    def write_memo(self, key: str, turn: int) -> MemoFile:
        """Return the memo on the case as it stood after a turn; UsageError where no case was described."""
        from agent.memo.model import REVIEW_DAYS, About

        rows = self._rows(key, turn)
        state = Record(_Glimpse(rows), key, now=self._now).last()[1]
        if state.is_empty:
            raise UsageError("there is no case to write a memo about", hint="tell me about yours first")
        today = self._now().date()
        said = [row.said for row in rows if row.kind != "command"]
        about = About(dated=today, review_by=today + timedelta(days=REVIEW_DAYS), description="\n\n".join(said))
        form: Any = "pdf" if self._has_pdf else "md"
        written = self._open_memos().write(state.use_case, about, formats=(form,))
        return MemoFile(f"rung-memo-{today.isoformat()}.{form}", "Decision memo", written.files[form])

    def rate(self, key: str, turn: int, digest: str, *, person: str, is_helpful: bool, reason: str = "") -> None:
        """Keep what a person thinks of an answer; a later word replaces an earlier one."""
        at = self._now().isoformat(timespec="seconds")
        self._feedback.keep(key, turn, digest=digest, person=person, is_helpful=is_helpful, reason=reason, at=at)

    def forget(self, key: str) -> None:
        """Forget a thread and what was thought of its answers."""
        with self._locks.of(key):
            self._store.delete(key)
            self._feedback.forget(key)

    def forget_team(self, team: str) -> int:
        """Forget everything of a team; return how many threads that were. Without a name it is nobody's."""
        if not team:
            return 0
        begins = f"{thread_key(team, '', '').rstrip(':')}:"
        keys = [row.id for row in self._store.list() if row.id.startswith(begins)]
        for key in keys:
            self.forget(key)
        self._feedback.forget_all(begins)
        return len(keys)

    def _record(self, key: str) -> Record:
        return Record(self._store, key, now=self._now)

    def _rows(self, key: str, turn: int) -> Sequence[TurnRow]:
        rows = [row for row in self._store.turns(key) if not turn or row.number <= turn]
        if not rows:
            raise UsageError("this conversation is no longer kept", hint="ask me anew")
        return rows


def thread_key(team: str, channel: str, thread: str) -> str:
    """Return the name that a thread's conversation is kept under."""
    return f"slack:{team}:{channel}:{thread}"


def as_command(text: str) -> str:
    """Return a lone word such as "why" or "facts a=1" as the command it stands for; Slack itself takes a "/"."""
    said = text.strip()
    word = said.rstrip(".!?").lower()
    if word in _WORDS:
        return f"/{word}"
    more = _WITH_MORE.fullmatch(said)
    if more and (more["name"].lower() in ("why-not", "passage") or _ASSIGNS.match(more["rest"])):
        return f"/{more['name'].lower()} {more['rest']}"
    # A path or a remark that begins with a slash is no command of ours.
    return said if not said.startswith("/") or said.split()[0].lower() in HELP else said.lstrip("/ ")


class _Glimpse:
    """Rows up to one turn; what is taken on top of them is not kept."""

    def __init__(self, rows: Sequence[TurnRow]) -> None:
        self._kept = tuple(rows)

    def append(self, session: str, turn: TurnRow, *, recommendation: str = "") -> None:
        """Keep nothing."""

    def turns(self, session: str) -> Sequence[TurnRow]:
        """Return the turns in order."""
        return self._kept

    def last_turn(self, session: str) -> TurnRow | None:
        """Return the newest turn."""
        return self._kept[-1] if self._kept else None


class _Told:
    """An advisor that reads a text together with facts that were told beside it, in the fields of a form."""

    def __init__(self, advisor: Advisor, facts: Mapping[str, FactValue]) -> None:
        self._advisor = advisor
        self._facts = facts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._advisor, name)

    def understand(self, text: str, **options: Any) -> Understood:
        """Read the text; a fact told in the form holds, whatever the text says of it."""
        understood = self._advisor.understand(text, **options)
        use_case = understood.reading.use_case
        told = {name: Fact(name, value, "answered", text) for name, value in self._facts.items()}
        open_still = tuple(c for c in use_case.contradictions if c.name not in told)
        merged = replace(use_case, facts={**use_case.facts, **told}, contradictions=open_still)
        return replace(understood, kind="advice", reading=replace(understood.reading, use_case=merged))
