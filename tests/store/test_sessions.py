"""Conversations in a database: what is kept, found, refused; and that no kill loses a finished turn."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.errors import RungError, SettingsError, UsageError
from agent.rules.model import RuleBook
from agent.store.database import open_engine, url_of
from agent.store.rows import TurnRow
from agent.store.sessions import SessionStore

KILLS = 50


@pytest.fixture
def url(tmp_path: Path) -> str:
    return url_of(tmp_path, None)


@pytest.fixture
def store(url: str) -> SessionStore:
    return SessionStore(url, now=lambda: datetime(2026, 1, 2, tzinfo=UTC))


def turn(number: int, said: str = "Our wiki") -> TurnRow:
    return TurnRow(number, "2026-01-02T00:00:00+00:00", said, "facts", "{}", f'{{"n": {number}}}')


def test_what_is_written_is_read(store: SessionStore) -> None:
    """A turn comes back whole, and the list says where each conversation stands."""
    store.append("aa11", turn(1, "Our\nwiki"), recommendation="rag")
    store.append("aa11", turn(2), recommendation="prompting")
    assert store.turns("aa11") == (turn(1, "Our\nwiki"), turn(2))
    assert store.last_turn("aa11") == turn(2)
    (row,) = store.list()
    assert (row.id, row.title, row.turns, row.recommendation) == ("aa11", "Our wiki", 2, "prompting")


def test_found_by_the_beginning_of_its_id(store: SessionStore) -> None:
    """An id need not be typed in full, but must be told from others."""
    store.append("aa11", turn(1))
    store.append("aa22", turn(1))
    assert store.find("aa1").id == "aa11"
    with pytest.raises(UsageError, match="2 conversations begin with 'aa'"):
        store.find("aa")
    with pytest.raises(UsageError, match="no conversation 'bb'"):
        store.find("bb")


def test_forgotten_with_its_turns(store: SessionStore) -> None:
    """Nothing of a deleted conversation stays."""
    store.append("aa11", turn(1))
    store.delete("aa11")
    assert (store.list(), store.turns("aa11")) == ((), ())


@pytest.mark.parametrize("is_open_elsewhere", [False, True], ids=["alone", "beside-a-chat"])
def test_forgotten_on_the_disk(tmp_path: Path, store: SessionStore, url: str, is_open_elsewhere: bool) -> None:
    """Its words stand in no file of the database any more, neither in the log nor in a page that is free again."""
    for number in range(1, 40):
        store.append("aa11", turn(number, f"our secret recipe {number} " * 20))
    store.append("bb22", turn(1, "kept"))
    beside = SessionStore(url) if is_open_elsewhere else None
    assert beside is None or beside.turns("aa11")
    store.delete("aa11")
    assert [path.name for path in tmp_path.iterdir() if b"secret recipe" in path.read_bytes()] == []
    assert store.turns("bb22") == (turn(1, "kept"),)


def test_closed_it_is_one_file(tmp_path: Path, store: SessionStore, url: str) -> None:
    """Whoever copies it has everything; while another process holds it open, its log is empty."""
    store.append("aa11", turn(1))
    beside = SessionStore(url)
    store.close()
    assert (tmp_path / "rung.db-wal").stat().st_size == 0
    beside.close()
    assert [path.name for path in tmp_path.iterdir()] == ["rung.db"]


def test_for_its_owner_alone(tmp_path: Path, store: SessionStore) -> None:
    """Nobody else reads what was said, wherever SQLite keeps it meanwhile."""
    store.append("aa11", turn(1))
    rights = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert rights == dict.fromkeys(("rung.db", "rung.db-wal", "rung.db-shm"), 0o600)


def test_the_same_turn_is_written_once(store: SessionStore, url: str) -> None:
    """Who carries on a conversation that went on elsewhere is told so, and overwrites nothing."""
    store.append("aa11", turn(1, "first"))
    with pytest.raises(UsageError, match="carried on elsewhere"):
        SessionStore(url).append("aa11", turn(1, "second"))
    assert store.turns("aa11") == (turn(1, "first"),)


def test_a_damaged_file(tmp_path: Path, url: str) -> None:
    """A file that is no database gets one clear line that names it."""
    (tmp_path / "rung.db").write_bytes(b"this is not a database, " * 100)
    with pytest.raises(SettingsError, match=r"rung\.db is damaged"):
        SessionStore(url)


def test_a_truncated_file(tmp_path: Path, store: SessionStore, url: str) -> None:
    """So does a database that lost its end."""
    for number in range(1, 200):
        store.append("aa11", turn(number, "x" * 500))
    store.close()
    path = tmp_path / "rung.db"
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    with pytest.raises(RungError, match="damaged"):
        SessionStore(url).turns("aa11")


def test_a_newer_file(tmp_path: Path, store: SessionStore, url: str) -> None:
    """What a newer version wrote is left alone."""
    store.close()
    with sqlite3.connect(tmp_path / "rung.db") as connection:
        connection.execute("UPDATE session_schema SET version = 99")
    with pytest.raises(SettingsError, match="newer rung"):
        SessionStore(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://someone:secret@127.0.0.1:1/rung", "psycopg"),
        ("oracle9://h/d", "no database is called"),
        ("not a url", "not a database URL"),
    ],
    ids=["driver", "kind", "text"],
)
def test_other_databases(url: str, said: str) -> None:
    """What cannot be opened is named, without its password."""
    with pytest.raises(SettingsError, match=said) as caught:
        SessionStore(url)
    assert "secret" not in str(caught.value)


def test_commits_reach_the_disk(url: str) -> None:
    """A commit is synced, and readers do not wait for writers."""
    with open_engine(url).connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def _talk(url: str, report: Callable[[bytes], object]) -> None:
    """Take turn after turn with the conversation's own logic, and report each that is finished."""
    from agent.conversation.conversation import Conversation
    from agent.conversation.record import Record

    conversation = Conversation(Judging(), Record(SessionStore(url), "talk"))  # type: ignore[arg-type]
    while True:
        number = conversation.turns + 1
        reply = conversation.take(f"/facts labelled_examples={number}")
        report(b"%d\n" % reply.turn)


