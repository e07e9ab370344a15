"""A writer of memos on the shipped rules, the labelled cases, and programs that open what was written."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agent.bootstrap import open_book, open_memo_writer
from agent.entrypoints.casefile import read_fact
from agent.memo.check import Report, check
from agent.memo.model import About
from agent.memo.writer import MemoWriter
from agent.rules.model import RuleBook
from agent.settings import Settings
from agent.types import Fact, UseCase

DAY, REVIEW = date(2026, 11, 21), date(2027, 2, 19)


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[RuleBook, MemoWriter]:
    """The shipped rules, and a writer on them."""
    folder = tmp_path_factory.mktemp("memo")
    book, library = open_book(Settings(home=folder / "home", cache=folder / "cache"), [], notify=print)
    return book, open_memo_writer(book, library)


@pytest.fixture(scope="session")
def writer(opened: tuple[RuleBook, MemoWriter]) -> MemoWriter:
    """A writer on the shipped rules."""
    return opened[1]


@pytest.fixture(scope="session")
def checked(opened: tuple[RuleBook, MemoWriter]) -> Callable[..., Report]:
    """Check a memo's text on the day after it was written, or on another."""
    book, writer = opened

    def run(text: str | bytes, *, today: date = date(2026, 11, 22), **updates: Any) -> Report:
        text = text.decode() if isinstance(text, bytes) else text
        return check(text, writer, partial(read_fact, catalogue=book.catalogue), today=today, updates=updates)

    return run


@pytest.fixture
def about() -> Callable[..., About]:
    """What people say of a memo, on a fixed day."""

    def make(description: str = "", **fields: Any) -> About:
        return About(DAY, REVIEW, description=description, **fields)

    return make


@pytest.fixture(scope="session")
def wiki() -> UseCase:
    """A bot over a wiki that changes weekly and must cite."""
    said = {
        "knowledge_in_documents": (True, "over our wiki"),
        "knowledge_change_days": (7, "docs change weekly"),
        "needs_citations": (True, "answers must cite"),
        "considering_fine_tuning": (True, "boss wants to fine-tune"),
    }
    return UseCase({name: Fact(name, value, "stated", words) for name, (value, words) in said.items()})


@pytest.fixture
def program() -> Callable[[str], str]:
    """The path of a program; the test is skipped where it is not installed."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"{name} is not installed")
        return path

    return find


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of golden files."""
    return Path(__file__).parent / "golden"
