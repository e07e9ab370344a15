"""The kept rule book: the same as the one that was read, and never an old one."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent.errors import RuleError
from agent.intake import catalogue_files, load_catalogue
from agent.rules import loader
from agent.rules.model import RuleBook
from agent.rules.shelf import kept_book
from agent.rules.verdict import judge
from agent.types import Fact, UseCase
from tests.rules.conftest import LITTLE_CATALOGUE, LITTLE_PASSAGES, Shelf

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
CASES = Path(__file__).resolve().parents[2] / "eval" / "data" / "cases" / "use_cases.jsonl"


@pytest.fixture
def never_read(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what makes reading YAML fail from then on."""

    def forbid() -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise AssertionError("the YAML was read")

        monkeypatch.setattr(loader, "load_book", fail)

    return forbid


def test_a_kept_book_is_the_book_that_was_read(
    book: RuleBook, passages: dict[str, Any], tmp_path: Path, never_read: Callable[[], None]
) -> None:
    """Field by field, and in the bytes of every verdict."""

    def open_it() -> RuleBook:
        made_of = catalogue_files(CORPUS)
        return kept_book(tmp_path, CORPUS, lambda: load_catalogue(CORPUS), passages, made_of=made_of)

    open_it()
    never_read()
    kept = open_it()
    for name in set(RuleBook.__struct_fields__) - {"compiled"}:
        assert getattr(kept, name) == getattr(book, name), name
    assert [list(kept.definitions), list(kept.dependents)] == [list(book.definitions), list(book.dependents)]
    for line in CASES.read_text(encoding="utf-8").splitlines()[::6]:
        case = UseCase({name: Fact(name, value) for name, value in json.loads(line)["facts"].items()})
        assert msgspec.json.encode(judge(case, kept)) == msgspec.json.encode(judge(case, book))


def opened(shelf: Shelf, cache: Path, passages: Collection[str] = LITTLE_PASSAGES) -> RuleBook:
    """Return the little book through the cache."""
    return kept_book(cache, shelf.folder, lambda: LITTLE_CATALOGUE, passages, made_of=())


def test_an_edited_rule_is_seen_at_once(shelf: Shelf, tmp_path: Path) -> None:
    """And a mistake in it is reported with its line, although the book before it is kept."""
    cache = tmp_path / "cache"
    assert opened(shelf, cache).rule("one-a").approaches == ("rag",)
    shelf.table("rules/one.yaml", shelf.rule("one-a", "{dull: true}", "prompting"))
    assert opened(shelf, cache).rule("one-a").approaches == ("prompting",)
    shelf.table("rules/one.yaml", shelf.rule("one-a", "{dull: maybe}", "prompting"))
    with pytest.raises(RuleError, match=r"one.yaml:5: dull is a bool"):
        opened(shelf, cache)


def test_a_passage_that_is_gone_is_missed(shelf: Shelf, tmp_path: Path) -> None:
    """What may be cited is part of what a book depends on."""
    opened(shelf, tmp_path / "cache")
    with pytest.raises(RuleError, match="no passage 'one#a'"):
        opened(shelf, tmp_path / "cache", {"one#b"})


def test_a_pack_among_the_sources_is_no_pack_that_was_given(shelf: Shelf, tmp_path: Path) -> None:
    """The same files in another place are another book."""
    pack = shelf.table("pack/zoo.yaml", shelf.rule("zoo-a", "{dull: true}", "rag"))
    cache = tmp_path / "cache"
    kept_book(cache, shelf.folder, lambda: LITTLE_CATALOGUE, LITTLE_PASSAGES, pack_dirs=(pack.parent,), made_of=())
    pack.rename(shelf.folder / "rules" / "zoo.yaml")
    with pytest.raises(RuleError, match="'source' needs a text"):
        opened(shelf, cache)