class Judging:
    """An advisor that decides by seven rules and reads nothing: commands need no more."""

    def __init__(self) -> None:
        from agent.intake import load_catalogue
        from agent.resources import data_dir
        from agent.rules.loader import load_book

        cited = {f"harbour#{slug}" for slug in ("documents", "examples", "citations")}
        cited |= {f"quay#{slug}" for slug in ("baseline", "few", "start")}
        self.book = BOOK or load_book(SHORE, load_catalogue(data_dir("corpus")), cited)
        self.passages: dict[str, object] = {}
        self.sources: dict[str, object] = {}

    def judge(self, use_case: object) -> object:
        from agent.rules.verdict import judge

        return judge(use_case, self.book)  # type: ignore[arg-type]


SHORE = Path(__file__).resolve().parents[1] / "chat" / "shore"
BOOK: RuleBook | None = None


def test_killed_at_any_moment(url: str) -> None:
    """Fifty kills at odd moments lose at most the turn that was not finished, and never the facts of one that was."""
    global BOOK  # loaded once; the forked children inherit it
    BOOK = Judging().book
    fork = multiprocessing.get_context("fork")
    finished = 0
    for kill in range(KILLS):
        reader, writer = os.pipe()
        child = fork.Process(target=_talk, args=(url, lambda line, to=writer: os.write(to, line)))
        child.start()
        os.close(writer)
        first = os.read(reader, 8)  # it has begun, and carried on where the last one was killed
        time.sleep(0.004 * (kill % 23))
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
        told = first + b"".join(iter(lambda r=reader: os.read(r, 4096), b""))
        os.close(reader)
        numbers = [int(line) for line in told.split()]
        assert numbers[0] in (finished + 1, finished + 2), "a finished turn was lost, or one was taken twice"
        finished = _kept(url, at_least=numbers[-1])


def _kept(url: str, *, at_least: int) -> int:
    """Return how many turns are kept; each is whole, and the last state holds the last fact."""
    from agent.conversation.state import decode_reply, decode_state

    store = SessionStore(url)
    rows = store.turns("talk")
    store.close()
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) in (at_least, at_least + 1), "a turn that was answered is gone"
    assert all(decode_reply(row.reply).turn == row.number for row in rows[-3:])
    assert decode_state(rows[-1].state).facts["labelled_examples"].fact.value == len(rows)
    return len(rows)
