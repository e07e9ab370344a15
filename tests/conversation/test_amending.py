"""Numbers told before come to more or to less, or turn out to be of another period."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.conversation.conversation import Conversation

Talk = Callable[..., Conversation]
WIKI = "Our wiki holds it all, it must cite."
EXAMPLES, REQUESTS = "we have 640 labelled examples", "about 300 requests a day"


def changes(conversation: Conversation, *texts: str) -> dict[str, object]:
    return {change.fact: change.after for text in texts for change in conversation.take(text).changes}


@pytest.mark.parametrize(
    ("before", "text", "value"),
    [
        (REQUESTS, "the 300 a day is only what comes by the portal, another 200 a day come by mail", 15_000),
        (REQUESTS, "Plus 200 requests a day by mail.", 15_000),
        (REQUESTS, "And 1,000 a week on top, from the branches", 13_300),
        (EXAMPLES, "and another 500 labelled ones from 2021", 1_140),
        (EXAMPLES, "plus 60 examples that the interns corrected", 700),
        (EXAMPLES, "About my 640: 90 of those are from before the rules changed, I have to take them out", 550),
        (EXAMPLES, "90 of the examples are old. I'll leave them out", 550),
        (EXAMPLES, "we threw out 40 of those, unusable", 600),
        (EXAMPLES, "minus 90 old ones", 550),
        (EXAMPLES, "of the 640, 40 are duplicates", 600),
        (EXAMPLES, "half of them can't be used", 320),
        (REQUESTS, "100 of those are spam and don't count", 6_000),
    ],
)
def test_what_comes_on_top_is_added_and_what_does_not_count_taken_off(
    talk: Talk, before: str, text: str, value: float
) -> None:
    """Of the number that the turn names, or the one just told; said again, it changes nothing."""
    conversation = talk(WIKI, before)
    assert list(changes(conversation, text).values()) == [pytest.approx(value)]
    assert changes(conversation, text) == {}


@pytest.mark.parametrize(
    ("before", "text", "value"),
    [
        (REQUESTS, "it's 300 a week, not a day", 1_290),
        (REQUESTS, "I meant a week, not a day", 1_290),
        ("/facts knowledge_change_days=7", "it changes nightly, not weekly, I mixed it up", 1),
        ("/facts knowledge_change_days=7", "correction: they get touched every single day, not weekly", 1),
        ("/facts knowledge_change_days=7", "not every week but every month", 30),
    ],
)
def test_another_period_replaces_the_one_that_is_denied(talk: Talk, before: str, text: str, value: float) -> None:
    assert list(changes(talk(WIKI, before), text).values()) == [pytest.approx(value)]


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (EXAMPLES, "90 of them were hard"),
        (EXAMPLES, "half of the letters are rubbish"),
        (EXAMPLES, "We could label another 300"),
        (EXAMPLES, "we removed 40 columns from the form"),
        (EXAMPLES, "what if another 300 labelled examples turned up?"),
        (REQUESTS, "our rival gets another 500 requests a day"),
        (REQUESTS, "labelling takes a day, not a week"),
        ("/facts knowledge_change_days=7", "labelling takes a day, not a week"),
        ("/facts knowledge_change_days=7", "monthly, not yearly"),
    ],
)
def test_what_amends_no_number_leaves_it(talk: Talk, before: str, text: str) -> None:
    conversation = talk(WIKI, before)
    assert not changes(conversation, text).keys() & {"labelled_examples", "requests_per_month", "knowledge_change_days"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("neither!! both together. 500 a day", 15_000),
        ("Neither, it's 450 a day", 13_500),
        ("Both wrong. It's 450 a day.", 13_500),
        ("both together", 15_000),
        ("add them up", 15_000),
    ],
)
def test_a_dispute_may_be_settled_by_neither_or_both(talk: Talk, text: str, value: float) -> None:
    conversation = talk(WIKI, REQUESTS, "we have 200 requests a day")
    assert changes(conversation, text) == {"requests_per_month": pytest.approx(value)}
