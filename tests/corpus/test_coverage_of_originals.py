"""The notes hold every paragraph of every original, none of its furniture, and none of its sentences."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from agent.corpus.audit import repeated, uncovered
from agent.corpus.manifest import load_sources
from agent.corpus.notes import load_passages
from agent.types import Passage, Source

CORPUS = Path(__file__).parents[2] / "corpus"
SOURCES = ["enterprise-strategy", "usually-context", "train-or-prompt", "update-frequency", "intervention-hierarchy"]


@pytest.fixture(scope="module")
def cards() -> dict[str, Source]:
    return load_sources(CORPUS)


@pytest.fixture(scope="module")
def passages() -> tuple[Passage, ...]:
    return load_passages(CORPUS)


def test_the_manifest_lists_the_five_sources(cards: dict[str, Source]) -> None:
    assert sorted(cards) == sorted(SOURCES)


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def original(articles: Path, source: str) -> str:
    return (articles / f"{source}.txt").read_bytes().decode()


def test_the_manifest_knows_each_original_by_its_bytes(cards: dict[str, Source], source: str, original: str) -> None:
    assert hashlib.sha256(original.encode()).hexdigest() == cards[source].sha256


def test_every_paragraph_that_is_not_furniture_lies_in_some_span(
    cards: dict[str, Source], passages: tuple[Passage, ...], source: str, original: str
) -> None:
    spans = [passage.span for passage in passages if passage.source == source]
    missed = [
        match[0][:60]
        for match in re.finditer(r"\S(?:.|\n(?!\s*\n))*", original)
        if not _is_furniture(original, match.span(), cards[source])
        and not any(start < match.end() and match.start() < end for start, end in spans)
    ]
    assert missed == []


def test_every_line_that_is_not_furniture_lies_wholly_in_spans(
    cards: dict[str, Source], passages: tuple[Passage, ...], source: str, original: str
) -> None:
    assert [original[slice(*span)][:80] for span in uncovered(original, cards[source], passages)] == []


def test_no_furniture_lies_in_a_span(
    cards: dict[str, Source], passages: tuple[Passage, ...], source: str, original: str
) -> None:
    held = [
        (passage.id, original[start:end][:40])
        for passage in passages
        if passage.source == source
        for start, end in cards[source].furniture
        if passage.span[0] < end and start < passage.span[1]
    ]
    assert held == []


def test_no_span_ends_beyond_its_original(passages: tuple[Passage, ...], source: str, original: str) -> None:
    assert [item.id for item in passages if item.source == source and item.span[1] > len(original)] == []


def test_no_note_repeats_ten_words_in_a_row_of_an_original(articles: Path, passages: tuple[Passage, ...]) -> None:
    originals = [path.read_text(encoding="utf-8") for path in sorted(articles.glob("*.txt"))]
    runs = {item.id: run for item in passages for original in originals if (run := repeated(item.text, original))}
    assert runs == {}


def _is_furniture(original: str, span: tuple[int, int], card: Source) -> bool:
    """Whether all words of the paragraph lie in furniture."""
    return all(original[at].isspace() or any(start <= at < end for start, end in card.furniture) for at in range(*span))


def test_a_note_that_copies_is_caught_whatever_its_case_and_commas() -> None:
    original = "Nets are dried on the northern wall, never on the railing of the pier."
    assert repeated("So: Nets are dried on the Northern wall never on the door.", original)
    assert not repeated("Nets are dried on the northern wall, never on a door.", original)
