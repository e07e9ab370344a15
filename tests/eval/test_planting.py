"""Planted errors: what the gate is measured with, on free rewordings alone, without any answer."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from agent.corpus.manifest import load_sources
from agent.corpus.notes import load_passages
from agent.grounding import check
from agent.types import Passage, Source
from eval.drafts import Honest, load_reversals, load_rewordings, reworded, told
from eval.planting import CLASSES, Planted, plant

CORPUS = Path(__file__).resolve().parents[2] / "corpus"


@cache
def passages() -> dict[str, Passage]:
    return {passage.id: passage for passage in load_passages(CORPUS)}


@cache
def sources() -> dict[str, Source]:
    return load_sources(CORPUS)


@cache
def honest() -> tuple[Honest, ...]:
    return tuple(reworded(load_rewordings(passages()), passages()))


@cache
def planted() -> tuple[Planted, ...]:
    return tuple(error for draft in honest() for error in plant(draft, passages()))


def is_found(draft: Honest) -> bool:
    return bool(check(draft.draft, draft.allowed, None, "", None, sources=sources()))


def test_there_are_enough_honest_sentences_of_our_own_hand() -> None:
    """Without them, false alarms would be measured on sentences that the gate has passed before."""
    rows = load_rewordings(passages())
    assert len(rows) >= 100
    assert sum(row.is_held_out for row in rows) >= 50
    assert len({row.id for row in rows}) == len(rows)


def test_each_class_is_planted_often_and_the_same_each_time() -> None:
    """Two runs can be compared draft by draft."""
    assert len(planted()) >= 1000
    assert {error.error for error in planted()} == set(CLASSES)
    assert tuple(plant(honest()[0], passages())) == tuple(plant(honest()[0], passages()))


def test_a_planted_draft_differs_in_one_place_only() -> None:
    """One error each, so that a finding can be put down to it."""
    for error in planted():
        draft = next(draft for draft in honest() if draft.id == error.wrong.id)
        assert draft.draft.markdown.replace(error.before, error.after, 1) == error.wrong.draft.markdown
        assert error.wrong.draft.cited == draft.draft.cited


def test_honest_rewordings_pass() -> None:
    """At most 2 of 100."""
    outcomes = [is_found(draft) for draft in honest()]
    assert sum(outcomes) / len(outcomes) <= 0.02


@pytest.mark.parametrize("error", CLASSES[:3])
def test_planted_errors_in_free_prose_are_found(error: str) -> None:
    """At least 98 of 100 of the classes that the gate answers for wherever they stand."""
    outcomes = [is_found(item.wrong) for item in planted() if item.error == error]
    assert len(outcomes) >= 100
    assert sum(outcomes) / len(outcomes) >= 0.98


def test_reversals_by_hand_are_found_more_often_than_their_honest_twins() -> None:
    """66 sentences turned round in our own words: four in ten are found, and hardly any honest twin is."""
    rows = load_reversals(passages())
    found = sum(is_found(told(row, row.wrong, passages())) for row in rows)
    alarms = sum(is_found(told(row, row.honest, passages())) for row in rows)
    assert len(rows) >= 60
    assert sum(row.is_held_out for row in rows) * 2 == len(rows)
    assert found / len(rows) >= 0.38
    assert alarms / len(rows) <= 0.02
