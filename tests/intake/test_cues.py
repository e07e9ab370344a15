"""Cues are found as if every expression were tried on every sentence, though few are."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.intake.cues import Expression, _present, find_cues, lexicon, named
from agent.intake.sentences import Span, flatten, split_sentences
from eval.cases import load_use_cases
from eval.fit_cues import needs

CUES = [cue for cues in lexicon().patterns.values() for cue in cues]
UNFITTED_AT_MOST = 150
"""A cue without letters is tried on every text, which costs each start about a millisecond: run `make fit`."""


def test_every_cue_is_a_regular_expression() -> None:
    for cue in CUES:
        re.compile(cue.pattern)


def test_no_sentence_of_the_cases_loses_a_cue() -> None:
    sentences = [flatten(span.text) for case in load_use_cases().cases[::4] for span in split_sentences(case.text)]
    present = [_present(sentence, lexicon().letters) for sentence in sentences]
    for cue in CUES[::5]:
        pattern = re.compile(cue.pattern)
        for sentence, bits in zip(sentences, present, strict=True):
            assert cue.needs & bits == cue.needs or not pattern.search(sentence), (cue.pattern, sentence)


@pytest.mark.parametrize(
    ("pattern", "groups"),
    [
        ("fine[- ]?tun(?:e|ed)", [{"fine"}, {"tune"}]),
        (r"\b(?:not|never|no) tried", [{" tried"}]),
        ("(?:maybe )?(?:rag|retrieval)+", [{"ag", "etrieval"}]),
        ("(?:wiki|[a-z]+)", []),
        ("(?<=we )a(?=lot)(?!of)", []),
        ("(?i)wiki", []),
    ],
)
def test_letters_that_a_pattern_cannot_do_without(pattern: str, groups: list[set[str]]) -> None:
    assert sorted(map(sorted, needs(pattern))) == sorted(map(sorted, groups))


@given(st.sampled_from(CUES), st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_text_that_a_cue_matches_has_its_letters(cue: Expression, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(cue.pattern, alphabet=st.characters(max_codepoint=127)))
    present = _present(text, lexicon().letters)
    assert cue.needs & present == cue.needs


def test_a_changed_cue_is_tried_on_every_text() -> None:
    assert named("wiki") != named("wikis?")
    assert sum(not cue.needs for cue in CUES) <= UNFITTED_AT_MOST


def test_a_cue_is_found_where_it_stands() -> None:
    text = "Our wiki changes weekly. We tried fine-tuning."
    found = [cue for span in split_sentences(text) for cue in find_cues(span)]
    assert "fine-tuning" in {text[cue.start : cue.end] for cue in found}
    assert find_cues(Span("", 0, 0)) == ()
