"""Writes turns to whatever keeps them, and reads them back: between the conversation's values and a store's rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar

import msgspec

from agent.conversation.state import State, TurnReply, decode_reply, decode_state, encode
from agent.errors import SettingsError
from agent.store.rows import TurnRow

T = TypeVar("T")


class Rows(Protocol):
    """What is asked of a store."""

    def append(self, session: str, turn: TurnRow, *, recommendation: str = "") -> None:
        """Write one turn, whole or not at all."""

    def turns(self, session: str) -> Sequence[TurnRow]:
        """Return the turns of a conversation in order."""

    def last_turn(self, session: str) -> TurnRow | None:
        """Return the newest turn."""


class Record:
    """One conversation as it is kept."""

    def __init__(self, rows: Rows, session: str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.session = session
        self._rows = rows
        self._now = now

    def write(self, reply: TurnReply, state: State) -> None:
        """Keep a finished turn with the state that the next one starts from."""
        row = TurnRow(
            number=reply.turn,
            at=self._now().isoformat(timespec="seconds"),
            said=reply.said,
            kind=reply.kind,
            reply=encode(reply),
            state=encode(state),
        )
        self._rows.append(self.session, row, recommendation=reply.after.recommendation if reply.after else "")

    def last(self) -> tuple[int, State]:
        """Return the number of the last finished turn and the state after it; 0 and an empty one before the first."""
        row = self._rows.last_turn(self.session)
        return (row.number, self._state(row)) if row else (0, State())

    def state_after(self, number: int) -> State:
        """Return the state after a turn; an empty one for 0."""
        rows = {row.number: row for row in self._rows.turns(self.session)} if number else {}
        return self._state(rows[number]) if number in rows else State()

    def replies(self) -> tuple[TurnReply, ...]:
        """Return every reply in order."""
        return tuple(self._read(row, decode_reply, row.reply) for row in self._rows.turns(self.session))

    def _state(self, row: TurnRow) -> State:
        return self._read(row, decode_state, row.state)

    def _read(self, row: TurnRow, decode: Callable[[str], T], text: str) -> T:
        try:
            return decode(text)
        except msgspec.MsgspecError as error:
            raise SettingsError(
                f"turn {row.number} of the conversation {self.session} cannot be read: {error}",
                hint=f"`rung sessions delete {self.session}` forgets it",
            ) from error


class NothingKept:
    """Rows for a conversation that nobody keeps: in memory, gone with the process."""

    def __init__(self) -> None:
        self._turns: dict[str, list[TurnRow]] = {}

    def append(self, session: str, turn: TurnRow, *, recommendation: str = "") -> None:
        """Hold one turn."""
        self._turns.setdefault(session, []).append(turn)

    def turns(self, session: str) -> Sequence[TurnRow]:
        """Return the turns of a conversation in order."""
        return tuple(self._turns.get(session, ()))

    def last_turn(self, session: str) -> TurnRow | None:
        """Return the newest turn."""
        turns = self._turns.get(session)
        return turns[-1] if turns else None
