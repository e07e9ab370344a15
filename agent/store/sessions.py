"""Keeps conversations: each turn is one row, written in one transaction, with the state that the next turn starts from.

Owns the tables and their version. What a turn means and what its state holds is the conversation's; here it is text.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError, SQLAlchemyError

from agent.errors import SettingsError, UsageError
from agent.store.database import empty_log, open_engine, told_clearly
from agent.store.rows import SessionRow, TurnRow

VERSION = 1
TITLE_AT_MOST = 80
_LIST_HINT = "`rung sessions list` shows them"

metadata = sa.MetaData()
versions = sa.Table("session_schema", metadata, sa.Column("version", sa.Integer, primary_key=True, autoincrement=False))
sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("created", sa.String(40), nullable=False),
    sa.Column("updated", sa.String(40), nullable=False, index=True),
    sa.Column("turns", sa.Integer, nullable=False),
    sa.Column("recommendation", sa.String(40), nullable=False),
)
turns = sa.Table(
    "session_turns",
    metadata,
    sa.Column("session", sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("said", sa.Text, nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("reply", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
)


class SessionStore:
    """Conversations in one database; a turn is there whole or not at all."""

    def __init__(self, url: str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Open the database at `url` and make its tables; SettingsError where it is damaged, newer or unreachable."""
        self._url = url
        self._now = now
        self._engine = open_engine(url)
        with told_clearly(url):
            try:
                self._make_tables()
            except (OperationalError, ProgrammingError, IntegrityError) as error:
                if not any(sign in str(error.orig).lower() for sign in ("exists", "unique", "duplicate")):
                    raise
                self._make_tables()  # another process made them at the same moment

    def append(self, session: str, turn: TurnRow, *, recommendation: str = "") -> None:
        """Write one turn, and the session with its first; UsageError where somebody else wrote that turn already."""
        with told_clearly(self._url):
            try:
                with self._engine.begin() as connection:
                    self._touch(connection, session, turn, recommendation)
                    connection.execute(turns.insert().values(session=session, **_columns(turn)))
            except IntegrityError as error:
                raise UsageError(
                    f"the conversation {session} was carried on elsewhere",
                    hint=f"take it up again with `rung chat --resume {session}`",
                ) from error

    def list(self) -> tuple[SessionRow, ...]:
        """Return every conversation, the one last spoken in first."""
        query = sessions.select().order_by(sessions.c.updated.desc(), sessions.c.id)
        with told_clearly(self._url), self._engine.connect() as connection:
            return tuple(SessionRow(*row) for row in connection.execute(query))

    def find(self, start: str) -> SessionRow:
        """Return the conversation whose id begins so, or the last for ""; UsageError where there is none or several."""
        rows = self.list()
        if not rows:
            raise UsageError("there is no conversation yet", hint="`rung chat` begins one")
        found = [row for row in rows if row.id == start] or [row for row in rows if row.id.startswith(start)]
        if not found:
            raise UsageError(f"there is no conversation {start[:40]!r}", hint=_LIST_HINT)
        if start and len(found) > 1:
            raise UsageError(f"{len(found)} conversations begin with {start[:40]!r}", hint=_LIST_HINT)
        return found[0]

    def exists(self, session: str) -> bool:
        """Tell whether a conversation of exactly this id is kept."""
        query = sa.select(sessions.c.id).where(sessions.c.id == session)
        with told_clearly(self._url), self._engine.connect() as connection:
            return connection.execute(query).first() is not None

    def turns(self, session: str) -> tuple[TurnRow, ...]:
        """Return the turns of a conversation in order; none where it is not kept."""
        query = turns.select().where(turns.c.session == session).order_by(turns.c.number)
        with told_clearly(self._url), self._engine.connect() as connection:
            return tuple(TurnRow(*row[1:]) for row in connection.execute(query))

    def last_turn(self, session: str) -> TurnRow | None:
        """Return the newest turn of a conversation."""
        query = turns.select().where(turns.c.session == session).order_by(turns.c.number.desc()).limit(1)
        with told_clearly(self._url), self._engine.connect() as connection:
            row = connection.execute(query).first()
            return TurnRow(*row[1:]) if row else None

    def delete(self, session: str) -> None:
        """Forget a conversation and all its turns; its words are gone from the disk as well."""
        with told_clearly(self._url), self._engine.begin() as connection:
            connection.execute(turns.delete().where(turns.c.session == session))
            connection.execute(sessions.delete().where(sessions.c.id == session))
        with told_clearly(self._url):
            empty_log(self._engine)

    def close(self) -> None:
        """Let go of the database, whose one file then holds everything."""
        with suppress(SQLAlchemyError):  # all is committed; the log is read as well
            empty_log(self._engine)
        self._engine.dispose()

    def _touch(self, connection: sa.Connection, session: str, turn: TurnRow, recommendation: str) -> None:
        """Note the turn in the session's row, which the first turn makes."""
        now = self._now().isoformat(timespec="seconds")
        if turn.number == 1:
            title = " ".join(turn.said.split())[:TITLE_AT_MOST]
            row = SessionRow(session, title, now, now, 1, recommendation)
            connection.execute(sessions.insert().values(**_columns(row)))
        else:
            changes = {"updated": now, "turns": turn.number, "recommendation": recommendation}
            connection.execute(sessions.update().where(sessions.c.id == session).values(**changes))

    def _make_tables(self) -> None:
        with self._engine.begin() as connection:
            metadata.create_all(connection)
            version = connection.execute(sa.select(versions.c.version)).scalar()
            if version is None:
                connection.execute(versions.insert().values(version=VERSION))
            elif version > VERSION:
                raise SettingsError(
                    f"the conversations were written by a newer rung (version {version}, this one reads {VERSION})",
                    hint="upgrade rung, or set RUNG_HOME to another folder",
                )


def _columns(row: SessionRow | TurnRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__struct_fields__}
