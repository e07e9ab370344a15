"""Quantities are read in any notation."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.intake.numbers import find_quantities, plain_number


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("8k calls", 8_000),
        ("2m/day", 2_000_000),
        ("fifteen thousand calls", 15_000),
        ("~8 million interactions", 8_000_000),
        ("f1 of .18", 0.18),
        ("half of them", 0.5),
        ("a few thousand tickets", 3_000),
        ("seventy million pairs", 70_000_000),
        ("200 to 300 rows", 200),
        ("200-300 rows", 200),
        ("five to six hundred", 500),
        ("two or three thousand rows", 2_000),
        ("1,200 rows", 1_200),
        ("1.200.000 rows", 1_200_000),
        ("99.2% right", 0.992),
        ("90 percent", 0.9),
        ("a dozen", 12),
        ("nine out of ten", 0.9),
        ("two thirds", 2 / 3),
        ("twenty-five hundred", 2_500),
        ("one hundred and five", 105),
        ("-5 examples", -5),
        ("1e30 requests", 1e30),
        ("10,000+ asks", 10_000),
        ("4.300 opinions", 4_300),
        ("4.300 s", 4.3),
        ("4.300 million", 4_300_000),
        ("1.250k", 1_250),
        ("97.125%", 0.97125),
        ("0.981 right", 0.981),
        ("180 000 forms", 180_000),
        ("5,5 millions", 5_500_000),
        ("two and a half million", 2_500_000),
        ("some thirty remarks", 30),
        ("two dozen", 24),
        ("half a million", 500_000),
        ("1.4e6 parcels", 1_400_000),
        ("12k", 12_000),
        ("within 50ms", 50),
        ("12s is too long", 12),
        ("5min", 5),
    ],
)
def test_a_notation_gives_its_value(words: str, value: float) -> None:
    assert [q.value for q in find_quantities(words)] == pytest.approx([value])


@pytest.mark.parametrize(
    ("words", "low", "high"),
    [
        ("20-30 orders", 20, 30),
        ("ten to twelve thousand letters", 10_000, 12_000),
        ("three or four reviews", 3, 4),
        ("400-500k calls", 400_000, 500_000),
        ("400 to 2k calls", 400, 2_000),
        ("80 to 90 percent", 0.8, 0.9),
        ("0.68 to 0.74", 0.68, 0.74),
        ("$300-900 a seat", 300, 900),
    ],
)
def test_a_range_gives_both_ends_and_its_middle(words: str, low: float, high: float) -> None:
    (found,) = find_quantities(words)
    assert (found.value, found.until, found.middle) == pytest.approx((low, high, (low + high) / 2))


@pytest.mark.parametrize("words", ["from 72 to 90", "fell 94 to 88", "rose to 80"])
def test_a_change_is_not_a_range(words: str) -> None:
    assert all(found.until is None for found in find_quantities(words))


@pytest.mark.parametrize(
    "words",
    [
        "accuracy in the 80s",
        "the low 70s",
        "llama-3-8b",
        "gpt-4",
        "llama 3.1-70b",
        "an icd-10 code",
        "f1 score",
        "none of them",
    ],
)
def test_decades_and_names_with_figures_are_not_quantities(words: str) -> None:
    assert find_quantities(words) == ()


@pytest.mark.parametrize("digits", [31, 320, 5_000])
@pytest.mark.parametrize("words", ["{} labels", "{} and a lot", "1e{} labels", "0.{} of them"])
def test_what_is_too_long_for_a_number_is_no_quantity(words: str, digits: int) -> None:
    """Some hundreds of digits are no amount of anything, and no float holds them."""
    assert find_quantities(words.format("9" * digits)) == ()
    assert [found.value for found in find_quantities(f"{'9' * digits} and a half million labels")] == [0.5]


@given(st.integers(min_value=0, max_value=10**12))
def test_an_integer_is_read_back_from_plain_and_grouped_digits(number: int) -> None:
    assert plain_number(str(number)) == number
    assert plain_number(f"{number:,}") == number


@given(st.text(max_size=200))
def test_any_text_gives_quantities_in_order_and_apart(text: str) -> None:
    found = find_quantities(text.lower())
    assert all(one.end <= two.start for one, two in itertools.pairwise(found))
