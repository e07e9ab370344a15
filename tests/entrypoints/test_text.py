"""What is left of typed text once it is safe to work with."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import UsageError
from agent.text import MARKS_TOGETHER, clean, is_english, printable, thing_asked, whole_number


@given(st.text())
def test_cleaning_is_safe_and_settled(text: str) -> None:
    """Whatever is typed: no controls, NFC, encodable, and cleaning again changes nothing."""
    try:
        cleaned = clean(text)
    except UsageError:
        assert not any(char.isalnum() for char in printable(text))
        return
    assert cleaned == clean(cleaned) == unicodedata.normalize("NFC", cleaned)
    assert not {char for char in cleaned if unicodedata.category(char) in ("Cc", "Cs", "Co")} - {"\n", "\t"}
    cleaned.encode()


@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=MARKS_TOGETHER))
def test_plain_words_stay_as_they_are(text: str) -> None:
    """Evidence quotes the user's own words, so nothing else may change."""
    if any(char.isalnum() for char in text):
        assert clean(text) == text.strip()


def test_endless_accents_are_cut_in_linear_time() -> None:
    """Normalising a long run of accents takes quadratic time, which a megabyte of them would use."""
    start = time.monotonic()
    assert len(clean("e" + "\u0301\u0316" * 500_000)) < 20
    assert time.monotonic() - start < 30


@pytest.mark.parametrize("mark", [" ", "\t", ".", "- ", "=", "\n ", "* . "])
def test_many_marks_in_a_row_are_cut(mark: str) -> None:
    """Thousands of them say no more than a hundred; a few, and the end of a line among many, stay."""
    short, long = mark * (MARKS_TOGETHER // len(mark) // 2), mark * 19_000
    assert clean(f"we have{short}tickets") == f"we have{short}tickets"
    cut = clean(f"we have{long}tickets")
    assert len(cut) == len("we havetickets") + MARKS_TOGETHER
    assert cut[-8:] == ("\ntickets" if "\n" in mark else " tickets")


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("0012", 12), ("²", None), ("٣", None), ("-1", None), ("1.5", None), ("", None), ("9" * 5_000, None)],
    ids=lambda value: str(value)[:8],
)
def test_a_whole_number_is_plain_digits(text: str, number: int | None) -> None:
    """What Unicode calls a digit need not be one that can be reckoned with."""
    assert whole_number(text) == number


def test_terminal_sequences_go_as_a_whole() -> None:
    """Pasted logs read as if they had never been coloured."""
    assert clean("\x1b[1;31mwe\x1b[0m need\x1b]0;title\x07 it") == "we need it"


def test_what_nobody_sees_parts_no_word() -> None:
    """Soft hyphens come with pasted pages, and spaces of no width hide a word from a reader of words."""
    assert clean("co\u00adope\u00adra\u200btion \u2060needs fi\u200bne-tuning") == "cooperation needs fine-tuning"


@pytest.mark.parametrize(
    "text",
    [
        "Support bot over wiki, docs change weekly, boss wants fine-tuning.",
        "8k tickets, GPT-4 nails it, $15k/month",
        "LoRA?",
        "Our café in Zürich needs a bot for the menu.",
        "Is the die cast? A no from me, so on we go.",
        "Our bot answers in French and German: 'nous ne pouvons pas' is what it says when it fails.",
        "",
    ],
)
def test_english_is_english(text: str) -> None:
    """Telegram style, names and quotations included."""
    assert is_english(text)


@pytest.mark.parametrize(
    "text",
    [
        "Wir haben 300 Beispiele und die Dokumente ändern sich. Sollen wir nun trainieren?",
        "Nous avons des documents qui changent et il faut citer les sources.",
        "Tenemos los documentos en una wiki y no sabemos que hacer con el modelo.",
        "我们的文档每周更新，应该微调还是检索？",
        "هل يجب أن نضبط النموذج؟",
        "Стоит ли нам дообучать модель?",
    ],
)
def test_other_languages_are_not(text: str) -> None:
    """By script, or by small words."""
    assert not is_english(text)


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("What is RAG?", "rag"),
        ("ok, so what's LoRA exactly?", "lora"),
        ("What does retrieval-augmented generation mean?", "retrieval augmented generation"),
        ("Explain few-shot prompting please.", "few shot prompting"),
        ("What is RAG good for when documents change daily?", ""),
        ("What is the cost of fine-tuning?", ""),
        ("Should we fine-tune?", ""),
    ],
)
def test_a_question_for_the_meaning_of_a_thing_names_it(text: str, thing: str) -> None:
    """Only where it asks for nothing else."""
    assert thing_asked(text) == thing
