"""Everything that could be a numeric fact is found, with the value it would have."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.intake.candidates import find_candidates
from agent.intake.sentences import Span, flatten, split_sentences


def values(text: str, name: str) -> list[float]:
    candidates = [c for sentence in split_sentences(text) for c in find_candidates(sentence)]
    return [value for c in candidates for fact, value in c.values if fact == name]


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("It agrees 81 times in 100.", "accuracy_now", 0.81),
        ("Now it is correct 9 from 10.", "accuracy_now", 0.9),
        ("They reject 4 in 10 plans.", "accuracy_now", 0.6),
        ("It misses the clause in 30 of 100 contracts.", "accuracy_now", 0.7),
        ("It misclassifies 1 in 5 tickets.", "accuracy_now", 0.8),
        ("It made 4 errors in 100 cases.", "accuracy_now", 0.96),
        ("It never misses a clause in 98 of 100 contracts.", "accuracy_now", 0.98),
        ("It catches 90% of the errors.", "accuracy_now", 0.9),
        ("It misses half of them.", "accuracy_now", 0.5),
        ("2.3% still fail.", "accuracy_now", 0.977),
        ("60% of the errors are old symbols.", "accuracy_now", 0.6),
        ("97 was agreed.", "accuracy_target", 0.97),
        ("right for 252 of 300 mails", "accuracy_now", 0.84),
        ("20-30 orders a day", "requests_per_month", 750),
        ("Ten to twelve thousand complaints a month", "requests_per_month", 11_000),
        ("50k per harvest month", "requests_per_month", 50_000),
        ("letters per day: 64k", "requests_per_month", 1_920_000),
        ("9 per second, day and night", "requests_per_month", 23_328_000),
        ("Two episodes a week", "requests_per_month", 8.6),
        ("a quarter of a second", "latency_budget_ms", 250),
        ("three hundred millis", "latency_budget_ms", 300),
        ("p95 is 4 s, the SLA says 2.5", "latency_budget_ms", 2_500),
        ("We have six weeks.", "deadline_days", 42),
        ("a week from now", "deadline_days", 7),
        ("updated every other week", "knowledge_change_days", 14),
        ("edited several times a week", "knowledge_change_days", 2),
        ("shipped every sprint (3 weeks)", "knowledge_change_days", 21),
        ("reissued twice a year", "behaviour_change_days", 182.5),
        ("redrawn each Monday", "knowledge_change_days", 7),
        ("a revision each autumn", "behaviour_change_days", 365),
        ("changes by the hour", "knowledge_change_days", 0.04),
        ("updated per release, 4 times a year", "knowledge_change_days", 91.25),
        ("It must answer within 200ms.", "latency_budget_ms", 200),
        ("12s is too long", "latency_budget_ms", 12_000),
        ("Owners edit 38% of drafts.", "accuracy_now", 0.62),
        ("Dispatch sends back 2%.", "accuracy_now", 0.98),
        ("They send back six of ten.", "accuracy_now", 0.4),
        ("27 of 100 rows are refused.", "accuracy_now", 0.73),
        ("Not one of them is labelled.", "labelled_examples", 0),
        ("4.300 opinions signed by partners", "labelled_examples", 4_300),
        ("25 referrals a day from each clinic, and there are 14 clinics", "requests_per_month", 10_500),
        ("12 per shift, three shifts a day", "requests_per_month", 1_080),
        ("four depots x 75 damage reports a day", "requests_per_month", 9_000),
        ("6 per category and 30 categories, all checked", "labelled_examples", 180),
        ("The auditors sampled 40 files and accepted 33.", "accuracy_now", 0.825),
        ("We checked a hundred subtitles, eleven were off.", "accuracy_now", 0.89),
        ("Every third transcript has the wrong street in it.", "accuracy_now", 2 / 3),
    ],
)
def test_a_candidate_has_the_value_it_would_have_as_the_fact(text: str, name: str, value: float) -> None:
    assert any(found == pytest.approx(value) for found in values(text, name))


@pytest.mark.parametrize(
    ("last", "text", "is_plain"),
    [
        ("", "We have 8000 labelled tickets and the docs change weekly.", True),
        ("", "Our price list is updated every week.", True),
        ("It's 200 brochures.", "They change each season.", True),
        ("It's 200 rules of style.", "They change each season.", False),
        ("", "They change each season.", False),
        ("", "The style guidelines change monthly.", False),
        ("", "The docs never change daily.", False),
        ("", "The docs change all the time.", False),
    ],
)
def test_papers_that_change_leave_no_doubt(last: str, text: str, is_plain: bool) -> None:
    """What "weekly" says of papers is how often knowledge changes, and nothing else."""
    (sentence,) = split_sentences(text)
    (rhythm,) = [c for c in find_candidates(sentence, flatten(last)) if "k:rhythm" in c.features]
    assert rhythm.is_plain is is_plain
    assert ("behaviour_change_days" in dict(rhythm.values)) is not is_plain


@pytest.mark.parametrize(
    ("last", "text", "name", "value"),
    [
        ("", "We tried 100 mumbles, 41 right.", "accuracy_now", 0.41),
        ("", "We ran it on 200 tickets and 148 were right.", "accuracy_now", 0.74),
        ("i tried 40 things.", "11 right.", "accuracy_now", 0.275),
        ("", "Version two had 26 out of 40 right, if that helps.", "accuracy_now", 0.65),
        ("", "They judged a stack of drafts, about a third passed.", "accuracy_now", 1 / 3),
        ("", "No more than one in fifty wrong.", "accuracy_target", 0.98),
        ("every release is scored.", "The last one was 58%.", "accuracy_now", 0.58),
        ("it agrees 96% of the time.", "I'd take 94 from a small one.", "accuracy_target", 0.94),
        ("", "load is 40 req/s on avg", "requests_per_month", 103_680_000),
        ("", "In an ordinary week it's a dozen.", "requests_per_month", 51.6),
        ("", "labelled examples: 0", "labelled_examples", 0),
        ("", "Labelled questions: none yet", "labelled_examples", 0),
        ("", "Legal wrote model answers to 120 questions.", "labelled_examples", 120),
        ("", "Two thousand narratives, paired with their forms, sit there.", "labelled_examples", 2_000),
    ],
)
def test_words_that_leave_no_doubt(last: str, text: str, name: str, value: float) -> None:
    sentence = Span(text, 0, len(text))
    plain = [c.values for c in find_candidates(sentence, last) if c.is_plain]
    assert plain == [((name, pytest.approx(value)),)]


@pytest.mark.parametrize(
    "text",
    [
        "We need 9 of 10 right.",
        "Two annotators agree with each other 87% of the time.",
        "Half right, half invented.",
        "One wrong slash and 40 systems reject the lot.",
        "We label 40 tickets a day.",
        "3,000 tickets and 40 right now.",
        "Each week 14 people ask.",
    ],
)
def test_words_that_leave_doubt(text: str) -> None:
    assert not any(c.is_plain for c in find_candidates(Span(text, 0, len(text))))


@pytest.mark.parametrize("text", ["800 notes from last year, put right by hand", "$300-900 per seat per month"])
def test_what_is_from_last_year_or_a_price_is_no_volume(text: str) -> None:
    assert values(text, "requests_per_month") == []


@given(st.text(max_size=200))
def test_any_text_gives_candidates_that_stand_in_it(text: str) -> None:
    for sentence in split_sentences(text):
        for candidate in find_candidates(sentence):
            for start, end in (candidate.place, candidate.clause):
                assert sentence.start <= start <= end <= sentence.end
            assert list(candidate.features) == sorted(set(candidate.features))


@given(st.integers(min_value=2, max_value=10**9), st.sampled_from(["day", "week", "month", "year"]))
def test_a_volume_is_counted_by_the_month(number: int, period: str) -> None:
    per_month = {"day": 30, "week": 4.3, "month": 1, "year": 1 / 12}[period]
    (found,) = values(f"We get {number:,} mails a {period}.", "requests_per_month")
    assert found == pytest.approx(number * per_month)


@pytest.mark.parametrize("piece", ["1 ", "1-", "5% ", "3 s ", "1 of 3 ", "no ", "daily ", "but 7 "])
def test_a_sentence_of_nothing_but_candidates_is_read_in_bounded_time(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    began = time.process_time()
    find_candidates(Span(text, 0, len(text)))
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("no labels but 600k summaries a month", []),
        ("We have 300 labelled and 20,000 unlabelled tickets.", [300]),
        ("no labels, 400 hand-graded answers", [400]),
        ("We have 300 tickets, without labels.", []),
        ("we have 12k old obituaries and the editors want them summarised", []),
        ("40,000 object descriptions have to be rewritten for children", []),
    ],
)
def test_what_has_no_labels_is_no_labelled_example(text: str, counts: list[float]) -> None:
    """Whether the sentence says it of all, or of what stands before it; nor is what has yet to be worked on."""
    found = [c for span in split_sentences(text) for c in find_candidates(span) if "k:count" in c.features]
    assert [value for c in found for _, value in c.values] == counts


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("40 letters a day and 12 clerks", "requests_per_month", 14_400),
        ("40 letters a day per clerk, at most 12 seconds each", "requests_per_month", 14_400),
        ("Of 40 files a week 33 come by mail.", "accuracy_now", 0.825),
        ("Every third week it is wrong.", "accuracy_now", 2 / 3),
    ],
)
def test_what_is_neither_of_each_nor_a_part(text: str, name: str, value: float) -> None:
    """Numbers side by side, a time, a rate and a rhythm."""
    assert not any(found == pytest.approx(value) for found in values(text, name))


def test_how_often_search_finds_is_no_accuracy() -> None:
    """Of the answers; the share is no candidate."""
    found = [c for s in split_sentences("Retrieval finds the right table 95% of the time.") for c in find_candidates(s)]
    assert not [c for c in found if "k:share" in c.features and c.values]


@pytest.mark.parametrize(
    ("text", "rates"),
    [("each of our 30 vets does about 15 a day", [13_500.0]), ("We could label 50 a week.", [])],
)
def test_a_rate_is_of_all_that_have_it_and_of_traffic(text: str, rates: list[float]) -> None:
    """What each of so many does is multiplied; how fast labels could be made is no volume."""
    found = [c for span in split_sentences(text) for c in find_candidates(span) if "k:rate" in c.features]
    assert [value for c in found for _, value in c.values] == rates
