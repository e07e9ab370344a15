"""Opens a database by URL: SQLite as a file of our own, anything else through the driver that its URL names.

Owns connecting, the settings that make a commit survive a crash, and turning what a database complains of into one
clear line. Leaves tables to those who keep something in them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError, SQLAlchemyError

from agent.errors import SettingsError

FILE = "rung.db"
BUSY_SECONDS = 10
"""How long to wait for another process that is writing."""
DRIVERS = {"postgresql": ("psycopg", 'pip install "psycopg[binary]"'), "postgres": ("psycopg", "")}
"""The driver that a bare `postgresql://` stands for, and how to install it."""


def url_of(home: Path, database_url: str | None) -> str:
    """Return the database's URL: the one that was set, else a SQLite file in the data folder."""
    return database_url or sa.URL.create("sqlite", database=str(home / FILE)).render_as_string(hide_password=False)


def open_engine(url: str) -> sa.Engine:
    """Return an engine for the URL; SettingsError names what is missing or wrong, never a password."""
    parsed = _parsed(url)
    try:
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(parsed)
        return sa.create_engine(parsed, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        _, install = DRIVERS.get(parsed.get_backend_name(), ("", ""))
        hint = f"install it with: {install}" if install else f"install the Python package {error.name}"
        raise SettingsError(
            f"the driver {error.name} for {parsed.get_backend_name()} is not installed", hint=hint
        ) from error
    except (NoSuchModuleError, ArgumentError) as error:
        raise SettingsError(
            f"RUNG_DATABASE_URL: no database is called {parsed.drivername!r}", hint="use sqlite:/// or postgresql://"
        ) from error


def _parsed(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError) as error:
        raise SettingsError(
            "RUNG_DATABASE_URL is not a database URL", hint="for example: postgresql://user:password@host/rung"
        ) from error
    driver, _ = DRIVERS.get(parsed.drivername, ("", ""))
    return parsed.set(drivername=f"postgresql+{driver}") if driver else parsed


def _sqlite(url: sa.URL) -> sa.Engine:
    if url.database and url.database != ":memory:" and "uri" not in url.query:
        _make_private(Path(url.database))
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    sa.event.listen(engine, "connect", _prepare)
    return engine


def _make_private(path: Path) -> None:
    """Make a database's file for its owner alone; what SQLite puts beside it takes its rights from it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"{path.parent} cannot be made: {error.strerror}", hint="set RUNG_HOME to a folder you may write to"
        ) from error
    with suppress(OSError):  # SQLite tells what is wrong with the file
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _prepare(connection: Any, _: Any) -> None:
    """Set what makes commits survive a crash, lets readers and a writer work side by side, and wipes deletions."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def empty_log(engine: sa.Engine) -> None:
    """Carry what stands in SQLite's log over into its file, so that the log keeps no deleted row; others have none."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()


@contextmanager
def told_clearly(url: str) -> Iterator[None]:
    """Turn what the database complains of into a SettingsError that says what to do."""
    try:
        yield
    except DatabaseError as error:
        reason = " ".join(str(error.orig).split())[:200]
        shown = _shown(url)
        if any(sign in reason for sign in ("not a database", "malformed", "disk image")):
            raise SettingsError(
                f"the database {shown} is damaged ({reason})", hint="move the file away; a new one is made"
            ) from error
        if isinstance(error, OperationalError) and "locked" in reason:
            raise SettingsError(f"the database {shown} is busy", hint="try again in a moment") from error
        raise SettingsError(
            f"the database {shown} does not answer: {reason}", hint="check RUNG_DATABASE_URL or RUNG_HOME"
        ) from error
    except SQLAlchemyError as error:
        raise SettingsError(
            f"the database {_shown(url)}: {type(error).__name__}", hint="check RUNG_DATABASE_URL"
        ) from error


def _shown(url: str) -> str:
    parsed = sa.make_url(url)
    return str(parsed.database) if parsed.get_backend_name() == "sqlite" else parsed.render_as_string()
