"""A large corpus: estimated by signs, exact where it may rank, and found like a small one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent.retrieval import Retriever, open_index, sketch, snapshot
from agent.retrieval.encoder import QueryEncoder
from agent.retrieval.lexical import LexicalIndex
from agent.retrieval.sketch import SketchedVectors, sketched
from agent.retrieval.transformer import Floats
from agent.types import Passage

QUESTIONS = ["how many labelled examples?", "is tuning worth it?", "JSON", "the of and"]


def unit(size: int, dimension: int) -> Floats:
    """Return random unit rows."""
    vectors = np.random.default_rng(0).normal(size=(size, dimension)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def kept(vectors: Floats, folder: Path) -> SketchedVectors:
    """Return the vectors as a large corpus has them."""
    np.save(folder / "vectors.npy", vectors)
    return SketchedVectors(folder / "vectors.npy", sketched(vectors))


@pytest.mark.parametrize("dimension", [384, 100])
def test_rows_are_exact_and_estimates_near(tmp_path: Path, dimension: int) -> None:
    """A row comes back to the last bit; the share of equal signs tells the cosine, whatever the dimension."""
    vectors = unit(70_000, dimension)  # more than is counted at once
    large = kept(vectors, tmp_path)
    assert large.shape == vectors.shape
    rows = np.array([0, 3, 3, 69_999])
    assert np.array_equal(large.exact(rows), vectors[rows])
    errors = large.estimates(vectors[7]) - vectors @ vectors[7]
    assert abs(errors[7]) < 1e-6
    assert np.std(errors) < 1.7 / np.sqrt(dimension)


def test_the_ten_best_of_many_are_found(tmp_path: Path) -> None:
    """Looking at some thousand of 50,000 finds what looking at all finds, with nearly the same scores."""
    vectors = unit(50_000, 384)
    passages = [Passage(f"s#{row:05}", "s", "", f"word{row % 97} word{row % 89}") for row in range(len(vectors))]
    words = LexicalIndex.in_memory(passages)
    whole, large = (Retriever(passages, held, words, QueryEncoder()) for held in (vectors, kept(vectors, tmp_path)))
    for row in range(20):
        question, vector = f"word{row} word{row + 9}", vectors[row] + vectors[row + 1000]
        one, other = (held.search(question, k=10, vector=vector) for held in (whole, large))
        assert [evidence.passage.id for evidence in one] == [evidence.passage.id for evidence in other]
        np.testing.assert_allclose([e.score for e in one], [e.score for e in other], atol=0.02)
        assert [evidence.cosine for evidence in one] == [evidence.cosine for evidence in other]
    ids = [passages[row].id for row in (9, 2)]
    assert np.array_equal(large.vectors(ids), whole.vectors(ids))


def test_an_index_is_searched_alike_on_either_side_of_the_border(
    passages: list[Passage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A corpus that counts as large gives the lists of one that does not, and a damaged sketch is built again."""
    small = open_index(passages, cache=tmp_path / "small")
    monkeypatch.setattr(sketch, "WHOLE_AT_MOST", 8)
    large = open_index(passages, cache=tmp_path / "large")
    assert [large.search(question, k=9) for question in QUESTIONS] == [
        small.search(question, k=9) for question in QUESTIONS
    ]
    signs = next((tmp_path / "large" / "index").glob(f"*/{snapshot.SIGNS}"))
    signs.write_bytes(signs.read_bytes()[:-8])
    lines: list[str] = []
    again = open_index(passages, cache=tmp_path / "large", notify=lines.append)
    assert lines[0].startswith("the search index is damaged")
    assert again.search(QUESTIONS[0]) == small.search(QUESTIONS[0])
