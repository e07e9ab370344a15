"""What a question asks for, read from its words."""

from __future__ import annotations

import re

import pytest

from agent.answer.asked import ASKS, SUBJECTS, counted, mended, quantities

KNOWN = frozenset({"retrieval", "retriev", "adapter", "adapt", "limitations", "limit"})


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        pytest.param("retrievla", "retrieval", id="two letters swapped"),
        pytest.param("adaptor", "adapter", id="one letter wrong"),
        pytest.param("ft", "fine-tuning", id="shorthand"),
        pytest.param("mistral", "mistral", id="unheard of"),
        pytest.param("rag", "rag", id="too short to judge"),
    ],
)
def test_a_word_is_read_as_the_corpus_spells_it(word: str, meant: str) -> None:
    """A typing error is no strange subject, and a strange subject is no typing error."""
    assert mended(word, KNOWN) == meant


@pytest.mark.parametrize("text", ["1M calls", "1e6 calls", "a million calls", "1,000,000 calls", "1 mio calls"])
def test_a_quantity_has_one_value_however_it_is_written(text: str) -> None:
    """Otherwise a volume that a passage gives would look like one that none gives."""
    assert quantities(text) == {1_000_000}


def test_a_quantity_is_known_by_what_it_counts() -> None:
    """The 200 of a latency answers no question about 200 categories; a bare candidate counts nothing."""
    assert counted("with 200 categories instead") == [{"200 categor", "200 instead"}]
    assert counted("is it 200?") == [set()]


@pytest.mark.parametrize("words", [*ASKS.values(), *SUBJECTS.values()], ids=[*ASKS, *SUBJECTS])
def test_what_is_looked_for_in_small_letters_has_no_capital(words: str) -> None:
    """A capital in one of the word groups would never be found."""
    assert not re.search(r"(?<!\\)[A-Z]", words)
