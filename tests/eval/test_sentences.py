"""The sentences that reading is learned from, and the scores that are kept of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent.errors import UsageError
from agent.intake.heads import HINT_AT_MOST, Told, load_heads, load_sentence_heads
from agent.intake.reading import cut
from eval.cases import KEPT_ASIDE, Case, Stated, load_use_cases
from eval.sentences import (
    PARTS,
    Sentence,
    Texts,
    case_said,
    chosen_keys,
    load_texts,
    load_unseen,
    load_unseen_gists,
    part_of,
    save_unseen,
    save_unseen_gists,
)


@pytest.fixture(scope="module")
def texts() -> Texts:
    """Everything that is learned from."""
    return load_texts()


def test_the_scores_that_are_kept_are_of_these_sentences(texts: Texts) -> None:
    """What is learned from and what was learned belong together; else `python -m eval.fit_encoder` is due."""
    told, keys = load_unseen(texts.sentences), chosen_keys(texts.sentences)
    assert told.scores.shape == told.hints.shape == (len(texts.sentences), len(keys))
    assert load_sentence_heads().keys == load_heads().keys == keys


def test_the_gists_that_are_kept_are_of_these_cases(texts: Texts) -> None:
    """Where a case has a value its gist is likelier; `python -m eval.fit_gist` is due where they are of others."""
    gists, keys = load_unseen_gists(texts.sentences), chosen_keys(texts.sentences)
    assert gists.shape == (len(texts.cases), len(keys))
    has = np.array([[case.expected.facts.get(fact) == value for fact, value in keys] for case in texts.cases])
    assert gists[has].mean() > gists[~has].mean() + 3


def test_unseen_sentences_are_told_by_what_was_learned_from_others(texts: Texts) -> None:
    """Where a sentence states a value it scores higher than where it does not."""
    scores, keys = load_unseen(texts.sentences).scores, chosen_keys(texts.sentences)
    column = keys.index(("considering_fine_tuning", True))
    states = np.array([keys[column] in sentence.states for sentence in texts.sentences])
    assert scores[states, column].mean() > 10 * scores[~states, column].mean()


def test_an_unseen_sentence_hints_at_what_others_of_its_case_state(texts: Texts) -> None:
    """Sentences that do not state a value themselves hint at it more where their case has it."""
    hints, keys = load_unseen(texts.sentences).hints, chosen_keys(texts.sentences)
    column = keys.index(("knowledge_in_documents", True))
    silent = [row for row, s in enumerate(texts.sentences) if s.case is not None and keys[column] not in s.states]
    has = np.array([keys[column] in (texts.sentences[row].case or ()) for row in silent])
    assert hints[silent, column][has].mean() > hints[silent, column][~has].mean() + 0.5


def test_nothing_is_learned_by_parts_from_cases_kept_aside(texts: Texts) -> None:
    """Their figures are those of unseen cases."""
    aside = {case.id for case in load_use_cases(KEPT_ASIDE).cases}
    for case, rows in zip(texts.cases, texts.rows_of, strict=True):
        assert {sentence.is_apart for sentence in texts.sentences[rows]} <= {case.id in aside}


def test_the_sentences_of_a_case_are_in_one_part(texts: Texts) -> None:
    """By whole case, and every part has about as many."""
    parts = [{sentence.part for sentence in texts.sentences[rows]} for rows in texts.rows_of]
    assert all(len(found) <= 1 for found in parts)
    shares = np.bincount([sentence.part for sentence in texts.sentences]) / len(texts.sentences)
    assert len(shares) == PARTS
    assert shares.min() > 0.9 / PARTS


def test_a_sentence_states_what_its_words_are_the_evidence_of() -> None:
    """Evidence that spans two sentences belongs to both; numbers are learned elsewhere."""
    text = "We route mail. The prompt is fine. It costs 4,000 dollars."
    facts = {"narrow_task": True, "prompting_sufficient": True, "requests_per_month": 3}
    evidence = {
        "narrow_task": "We route mail",
        "prompting_sufficient": "mail. The prompt",
        "requests_per_month": "4,000",
    }
    spans = [span for span, _ in cut(text)[0]]
    said = case_said(Case("x", text, Stated(facts, evidence)), spans)
    assert [
        {words.key[0]: span.text[words.start : words.end] for words in some}
        for span, some in zip(spans, said, strict=True)
    ] == [
        {"narrow_task": "We route mail", "prompting_sufficient": "mail."},
        {"prompting_sufficient": "The prompt"},
        {},
    ]


@pytest.mark.parametrize(
    "other",
    [
        Sentence("We route mail.", frozenset(), part_of("a")),
        Sentence("We route mail.", frozenset({("narrow_task", True)}), part_of("a"), frozenset({("volume", "high")})),
    ],
    ids=["states", "case"],
)
def test_scores_of_other_sentences_are_refused(tmp_path: Path, other: Sentence) -> None:
    """A table of scores that belongs to other words, labels or an older order is not learned from."""
    one = Sentence("We route mail.", frozenset({("narrow_task", True)}), part_of("a"))
    path = tmp_path / "unseen.npz"
    save_unseen([one], Told(np.array([[0.5]], dtype=np.float32), np.array([[-9.0]], dtype=np.float32)), path)
    told = load_unseen([one], path)
    assert told.scores == pytest.approx(0.5, abs=0.01)
    assert told.hints == pytest.approx(-HINT_AT_MOST)
    with pytest.raises(UsageError, match="other sentences"):
        load_unseen([other], path)


def test_gists_of_other_sentences_are_refused(tmp_path: Path) -> None:
    """A logit is kept in a byte."""
    one, other = (Sentence(text, frozenset(), part_of("a")) for text in ("We route mail.", "We sort mail."))
    path = tmp_path / "gists.npz"
    save_unseen_gists([one], np.array([[1.5, -9.0]], dtype=np.float32), path)
    assert load_unseen_gists([one], path) == pytest.approx(np.array([[1.5, -HINT_AT_MOST]]), abs=0.03)
    with pytest.raises(UsageError, match=r"eval\.fit_gist"):
        load_unseen_gists([other], path)
