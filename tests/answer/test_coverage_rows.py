"""The questions that the coverage head learns from: whole, their passages exist, none is nearly a test question."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rapidfuzz import fuzz, process

from agent.retrieval import Retriever

ROOT = Path(__file__).parents[2]
WRITTEN = ROOT / "eval" / "data" / "questions"
GIVEN = ROOT.parent / "shared" / "cases"
"""The cases that came with the sources; not every checkout has them beside it."""
MOST_NEAR = 0.80
"""Cosine of MiniLM vectors. From here on a question asks for the same thing in nearly the same words."""
MOST_ALIKE = 85
"""Of 100, by the words that two texts share."""
BATCH = 64


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.open(encoding="utf-8")] if path.exists() else []


ROWS = lines(ROOT / "eval" / "data" / "coverage.jsonl")
FITTED = [row["question"] for row in ROWS]
TESTS = [
    row["question"]
    for path in (*sorted(WRITTEN.glob("*.jsonl")), GIVEN / "questions.jsonl", GIVEN / "unanswerable.jsonl")
    for row in lines(path)
]


def test_each_id_and_each_question_is_given_once() -> None:
    """A question given twice weighs twice; one on both sides weighs nothing."""
    for name in ("id", "question"):
        counts = Counter(row[name].lower() for row in ROWS)
        assert [text for text, count in counts.items() if count > 1] == []


def test_what_a_covered_question_names_is_a_passage(retriever: Retriever) -> None:
    """The passage that answers is the reason why a question counts as covered."""
    for row in ROWS:
        named = row.get("passages", ())
        assert set(named) <= retriever.passages.keys(), row["id"]
        assert not named or sorted({passage.partition("#")[0] for passage in named}) == row["sources"], row["id"]


def test_no_question_shares_its_words_with_a_test_question() -> None:
    """Figures on the test questions would be those of a head that has seen them."""
    low = [text.lower() for text in TESTS]
    near = {
        row["id"]: match[0]
        for row in ROWS
        if (match := process.extractOne(row["question"].lower(), low, scorer=fuzz.token_set_ratio))[1] > MOST_ALIKE
    }
    assert near == {}


def test_no_question_lies_near_a_test_question(retriever: Retriever) -> None:
    """Nor may one be a test question in other words."""
    cosines = encoded(retriever, FITTED) @ encoded(retriever, TESTS).T
    near = {ROWS[row]["id"]: TESTS[int(cosines[row].argmax())] for row in np.flatnonzero(cosines.max(1) >= MOST_NEAR)}
    assert near == {}


@pytest.mark.parametrize(("kind", "least"), [("guidance", 1_300), ("not_covered", 2_000)])
def test_there_are_enough_of_each_side(kind: str, least: int) -> None:
    """With 1,200 instead of 2,400, a third of the unanswerable was answered in cross-validation, not a quarter."""
    assert sum(row["kind"] == kind for row in ROWS) >= least


def encoded(retriever: Retriever, texts: list[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return the vectors of texts, batched by length so that little is padded."""
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    vectors = np.zeros((len(texts), 384), dtype=np.float32)
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        vectors[part] = retriever.encode([texts[index] for index in part])
    return vectors
