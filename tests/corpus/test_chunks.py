"""Dividing a text into passages: sizes, borders, headings, and nothing lost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.corpus.chunks import divide, units

TEXTS = st.lists(
    st.one_of(
        st.text(max_size=80),
        st.sampled_from(
            ["# Title\n", "## Part\n", "```\n", "\n\n", "Name\n====\n", "- item\n", "| a | b |\n", "---\n"]
        ),
        st.integers(1, 400).map(lambda count: "word " * count + ". "),
        st.integers(1, 4000).map(lambda count: "x" * count),
        st.integers(1, 500).map(lambda count: "船" * count),
    ),
    max_size=12,
).map("".join)


@given(TEXTS, st.sampled_from(["markdown", "plain"]))
def test_no_passage_is_too_long_and_all_stand_in_order(text: str, markup: str) -> None:
    chunks = divide(text, markup=markup)
    ends = [0, *(at for chunk in chunks for at in chunk.span)]
    assert ends == sorted(ends)
    assert all(units(text, *chunk.span) <= 220 and text[slice(*chunk.span)].strip() for chunk in chunks)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=20))
def test_every_word_lies_in_a_passage(lengths: list[int]) -> None:
    text = "\n\n".join(" ".join(f"w{index}.{word}" for word in range(length)) for index, length in enumerate(lengths))
    chunks = divide(text, markup="markdown")
    assert " ".join(text[slice(*chunk.span)] for chunk in chunks).split() == text.split()


@given(st.lists(st.integers(5, 60), min_size=4, max_size=30))
def test_passages_of_ordinary_paragraphs_have_ordinary_sizes(lengths: list[int]) -> None:
    text = "\n\n".join("word " * length for length in lengths)
    sizes = [units(text, *chunk.span) for chunk in divide(text, markup="markdown")]
    assert all(75 <= size <= 220 for size in sizes[:-1])


@pytest.mark.parametrize(
    ("text", "markup", "sections"),
    [
        pytest.param("# T\n\nx\n\n## A\ny\n### B\nz\n## C\nw", "markdown", ["T", "A", "A › B", "C"], id="nested"),
        pytest.param("Name\n====\nx\n\nPart\n---\ny", "markdown", ["Name", "Part"], id="underlined"),
        pytest.param("## A\n```\n# no heading\n\n## nor this\n```\n", "markdown", ["A"], id="fenced"),
        pytest.param("x\n\n---\n\ny", "markdown", [""], id="rule"),
        pytest.param("## **Bold** `code` ##\nx", "markdown", ["Bold code"], id="emphasis"),
        pytest.param("Why boats\n\nThey float.\n\nNo heading here.\n\nMore.", "plain", ["Why boats"], id="plain"),
        pytest.param("- a list\n\n- another", "plain", [""], id="plain-list"),
        pytest.param("# Only a title", "markdown", [""], id="only-headings"),
        pytest.param("", "markdown", [], id="empty"),
    ],
)
def test_sections_are_the_headings_above(text: str, markup: str, sections: list[str]) -> None:
    assert [chunk.section for chunk in divide(text, markup=markup)] == sections


def test_long_paragraphs_are_cut_between_sentences() -> None:
    text = "One two three four five six seven eight nine ten. " * 60
    for chunk in divide(text, markup="markdown"):
        assert text[slice(*chunk.span)].endswith("ten.")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("# " + "#" * 50_000 + " " * 50_000 + "x\n", id="heading-marks"),
        pytest.param(("." + " " * 50_000 + "x") * 3, id="blanks"),
        pytest.param("a " * 100_000, id="one-endless-sentence"),
        pytest.param("x" * 200_000, id="one-endless-word"),
        pytest.param("```\n" * 20_000, id="fences"),
    ],
)
def test_hostile_texts_are_divided_in_time_that_grows_with_their_length(text: str) -> None:
    start = time.process_time()
    divide(text, markup="markdown")
    assert time.process_time() - start < 2
