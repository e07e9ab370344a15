"""The spans of the notes, checked without the originals: they follow the order of the notes and leave no hole."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.corpus.anchors import load_tiles
from agent.corpus.manifest import load_sources
from agent.corpus.notes import load_passages

CORPUS = Path(__file__).parents[2] / "corpus"
LONGEST_FURNITURE = 400
"""Characters between two notes: furniture, which is cited nowhere, is shorter than this."""


@pytest.mark.parametrize("source", sorted(load_sources(CORPUS)))
def test_spans_follow_the_order_of_the_notes(source: str) -> None:
    """A note begins where the one before it did, or later, and never far behind what is told already."""
    reached, last = 0, 0
    for passage in (passage for passage in load_passages(CORPUS) if passage.source == source):
        start, end = passage.span
        assert last <= start < end, passage.id
        assert start - reached <= LONGEST_FURNITURE, passage.id
        reached, last = max(reached, end), start


@pytest.mark.parametrize("source", sorted(load_sources(CORPUS)))
def test_no_span_ends_beyond_the_anchors(source: str) -> None:
    """The anchors hold where the words of the original stand; the last of them is near its end."""
    last = load_tiles(CORPUS, source)[-1].offset
    ends = [passage.span[1] for passage in load_passages(CORPUS) if passage.source == source]
    assert max(ends) <= last + LONGEST_FURNITURE
