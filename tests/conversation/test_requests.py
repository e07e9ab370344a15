"""What asks for something of the talk gets it, be it an order or half a sentence; what tells of a case is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.conversation.conversation import Conversation
from agent.conversation.hearing import hear
from agent.conversation.requests import requested
from agent.conversation.telling import as_said

Talk = Callable[..., Conversation]
WIKI = "Our wiki holds it all, it must cite."


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("give me the plan pls", "plan"),
        ("in one line, what do i do first", "plan"),
        ("if i could ask my dev for just one thing this week what should it be", "plan"),
        ("what would make you drop distillation", "flips"),
        ("talk me out of it", "flips"),
        ("which single fact would send us to training", "flips"),
        ("which of my statements have you understood? a list", "facts"),
        ("read it again", "facts"),
        ("where did u get that we compared things?", "facts"),
        ("do u even read what i type", "facts"),
        ("could you sum up what i've told you so far in a few lines?", "summary"),
        ("who of ur sources says measure first", "backers"),
        ("does any source back him", "backers"),
        ("say that in one sentence", "verdict"),
        ("give me the name of the rule that blocks fine-tuning", "why_not"),
        ("the plan is to launch in may", None),
        ("we read it again and again", None),
        ("the rules that block refunds are many", None),
        ("our sources say the same", None),
        ("it writes two lines per product", None),
        ("they want a summary of each call", None),
    ],
)
def test_what_is_asked_of_the_talk(text: str, about: str | None) -> None:
    assert requested(text) == about
    assert bool(about) is (hear(text).asks != ())


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("what's an adapter?", "**Adapter**: A small add-on"),
        ("plan pls", "1. **"),
        ("in one line, what do i do first", "**First:** "),
        ("say that in one sentence", "**Retrieval (RAG).** "),
        ("who of ur sources says RAG", "**On your facts, "),
        ("does any source back fine-tuning", "On your facts none of the sources leads to fine-tuning."),
        ("what would that retrieval thing cost me a month, ballpark?", "The sources name no price"),
        ("could you put retrieval next to training for the board?", "Side by side"),
        ("Why not simply a cheaper hosted model with the same prompt?", "**Cheaper ready-made model**"),
        ("cant we just take a smaller model w/o any training?", "**Cheaper ready-made model**"),
        ("what if pigs could fly", "I find no fact of your case in that"),
    ],
)
def test_each_gets_its_answer(talk: Talk, text: str, beginning: str) -> None:
    conversation = talk(WIKI)
    before = conversation.state.facts
    assert conversation.take(text).answer.startswith(beginning)
    assert conversation.state.facts == before


def test_a_question_is_not_repeated(talk: Talk) -> None:
    """Once it was asked it is named again in short where nothing new was told, and left out of an answer."""
    conversation = talk(WIKI)
    assert conversation.state.asked
    asked = conversation.state.asked.question
    assert conversation.take("we get 500 requests a month").answer.endswith(f"**Still open:** {asked}")
    assert asked not in conversation.take("why?").answer


def test_what_can_still_change_it_is_said(talk: Talk) -> None:
    """No open answer may, yet what was told may be otherwise."""
    answer = talk(WIKI).take("no evals").answer
    assert answer.endswith(
        "No open answer can change this; it would be retrieval (RAG) if you have an evaluation on your own task."
    )


def test_what_was_not_argued_is_not_spoken_of(talk: Talk) -> None:
    """Only what is said of an approach beside the facts is."""
    told = talk(WIKI).take("we get 500 requests a month. My boss says fine-tune it").answer
    assert "said beside that of fine-tuning" in told
    assert "said beside" not in talk(WIKI).take("we get 500 requests a month, so we host it ourselves").answer


@pytest.mark.parametrize(
    ("words", "said", "shown"),
    [
        ("Nothing of ours no test set", "Nothing of ours: no test set.", "Nothing of ours: no test set"),
        ("our bench 800 rows", "our bench, since you ask: 800 rows", "our bench … 800 rows"),
        ("we have 300", "no, we have 900", "we have 300"),
    ],
)
def test_quotes_stand_as_they_were_said(words: str, said: str, shown: str) -> None:
    assert as_said(words, said) == shown
