"""Sentences and clauses keep their place in the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.intake.sentences import flatten, split_clauses, split_sentences


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One thing. Another thing.", 2),
        ("It scores 4.2 e.g. on tickets. Fine", 2),
        ("- first item\n- second item", 2),
        ("no capital here. still two", 2),
        ("Really?! Yes…", 2),
        ("It must answer in under 200 ms. 9,000 reports are coded.", 2),
        ("It answers in 2 min. Then it stalls.", 2),
        ("It takes 5 min. at most.", 1),
        ("The lead is Ms. Example. 9 people work for her.", 2),
        ("   ", 0),
    ],
)
def test_a_text_is_cut_into_its_sentences(text: str, count: int) -> None:
    assert len(split_sentences(text)) == count


@given(st.text(max_size=300))
def test_every_span_is_the_text_it_points_to(text: str) -> None:
    for sentence in split_sentences(text):
        assert text[sentence.start : sentence.end] == sentence.text
        for clause in split_clauses(sentence):
            assert text[clause.start : clause.end] == clause.text


@given(st.text(max_size=300))
def test_flattening_keeps_every_place(text: str) -> None:
    assert len(flatten(text)) == len(text)
