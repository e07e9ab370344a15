"""A fake Slack and the real app before it, over HTTP and over Socket Mode, both on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from agent.bootstrap import open_advisor, open_library, open_memo_writer
from agent.entrypoints.slack.app import build_app
from agent.entrypoints.slack.desk import Desk
from agent.entrypoints.slack.feedback import Feedback
from agent.entrypoints.slack.memory import RateLimit
from agent.entrypoints.slack.posting import open_client
from agent.entrypoints.slack.serving import serve_http, serve_socket
from agent.settings import Secret, load_settings
from agent.store.sessions import SessionStore
from tests.slack.fake_slack import APP_TOKEN, BOT_TOKEN, SECRET, App, FakeSlack, Socket


class Running:
    """The app as it runs, with what it keeps and the Slack before it."""

    def __init__(self, slack: FakeSlack, desk: Desk, store: SessionStore, feedback: Feedback) -> None:
        self.slack = slack
        self.desk = desk
        self.store = store
        self.feedback = feedback
        self.app = App("")
        self.socket: Socket | None = None


def at_noon() -> datetime:
    """The clock of these tests."""
    return datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def rung_cache(own_index: Path) -> Path:
    """A folder with the index of the shipped corpus."""
    return own_index


@pytest.fixture(scope="session")
def advisor(rung_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The whole advisor, offline, over the shipped corpus."""
    home = tmp_path_factory.mktemp("home")
    settings = load_settings({"RUNG_HOME": str(home), "RUNG_CACHE": str(rung_cache)})
    return open_advisor(settings, [], notify=print)[0]


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """A Slack whose limits must hold to the end."""
    fake = FakeSlack()
    yield fake
    fake.close()
    assert fake.violations == []


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[Callable[[Any], tuple[Desk, SessionStore, Feedback]]]:
    """Threads of an advisor over a database of their own; memos as Markdown, which is quick."""
    url = f"sqlite:///{tmp_path / 'rung.db'}"
    store, feedback = SessionStore(url, now=at_noon), Feedback(url)
    settings = load_settings({"RUNG_HOME": str(tmp_path), "RUNG_CACHE": str(tmp_path)})

    def opened(advisor: Any) -> tuple[Desk, SessionStore, Feedback]:
        def memos() -> Any:
            return open_memo_writer(advisor.book, open_library(settings, notify=print))

        desk = Desk(advisor, store, feedback, open_memos=memos, has_pdf=False, now=at_noon)
        return desk, store, feedback

    yield opened
    store.close()
    feedback.close()


@pytest.fixture
def start(slack: FakeSlack, advisor: Any, open_desk: Callable[..., Any]) -> Iterator[Callable[..., Running]]:
    """Start the app: over HTTP, or with `socket=True` over Socket Mode; `most` is the limit for one person."""
    stops: list[tuple[threading.Event, threading.Thread]] = []

    def begin(*, socket: bool = False, most: int = 100, seconds_a_call: float = 10, advisor: Any = advisor) -> Running:
        desk = open_desk(advisor)
        client = open_client(Secret(BOT_TOKEN), slack.url)
        client.timeout = seconds_a_call  # type: ignore[assignment]
        ids = count(1)
        app = build_app(
            desk[0], client, signing_secret=Secret(SECRET), limit=RateLimit(most), new_id=lambda: f"run-{next(ids)}"
        )
        running, stop, told = Running(slack, *desk), threading.Event(), threading.Event()
        lines: list[str] = []

        def notify(line: str) -> None:
            lines.append(line)
            told.set()

        if socket:
            running.socket = slack.socket = Socket()
            work = threading.Thread(
                target=serve_socket, args=(app, Secret(APP_TOKEN)), kwargs={"notify": notify, "stop": stop}
            )
        else:
            work = threading.Thread(
                target=serve_http, args=(app,), kwargs={"host": "127.0.0.1", "port": 0, "notify": notify, "stop": stop}
            )
        work.start()
        stops.append((stop, work))
        assert told.wait(10)
        running.app = App(next((word.rstrip(";") for word in lines[0].split() if word.startswith("http")), ""))
        return running

    yield begin
    for stop, work in stops:
        stop.set()
        work.join(10)
        assert not work.is_alive()
