"""Keeps what people think of answers, beside the conversations: by thread and turn, with the digest of the verdict."""

from __future__ import annotations

import sqlalchemy as sa

from agent.store.database import open_engine, told_clearly

REASON_AT_MOST = 1_000

metadata = sa.MetaData()
ratings = sa.Table(
    "slack_feedback",
    metadata,
    sa.Column("session", sa.String(64), primary_key=True),
    sa.Column("turn", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("person", sa.String(40), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("is_helpful", sa.Boolean, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
)


class Feedback:
    """One opinion for each person and answer."""

    def __init__(self, url: str) -> None:
        """Open the database at `url`, which is the one of the conversations; SettingsError where it cannot be."""
        self._url = url
        self._engine = open_engine(url)
        with told_clearly(url):
            metadata.create_all(self._engine)

    def keep(
        self, session: str, turn: int, *, digest: str, person: str, is_helpful: bool, reason: str, at: str
    ) -> None:
        """Keep an opinion in the place of an earlier one of the same person on the same answer."""
        row = {"session": session, "turn": turn, "person": person}
        found = {"digest": digest, "is_helpful": is_helpful, "reason": reason[:REASON_AT_MOST], "at": at}
        same = sa.and_(*(ratings.c[name] == value for name, value in row.items()))
        with told_clearly(self._url), self._engine.begin() as connection:
            connection.execute(ratings.delete().where(same))
            connection.execute(ratings.insert().values(**row, **found))

    def of(self, session: str) -> tuple[tuple[int, str, str, bool, str], ...]:
        """Return turn, person, digest, whether it helped and the reason, for each opinion on a thread."""
        columns = (ratings.c.turn, ratings.c.person, ratings.c.digest, ratings.c.is_helpful, ratings.c.reason)
        query = sa.select(*columns).where(ratings.c.session == session).order_by(ratings.c.turn, ratings.c.person)
        with told_clearly(self._url), self._engine.connect() as connection:
            return tuple((row[0], row[1], row[2], row[3], row[4]) for row in connection.execute(query))

    def forget(self, session: str) -> None:
        """Forget the opinions on one thread."""
        with told_clearly(self._url), self._engine.begin() as connection:
            connection.execute(ratings.delete().where(ratings.c.session == session))

    def forget_all(self, begins: str) -> None:
        """Forget the opinions on every thread whose name begins so."""
        with told_clearly(self._url), self._engine.begin() as connection:
            connection.execute(ratings.delete().where(ratings.c.session.startswith(begins, autoescape=True)))

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()
