"""How meaning and words are weighed against each other."""

from __future__ import annotations

import numpy as np
import pytest

from agent.retrieval.search import fused

NEAR = np.array([0.9, 0.5, 0.1], dtype=np.float32)
WORDED = np.array([0.0, 2.0, 4.0], dtype=np.float32)


def test_meaning_and_words_count_the_same() -> None:
    """The nearest passage and the one with most of the words are worth as much."""
    assert fused(NEAR, WORDED) == pytest.approx([0.5, 0.5, 0.5])
    assert fused(NEAR, np.array([3.0, 0.0, 0.0], dtype=np.float32)) == pytest.approx([1.0, 0.25, 0.0])


def test_without_a_known_word_meaning_counts_alone() -> None:
    """And where nothing is nearer than anything else, words alone tell passages apart."""
    assert fused(NEAR, np.zeros(3, dtype=np.float32)) == pytest.approx([1.0, 0.5, 0.0])
    assert np.diff(fused(np.full(3, 0.4, dtype=np.float32), WORDED)) == pytest.approx([0.25, 0.25])
