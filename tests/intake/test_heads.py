"""What all sentences of a text say together: which of them count, and what stands where none does."""

from __future__ import annotations

import numpy as np
import pytest

from agent.intake.heads import HINT_AT_MOST, TELLS_FROM, Floats, Told, Whole, whole_of

PRIOR = np.array([0.5, 0.1, 0.1], dtype=np.float32)
PLAIN, CLOSED = [1.0, 1.0, 1.0], [1.0, 0.0, 0.0]
"""Masks: a sentence that may state anything, and one that pleads and may state the first value alone."""


def whole(
    scores: list[list[float]], hints: list[list[float]], mask: list[list[float]], gist: list[float] | None = None
) -> Whole:
    """Return what some sentences without cues say together."""
    told = Told(_rows(scores), _rows(hints))
    together = None if gist is None else np.array(gist, dtype=np.float32)
    return whole_of(told, together, (np.zeros_like(told.scores), _rows(mask)), PRIOR)


def _rows(values: list[list[float]]) -> Floats:
    return np.array(values, dtype=np.float32)


def test_the_hint_is_the_mean_of_the_sentences_that_tell() -> None:
    """Small talk does not thin it out."""
    says, silent = [0.0, TELLS_FROM, 0.0], [0.0, TELLS_FROM / 2, 0.0]
    found = whole([says, says, silent], [[1, 0, 2], [3, 0, -2], [9, 9, 9]], [PLAIN] * 3)
    assert found.hint == pytest.approx([2, 0, 0])


def test_pleading_hints_at_nothing() -> None:
    """However loudly it is said."""
    says, pleads = [0.0, 0.9, 0.0], [1.0, -1.0, -1.0]
    alone = whole([says] * 3, [[1, 0, 2]] * 3, [PLAIN] * 3)
    beside = whole([says] * 3 + [pleads], [[1, 0, 2]] * 3 + [[5, 5, 5]], [PLAIN] * 3 + [CLOSED])
    assert beside.hint == pytest.approx(alone.hint)
    assert beside.features == pytest.approx(alone.features)


def test_where_nothing_is_told_it_is_what_is_usual() -> None:
    """A half is a logit of zero; a tenth is unlikely. A remark is no case, however much it says."""
    found = whole([[0.0, 0.0, 0.0]] * 3, [[5, 5, 5]] * 3, [PLAIN] * 3)
    assert whole([[0.0, 0.9, 0.0]], [[5, 5, 5]], [PLAIN]).hint == pytest.approx(found.hint)
    assert found.hint[0] == pytest.approx(0, abs=1e-6)
    assert found.hint[1] < -2


def test_a_hint_is_cut_to_size() -> None:
    """No sentence decides by itself, nor does the gist."""
    found = whole([[0.0, 0.9, 0.0]] * 3, [[50, -50, 0]] * 3, [PLAIN] * 3, [-50, 0, 50])
    assert found.hint == pytest.approx([HINT_AT_MOST, -HINT_AT_MOST, 0])
    assert found.gist == pytest.approx([-HINT_AT_MOST, 0, HINT_AT_MOST])


def test_without_a_gist_it_is_what_is_usual() -> None:
    """As in a remark, whose sentences are too few to be told together."""
    says = [[0.0, 0.9, 0.0]] * 3
    told, silent = whole(says, [[1, 0, 2]] * 3, [PLAIN] * 3, [0, -9, -9]), whole(says, [[1, 0, 2]] * 3, [PLAIN] * 3)
    assert silent.gist[0] == pytest.approx(0, abs=1e-6)
    assert -3 < silent.gist[1] < -2
    assert told.features != pytest.approx(silent.features)
