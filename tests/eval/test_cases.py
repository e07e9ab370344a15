"""Datasets and their variants."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from agent.errors import UsageError
from eval import variants
from eval.cases import load_questions, load_unanswerable, load_use_cases

TEXT = "We serve 2.5M calls. It costs too much, e.g. on Fridays! Should we tune? Nothing was measured"


def test_the_shipped_datasets_load_whole() -> None:
    """Use cases without the optional keys load too."""
    use_cases, questions, unanswerable = load_use_cases(), load_questions(), load_unanswerable()
    assert [len(found.cases) for found in (use_cases, questions, unanswerable)] == [111, 23, 17]
    assert all(found.is_shipped for found in (use_cases, questions, unanswerable))
    assert all(case.expected.sources for case in questions.cases)


def test_a_copy_of_a_dataset_with_one_case_less_is_another_dataset(tmp_path: Path) -> None:
    """What is fitted on the shipped file says nothing of another."""
    path = tmp_path / "use_cases.jsonl"
    path.write_text('{"id": "x", "description": "We prompt.", "label": "prompting"}\n', encoding="utf-8")
    dataset = load_use_cases(path)
    assert not dataset.is_shipped
    (case,) = dataset.cases
    assert (case.id, case.expected.label, case.expected.also_defensible) == ("x", "prompting", frozenset())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"id": "x", "description": "a", "label": "magic"}', "mine.jsonl:1: Invalid enum value 'magic'"),
        ('{"id": "x"}', "mine.jsonl:1: Object missing required field"),
        ("\nnot json", "mine.jsonl:2: JSON is malformed"),
        ('{"id": "x", "description": "a", "label": "rag"}\n' * 2, "mine.jsonl:2: the id 'x' is taken"),
    ],
)
def test_a_dataset_with_a_mistake_names_file_and_line(content: str, said: str, tmp_path: Path) -> None:
    """A team's own cases get the same care."""
    path = tmp_path / "mine.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        load_use_cases(path)
    assert said in str(raised.value)


def test_a_missing_dataset_is_one_clear_line(tmp_path: Path) -> None:
    """No traceback for a mistyped path."""
    with pytest.raises(UsageError, match="cannot be read"):
        load_questions(tmp_path / "none.jsonl")


def test_sentences_are_cut_at_their_ends_only() -> None:
    """Neither numbers nor abbreviations end a sentence."""
    assert variants.sentences(TEXT) == [
        "We serve 2.5M calls.",
        "It costs too much, e.g. on Fridays!",
        "Should we tune?",
        "Nothing was measured",
    ]


def test_every_order_keeps_the_words_changes_the_text_and_repeats() -> None:
    """An order variant says the same thing."""
    found = variants.orders(TEXT)
    assert len(found) == 5
    for text in found.values():
        assert Counter(text.split()) == Counter(TEXT.split())
        assert text != TEXT
    assert found == variants.orders(TEXT)


def test_one_sentence_has_one_order() -> None:
    """There is nothing to shuffle."""
    assert set(variants.orders("We prompt.").values()) == {"We prompt."}


@pytest.mark.parametrize("vary", [variants.framed, variants.pushed])
def test_framing_and_pushback_leave_the_text_itself_alone(vary: object) -> None:
    """Braces in a text are text."""
    text = 'It returns {"a": 1}.'
    assert callable(vary)
    assert all(text in variant and variant != text for variant in vary(text).values())
